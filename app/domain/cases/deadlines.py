"""When things are due (thời hạn): working days from a moment, less those on which a case waited for somebody outside.

Tasks and the timers of diagrams reckon alike, so that the inbox, the timer and the report name the same second.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from app.domain.cases.models import Case, Pause
from app.domain.orgunits import calendar
from app.engine import runtime
from app.engine.runtime import Definition, Operations, Step
from app.kernel.clock import office_day
from app.kernel.db import db

NEVER = datetime(9999, 12, 1, tzinfo=UTC)
"""When a timer fires whose case waits for an answer from outside."""


def term(said: Any) -> str | None:
    """What a diagram says about a deadline, as it is kept: a number of working days, or a day; None for nothing."""
    if said is None or said == "":
        return None
    return date.fromisoformat(said).isoformat() if isinstance(said, str) else str(max(0, int(said)))


@dataclass(frozen=True)
class Reckoning:
    """The calendar of an office, and the pauses of one case, earliest first."""

    special: Mapping[date, bool]
    pauses: Sequence[Pause] = ()

    def due(self, kept: str | None, since: datetime) -> datetime | None:
        """When a term that began at a moment is over; None when there is none, or while it does not run."""
        if kept is None:
            return None
        if kept.isdigit():
            return self._over(lambda lost: calendar.deadline_after(int(kept) + lost, since, self.special), since)
        end = calendar.end_of(date.fromisoformat(kept))
        return self._over(lambda lost: calendar.deadline_after(lost, end, self.special) if lost else end, since)

    def plan(self, days: int, since: datetime) -> datetime:
        """When so many working days after a moment are over; never, while they do not run."""
        return self.due(str(days), since) or NEVER

    def _over(self, reckon: Callable[[int], datetime], since: datetime) -> datetime | None:
        """A pause that begins when the term is over already saves nothing."""
        lost, due, until = 0, reckon(0), since
        for pause in self.pauses:
            if due < pause.began_at or (pause.ended_at is not None and pause.ended_at <= until):
                continue
            if pause.ended_at is None:
                return None
            began = office_day(max(pause.began_at, until))
            lost += calendar.working_days(began, office_day(pause.ended_at), self.special)
            due, until = reckon(lost), pause.ended_at
        return due


def due_now(case: Case, kept: str | None, opened: datetime) -> datetime | None:
    """When a task that opens now is due; not yet, while the deadlines of its case do not run."""
    return None if kept is None or case.paused_at is not None else Reckoning(calendar.special_days()).due(kept, opened)


def of_case(case: Case) -> Reckoning:
    """How a case reckons now (two statements)."""
    query = select(Pause).where(Pause.case_id == case.id).order_by(Pause.began_at)
    return Reckoning(calendar.special_days(), tuple(db.session.scalars(query)))


def held(case: Case, definition: Definition, step: Step, operations: Operations) -> Step:
    """A step of a case; while its deadlines do not run, timers that count working days do not begin to."""
    if case.paused_at is None or not step.timers:
        return step
    still = runtime.plan_anew(definition, step.state, of_case(case).plan, operations)
    return replace(step, state=still.state, timers=still.timers)
