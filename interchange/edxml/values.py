"""Dates, times and numbers as they occur in edXML, and how the standard writes them."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from interchange.edxml.limits import Deviations
from interchange.errors import ExchangeRefused

VIETNAM = timezone(timedelta(hours=7))
"""Times on the wire carry no zone; they are those of Vietnam."""
_DATE = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_ANY = re.compile(
    r"(?:(?P<y>[0-9]{4})[/-](?P<m>[0-9]{1,2})[/-](?P<d>[0-9]{1,2})"
    r"|(?P<d2>[0-9]{1,2})[/-](?P<m2>[0-9]{1,2})[/-](?P<y2>[0-9]{4}))"
    r"(?:[T ]\s*(?P<h>[0-9]{1,2}):(?P<min>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.[0-9]{1,9})?)?"
    r"\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_NUMBER = re.compile(r"[0-9]{1,9}")
_UNSET = 1
"""The year that .NET writes for "no date"."""


def day(text: str, what: str, odd: Deviations) -> date | None:
    """A date in any of its forms; None where there is none. Errors: ExchangeRefused "edxml.date"."""
    if not text:
        return None
    if not _DATE.fullmatch(text):
        odd.note("date_form")
    found = _moment(text, what).date()
    return None if found.year == _UNSET else found


def moment(text: str, what: str, odd: Deviations) -> datetime:
    """A time in any of its forms, as one of Vietnam. Errors: ExchangeRefused "edxml.date"."""
    if not _TIME.fullmatch(text):
        odd.note("date_form")
    return _moment(text, what)


def _moment(text: str, what: str) -> datetime:
    found = _ANY.fullmatch(text)
    if not found:
        raise ExchangeRefused("edxml.date", what=what)
    part = found.groupdict(default="")
    year, month, of_month = (int(part[one] or part[one + "2"]) for one in ("y", "m", "d"))
    hour, minute, second = (int(part[one] or 0) for one in ("h", "min", "s"))
    try:
        local = datetime(year, month, of_month, hour, minute, second, tzinfo=_zone(part["zone"]))
        return local.astimezone(VIETNAM)
    except (ValueError, OverflowError) as nonsense:
        raise ExchangeRefused("edxml.date", what=what) from nonsense


def _zone(text: str) -> timezone:
    if not text:
        return VIETNAM
    if text == "Z":
        return UTC
    away = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-away if text.startswith("-") else away)


def number(text: str, odd: Deviations) -> int:
    """A whole number, 0 where there is none or nobody can read it."""
    if not text or _NUMBER.fullmatch(text):
        return int(text or 0)
    odd.note("number_unreadable")
    return 0


def is_yes(text: str) -> bool | None:
    """True or false, None where nothing is said."""
    return {"true": True, "1": True, "false": False, "0": False}.get(text.lower())


def written_day(value: date) -> str:
    """As the standard writes a date."""
    return f"{value.year:04}/{value.month:02}/{value.day:02}"


def written_moment(value: datetime) -> str:
    """As the standard writes a time."""
    local = value.astimezone(VIETNAM)
    return f"{written_day(local)} {local.hour:02}:{local.minute:02}:{local.second:02}"
