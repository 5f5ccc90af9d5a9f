"""Counting working hours (giờ làm việc): eight a day, from 8 to 12 and from 13 to 17, on the days the office works."""

from datetime import date, datetime
from typing import Final

from app.kernel.clock import OFFICE_ZONE
from app.kernel.workdays import Special, is_working

A_DAY: Final = 8.0
_HALVES: Final = ((8.0, 12.0), (13.0, 17.0))


class OfficeHours:
    """A clock that only runs while the office is open."""

    def __init__(self, special: Special) -> None:
        self._special = special
        self._before: dict[int, float] = {}

    def between(self, since: datetime, until: datetime) -> float:
        """The working hours from one moment to another; negative when it comes before."""
        first = since.astimezone(OFFICE_ZONE).date().toordinal()
        return self._at(until, first) - self._at(since, first)

    def _at(self, moment: datetime, first: int) -> float:
        local = moment.astimezone(OFFICE_ZONE)
        day = local.date()
        hour = local.hour + local.minute / 60 + local.second / 3600
        today = sum(min(max(hour - begin, 0.0), end - begin) for begin, end in _HALVES)
        days = range(min(first, day.toordinal()), max(first, day.toordinal()))
        whole = sum(self._whole(one) for one in days)
        return (whole if day.toordinal() >= first else -whole) + (today if is_working(day, self._special) else 0.0)

    def _whole(self, ordinal: int) -> float:
        if ordinal not in self._before:
            self._before[ordinal] = A_DAY if is_working(date.fromordinal(ordinal), self._special) else 0.0
        return self._before[ordinal]
