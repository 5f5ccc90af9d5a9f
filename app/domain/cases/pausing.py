"""Letting a case rest (tạm dừng): nothing of it can be done and no clock of it runs, until it goes on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases import lending, queries, repairs, running, standstill, wording
from app.domain.cases.events import CaseResumed, CaseSuspended
from app.domain.cases.models import Case, Pause, SlipItem, Task
from app.domain.orgunits import calendar
from app.engine import runtime
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Forbidden, Missing


@command
def suspend_case(actor: Actor, case_id: UUID, *, reason: str) -> Case:
    """Let a case rest; Conflict when it rests already or is over."""
    case = _own(actor, case_id)
    said = wording.reason(reason)
    if case.suspended_at is not None or case.ended_at is not None:
        raise Conflict("case.suspended" if case.suspended_at is not None else "case.ended")
    case.suspended_at, case.suspended_why = clock.now(), said
    events.record(CaseSuspended(about=str(case.id)), actor=actor.name)
    return case


@command
def resume_case(actor: Actor, case_id: UUID) -> Case:
    """Let a case go on: every deadline is as far away as it was, and so is every timer."""
    case = _own(actor, case_id)
    since = case.suspended_at
    if since is None:
        raise Conflict("case.not_suspended")
    _postpone(case, since)
    rested = Pause(case_id=case.id, reason=case.suspended_why, began_at=since, ended_at=clock.now())
    rested.ended_by, case.suspended_at = actor.person_id, None
    db.session.add(rested)
    by = clock.now() - since
    running.advance(case, actor, lambda definition, state, run: runtime.postpone(definition, state, by, run))
    standstill.reckon(case)  # what counts working days counts them, whatever the calendar says later
    events.record(CaseResumed(about=str(case.id)), actor=actor.name)
    return case


def may_suspend(actor: Actor, case: Case) -> bool:
    """Whether an actor may let a case rest: the chairman of its agency, and who operates it."""
    leads = any(seat.role == lending.CHAIRMAN and seat.agency_id == case.unit_id for seat in actor.seats)
    return leads or repairs.may_operate(actor, case.unit_id)


def _own(actor: Actor, case_id: UUID) -> Case:
    case = queries.locked_case(case_id)
    if not may_suspend(actor, case):
        if queries.may_see(actor, case):
            raise Forbidden("actor.not_permitted", permission=lending.OPERATE)
        raise Missing("case.missing")
    return case


def _postpone(case: Case, since: datetime) -> None:
    """Move the deadlines by the working days that the case rested."""
    days = calendar.working_days(clock.office_day(since), clock.office_day(), calendar.special_days())
    if days:
        tasks = select(Task).where(Task.case_id == case.id, Task.closed_at.is_(None))
        lines = select(SlipItem).where(SlipItem.case_id == case.id, SlipItem.done_at.is_(None))
        for one in [*db.session.scalars(tasks), *db.session.scalars(lines)]:
            one.due_at = None if one.due_at is None else calendar.deadline_after(days, one.due_at)
