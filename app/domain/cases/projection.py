"""Making the rows agree with the engine: tasks for people, calls that wait, timers that run."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.cases.events import CaseEnded
from app.domain.cases.models import Call, Case, Task, Timer
from app.domain.orgunits import calendar
from app.engine.runtime import HumanTask, Step
from app.kernel import clock, events
from app.kernel.db import db
from app.kernel.errors import Invalid


def project(case: Case, step: Step) -> None:
    """Keep the engine's state and show what waits now."""
    case.state = step.state
    case.passed = list(dict.fromkeys([*case.passed, *step.entered]))
    _project_tasks(case, {UUID(task.id): task for task in step.human_tasks})
    _project_calls(case, step)
    _project_timers(case, step)
    if step.finished and case.ended_at is None:
        case.status, case.ended_at = "done", clock.now()
        events.record(CaseEnded(about=str(case.id)), actor="system")
    db.session.flush()


def stop(case: Case, *, status: str) -> None:
    """End a case where it stands: nothing of it waits for anybody any more."""
    case.status, case.ended_at = status, clock.now()
    _project_tasks(case, {})
    for call in _open_calls(case):
        call.closed_at = clock.now()
    for timer in _timers(case):
        db.session.delete(timer)


def _project_tasks(case: Case, waiting: dict[UUID, HumanTask]) -> None:
    open_tasks = select(Task).where(Task.case_id == case.id, Task.closed_at.is_(None))
    known = {task.id: task for task in db.session.scalars(open_tasks)}
    for key in known.keys() - waiting.keys():
        known[key].closed_at = clock.now()
    db.session.add_all(_task(case, waiting[key]) for key in waiting.keys() - known.keys())


def _task(case: Case, human: HumanTask) -> Task:
    moment = clock.now()
    form = case.version.forms.get(human.node)
    if form is None:
        raise Invalid("procedure.step_without_form", node=human.node)
    return Task(
        id=UUID(human.id),
        case_id=case.id,
        node=human.node,
        name=human.name,
        form_key=human.form or human.node,
        form_sha256=form,
        role=None if human.post else human.role,
        unit_id=UUID(str(human.unit)) if human.unit else case.unit_id,
        post_id=UUID(str(human.post)) if human.post else None,
        opened_at=moment,
        due_at=_due(human.deadline, moment),
    )


def _due(deadline: Any, opened: datetime) -> datetime | None:
    """When a task is due: a number of working days from now, or the end of a day that somebody named."""
    if deadline is None or isinstance(deadline, str):
        return calendar.end_of(date.fromisoformat(deadline)) if deadline else None
    return calendar.deadline_after(int(deadline), opened)


def _project_calls(case: Case, step: Step) -> None:
    waiting = {UUID(call.id): call for call in step.waiting}
    known = {call.id: call for call in _open_calls(case)}
    for key in known.keys() - waiting.keys():
        known[key].closed_at = clock.now()
    for key in waiting.keys() - known.keys():
        call = waiting[key]
        db.session.add(Call(id=key, case_id=case.id, node=call.node, operation=call.operation))


def _open_calls(case: Case) -> Iterable[Call]:
    return db.session.scalars(select(Call).where(Call.case_id == case.id, Call.closed_at.is_(None)))


def _project_timers(case: Case, step: Step) -> None:
    wanted = {(timer.task_id, timer.due): timer for timer in step.timers}
    known = {(row.task_key, row.due_at): row for row in _timers(case)}
    for key in known.keys() - wanted.keys():
        db.session.delete(known[key])
    for key in wanted.keys() - known.keys():
        timer = wanted[key]
        db.session.add(Timer(case_id=case.id, task_key=timer.task_id, node=timer.node, due_at=timer.due))


def _timers(case: Case) -> Iterable[Timer]:
    return db.session.scalars(select(Timer).where(Timer.case_id == case.id))
