"""The only place that asks what time it is."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from zoneinfo import ZoneInfo

OFFICE_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_read: Callable[[], datetime] = partial(datetime.now, UTC)


def now() -> datetime:
    """The current moment, aware, in UTC; a test may turn the hands."""
    return _read()


def keep(read: Callable[[], datetime]) -> None:
    """Let a rehearsal, which has a process of its own, keep its own time."""
    global _read  # noqa: PLW0603 - there is one clock
    _read = read


def office_day(moment: datetime | None = None) -> date:
    """The calendar day in the office (Asia/Ho_Chi_Minh) of a moment, by default of now."""
    return (moment or now()).astimezone(OFFICE_ZONE).date()
