"""Working days (ngày làm việc): Monday to Friday, less public holidays, plus days worked in exchange."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from app.domain.orgunits.models import SpecialDay
from app.kernel.clock import OFFICE_ZONE, office_day
from app.kernel.db import db

SATURDAY = 5
END_OF_DAY = time(17, 0)
LONGEST = 400


def deadline_after(days: int, start: datetime) -> datetime:
    """The end of the n-th working day after a moment; `days` is between 0 and 400.

    0 is the end of the same day; what comes after office hours belongs to the next one.
    """
    day = office_day(start)
    left = max(0, min(days, LONGEST))
    if start > end_of(day):
        left = max(left, 1)
    special = _special_days(day, day + timedelta(days=left * 2 + 40))
    while left > 0 or not _is_working(day, special):
        day += timedelta(days=1)
        if _is_working(day, special):
            left -= 1
            if left <= 0:
                break
    return end_of(day)


def end_of(day: date) -> datetime:
    """The end of office hours of a day."""
    return datetime.combine(day, END_OF_DAY, OFFICE_ZONE)


def _special_days(first: date, last: date) -> dict[date, bool]:
    query = select(SpecialDay.day, SpecialDay.is_working).where(SpecialDay.day.between(first, last))
    return dict(db.session.execute(query).all())


def _is_working(day: date, special: dict[date, bool]) -> bool:
    return special.get(day, day.weekday() < SATURDAY)
