"""Repairing incidents (khắc phục sự cố): retry, mend data and retry, skip, move on elsewhere, note."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from app.domain.access import queries as access
from app.domain.actors.actor import SYSTEM, Actor
from app.domain.actors.models import Person
from app.domain.cases import acts, bulk, incidents, queries, running
from app.domain.cases.bulk import Outcome, require_reason
from app.domain.cases.events import IncidentNoted, IncidentRepaired, TaskCompleted
from app.domain.cases.incidents import ASKED, OF_CALLS, OPERATE, WENT_ON, Tried
from app.domain.cases.models import Bulk, BulkItem, Call, Case, Incident, Task
from app.domain.orgunits import queries as orgunits
from app.domain.procedures import commands as procedures
from app.engine import runtime
from app.kernel import clock, events
from app.kernel.db import attempt, command, db
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing, OfficeError
from app.kernel.text import is_readable

LONGEST_NOTE = 4000
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def may_operate(actor: Actor, unit_id: UUID) -> bool:
    """Whether an actor operates the cases of an agency: from there, or from above."""
    places = actor.places(OPERATE)
    return bool(places) and any(unit.id in places for unit in orgunits.lineage(unit_id))


def visible(actor: Actor, incident_id: UUID) -> Incident:
    """One incident, for whoever operates its case. Raises Missing."""
    found = db.session.get(Incident, incident_id)
    if found is None or not may_operate(actor, found.case.unit_id):
        raise Missing("incident.missing")
    return found


@command
def retry(actor: Actor, incident_id: UUID, *, reason: str, changes: Mapping[str, Any] = _NOTHING) -> str:
    """Try again what failed, after `changes` to what the case knows, if there are any; tells what came of it.

    `went_on`, `failed_again_same`, `failed_again_new`, or `waiting`: a worker does the operation and then we know.
    Whatever fails again leaves nothing of the attempt, nor of the changes. Raises Missing, Conflict, Invalid.
    """
    return _again(actor, _taken(actor, incident_id), reason, changes)


@command
def retry_call(actor: Actor, call_id: UUID, *, reason: str) -> str:
    """Try an operation again for somebody who need not operate the case: the caller knows that it is theirs to mend.

    Tells what came of it as `retry` does, or `not_needed` when nothing stands in its way. Raises Missing.
    """
    call = queries.locked_call(call_id)
    if call is None:
        raise Missing("call.missing")
    found = (one for one in incidents.open_ones(call.case_id) if one.reference == str(call_id) and one.how != ASKED)
    incident = next(found, None)
    return "not_needed" if incident is None else _again(actor, incident, reason, _NOTHING)


@command
def skip(actor: Actor, incident_id: UUID, *, reason: str, result: Mapping[str, Any] = _NOTHING) -> str:
    """Let the case go on as if an operation had been answered with `result`, which nobody will do any more.

    Conflict "incident.not_skippable" for anything but operations: where a step of a person or a timer cannot go on,
    somebody has to say where to go (`move`).
    """
    incident = _taken(actor, incident_id)
    said = require_reason(reason)
    if incident.act not in OF_CALLS:
        raise Conflict("incident.not_skippable")
    tried = Tried("answer", incident.reference, incident.node, dict(result))
    return _repair(actor, incident, lambda: acts.perform(incident.case, SYSTEM, tried), ("skipped", said, ()))


@command
def move(actor: Actor, incident_id: UUID, *, to_node: str, reason: str) -> str:
    """Take the token from where it is stuck and put it at another node; a person's step counts as done."""
    incident = _taken(actor, incident_id)
    said, case, told = require_reason(reason), incident.case, incident.told
    if to_node not in destinations(incident):
        raise Invalid("form.invalid", fields={"to_node": ("incident.not_reachable", {})})

    def go() -> None:
        if incident.act == "complete":
            _close(case, incident)
        data = told if incident.act == "complete" else _NOTHING
        running.advance(
            case,
            _whose(incident),
            lambda definition, state, run: runtime.move(definition, state, incident.reference, to_node, run, data),
        )

    return _repair(actor, incident, go, ("moved", said, ()))


@command
def note(actor: Actor, incident_id: UUID, *, text: str) -> None:
    """Write down what operators should know of an incident; the last word stands."""
    incident = _taken(actor, incident_id)
    said = text.strip()
    if len(said) > LONGEST_NOTE:
        raise Invalid("form.invalid", fields={"note": ("form.maxLength", {"limit": LONGEST_NOTE})})
    if not is_readable(said):
        raise Invalid("form.invalid", fields={"note": ("form.characters", {})})
    incident.note = said
    fact = IncidentNoted(about=str(incident.case_id), incident_id=str(incident.id))
    events.record(fact, actor=actor.name)


def destinations(incident: Incident) -> tuple[str, ...]:
    """The nodes that the token of an incident can be moved to; none when it hangs on no task."""
    if incident.closed_at is not None or not incident.reference:
        return ()
    definition = procedures.pinned(incident.case.version_id).definition
    try:
        return runtime.reachable(definition, incident.case.state, incident.reference)
    except Conflict:
        return ()


def known(incident: Incident) -> dict[str, Any]:
    """What the case knows where an incident is, with what it was told there."""
    if not incident.reference or incident.case.ended_at is not None:
        return dict(incident.told)
    definition = procedures.pinned(incident.case.version_id).definition
    held = runtime.known(definition, incident.case.state, incident.reference)
    return held | (incident.told if incident.act == "complete" else {})


def in_bulk(made: Bulk, item: BulkItem) -> Outcome:
    """Retry or skip one incident of a bulk act, in the name of whoever began it, with the rights they have now."""
    actor, incident_id = bulk.maker(made), UUID(item.reference)
    incident = visible(actor, incident_id)
    if incident.closed_at is not None or incident.how == ASKED:
        return Outcome("not_needed")
    if made.act == "skip" and incident.act not in OF_CALLS:
        return Outcome("not_skippable", incident.code)
    if made.act == "skip":
        word = skip(actor, incident_id, reason=made.reason, result=made.spec.get("result", {}))
        return Outcome("skipped" if word == WENT_ON else word, incident.code if word != WENT_ON else "")
    word = retry(actor, incident_id, reason=made.reason, changes=made.spec.get("changes", {}))
    return Outcome(word, "" if word in {WENT_ON, bulk.WAITING} else incident.code, incident.detail)


BULK = {"retry": in_bulk, "skip": in_bulk}
"""What can be done with many incidents at once."""


def _taken(actor: Actor, incident_id: UUID) -> Incident:
    """An incident whose case is ours alone, as it is by then. Raises Conflict when it is over."""
    found = visible(actor, incident_id)
    queries.locked_case(found.case_id)
    db.session.refresh(found)
    if found.closed_at is not None:
        raise Conflict("incident.closed")
    return found


def _again(actor: Actor, incident: Incident, reason: str, changes: Mapping[str, Any]) -> str:
    said, case = require_reason(reason), incident.case

    def go() -> None:
        tried = _tried(incident)
        if changes:
            _mend(case, actor, changes)
            tried = _retold(tried, changes)
        acts.perform(case, _whose(incident), tried)

    how = ASKED if incident.act == "operation" else "retried"
    return _repair(actor, incident, go, (how, said, tuple(sorted(changes))))


def _repair(actor: Actor, incident: Incident, go: Callable[[], object], told: tuple[str, str, tuple[str, ...]]) -> str:
    """Do a repair whole or not at all, and tell the journal what came of it."""
    how, reason, changed = told
    try:
        with attempt():
            incident.how = how
            if how != ASKED:
                incident.closed_at, incident.closed_by = clock.now(), actor.person_id
                db.session.flush()
            go()
        outcome = bulk.WAITING if incident.closed_at is None else WENT_ON
    except OfficeError as failure:
        outcome = incidents.fail_again(incident, failure, _at(incident))
    fact = IncidentRepaired(
        about=str(incident.case_id),
        incident_id=str(incident.id),
        how=how,
        outcome=outcome,
        reason=reason,
        changed=changed,
    )
    events.record(fact, actor=actor.name)
    return outcome


def _mend(case: Case, actor: Actor, changes: Mapping[str, Any]) -> None:
    running.advance(case, actor, lambda definition, state, run: runtime.amend(definition, state, dict(changes), run))


def _retold(tried: Tried, changes: Mapping[str, Any]) -> Tried:
    """What a person said comes after what the case knows: where it is mended, the mended word is told."""
    if tried.act != "complete":
        return tried
    return Tried(
        tried.act, tried.reference, tried.node, {**tried.told, **{n: changes[n] for n in changes if n in tried.told}}
    )


def _tried(incident: Incident) -> Tried:
    return Tried(incident.act, incident.reference, _at(incident), incident.told)


def _at(incident: Incident) -> str:
    """The node of what was tried; the incident may be further on, where it failed."""
    if incident.act == "complete":
        return db.session.get_one(Task, UUID(incident.reference)).node
    return db.session.get_one(Call, UUID(incident.reference)).node if incident.act in OF_CALLS else incident.node


def _whose(incident: Incident) -> Actor:
    """Whoever acted, with the rights they have today: a repair gives nobody's act to somebody else."""
    if incident.actor == SYSTEM.name:
        return SYSTEM
    person = db.session.get(Person, UUID(incident.actor))
    if person is None or not person.active:
        raise Forbidden("incident.actor_gone")
    return access.actor_of(person.id)


def _close(case: Case, incident: Incident) -> None:
    task = db.session.get_one(Task, UUID(incident.reference))
    task.closed_at, task.held_at = clock.now(), None
    fact = TaskCompleted(about=str(case.id), task_id=str(task.id), node=task.node)
    events.record(fact, actor=incident.actor)
