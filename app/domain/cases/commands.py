"""What can be done with cases."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.domain.actors.actor import SYSTEM, Actor
from app.domain.cases import acts, beside, incidents, operations, queries, running, wording
from app.domain.cases.events import CaseStarted, SlipItemDone
from app.domain.cases.incidents import Tried
from app.domain.cases.models import Call, Case, SlipItem, Task
from app.domain.documents.commands import FileGiven
from app.domain.procedures import commands as procedures
from app.domain.procedures import forms
from app.engine import runtime
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing, OfficeError


@dataclass(frozen=True)
class Origin:
    """What started a case when it was no person: the call of another case; and the id the new case will have."""

    id: UUID
    parent_id: UUID
    call_id: UUID


@dataclass(frozen=True)
class Beginning:
    """Where a case begins: at the start a person uses, or at another whose message or signal brought a payload.

    `version_id` is an older version of one of the unit's places, to be used instead of the newest; `origin` is told of
    a case that another one asked for.
    """

    node: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    version_id: UUID | None = None
    origin: Origin | None = None


BY_A_PERSON = Beginning()


@command
def start_case(
    actor: Actor,
    *,
    procedure: str,
    unit_id: UUID,
    document_id: UUID,
    data: Mapping[str, Any],
    beginning: Beginning = BY_A_PERSON,
) -> Case:
    """Open a case about a document, pinned to the version effective for the unit, and run it to its first task."""
    actor.require("cases.start", at=unit_id)
    version = procedures.pin(procedure, unit_id, beginning.version_id)
    case = Case(version_id=version.id, unit_id=unit_id, document_id=document_id, state=b"", passed=[])
    origin = beginning.origin
    if origin is not None:
        case.id, case.parent_id, case.asked_by = origin.id, origin.parent_id, origin.call_id
    db.session.add(case)
    db.session.flush()
    fact = CaseStarted(about=str(case.id), procedure=procedure, version=version.sha256)
    events.record(fact, actor=actor.name)
    known = {"unit_id": str(unit_id), "document_id": str(document_id), "parameters": version.parameters, **data}
    at, payload = beginning.node, beginning.payload
    running.advance(
        case, actor, lambda definition, _state, run: runtime.start(definition, known, run, at=at, payload=payload)
    )
    return case


def complete_task(actor: Actor, task_id: UUID, *, answers: Mapping[str, Any], file: FileGiven | None = None) -> Case:
    """Answer one task and let its case run on, in one transaction.

    When the case cannot run on, the answers are kept all the same: in a second transaction the task is held, with an
    incident for the operators. Raises Missing when the actor may not know of it, Forbidden when it is not theirs,
    Conflict when it is already done or held, Invalid with `fields` when the form is wrong.
    """
    try:
        return _complete(actor, task_id, answers, file, acts.perform)
    except OfficeError as failure:
        if not incidents.sticks(failure, "complete"):
            raise
    return _complete(actor, task_id, answers, file, acts.attempted)


def complete_or_refuse(actor: Actor, task_id: UUID, *, answers: Mapping[str, Any]) -> Case:
    """Answer a task as part of something larger: what keeps its case from running on is raised, no answer is kept."""
    return _complete(actor, task_id, answers, None, acts.perform)


@command
def _complete(
    actor: Actor, task_id: UUID, answers: Mapping[str, Any], file: FileGiven | None, run_on: acts.Performance
) -> Case:
    task = queries.locked_task(task_id)
    case = task.case
    require_performer(actor, task)
    beside.settle(task)
    schema = procedures.pinned_form(task.form_sha256).schema
    answers = forms.said(schema, answers)
    wrong = forms.validate(schema, answers, has_file=file is not None or queries.has_upload(case, schema))
    if wrong:
        raise Invalid("form.invalid", fields=wrong)
    told = operations.write(schema.get("x-writes"), operations.Written(case, task, actor, answers, file))
    task.closed_by, task.answers = actor.person_id, dict(answers)
    task.closed_post_id, task.told = queries.performing_post(actor, task), dict(told)
    run_on(case, actor, Tried("complete", str(task.id), task.node, told))
    return case


@command
def answer_call(actor: Actor, call_id: UUID, result: Mapping[str, Any]) -> None:
    """Give the late answer of an operation; a second answer changes nothing.

    An answer after which the case cannot run on is kept with an incident.
    """
    call = queries.locked_call(call_id)
    if call is not None and not _is_answered(call):
        acts.attempted(call.case, actor, Tried("answer", str(call.id), call.node, dict(result)))


@command
def fail_call(actor: Actor, call_id: UUID, *, code: str, detail: str) -> None:
    """Say that an operation failed; `detail` is the catalogue key of the cause.

    A boundary event that catches `code` takes over; without one the case becomes an incident (sự cố).
    """
    call = queries.locked_call(call_id)
    if call is not None and not _is_answered(call):
        told = {"code": code, "detail": detail}
        acts.attempted(call.case, actor, Tried("failure", str(call.id), call.node, told))


def _is_answered(call: Call) -> bool:
    if call.closed_at is not None or call.case.status != "incident":
        return call.closed_at is not None
    return any(incidents.is_held(call.case_id, act, str(call.id)) for act in ("answer", "failure"))


@command
def fire_timers(case_id: UUID) -> None:
    """Let the due timers of a case fire; firing twice does no harm, nor does firing after the end.

    Timers after which the case cannot run on are an incident and do not fire again until it is repaired.
    """
    case = queries.locked_case(case_id)
    if case.ended_at is None and case.suspended_at is None:
        first = queries.next_timer(case_id)
        acts.attempted(case, SYSTEM, Tried("timer", *first) if first else Tried("stall", "", ""))


@command
def look_at(case_id: UUID) -> None:
    """Look whether a case that seems to wait for nothing can still move; one that cannot is an incident."""
    case = queries.locked_case(case_id)
    if case.status == "open" and case.suspended_at is None:
        acts.attempted(case, SYSTEM, Tried("stall", "", ""))


@command
def note_seen(actor: Actor, task_id: UUID) -> None:
    """Remember when a task was first opened by someone who may do it."""
    task = db.session.get(Task, task_id)
    if task is not None and task.seen_at is None and queries.may_perform(actor, task):
        task.seen_at = clock.now()


@command
def close_slip_item(actor: Actor, item_id: UUID, *, opinion: str = "") -> SlipItem:
    """A co-handler gives an opinion, a reader confirms having read; both need nobody else."""
    item = db.session.get(SlipItem, item_id, with_for_update=True)
    if item is None or item.part == "lead" or item.post_id not in actor.post_ids:  # the lead's ends with the task
        raise Missing("slip.missing")
    if item.done_at is not None:
        raise Conflict("slip.already_done")
    said = opinion.strip()
    wording.require(said, needed=item.part == "co_handler")
    item.done_at, item.opinion = clock.now(), said
    events.record(SlipItemDone(about=str(item.case_id), slip_item_id=str(item.id)), actor=actor.name)
    return item


def require_performer(actor: Actor, task: Task) -> None:
    """Refuse whoever may not do a task, and whoever comes too late."""
    if not queries.may_perform(actor, task):
        if queries.may_see(actor, task.case):
            raise Forbidden("task.not_yours", name=task.name)
        raise Missing("task.missing")
    if task.closed_at is not None:
        raise Conflict("task.already_done", name=task.name)
    if task.held_at is not None:
        raise Conflict("task.held", name=task.name)
