"""Moments, durations and cycles as ISO 8601 writes them, and nothing more of it than offices use."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from app.kernel.clock import OFFICE_ZONE

_DURATION = re.compile(
    r"P(?=.)(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,8})S)?)?"
)
_CYCLE = re.compile(r"R(?P<rounds>\d{0,4})/(?P<every>P.+)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d.*)?")
SHORTEST_CYCLE = timedelta(minutes=1)


@dataclass(frozen=True)
class Cycle:
    """So many rounds (None: without end), each so long after the one before."""

    rounds: int | None
    every: str


def looks_literal(text: str) -> bool:
    """Whether a text is ISO 8601 itself rather than an expression that will give it."""
    return any(shape.fullmatch(text) for shape in (_DURATION, _CYCLE, _MOMENT))


def moment(text: str) -> datetime:
    """The moment a text names, aware in UTC; without a zone it is the office's. ValueError when it is none."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        found = found.replace(tzinfo=OFFICE_ZONE)
    return found.astimezone(UTC)


def after(start: datetime, duration: str) -> datetime:
    """The moment a duration after another; months keep the day where the month has it. ValueError when it is none."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise ValueError(duration)
    part = {name: int(value or 0) for name, value in match.groupdict().items()}
    months = start.month - 1 + part["months"] + 12 * part["years"]
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, monthrange(year, month)[1])
    shifted = start.replace(year=year, month=month, day=day)
    return shifted + timedelta(**{name: part[name] for name in ("weeks", "days", "hours", "minutes", "seconds")})


def cycle(text: str) -> Cycle:
    """The cycle a text describes (`R3/PT1H`, `R/P1D`). ValueError when it is none, or too fast to be meant."""
    match = _CYCLE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    start = datetime(2000, 1, 1, tzinfo=UTC)
    if after(start, match["every"]) - start < SHORTEST_CYCLE:
        raise ValueError(text)
    return Cycle(int(match["rounds"]) if match["rounds"] else None, match["every"])


def next_start(text: str, since: datetime, last: datetime, now: datetime) -> datetime | None:
    """When a start timer, set at a moment and last due at another, happens next after now; None when no more.

    Every round counts from the one before; rounds that have passed are left out. ValueError when the text is no time.
    """
    if not text.startswith("R"):
        once = after(since, text) if text.startswith("P") else moment(text)
        return once if once > now else None
    plan = cycle(text)
    due, rounds = (last, count()) if plan.rounds is None else (since, range(plan.rounds))
    for _round in rounds:
        due = after(due, plan.every)
        if due > now:
            return due
    return None
