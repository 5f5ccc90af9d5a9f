"""Where the cases of a procedure stand, how long its steps take, and how often they are late (số liệu theo bước).

Every figure is one statement over the rows of a filter; how many of those are read is bounded.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Select, case, distinct, extract, func, select

from app.domain.actors.actor import Actor
from app.domain.cases.correspondence import Listener
from app.domain.cases.models import Call, Case, Incident, Task, Timer
from app.domain.cases.seeking import Sought, within
from app.domain.orgunits import calendar
from app.kernel import clock
from app.kernel.clock import OFFICE_ZONE
from app.kernel.db import db
from app.kernel.workdays import Special, is_working

MOST_ROWS = 200_000
DAY = 86_400
HALF, NINTH = 0.5, 0.9


@dataclass(frozen=True)
class Period:
    """What was finished from `since` (included) to `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Standing:
    """How many cases wait at a node now, how many of them late; how many incidents are open there."""

    cases: int = 0
    late: int = 0
    incidents: int = 0


@dataclass(frozen=True)
class Pace:
    """How what was finished at a node went: seconds without days of rest, half and nine tenths took no longer.

    `target` is what half of the deadlines allowed, None where nobody set any.
    """

    done: int
    late: int
    median: float
    ninth: float
    target: float | None = None


def standing(actor: Actor, sought: Sought) -> dict[str, Standing]:
    """Where the open cases of a filter stand, by node."""
    inside, moment = tuple(within(actor, sought)), clock.now()
    late = func.count(distinct(case((Task.due_at < moment, Task.case_id))))
    waiting: dict[str, int] = defaultdict(int)
    overdue: dict[str, int] = {}
    for node, number, lagging in _by_node(Task, inside, Task.closed_at.is_(None), Task.kind == "step", extra=late):
        waiting[node], overdue[node] = number, lagging
    for kind, open_ones in ((Call, (Call.closed_at.is_(None),)), (Timer, ()), (Listener, ())):
        for node, number, _ in _by_node(kind, inside, *open_ones, extra=func.count()):
            waiting[node] += number
    stuck = {
        node: number for node, _, number in _by_node(Incident, inside, Incident.closed_at.is_(None), extra=func.count())
    }
    return {
        node: Standing(waiting.get(node, 0), overdue.get(node, 0), stuck.get(node, 0))
        for node in waiting.keys() | stuck.keys()
    }


def pace(actor: Actor, sought: Sought, period: Period) -> dict[str, Pace]:
    """How the steps of people and of machines went that were finished in a period, by node.

    Of more than MOST_ROWS steps only the latest count. A round of a step that was returned counts like any other.
    """
    inside = tuple(within(actor, sought))
    ended = Task.closed_by.is_not(None), Task.kind == "step"
    answered = Call.closed_at.is_distinct_from(Call.opened_at), Call.error.is_(None)
    rows = [
        *_finished(Task, Task.due_at, period, inside, *ended),
        *_finished(Call, None, period, inside, *answered),
    ]
    by_node: dict[str, list[tuple[int, int, int | None]]] = defaultdict(list)
    for node, opened, closed, due in rows:
        by_node[node].append((opened, closed, due))
    return dict(_paces(by_node, [opened for _, opened, _, _ in rows]))


def _paces(by_node: dict[str, list[tuple[int, int, int | None]]], opened: Sequence[int]) -> Iterator[tuple[str, Pace]]:
    if not opened:
        return
    office = _Office(min(opened), calendar.special_days())
    for node, steps in by_node.items():
        spent = sorted(office.seconds(begun, closed) for begun, closed, _ in steps)
        allowed = sorted(office.seconds(begun, due) for begun, _, due in steps if due is not None)
        late = sum(1 for _, closed, due in steps if due is not None and closed > due)
        target = quantile(allowed, HALF) if allowed else None
        yield node, Pace(len(steps), late, quantile(spent, HALF), quantile(spent, NINTH), target)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest of some ordered values that at least this share of them does not exceed."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


class _Office:
    """Counts seconds between moments without the whole days of rest between them."""

    def __init__(self, first: int, special: Special) -> None:
        self.first = _day(first)
        days = max(0, (clock.office_day() - self.first).days) + 800  # deadlines reach further than today
        everyday = (self.first + timedelta(days=index) for index in range(days))
        self.rests = list(accumulate((not is_working(one, special) for one in everyday), initial=0))
        self.offset = int(datetime.combine(self.first, datetime.min.time(), OFFICE_ZONE).timestamp())

    def seconds(self, begun: int, ended: int) -> float:
        """From one moment to another; nothing when it ended before it began."""
        first, last = ((one - self.offset) // DAY for one in (begun, ended))
        last = min(last, len(self.rests) - 1)
        rest = self.rests[last] - self.rests[first + 1] if last > first else 0
        return float(max(0, ended - begun - rest * DAY))


def _day(moment: int) -> date:
    return clock.office_day(datetime.fromtimestamp(moment, UTC))


def _by_node(
    kind: type[Any], inside: Iterable[ColumnElement[bool]], *where: ColumnElement[bool], extra: ColumnElement[int]
) -> list[tuple[str, int, int]]:
    query = select(kind.node, func.count(distinct(kind.case_id)), extra).join(Case, Case.id == kind.case_id)
    rows = db.session.execute(query.where(*inside, *where).group_by(kind.node))
    return [(node, number, other) for node, number, other in rows]


def _finished(
    kind: type[Any],
    due: Any,
    period: Period,
    inside: Iterable[ColumnElement[bool]],
    *where: ColumnElement[bool],
) -> list[tuple[str, int, int, int | None]]:
    """What was finished, in seconds since 1970: that many moments are read five times faster as numbers."""
    ends = [None if one is None else extract("epoch", one) for one in (kind.opened_at, kind.closed_at, due)]
    query: Select[Any] = select(kind.node, *(one for one in ends if one is not None))
    query = query.join(Case, Case.id == kind.case_id).where(*inside, *where)
    query = query.where(kind.closed_at >= period.since, kind.closed_at < period.until)
    rows = db.session.execute(query.order_by(kind.closed_at.desc()).limit(MOST_ROWS))
    return [
        (node, int(begun), int(ended), int(term[0]) if term and term[0] is not None else None)
        for node, begun, ended, *term in rows
    ]
