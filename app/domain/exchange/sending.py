"""Bringing a message to one recipient: every try is a row, and each recipient is on its own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.actors.actor import SYSTEM, Actor
from app.domain.cases import queries as case_queries
from app.domain.cases.models import Case
from app.domain.documents import queries as documents
from app.domain.exchange import consequences, following, messages, peers, queries
from app.domain.exchange.events import DeliveryChanged, DeliveryLost
from app.domain.exchange.models import Attempt, Delivery, Message, Peer
from app.domain.exchange.statuses import TO_BE_FETCHED
from app.domain.orgunits import queries as orgunits
from app.kernel import clock, events, outbox
from app.kernel.db import command, db, known, lock_all
from app.kernel.errors import Conflict, Missing

LATER = timedelta(hours=1)
_WHOLE = (
    joinedload(Delivery.recipient),
    joinedload(Delivery.document),
    joinedload(Delivery.message).joinedload(Message.sender),
)
ABOLISHED = "exchange.recipient_abolished"


@dataclass(frozen=True)
class Try:
    """One try that may begin now: who carries it, and whether to ask first if it is there already, sent since then.

    A peer that did not answer lately is asked, too: the question is small, and tells whether anybody is there.
    """

    delivery_id: UUID
    peer: Peer | None
    number: int
    is_doubtful: bool
    since: datetime


@dataclass(frozen=True)
class Failure:
    """Why a try failed: `cause` a code; `milliseconds` it took; `again_in` seconds when the other side said so."""

    cause: str
    milliseconds: int = 0
    again_in: float | None = None
    is_doubtful: bool = False


@command
def begin(delivery_id: UUID) -> Try | timedelta | None:
    """Whether to try a delivery now: a `Try`, how long to wait, or None when there is nothing to do any more.

    A delivery whose time is over expires here, by the way: a final state that is told.
    """
    delivery = delivery_of(delivery_id)
    if delivery.state != "waiting":
        return None
    if clock.now() >= delivery.expires_at:
        _lose(delivery, "expired", cause=delivery.cause or "delivery.expired")
        return None
    if delivery.is_paused or delivery.handed_at is not None:
        return min(LATER, delivery.expires_at - clock.now())
    peer = known(("carrier", delivery.recipient_id), lambda: peers.of_agency(delivery.recipient_id))
    if peer is not None and peer.way == "it_fetches":
        delivery.cause, delivery.next_at = TO_BE_FETCHED, None
        return min(LATER, delivery.expires_at - clock.now())
    until = None if peer is None else peers.admit(peer.id)
    if until is not None:
        wait = min(until, delivery.expires_at) - clock.now()
        delivery.next_at = clock.now() + wait
        return wait
    is_doubted = delivery.is_doubtful or (peer is not None and peer.failures > 0)
    return Try(delivery.id, peer, delivery.attempts + 1, is_doubted, delivery.made_at)


@command
def note_made(made: Try, *, milliseconds: int) -> None:
    """Write down a try that brought the message there; the receipt says the rest."""
    delivery = delivery_of(made.delivery_id)
    delivery.attempts = made.number
    db.session.add(Attempt(delivery_id=delivery.id, number=made.number, outcome="delivered", milliseconds=milliseconds))
    if made.peer is not None:
        peers.note_answer(made.peer.id)


@command
def note_handed(made: Try, reference: str, *, milliseconds: int) -> timedelta:
    """Write down a try after which an axis has the message; how long until somebody looks whether its time is over."""
    delivery = delivery_of(made.delivery_id)
    delivery.attempts, delivery.handed_at, delivery.reference = made.number, clock.now(), reference
    delivery.cause, delivery.next_at, delivery.is_doubtful = "delivery.handed", None, False
    db.session.add(Attempt(delivery_id=delivery.id, number=made.number, outcome="handed", milliseconds=milliseconds))
    if made.peer is not None:
        peers.note_answer(made.peer.id)
    return min(LATER, delivery.expires_at - clock.now())


@command
def give_back(actor: Actor, delivery_id: UUID, *, words: str) -> None:
    """Write down that an axis brings a message back: the other end would not take it, in its own words."""
    delivery = delivery_of(delivery_id)
    _add(delivery, delivery.attempts, "refused", Failure("axis.returned"))
    if delivery.state == "waiting":
        _lose(delivery, "refused", cause=words[:200] or "axis.returned", actor=actor.name)


@command
def conclude(actor: Actor, made: Try) -> None:
    """After the receipts were heard: were they for another message with the same document, this one ends here."""
    delivery = delivery_of(made.delivery_id)
    if delivery.state == "waiting" and delivery.receipt is None:
        _lose(delivery, "refused", cause="exchange.already_there", actor=actor.name)


@command
def note_silence(made: Try, failure: Failure) -> timedelta:
    """Write down a try that found nobody, or not now; how long to wait before the next."""
    delivery = delivery_of(made.delivery_id)
    until = None if made.peer is None else peers.note_silence(made.peer.id, milliseconds=failure.milliseconds)
    pause = peers.pause_after(made.number)
    if failure.again_in is not None:
        pause = max(timedelta(seconds=failure.again_in), timedelta(seconds=1))
    next_at = max(clock.now() + pause, until or clock.now())
    next_at = min(next_at, max(delivery.expires_at, clock.now()))
    delivery.attempts, delivery.cause, delivery.next_at = made.number, failure.cause, next_at
    delivery.is_doubtful = delivery.is_doubtful or failure.is_doubtful
    outcome = "doubtful" if failure.is_doubtful else "unavailable"
    _add(delivery, made.number, outcome, failure)
    return next_at - clock.now()


@command
def note_refused(actor: Actor, made: Try, failure: Failure) -> None:
    """Write down that the other side will never take it: an outcome, never tried again."""
    delivery = delivery_of(made.delivery_id)
    if made.peer is not None:
        peers.note_answer(made.peer.id)
    delivery.attempts = made.number
    _add(delivery, made.number, "refused", failure)
    if delivery.state == "waiting":
        _lose(delivery, "refused", cause=failure.cause, actor=actor.name)


@command
def pause(actor: Actor, delivery_id: UUID) -> None:
    """Try a delivery no more until somebody says so; its lifetime runs on."""
    _waiting(_operated(actor, delivery_id, "paused")).is_paused = True


@command
def resume(actor: Actor, delivery_id: UUID) -> None:
    """Let a paused delivery go on at once."""
    _waiting(_operated(actor, delivery_id, "resumed")).is_paused = False
    outbox.hurry("exchange.deliver", delivery_id=str(delivery_id))


@command
def expire(actor: Actor, delivery_id: UUID) -> None:
    """Give a delivery up before its time; a receipt that comes later still counts."""
    delivery = _waiting(_operated(actor, delivery_id, "expired"))
    _lose(delivery, "expired", cause="delivery.given_up", actor=actor.name)


@command
def send_again(actor: Actor, delivery_id: UUID) -> None:
    """Try a delivery that has failed or waits, now and with a new lifetime; the message keeps its id."""
    delivery = _operated(actor, delivery_id, "sent_again")
    if delivery.receipt is not None:
        raise Conflict("delivery.delivered")
    if delivery.state == "cancelled":
        raise Conflict(delivery.cause)
    if delivery.message.kind in queries.DOCUMENT_KINDS:
        following.require_free(documents.document(delivery.document_id))
    delivery.is_doubtful = delivery.is_doubtful or delivery.attempts > 0
    delivery.state, delivery.is_paused, delivery.handed_at = "waiting", False, None
    delivery.expires_at = max(delivery.expires_at, clock.now() + messages.LIFETIME)
    if not outbox.hurry("exchange.deliver", delivery_id=str(delivery_id)):
        messages.request(actor, delivery)


@command
def redirect(actor: Actor, delivery_id: UUID) -> Delivery:
    """Send to the successor what an abolished recipient could not take; the message keeps its id.

    Errors: Forbidden, Missing; Conflict "delivery.no_successor" when nobody is known to have taken over.
    """
    delivery = _operated(actor, delivery_id, "redirected")
    heir = orgunits.successor(delivery.recipient)
    if heir is None or (delivery.state, delivery.cause) != ("refused", ABOLISHED):
        raise Conflict("delivery.no_successor")
    messages.address(actor, delivery.message, [heir])
    return queries.to(delivery.message_id, heir.id)


def hold(delivery_ids: Collection[UUID]) -> None:
    """Make deliveries ours with their sending cases, in three statements. Belongs inside a transaction."""
    query = select(Delivery).where(Delivery.id.in_(delivery_ids)).options(*_WHOLE)
    lock_all(Case, [one.case_id for one in db.session.scalars(query)])
    for delivery in db.session.scalars(query.execution_options(populate_existing=True)):
        known(("delivery", delivery.id), lambda found=delivery: found)  # type: ignore[misc]


def delivery_of(delivery_id: UUID) -> Delivery:
    """A delivery once its sending case is ours: two last outcomes at once must see each other. Errors: Missing."""
    return known(("delivery", delivery_id), lambda: _locked(delivery_id))


def _locked(delivery_id: UUID) -> Delivery:
    found = db.session.get(Delivery, delivery_id)
    if found is None:
        raise Missing("delivery.missing")
    case_queries.locked_case(found.case_id)
    return db.session.get_one(Delivery, delivery_id, populate_existing=True)


def _waiting(delivery: Delivery) -> Delivery:
    """A delivery that may still be tried. Errors: Conflict "delivery.not_waiting"."""
    if delivery.state != "waiting":
        raise Conflict("delivery.not_waiting")
    return delivery


def _lose(delivery: Delivery, state: str, *, cause: str, actor: str = "system") -> None:
    delivery.state, delivery.cause, delivery.next_at = state, cause, None
    lost = DeliveryLost(about=str(delivery.document_id), delivery_id=str(delivery.id), state=state, cause=cause)
    events.record(lost, actor=actor)
    consequences.draw(SYSTEM, delivery)


def _operated(actor: Actor, delivery_id: UUID, act: str) -> Delivery:
    delivery = delivery_of(delivery_id)
    if not actor.may("exchange.send", at=delivery.message.sender_id):
        peers.require_operator(actor)
    fact = DeliveryChanged(about=str(delivery.document_id), delivery_id=str(delivery.id), act=act)
    events.record(fact, actor=actor.name)
    return delivery


def _add(delivery: Delivery, number: int, outcome: str, failure: Failure) -> None:
    row = Attempt(delivery_id=delivery.id, number=number, outcome=outcome, cause=failure.cause)
    row.next_at, row.milliseconds = delivery.next_at, failure.milliseconds
    db.session.add(row)
