"""Working days in timers: `working_days(n)` is the end of the n-th working day, as the office's calendar has it.

Where nobody brings a calendar, as in a rehearsal, every Monday to Friday is worked until five o'clock.
"""

import re
from collections.abc import Callable
from datetime import datetime, time
from functools import partial

from app.kernel import workdays
from app.kernel.clock import OFFICE_ZONE, office_day

CLOSING = time(17, 0)
LONGEST = 400
_WORKING_DAYS = re.compile(r"working (\d{1,3}) days")


def text(days: int) -> str:
    """How an expression says it; ValueError when nobody waits so long."""
    if not 0 <= days <= LONGEST:
        raise ValueError(days)
    return f"working {days} days"


def days(said: str) -> int | None:
    """How many working days a timer's text says; None when it says something else."""
    match = _WORKING_DAYS.fullmatch(said)
    return None if match is None else int(match[1])


def reckoned(after: int, start: datetime, special: workdays.Special) -> datetime:
    """The end of the n-th working day after a moment; what comes after office hours belongs to the next day."""
    day = office_day(start)
    if start > datetime.combine(day, CLOSING, OFFICE_ZONE):
        after = max(after, 1)
    return datetime.combine(workdays.later(day, after, special), CLOSING, OFFICE_ZONE)


_deadline: Callable[[int, datetime], datetime] = partial(reckoned, special={})


def install(deadline: Callable[[int, datetime], datetime]) -> None:
    """Use a calendar: it gives the end of the n-th working day after a moment."""
    global _deadline  # noqa: PLW0603 - an office has one calendar
    _deadline = deadline


def deadline(after: int, start: datetime) -> datetime:
    """The end of the n-th working day after a moment."""
    return _deadline(after, start)
