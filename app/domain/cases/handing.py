"""Handing work back: to whoever did an earlier step (trả lại), or to oneself while nobody has touched it (rút lại).

Nothing of it is drawn in a diagram. The engine says where a case may go by itself, the documents what is still open.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from app.domain.actors.actor import Actor
from app.domain.cases import beside, queries, repairs, running, wording
from app.domain.cases.acting import own_step
from app.domain.cases.events import TaskReturned, TaskSentOn, TaskWithdrawn
from app.domain.cases.models import Call, Case, SlipItem, Task
from app.domain.documents import commands as documents
from app.domain.procedures import commands as procedures
from app.engine import runtime
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Forbidden, Missing

REPEATABLE = frozenset({"documents.prepare", "signatures.verify", "cases.assign", "exchange.report"})
"""The operations that may run again, or for nothing: they bind nobody."""
SIGNING, REOPENING, ASSIGNING = "signatures.sign", "documents.reopen", "cases.assign"
CANCELLABLE = frozenset({"documents.prepare", "signatures.verify"})


def returnable(task: Task) -> list[Task]:
    """The steps that a task can be returned to, the last first: each with whoever did it last."""
    definition = procedures.pinned(task.case.version_id).definition
    near = set(runtime.reachable(definition, task.case.state, str(task.id))) - {task.node}
    found: dict[str, Task] = {}
    for earlier in reversed(queries.tasks_of(task.case_id)):
        if _is_done(earlier) and earlier.node in near and (earlier.closed_at or clock.now()) <= task.opened_at:
            found.setdefault(earlier.node, earlier)
    return sorted(found.values(), key=lambda one: one.closed_at or one.opened_at, reverse=True)


@command
def return_task(actor: Actor, task_id: UUID, *, reason: str, to: UUID | None = None) -> Case:
    """Return a step to whoever did an earlier one, by default the one before; they begin from their own answers.

    A signature given since counts no more (NĐ 30/2020, Đ13); what has a number, was sent or registered stays so.
    Raises Missing, Forbidden and Conflict as completing it would, Conflict "step.nowhere_to_return", "step.effect".
    """
    task = own_step(actor, task_id)
    said = wording.reason(reason)
    earlier = next((one for one in returnable(task) if to in (None, one.id)), None)
    if earlier is None:
        raise Conflict("step.nowhere_to_return", name=task.name)
    _put(actor, task, earlier.node, said, earlier)
    again = _begun_anew(earlier)
    fact = TaskReturned(about=str(task.case_id), task_id=str(task.id), to_id=str(again.id))
    events.record(fact, actor=actor.name)
    return task.case


@command
def send_to(actor: Actor, task_id: UUID, *, to_node: str, reason: str) -> Case:
    """Put what waits at a step at another one (chuyển bước), for whoever operates the case; "" is the step before.

    Where it goes back to what was done, that begins as if it had been returned. Raises Missing, Invalid on `reason`,
    Conflict as `return_task`, "task.held", and "incident.not_reachable" for a step it cannot come to.
    """
    task = queries.locked_task(task_id)
    if not repairs.may_operate(actor, task.case.unit_id):
        raise Missing("task.missing")
    beside.require_awake(task)
    if task.closed_at is not None or task.held_at is not None:
        raise Conflict("task.held" if task.closed_at is None else "task.already_done", name=task.name)
    said = wording.reason(reason)
    done = returnable(task)
    earlier = next((one for one in done if to_node in ("", one.node)), None)
    if earlier is None and not to_node:
        raise Conflict("step.nowhere_to_return", name=task.name)
    node = to_node if earlier is None else earlier.node
    if node not in steps_ahead(task):
        raise Conflict("incident.not_reachable")
    _put(actor, task, node, said, earlier)
    if earlier is not None:
        _begun_anew(earlier)
    events.record(TaskSentOn(about=str(task.case_id), task_id=str(task.id), node=node, reason=said), actor=actor.name)
    return task.case


def steps_ahead(task: Task) -> set[str]:
    """The steps of people that what waits at a step can be put at."""
    pinned = procedures.pinned(task.case.version_id)
    near = runtime.reachable(pinned.definition, task.case.state, str(task.id))
    return {node for node in near if node in pinned.forms} - {task.node}


def may_withdraw(actor: Actor, task: Task) -> bool:
    """Whether a step is this person's and nothing of what it led to has been touched."""
    if not _is_own(actor, task) or not _is_done(task):
        return False
    try:
        _require_untouched(task)
    except Conflict:
        return False
    return True


@command
def withdraw(actor: Actor, task_id: UUID, *, reason: str) -> Case:
    """Take back a step one has done, while nobody has opened what it led to.

    Raises Missing and Forbidden when it is not theirs; Conflict "step.seen" (who has opened it), "step.effect" (what
    has been done since and cannot be undone), "step.not_withdrawable".
    """
    task = queries.locked_task(task_id)
    if not _is_own(actor, task):
        if queries.may_see(actor, task.case):
            raise Forbidden("task.not_yours", name=task.name)
        raise Missing("task.missing")
    beside.require_awake(task)
    said = wording.reason(reason)
    if not _is_done(task) or task.case.ended_at is not None:
        raise Conflict("step.not_withdrawable", name=task.name)
    going = _require_untouched(task)
    _remove_slip(task.case, _effects(task.case, task.closed_at or task.opened_at))
    opened = [str(one.id) for one in going] or [str(task.id)]
    for one in going:
        if isinstance(one, Task):
            beside.close(one)
            one.note = said
    task.note = said
    running.advance(
        task.case,
        actor,
        lambda definition, state, run: runtime.retract(definition, state, opened, task.node, run),
        after=task.after_id,
    )
    _begun_anew(task)
    events.record(TaskWithdrawn(about=str(task.case_id), task_id=str(task.id)), actor=actor.name)
    return task.case


def _put(actor: Actor, task: Task, node: str, said: str, earlier: Task | None) -> None:
    """End a step by leaving it for another; what was done since `earlier` is taken back."""
    if earlier is not None:
        _take_back(actor, task.case, _effects(task.case, earlier.closed_at or earlier.opened_at))
    beside.close(task)
    task.closed_at, task.closed_by, task.note = clock.now(), actor.person_id, said
    task.closed_post_id = queries.performing_post(actor, task)
    running.advance(
        task.case,
        actor,
        lambda definition, state, run: runtime.move(definition, state, str(task.id), node, run),
        after=task.id,
    )


def _is_done(task: Task) -> bool:
    """Whether a person has answered a step, and it was not taken back."""
    return task.kind == "step" and task.closed_by is not None and not task.note


def _is_own(actor: Actor, task: Task) -> bool:
    return task.closed_by is not None and task.closed_by == actor.person_id


def _require_untouched(task: Task) -> list[Task | Call]:
    """What a step led to and what waits because of it, if all of it can be taken back."""
    since = task.closed_at or task.opened_at
    followed = select(Task).where(Task.after_id == task.id, Task.kind == "step")
    opened = list(db.session.scalars(followed))
    for one in opened:
        if one.seen_at is not None or one.closed_at is not None:
            raise Conflict("step.seen", name=one.name)
    pending = [one for one in _calls(task.case, since) if one.closed_at is None]
    effects = [one for one in _effects(task.case, since) if one.operation not in REPEATABLE]
    effects += [one for one in pending if one.operation not in CANCELLABLE]
    if effects:
        raise Conflict("step.effect", operation=effects[0].operation)
    if any(one.done_at is not None and one.done_at >= since for one in queries.slip_of(task.case_id)):
        raise Conflict("step.seen", name=task.name)
    return [*opened, *pending]


def _calls(case: Case, since: datetime) -> list[Call]:
    query = select(Call).where(Call.case_id == case.id, Call.opened_at >= since)
    return list(db.session.scalars(query.order_by(Call.opened_at)))


def _effects(case: Case, since: datetime) -> list[Call]:
    """The operations that have been carried out since a moment."""
    done = select(Call).where(Call.case_id == case.id, Call.closed_at >= since, Call.error.is_(None))
    return list(db.session.scalars(done.order_by(Call.closed_at)))


def _take_back(actor: Actor, case: Case, effects: list[Call]) -> None:
    """Undo what can be undone of what was done since; Conflict "step.effect" for the rest."""
    document = case.document
    binding = [one for one in effects if one.operation not in REPEATABLE | {SIGNING, REOPENING}]
    if document.number is not None and document.direction == "outgoing":
        raise Conflict("document.already_numbered", reference=document.reference)
    if binding:
        raise Conflict("step.effect", operation=binding[0].operation)
    if any(one.operation == SIGNING for one in effects) and document.state == "signed":
        documents.reopen(actor, document.id)
    _remove_slip(case, effects)


def _remove_slip(case: Case, effects: list[Call]) -> None:
    """Take back who was given work, where nobody has answered yet: it will be given anew."""
    if any(one.operation == ASSIGNING for one in effects):
        db.session.execute(delete(SlipItem).where(SlipItem.case_id == case.id, SlipItem.done_at.is_(None)))


def _begun_anew(earlier: Task) -> Task:
    """The step that has just been opened again: for the very post that did it, beginning from what it answered."""
    query = select(Task).where(Task.case_id == earlier.case_id, Task.node == earlier.node, Task.kind == "step")
    again = db.session.scalars(query.where(Task.closed_at.is_(None)).order_by(Task.opened_at.desc()).limit(1)).one()
    again.post_id = earlier.closed_post_id or earlier.post_id
    again.lent_by_post_id, again.answers = earlier.lent_by_post_id, dict(earlier.answers)
    return again
