"""Who does a step: taking it for oneself, lending it to another post, giving it to another post for good."""

from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.cases import assignment, queries, repairs, wording
from app.domain.cases.acting import own_step
from app.domain.cases.commands import require_performer
from app.domain.cases.events import DelegationEnded, TaskClaimed, TaskDelegated, TaskReassigned, TaskUnclaimed
from app.domain.cases.models import Task
from app.domain.orgunits import queries as orgunits
from app.kernel import events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing

HEAD, CHAIRMAN = "head", "chairman"
OPERATE = "cases.operate"


@command
def claim(actor: Actor, task_id: UUID) -> Task:
    """Take a task that waits for a role for one's own post; the others see it no more."""
    task = own_step(actor, task_id)
    if task.post_id is not None:
        raise Conflict("task.claimed", name=task.name)
    task.post_id = queries.performing_post(actor, task)
    events.record(TaskClaimed(about=str(task.case_id), task_id=str(task.id)), actor=actor.name)
    return task


@command
def unclaim(actor: Actor, task_id: UUID) -> Task:
    """Give a task back to everybody of its role."""
    task = own_step(actor, task_id)
    if task.role is None or task.post_id is None or task.lent_by_post_id is not None:
        raise Conflict("task.not_claimed", name=task.name)
    task.post_id, task.seen_at = None, None
    events.record(TaskUnclaimed(about=str(task.case_id), task_id=str(task.id)), actor=actor.name)
    return task


@command
def delegate(actor: Actor, task_id: UUID, *, post_id: UUID, reason: str) -> Task:
    """Let another post of the agency do a task in one's stead (giao làm thay); it can be taken back.

    Raises Conflict "task.lent_already": what was lent is not lent on.
    """
    task = own_step(actor, task_id)
    said = wording.reason(reason)
    if task.lent_by_post_id is not None:
        raise Conflict("task.lent_already", name=task.name)
    lender = queries.performing_post(actor, task)
    _give(task, post_id)
    task.lent_by_post_id, task.why = lender, {**task.why, "lent": said}
    fact = TaskDelegated(
        about=str(task.case_id), task_id=str(task.id), post_id=str(lender or ""), to_post_id=str(post_id)
    )
    events.record(fact, actor=actor.name)
    return task


@command
def end_delegation(actor: Actor, task_id: UUID, *, reason: str) -> Task:
    """Take a task back from whom it was lent to (lấy lại), or give it back undone (giao lại)."""
    task = queries.locked_task(task_id)
    lender = task.lent_by_post_id
    if lender is None or lender not in actor.post_ids:
        require_performer(actor, task)
    if lender is None or task.closed_at is not None:
        raise Conflict("task.not_lent", name=task.name)
    task.why = {**task.why, "ended": wording.reason(reason)}
    task.post_id, task.lent_by_post_id, task.seen_at = lender, None, None
    fact = DelegationEnded(about=str(task.case_id), task_id=str(task.id), post_id=str(lender))
    events.record(fact, actor=actor.name)
    return task


@command
def reassign(actor: Actor, task_id: UUID, *, post_id: UUID, reason: str) -> Task:
    """Give a task that is somebody else's to another post of the agency; for those in charge.

    These are the head of the division where it waits, the chairman of the agency, and who operates its cases.
    """
    task = queries.locked_task(task_id)
    if not may_reassign(actor, task):
        if queries.may_perform(actor, task) or queries.may_see(actor, task.case):
            raise Forbidden("task.not_in_charge", name=task.name)
        raise Missing("task.missing")
    if task.closed_at is not None:
        raise Conflict("task.already_done", name=task.name)
    said = wording.reason(reason)
    _give(task, post_id)
    task.lent_by_post_id, task.why = None, {**task.why, "given": said}
    assignment.settle(task.id, by=actor.person_id)
    fact = TaskReassigned(about=str(task.case_id), task_id=str(task.id), to_post_id=str(post_id))
    events.record(fact, actor=actor.name)
    return task


@command
def give_back(actor: Actor, task_id: UUID, *, post_id: UUID | None, reason: str) -> Task:
    """Give a task back to the post that had it before it was reassigned, None for everybody of its role.

    Raises as `reassign`.
    """
    task = queries.locked_task(task_id)
    if post_id is not None:
        return reassign(actor, task_id, post_id=post_id, reason=reason)
    if not may_reassign(actor, task):
        raise Missing("task.missing")
    if task.closed_at is not None or task.role is None:
        raise Conflict("task.already_done", name=task.name)
    task.post_id, task.seen_at, task.why = None, None, {**task.why, "given": wording.reason(reason)}
    events.record(TaskUnclaimed(about=str(task.case_id), task_id=str(task.id)), actor=actor.name)
    return task


def known_task(actor: Actor, task_id: UUID) -> Task:
    """One task, if the actor may do it, may see its case or is in charge of it."""
    found = db.session.get(Task, task_id)
    return found if found is not None and may_reassign(actor, found) else queries.visible_task(actor, task_id)


def may_reassign(actor: Actor, task: Task) -> bool:
    """Whether an actor is in charge of where a task waits."""
    place = task.unit_id if task.post is None else task.post.unit_id
    leads = any(
        (seat.role == HEAD and seat.unit_id == place) or (seat.role == CHAIRMAN and seat.agency_id == task.case.unit_id)
        for seat in actor.seats
    )
    return leads or repairs.may_operate(actor, task.case.unit_id)


def _give(task: Task, post_id: UUID) -> None:
    inside = {post.id: post for post in orgunits.posts_of_agency(task.case.unit_id)}
    if post_id not in inside:
        raise Invalid("form.invalid", fields={"post_id": ("slip.post_outside_agency", {})})
    if post_id == task.post_id:
        raise Invalid("form.invalid", fields={"post_id": ("task.asked_already", {})})
    task.post_id, task.post, task.seen_at = post_id, inside[post_id], None
