"""Making the rows agree with the engine: tasks for people, calls that wait, timers that run, events that listen."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    String,
    Uuid,
    and_,
    bindparam,
    cast,
    delete,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from app.domain.cases import assignment, deadlines, listeners
from app.domain.cases.assignment import Assigned
from app.domain.cases.correspondence import Listener
from app.domain.cases.events import CaseEnded, ChildEnded, PerformerMissing
from app.domain.cases.listeners import Awaited
from app.domain.cases.models import Call, Case, Task, Timer
from app.domain.procedures import commands as procedures
from app.engine.runtime import HumanTask, Step
from app.kernel import clock, events
from app.kernel.db import Moment, db
from app.kernel.errors import Invalid


@dataclass(frozen=True)
class Known:
    """What the rows of a case say is open: tasks, calls, timers by step and moment, and events by what they await."""

    tasks: set[UUID] = field(default_factory=set)
    calls: set[UUID] = field(default_factory=set)
    timers: dict[tuple[str, datetime], UUID] = field(default_factory=dict)
    listeners: dict[Awaited, UUID] = field(default_factory=dict)


def project(case: Case, step: Step, *, after: UUID | None = None, answered: Iterable[Call] = ()) -> None:
    """Keep the engine's state and show what waits now.

    `after` is the task whose completion led here, `answered` are new rows of operations that were answered at once.
    """
    case.state = step.state
    case.passed = list(dict.fromkeys([*case.passed, *step.entered]))
    known = _known(case)
    db.session.add_all(answered)  # only now, so that one statement writes them and the calls that wait
    _project_calls(case, step, known.calls)  # before the tasks: what ended led to what opens
    _project_tasks(case, step, known.tasks, after)
    _project_timers(case, step, known.timers)
    listeners.project(case, step, known.listeners)
    if step.finished and case.ended_at is None:
        case.status, case.ended_at = "done", clock.now()
        events.record(CaseEnded(about=str(case.id)), actor="system")
        _tell_parent(case)
    db.session.flush()


def stop(case: Case, *, status: str) -> None:
    """End a case where it stands: nothing of it waits for anybody any more."""
    case.status, case.ended_at = status, clock.now()
    known = _known(case)
    _close(Task, known.tasks)
    _close(Call, known.calls)
    _drop(known.timers.values())
    listeners.drop(known.listeners.values())
    _tell_parent(case)


def _tell_parent(case: Case) -> None:
    """The case that started this one hears of its end by a job: one transaction never holds two running cases."""
    if case.parent_id is not None:
        events.record(ChildEnded(about=str(case.id), parent_id=str(case.parent_id)), actor="system")


def _known(case: Case) -> Known:
    """All of them by one statement: most cases wait for one thing only."""
    known = Known()
    for kind, key, task_key, due_at, *awaited in db.session.execute(_waiting_rows(), {"case": case.id}):
        if kind == "timer":
            known.timers[task_key, due_at] = key
        elif kind == "event":
            known.listeners[Awaited(task_key, *awaited)] = key
        else:
            (known.tasks if kind == "task" else known.calls).add(key)
    return known


@cache
def _waiting_rows() -> CompoundSelect[Any]:
    """The statement for it, built once: every step of every case asks it."""
    case_id = bindparam("case", type_=Uuid())
    nothing, never = cast(null(), String), cast(null(), Moment())
    empty = (nothing, never, nothing, nothing, nothing)
    tasks = select(literal("task"), Task.id, *empty).where(
        Task.case_id == case_id, Task.closed_at.is_(None), Task.kind == "step"
    )
    calls = select(literal("call"), Call.id, *empty).where(Call.case_id == case_id, Call.closed_at.is_(None))
    timers = select(literal("timer"), Timer.id, Timer.task_key, Timer.due_at, *empty[2:]).where(
        Timer.case_id == case_id
    )
    events = select(
        literal("event"), Listener.id, Listener.task_key, never, Listener.kind, Listener.name, Listener.correlation
    ).where(Listener.case_id == case_id)
    return union_all(tasks, calls, timers, events)


def _project_tasks(case: Case, step: Step, known: set[UUID], after: UUID | None) -> None:
    waiting = {UUID(task.id): task for task in step.human_tasks}
    _close(Task, known - waiting.keys())
    for key in waiting.keys() - known:
        assigned = assignment.resolve(case, waiting[key])
        task = _task(case, waiting[key], assigned, after)
        db.session.add(task)
        if assigned.nobody is not None:
            db.session.add(assignment.report(task, assigned))
            fact = PerformerMissing(about=str(case.id), task_id=str(task.id), code=assigned.nobody.code)
            events.record(fact, actor="system")


def _task(case: Case, human: HumanTask, assigned: Assigned, after: UUID | None) -> Task:
    moment = clock.now()
    term = deadlines.term(human.deadline)
    form = procedures.pinned(case.version_id).forms.get(human.node)
    if form is None:
        raise Invalid("procedure.step_without_form", node=human.node)
    return Task(
        id=UUID(human.id),
        case_id=case.id,
        after_id=after,
        node=human.node,
        name=human.name,
        form_key=human.form or human.node,
        form_sha256=form,
        role=assigned.role,
        unit_id=assigned.unit_id,
        post_id=assigned.post_id,
        why=assigned.why,
        opened_at=moment,
        term=term,
        due_at=deadlines.due_now(case, term, moment),
    )


def _project_calls(case: Case, step: Step, known: set[UUID]) -> None:
    waiting = {UUID(call.id): call for call in step.waiting}
    _close(Call, known - waiting.keys())
    for key in waiting.keys() - known:
        call = waiting[key]
        row = Call(id=key, case_id=case.id, node=call.node, operation=call.operation, opened_at=clock.now())
        db.session.add(row)


def _project_timers(case: Case, step: Step, known: dict[tuple[str, datetime], UUID]) -> None:
    wanted = {(timer.task_id, timer.due): timer for timer in step.timers}
    _drop(known[key] for key in known.keys() - wanted.keys())
    for key in wanted.keys() - known.keys():
        timer = wanted[key]
        db.session.add(Timer(case_id=case.id, task_key=timer.task_id, node=timer.node, due_at=timer.due))


def _close(kind: type[Task] | type[Call], keys: set[UUID]) -> None:
    if keys:
        ours: ColumnElement[bool] = kind.id.in_(keys)
        if kind is Task:  # with what was asked for beside a step
            ours = or_(ours, and_(Task.parent_id.in_(keys), Task.closed_at.is_(None)))
        db.session.execute(update(kind).where(ours).values(closed_at=clock.now()))


def _drop(timers: Iterable[UUID]) -> None:
    gone = list(timers)
    if gone:
        db.session.execute(delete(Timer).where(Timer.id.in_(gone)))
