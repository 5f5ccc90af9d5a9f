"""Working days (ngày làm việc): Monday to Friday, less public holidays, plus days worked in exchange."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from app.domain.orgunits.models import SpecialDay
from app.kernel.clock import OFFICE_ZONE, office_day
from app.kernel.db import db

SATURDAY = 5
END_OF_DAY = time(17, 0)
LONGEST = 400


def deadline_after(days: int, start: datetime, special: Mapping[date, bool] | None = None) -> datetime:
    """The end of the n-th working day after a moment; `days` is between 0 and 400, `special` as `special_days`.

    0 is the end of the same day; what comes after office hours belongs to the next one.
    """
    day = office_day(start)
    left = max(0, min(days, LONGEST))
    if start > end_of(day):
        left = max(left, 1)
    special = special_days() if special is None else special
    while left > 0 or not is_working(day, special):
        day += timedelta(days=1)
        if is_working(day, special):
            left -= 1
            if left <= 0:
                break
    return end_of(day)


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


def is_working(day: date, special: Mapping[date, bool]) -> bool:
    """Whether the office works on a day."""
    return special.get(day, day.weekday() < SATURDAY)
