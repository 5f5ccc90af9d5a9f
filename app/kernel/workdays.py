"""Counting working days (ngày làm việc) when somebody says which days are special."""

from collections.abc import Mapping
from datetime import date, timedelta

SATURDAY = 5
LONGEST = 400
Special = Mapping[date, bool]
"""Holidays (False) and days worked in exchange (True)."""


def is_working(day: date, special: Special) -> bool:
    """Whether the office works on a day."""
    return special.get(day, day.weekday() < SATURDAY)


def later(day: date, days: int, special: Special) -> date:
    """The n-th working day after a day, n between 0 and 400; 0 is the day itself, or the next that is worked."""
    left = max(0, min(days, LONGEST))
    while left > 0 or not is_working(day, special):
        day += timedelta(days=1)
        if is_working(day, special):
            left -= 1
            if left <= 0:
                break
    return day
