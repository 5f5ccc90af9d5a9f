"""A case as it stood at a moment of its past (hồ sơ tại thời điểm): what was done, open, stuck and answered by then."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from app.domain.actors.actor import Actor
from app.domain.cases import queries, repairs
from app.domain.cases.models import Call, Case, Incident, Task
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Missing


@dataclass(frozen=True)
class Moment:
    """Something that was done: a step of a person or of a machine, and until when nothing else was."""

    done: Task | Call
    at: datetime
    until: datetime


@dataclass(frozen=True)
class Past:
    """A case after one moment and before the next: what was done by then, what was open, what was stuck."""

    moment: Moment
    done: tuple[Task, ...]
    open: tuple[Task, ...]
    calls_done: tuple[Call, ...]
    calls_open: tuple[Call, ...]
    incidents: tuple[Incident, ...]


def visible(actor: Actor, case_id: UUID) -> Case:
    """One case, for whoever may see it or operates it. Raises Missing."""
    found = db.session.get(Case, case_id)
    if found is None or not (repairs.may_operate(actor, found.unit_id) or queries.may_see(actor, found)):
        raise Missing("case.missing")
    return found


def moments(case: Case) -> list[Moment]:
    """Everything that was done in a case, first things first.

    What a machine answered at once belongs to the step before it: there was no moment between them.
    """
    acts: list[Task | Call] = [*_tasks(case), *queries.calls_of(case.id)]
    ends = [(one.closed_at, one) for one in acts if one.closed_at is not None]
    ends.sort(key=lambda end: end[0])
    later = [*(at for at, _ in ends), clock.now()][1:]
    return [Moment(one, at, until) for (at, one), until in zip(ends, later, strict=False)]


def as_it_stood(case: Case, done_id: UUID) -> Past:
    """A case right after a step of it was done. Raises Missing when none of its steps has this id."""
    moment = next((one for one in moments(case) if one.done.id == done_id), None)
    if moment is None:
        raise Missing("case.moment_missing")
    at, until = moment.at, moment.until
    tasks = [one for one in _tasks(case) if one.opened_at <= until]
    calls = list(db.session.scalars(select(Call).where(Call.case_id == case.id, Call.opened_at <= until)))
    stuck = select(Incident).where(Incident.case_id == case.id, Incident.opened_at < until)
    return Past(
        moment,
        tuple(one for one in tasks if _was_over(one, at)),
        tuple(one for one in tasks if not _was_over(one, at) and one.opened_at < until),
        tuple(one for one in calls if _was_over(one, at)),
        tuple(one for one in calls if not _was_over(one, at) and one.opened_at < until),
        tuple(db.session.scalars(stuck.where(or_(Incident.closed_at.is_(None), Incident.closed_at > at)))),
    )


def _was_over(one: Task | Call, at: datetime) -> bool:
    return one.closed_at is not None and one.closed_at <= at


def _tasks(case: Case) -> list[Task]:
    return [one for one in queries.tasks_of(case.id) if one.kind == "step"]
