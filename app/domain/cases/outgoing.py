"""What a step of a case sends: kept with the step, carried by a worker."""

from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.cases.correspondence import Message
from app.domain.cases.events import MessageSent, SignalSent
from app.domain.cases.models import Case
from app.domain.orgunits import queries as orgunits
from app.engine.runtime import MessageThrown, Step
from app.kernel import events
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing


def send(actor: Actor, case: Case, step: Step) -> None:
    """Keep every message and signal of a step; Invalid "message.no_agency" when one is for nobody."""
    letters = [_letter(case, thrown) for thrown in step.messages_out]
    calls = [_row(case, "signal", one.name, payload=one.payload) for one in step.signals_out]
    if not letters and not calls:
        return
    db.session.add_all([*letters, *calls])
    db.session.flush()
    for letter in letters:
        events.record(MessageSent(about=str(case.id), message_id=str(letter.id)), actor=actor.name)
    for call in calls:
        events.record(SignalSent(about=str(case.id), message_id=str(call.id)), actor=actor.name)


def _letter(case: Case, thrown: MessageThrown) -> Message:
    letter = _row(case, "message", thrown.name, payload=thrown.payload)
    letter.correlation = thrown.correlation
    if thrown.agency is not None:
        letter.unit_id = _agency(thrown.agency, thrown.name)
    return letter


def _row(case: Case, kind: str, name: str, payload: dict[str, object]) -> Message:
    return Message(kind=kind, name=name, payload=payload, unit_id=case.unit_id, case_id=case.id)


def _agency(said: str, name: str) -> UUID:
    """An agency by its id or any of its codes."""
    try:
        return orgunits.unit(UUID(said)).id if _is_id(said) else orgunits.unit_by_code(said).id
    except Missing as nobody:
        raise Invalid("message.no_agency", name=name, agency=said) from nobody


def _is_id(said: str) -> bool:
    try:
        return bool(UUID(said))
    except ValueError:
        return False
