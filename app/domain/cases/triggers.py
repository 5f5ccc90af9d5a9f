"""Starts that need no person: a unit switches a procedure on, and a message, a signal or the clock begins its cases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from app.domain.actors.actor import SYSTEM, Actor
from app.domain.cases import commands
from app.domain.cases.commands import Beginning
from app.domain.cases.correspondence import Message, Trigger
from app.domain.cases.events import TriggerPulled, TriggerSwitchedOff, TriggerSwitchedOn
from app.domain.cases.models import Case
from app.domain.documents import commands as documents
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.collation import order
from app.domain.orgunits.models import Unit
from app.domain.procedures import commands as procedures
from app.domain.procedures import effective
from app.domain.procedures.effective import Effective
from app.engine import isotime
from app.engine.runtime import Start
from app.kernel import clock, events
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict, Invalid, Missing

PERMISSION = "procedures.publish"


@dataclass(frozen=True)
class Switch:
    """One start of a procedure at one unit, and the trigger that watches for it if it is on."""

    start: Start
    trigger: Trigger | None


@dataclass(frozen=True)
class Board:
    """The starts of a procedure that need no person, as it is for one unit; `texts` is what it says of itself."""

    unit: Unit
    texts: Mapping[str, Any]
    switches: tuple[Switch, ...]

    @property
    def is_on(self) -> bool:
        """Whether any of them is watched for."""
        return any(one.trigger is not None for one in self.switches)


def boards(actor: Actor, procedure: str) -> list[Board]:
    """The starts of a procedure at every agency where an actor may switch them; Missing for whoever may nowhere."""
    places = orgunits.units(require_publisher(actor))
    agencies = sorted((one for one in places.values() if one.is_agency), key=lambda unit: order(unit.name))
    known = {(one.unit_id, one.node): one for one in of_procedure(procedure, places)}
    found = [(unit, effective.effective(procedure, unit.id)) for unit in agencies]
    return [
        Board(unit, one.texts, tuple(Switch(start, known.get((unit.id, start.node))) for start in _starts(one)))
        for unit, one in found
    ]


def require_publisher(actor: Actor) -> frozenset[UUID]:
    """The units where an actor publishes procedures; for others there is nothing to switch (Missing)."""
    places = actor.places(PERMISSION)
    if not places:
        raise Missing("procedure.missing")
    return places


@command
def switch_on(actor: Actor, procedure: str, unit_id: UUID) -> list[Trigger]:
    """Let a procedure of a unit begin by itself, at every start of its effective version that is not a person's.

    Starts that are on already keep their time. Invalid "trigger.none" when there is no such start, "trigger.expression"
    when a timer needs the data of a case; Conflict "trigger.taken" when a message begins another procedure there.
    """
    actor.require(PERMISSION, at=unit_id)
    if not orgunits.unit(unit_id).is_agency:
        raise Missing("unit.missing")
    starts = {one.node: one for one in _starts(effective.effective(procedure, unit_id))}
    if not starts:
        raise Invalid("trigger.none")
    known = {one.node: one for one in of_procedure(procedure, [unit_id])}
    for gone in known.keys() - starts.keys():
        db.session.delete(known[gone])
    for node in starts.keys() - known.keys():
        known[node] = _row(actor, procedure, unit_id, starts[node])
        db.session.add(known[node])
    db.session.flush()
    fact = TriggerSwitchedOn(about=str(unit_id), procedure=procedure, unit_id=str(unit_id))
    events.record(fact, actor=actor.name)
    return [known[node] for node in starts]


@command
def switch_off(actor: Actor, procedure: str, unit_id: UUID) -> None:
    """Let a procedure of a unit no longer begin by itself; cases that have begun go on."""
    actor.require(PERMISSION, at=unit_id)
    db.session.execute(delete(Trigger).where(Trigger.procedure == procedure, Trigger.unit_id == unit_id))
    fact = TriggerSwitchedOff(about=str(unit_id), procedure=procedure, unit_id=str(unit_id))
    events.record(fact, actor=actor.name)


@command
def pull(trigger_id: UUID) -> None:
    """Have a worker begin the case of a timer that is due, and set the timer anew; a second clock finds it set.

    The next round counts from the one that was due; rounds that no clock was there to see are left out.
    """
    trigger, moment = locked(Trigger, trigger_id), clock.now()
    if trigger is None or trigger.due_at is None or trigger.due_at > moment:
        return
    fact = TriggerPulled(about=str(trigger.id), trigger_id=str(trigger.id), message_id=None)
    events.record(fact, actor="system")
    trigger.due_at = isotime.next_start(trigger.name, trigger.made_at, trigger.due_at, moment)


@command
def begin(trigger_id: UUID, payload: Mapping[str, Any]) -> Case | None:
    """Begin a case at a trigger, about a paper of the agency's own.

    None when it was switched off meanwhile; a start that the procedure no longer has is switched off by itself.
    """
    trigger = locked(Trigger, trigger_id)
    if trigger is None:
        return None
    found = effective.effective(trigger.procedure, trigger.unit_id)
    if trigger.node not in {one.node for one in _starts(found)}:
        db.session.delete(trigger)
        return None
    titles = found.texts.get("title", {})
    paper = documents.open_internal(SYSTEM, trigger.unit_id, subject=titles.get("vi", trigger.procedure))
    return commands.start_case(
        SYSTEM,
        procedure=trigger.procedure,
        unit_id=trigger.unit_id,
        document_id=paper.id,
        data={},
        beginning=Beginning(trigger.node, payload),
    )


def begin_by_message(letter: Message) -> Case | None:
    """Begin the case that a message is the start of; None when no procedure of that agency begins by it."""
    found = next(iter(started_by("message", letter.name, [letter.unit_id])), None)
    return None if found is None else begin(found.id, letter.payload)


def started_by(kind: str, name: str, unit_ids: Iterable[UUID]) -> list[Trigger]:
    """The triggers of some units that a message or a signal pulls."""
    query = select(Trigger).where(Trigger.kind == kind, Trigger.name == name, Trigger.unit_id.in_(list(unit_ids)))
    return list(db.session.scalars(query.order_by(Trigger.made_at)))


def due(limit: int = 100) -> list[UUID]:
    """The triggers whose time has come."""
    return list(db.session.scalars(select(Trigger.id).where(Trigger.due_at <= clock.now()).limit(limit)))


def of_procedure(procedure: str, unit_ids: Iterable[UUID]) -> list[Trigger]:
    """What is switched on of a procedure at some units."""
    query = select(Trigger).where(Trigger.procedure == procedure, Trigger.unit_id.in_(list(unit_ids)))
    return list(db.session.scalars(query.order_by(Trigger.node)))


def _starts(found: Effective) -> list[Start]:
    """The starts of a procedure that need no person."""
    definition = procedures.parsed(found.key, found.bpmn, found.called, found.decisions)
    return [one for one in definition.starts if one.kind != "none"]


def _row(actor: Actor, procedure: str, unit_id: UUID, start: Start) -> Trigger:
    name = start.name or ""
    if start.kind == "message" and started_by("message", name, [unit_id]):
        raise Conflict("trigger.taken", name=name)
    moment = clock.now()
    row = Trigger(procedure=procedure, unit_id=unit_id, node=start.node, kind=start.kind, name=name)
    row.made_at, row.made_by = moment, actor.person_id
    if start.kind == "timer":
        if not isotime.looks_literal(name):
            raise Invalid("trigger.expression", node=start.node)
        row.due_at = isotime.next_start(name, moment, moment, moment)
    return row
