"""What can be done with cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.actors.actor import SYSTEM, Actor
from app.domain.cases import operations, queries, running
from app.domain.cases.events import CallAnswered, CaseStarted, IncidentRaised, SlipItemDone, TaskCompleted
from app.domain.cases.models import Case, SlipItem, Task
from app.domain.documents.commands import FileGiven
from app.domain.procedures import commands as procedures
from app.domain.procedures import forms
from app.engine import runtime
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing
from app.kernel.text import is_blank, is_readable

LONGEST_OPINION = 2000


@dataclass(frozen=True)
class Origin:
    """What started a case when it was no person: the call of another case; and the id the new case will have."""

    id: UUID
    parent_id: UUID
    call_id: UUID


@command
def start_case(  # noqa: PLR0913 - what a case begins with
    actor: Actor,
    *,
    procedure: str,
    unit_id: UUID,
    document_id: UUID,
    data: Mapping[str, Any],
    version_id: UUID | None = None,
    origin: Origin | None = None,
) -> Case:
    """Open a case about a document, pinned to the version effective for the unit, and run it to its first task.

    `version_id` is an older version of one of the unit's places, to be used instead of the newest; `origin` is told of
    a case that another one asked for.
    """
    actor.require("cases.start", at=unit_id)
    version = procedures.pin(procedure, unit_id, version_id)
    case = Case(version_id=version.id, unit_id=unit_id, document_id=document_id, state=b"", passed=[])
    if origin is not None:
        case.id, case.parent_id, case.asked_by = origin.id, origin.parent_id, origin.call_id
    db.session.add(case)
    db.session.flush()
    fact = CaseStarted(about=str(case.id), procedure=procedure, version=version.sha256)
    events.record(fact, actor=actor.name)
    known = {"unit_id": str(unit_id), "document_id": str(document_id), "parameters": version.parameters, **data}
    running.advance(case, actor, lambda definition, _state, run: runtime.start(definition, known, run))
    return case


@command
def complete_task(actor: Actor, task_id: UUID, *, answers: Mapping[str, Any], file: FileGiven | None = None) -> Case:
    """Answer one task and let its case run on, in one transaction.

    Raises Missing when the actor may not know of it, Forbidden when it is not theirs, Conflict when it is already
    done, Invalid with `fields` when the form is wrong.
    """
    task = queries.locked_task(task_id)
    case = task.case
    require_performer(actor, task)
    schema = procedures.pinned_form(task.form_sha256).schema
    answers = forms.said(schema, answers)
    wrong = forms.validate(schema, answers, has_file=file is not None or queries.has_upload(case, schema))
    if wrong:
        raise Invalid("form.invalid", fields=wrong)
    told = operations.write(schema.get("x-writes"), operations.Written(case, task, actor, answers, file))
    task.closed_at, task.closed_by, task.answers = clock.now(), actor.person_id, dict(answers)
    task.closed_post_id, task.told = queries.performing_post(actor, task), dict(told)
    fact = TaskCompleted(about=str(case.id), task_id=str(task.id), node=task.node)
    events.record(fact, actor=actor.name)
    running.advance(
        case,
        actor,
        lambda definition, state, run: runtime.complete(definition, state, str(task.id), told, run),
        after=task.id,
    )
    return case


@command
def answer_call(actor: Actor, call_id: UUID, result: Mapping[str, Any]) -> None:
    """Give the late answer of an operation; a second answer changes nothing."""
    call = queries.locked_call(call_id)
    if call is None or call.closed_at is not None:
        return
    operations.contract(call.operation).answered(result)
    case = call.case
    events.record(CallAnswered(about=str(case.id), node=call.node, operation=call.operation), actor=actor.name)
    running.advance(
        case, actor, lambda definition, state, run: runtime.answer(definition, state, str(call.id), result, run)
    )
    call.error, call.result, case.status = None, dict(result), "done" if case.ended_at is not None else "open"


@command
def fail_call(actor: Actor, call_id: UUID, *, code: str, detail: str) -> None:
    """Say that an operation failed; `detail` is the catalogue key of the cause.

    A boundary event that catches `code` takes over; without one the case becomes an incident (sự cố).
    """
    call = queries.locked_call(call_id)
    if call is None or call.closed_at is not None:
        return
    case = call.case
    step = running.advance(
        case, actor, lambda definition, state, run: runtime.fail(definition, state, str(call.id), code, detail, run)
    )
    call.error = detail
    if step.unhandled_error is not None:
        case.status = "incident"
        fact = IncidentRaised(about=str(case.id), node=call.node, operation=call.operation, code=detail)
        events.record(fact, actor=actor.name)


@command
def fire_timers(case_id: UUID) -> None:
    """Let the due timers of a case fire; firing twice does no harm, nor does firing after the end."""
    case = queries.locked_case(case_id)
    if case.ended_at is not None:
        return
    moment = clock.now()
    running.advance(case, SYSTEM, lambda definition, state, run: runtime.fire_timers(definition, state, moment, run))


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
    _require_opinion(said, needed=item.part == "co_handler")
    item.done_at, item.opinion = clock.now(), said
    events.record(SlipItemDone(about=str(item.case_id), slip_item_id=str(item.id)), actor=actor.name)
    return item


def _require_opinion(said: str, *, needed: bool) -> None:
    """Refuse what cannot be kept whole: an opinion that was cut would be somebody else's."""
    if needed and is_blank(said):
        raise Invalid("form.invalid", fields={"opinion": ("form.required", {})})
    if len(said) > LONGEST_OPINION:
        raise Invalid("form.invalid", fields={"opinion": ("form.maxLength", {"limit": LONGEST_OPINION})})
    if not is_readable(said):
        raise Invalid("form.invalid", fields={"opinion": ("form.characters", {})})


def require_performer(actor: Actor, task: Task) -> None:
    """Refuse whoever may not do a task, and whoever comes too late."""
    if not queries.may_perform(actor, task):
        if queries.may_see(actor, task.case):
            raise Forbidden("task.not_yours", name=task.name)
        raise Missing("task.missing")
    if task.closed_at is not None:
        raise Conflict("task.already_done", name=task.name)
