"""Working days (ngày làm việc): Monday to Friday, less public holidays, plus days worked in exchange."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from app.domain.orgunits.models import SpecialDay
from app.kernel.clock import OFFICE_ZONE, office_day
from app.kernel.db import db
from app.kernel.workdays import LONGEST, Special, is_working, later

END_OF_DAY = time(17, 0)


def due(deadline: Any, opened: datetime, special: Special | None = None) -> datetime | None:
    """When a step is due: a number of working days after it opened, or the end of a day that somebody named.

    Special days are those of the office unless others are given.
    """
    if deadline is None or isinstance(deadline, str):
        return end_of(date.fromisoformat(deadline)) if deadline else None
    return deadline_after(int(deadline), opened, special)


def deadline_after(days: int, start: datetime, special: Special | None = None) -> datetime:
    """The end of the n-th working day after a moment; `days` is between 0 and 400.

    0 is the end of the same day; what comes after office hours belongs to the next one.
    """
    day = office_day(start)
    if start > end_of(day):
        days = max(days, 1)
    return end_of(later(day, days, special_days() if special is None else special))


def end_of(day: date) -> datetime:
    """The end of office hours of a day."""
    return datetime.combine(day, END_OF_DAY, OFFICE_ZONE)


def special_days() -> dict[date, bool]:
    """Holidays (False) and days worked in exchange (True): a few dozen a year, read in one statement."""
    return dict(db.session.execute(select(SpecialDay.day, SpecialDay.is_working)).all())


def working_days(first: date, last: date, special: Mapping[date, bool]) -> int:
    """Working days after `first` up to `last`; beyond a year, weeks of five are counted instead."""
    if (last - first).days > LONGEST:
        return (last - first).days * 5 // 7
    days = (first + timedelta(days=i) for i in range(1, (last - first).days + 1))
    return sum(1 for day in days if is_working(day, special))
