"""How long steps took in finished cases (thời gian thực tế): read for suppositions, in working hours."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases import replay
from app.domain.cases.models import Case, Pause, Task
from app.domain.cases.replay import Period
from app.domain.cases.supposing import Run, Step
from app.domain.orgunits import calendar
from app.domain.orgunits.models import Post, Unit
from app.domain.orgunits.officehours import OfficeHours
from app.kernel.db import db

MOST = 500


@dataclass(frozen=True)
class Measured:
    """The newest cases of a period, and how many of them waited for somebody outside meanwhile."""

    cases: tuple[Case, ...]
    runs: tuple[Run, ...]
    paused: int


def measured(actor: Actor, key: str, period: Period) -> Measured:
    """What finished cases of a procedure took (a few statements). Missing for whoever may look at none."""
    cases = tuple(replay.finished(actor, key, period))
    steps = _steps(cases)
    paused = select(Pause.case_id).where(Pause.case_id.in_([case.id for case in cases])).distinct()
    hours = OfficeHours(calendar.special_days())
    runs = tuple(_run(case, steps[case.id], hours) for case in cases)
    return Measured(cases, runs, len(db.session.scalars(paused).all()))


@dataclass(frozen=True)
class _Row:
    task: Task
    who: str


def _steps(cases: Sequence[Case]) -> dict[UUID, list[_Row]]:
    """The tasks that people did, with the unit and the post, or the role, that did them."""
    query = (
        select(Task, Unit.short_name, Post.title)
        .join(Unit, Unit.id == Task.unit_id)
        .outerjoin(Post, Post.id == Task.closed_post_id)
        .where(Task.case_id.in_([case.id for case in cases]), Task.kind == "step", Task.closed_by.is_not(None))
    )
    found: dict[UUID, list[_Row]] = defaultdict(list)
    for task, unit, post in db.session.execute(query):
        found[task.case_id].append(_Row(task, f"{unit}: {post or task.role or task.name}"))
    return found


def _run(case: Case, rows: Iterable[_Row], hours: OfficeHours) -> Run:
    began = case.started_at
    steps = [
        Step(
            str(row.task.id),
            row.task.node,
            row.who,
            hours.between(began, row.task.opened_at),
            hours.between(began, row.task.closed_at or row.task.opened_at),
            str(row.task.after_id or ""),
            None if row.task.due_at is None else hours.between(began, row.task.due_at),
        )
        for row in rows
    ]
    return Run(str(case.id), tuple(steps), hours.between(began, case.ended_at or began))
