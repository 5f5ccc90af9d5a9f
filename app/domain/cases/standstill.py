"""Stopping the clock of a case (tạm dừng tính thời hạn) while somebody outside owes an answer; work may go on."""

from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import SYSTEM, Actor
from app.domain.cases import deadlines, queries, running, wording
from app.domain.cases.events import ClockPaused, ClockResumed
from app.domain.cases.models import Case, Pause, Task, Timer
from app.engine import runtime
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Forbidden


@command
def pause(actor: Actor, case_id: UUID, *, reason: str) -> Case:
    """Stop the deadlines of a case for a reason; those that are over stay over.

    Missing and Forbidden for whoever has no task in it and does not operate cases there, Conflict when it has ended or
    its deadlines stand still already, Invalid without a reason.
    """
    case = _ours(actor, case_id)
    said = wording.reason(reason)
    if case.paused_at is not None:
        raise Conflict("clock.paused")
    case.paused_at = clock.now()
    row = Pause(case_id=case.id, reason=said, began_at=case.paused_at, began_by=actor.person_id)
    db.session.add(row)
    events.record(ClockPaused(about=str(case.id), pause_id=_id(row)), actor=actor.name)
    reckon(case)
    return case


@command
def resume(actor: Actor, case_id: UUID) -> Case:
    """Let the deadlines of a case run on; each is later by the working days it stood still. Errors: as `pause`."""
    case = _ours(actor, case_id)
    row = db.session.scalar(select(Pause).where(Pause.case_id == case.id, Pause.ended_at.is_(None)))
    if row is None:
        raise Conflict("clock.running")
    case.paused_at, row.ended_at, row.ended_by = None, clock.now(), actor.person_id
    events.record(ClockResumed(about=str(case.id), pause_id=_id(row)), actor=actor.name)
    reckon(case)
    return case


@command
def reckon_anew(case_id: UUID) -> None:
    """Set the deadlines of a case by the calendar as it is now; doing it again changes nothing."""
    case = queries.locked_case(case_id)
    if case.ended_at is None:
        reckon(case)


def reckon(case: Case) -> None:
    """Set the deadlines of a case that is ours alone: of its tasks, and of the timers that count working days."""
    db.session.flush()
    reckoning = deadlines.of_case(case)
    open_tasks = select(Task).where(Task.case_id == case.id, Task.closed_at.is_(None), Task.term.is_not(None))
    for task in db.session.scalars(open_tasks):
        task.due_at = reckoning.due(task.term, task.opened_at)
    if db.session.scalar(select(Timer.id).where(Timer.case_id == case.id).limit(1)) is not None:
        running.advance(
            case, SYSTEM, lambda definition, state, run: runtime.plan_anew(definition, state, reckoning.plan, run)
        )


def may(actor: Actor, case: Case) -> bool:
    """Whether an actor may stop the clock of a case: by a task of theirs in it, or by operating cases there."""
    if actor.may("cases.operate", at=case.unit_id):
        return True
    return any(one.closed_at is None and queries.may_perform(actor, one) for one in queries.tasks_of(case.id))


def of_case(case_id: UUID) -> list[Pause]:
    """The pauses of a case, earliest first."""
    return list(db.session.scalars(select(Pause).where(Pause.case_id == case_id).order_by(Pause.began_at)))


def with_deadlines() -> list[UUID]:
    """Every case that has a deadline running, in its tasks or in its diagram."""
    tasks = select(Task.case_id).where(Task.closed_at.is_(None), Task.term.is_not(None))
    return list(db.session.scalars(tasks.union(select(Timer.case_id))))


def _ours(actor: Actor, case_id: UUID) -> Case:
    queries.visible_case(actor, case_id)
    case = queries.locked_case(case_id)
    if not may(actor, case):
        raise Forbidden("clock.not_yours")
    if case.ended_at is not None:
        raise Conflict("clock.ended")
    if case.suspended_at is not None:
        raise Conflict("case.suspended")
    return case


def _id(row: Pause) -> str:
    db.session.flush()
    return str(row.id)
