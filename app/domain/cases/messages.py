"""Bringing messages and signals from case to case. Each act is one transaction of a worker, and twice is harmless."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update

from app.domain.actors.actor import SYSTEM
from app.domain.cases import listeners, queries, running, triggers
from app.domain.cases.correspondence import Listener, Message
from app.domain.cases.events import MessageTaken, SignalReached, TriggerPulled
from app.domain.cases.models import Case
from app.domain.orgunits import queries as orgunits
from app.engine import runtime
from app.kernel import clock, events
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict, Unavailable

LIFETIME = timedelta(days=30)
"""How long a message waits for somebody to take it."""
MOST_OFFERS = 1000


@command
def deliver(message_id: UUID) -> None:
    """Give a message to the one event it is for, or begin a case with it; else it goes on waiting.

    The case is locked first, as whoever moves it does; Conflict "message.not_awaited" when it moved on meanwhile.
    """
    letter = db.session.get(Message, message_id)
    receiver = None if letter is None or letter.state != "waiting" else _receiver(letter)
    case = None if receiver is None else queries.locked_case(receiver)
    letter = locked(Message, message_id)
    if letter is None or letter.state != "waiting":
        return
    if case is not None and _receiver(letter) != case.id:
        raise Conflict("message.not_awaited", name=letter.name)
    letter.state, letter.taken_at = "taken", clock.now()  # first: nothing that opens now is to find it waiting
    if case is not None:
        _hand_over(letter, case)
    else:
        case = triggers.begin_by_message(letter)
    if case is None:
        letter.state, letter.taken_at = "waiting", None
        return
    letter.taken_by = case.id
    events.record(MessageTaken(about=str(case.id), message_id=str(letter.id)), actor="system")


@command
def broadcast(message_id: UUID) -> None:
    """Find out who hears a signal: every other case that listens now, and every start, at its agency and below."""
    call = locked(Message, message_id)
    if call is None or call.state != "waiting":
        return
    places = orgunits.below(call.unit_id)
    listening = select(Listener.case_id).join(Case, Case.id == Listener.case_id).distinct()
    listening = listening.where(Listener.kind == "signal", Listener.name == call.name, Case.unit_id.in_(places))
    for case_id in db.session.scalars(listening.where(Case.id.is_distinct_from(call.case_id))):
        fact = SignalReached(about=str(case_id), case_id=str(case_id), message_id=str(call.id))
        events.record(fact, actor="system")
    for trigger in triggers.started_by("signal", call.name, places):
        pulled = TriggerPulled(about=str(trigger.id), trigger_id=str(trigger.id), message_id=str(call.id))
        events.record(pulled, actor="system")
    call.state, call.taken_at = "taken", clock.now()


@command
def hear(case_id: UUID, message_id: UUID) -> None:
    """Let one case hear a signal; one that has ended hears nothing, one that is suspended hears it later."""
    case, call = queries.locked_case(case_id), db.session.get_one(Message, message_id)
    if case.suspended_at is not None:
        raise Unavailable("case.suspended")
    if case.ended_at is None:
        name, payload = call.name, call.payload
        running.advance(
            case, SYSTEM, lambda definition, state, run: runtime.signal(definition, state, name, payload, run)
        )


def payload(message_id: UUID) -> dict[str, Any]:
    """What a message or signal brings."""
    return db.session.get_one(Message, message_id).payload


@command
def expire() -> int:
    """Give up on messages that nobody took; how many those were."""
    moment = clock.now()
    old = update(Message).where(Message.state == "waiting", Message.sent_at < moment - LIFETIME)
    return int(db.session.execute(old.values(state="expired", taken_at=moment)).rowcount)  # type: ignore[attr-defined]


@command
def offer_again() -> int:
    """Offer what waits to events that began to wait while it was being sent, or whose case was suspended then."""
    pairs = select(Message.id, Listener.id).join(Listener, Listener.name == Message.name)
    pairs = pairs.join(Case, Case.id == Listener.case_id).where(Listener.kind == "message", Message.kind == "message")
    pairs = pairs.where(Message.state == "waiting", Case.unit_id == Message.unit_id, Case.suspended_at.is_(None))
    fits = or_(Listener.correlation.is_(None), Listener.correlation == Message.correlation)
    found = db.session.execute(pairs.where(fits).order_by(Message.sent_at).limit(MOST_OFFERS))
    return listeners.offer((message_id, listener_id) for message_id, listener_id in found)


def _receiver(letter: Message) -> UUID | None:
    """The case a message is for: one that awaits its very correlation, else the one that has waited longest for any.

    From another agency only the correlation counts, and it must be that of one case.
    """
    query = select(Listener.case_id).join(Case, Case.id == Listener.case_id)
    query = query.where(Listener.kind == "message", Listener.name == letter.name, Case.unit_id == letter.unit_id)
    query = query.where(Case.ended_at.is_(None), Case.suspended_at.is_(None))
    if _is_foreign(letter):
        exact = db.session.scalars(query.where(Listener.correlation == letter.correlation).distinct().limit(2)).all()
        return exact[0] if len(exact) == 1 else None
    fits = or_(Listener.correlation.is_(None), Listener.correlation == letter.correlation)
    order = (Listener.correlation.is_(None), Listener.since, Listener.id)
    return db.session.scalar(query.where(fits).order_by(*order).limit(1))


def _is_foreign(letter: Message) -> bool:
    sender = None if letter.case_id is None else db.session.get(Case, letter.case_id)
    return sender is not None and sender.unit_id != letter.unit_id


def _hand_over(letter: Message, case: Case) -> None:
    name, payload, correlation = letter.name, letter.payload, letter.correlation
    running.advance(
        case,
        SYSTEM,
        lambda definition, state, run: runtime.deliver(definition, state, name, payload, correlation, run),
    )
