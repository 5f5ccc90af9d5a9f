"""What if a procedure were another (giả định): finished cases run again in memory, a step more, less or faster.

Each case keeps its order: what waited for a step waits for it still, as long after it as it did. What was done at the
same time is done at the same time, and what came after both waits for the later one. Time is working hours.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from app.domain.orgunits.officehours import A_DAY

NEW = "+"


@dataclass(frozen=True)
class Step:
    """One task of a case, in working hours since the case began; `who` did it, `after` is the task that opened it."""

    id: str
    node: str
    who: str
    opened: float
    closed: float
    after: str = ""
    due: float | None = None

    @property
    def hours(self) -> float:
        """How long it waited for somebody and was done."""
        return self.closed - self.opened

    @property
    def late(self) -> bool:
        """Whether it was done after it was due."""
        return self.due is not None and self.closed > self.due


@dataclass(frozen=True)
class Run:
    """A finished case: its tasks, and when it was over."""

    id: str
    steps: tuple[Step, ...]
    ended: float


@dataclass(frozen=True)
class Added:
    """One step more after every `after`, due in some days; it takes as long as steps of `like`, or all its days.

    With nothing in `after` it comes before everything else.
    """

    after: str
    days: int
    like: str = ""


@dataclass(frozen=True)
class Removed:
    """A step less: what came after it comes at once."""

    node: str


@dataclass(frozen=True)
class Shortened:
    """A shorter deadline: of those who take longer, as many keep it as keep the present one; others do not."""

    node: str
    days: int


Change = Added | Removed | Shortened


@dataclass(frozen=True)
class Figures:
    """Some waits: how many, what half and nine tenths took at most (working hours), and the share that was late."""

    count: int
    median: float
    ninth: float
    late: float


@dataclass(frozen=True)
class Compared:
    """The same people before and after; one of both is missing where nobody did anything."""

    who: str
    before: Figures | None
    after: Figures | None


def suppose(runs: Sequence[Run], changes: Callable[[Run], Sequence[Change]], seed: int = 1) -> list[Run]:
    """Every case as it would have gone. The same seed draws the same; `changes` may differ from case to case."""
    measured = _Measured(runs, random.Random(seed))  # noqa: S311 - a simulation, no secret
    return [_run_again(run, changes(run), measured) for run in runs]


def by_who(before: Iterable[Run], after: Iterable[Run]) -> list[Compared]:
    """Who waits how long, those with most tasks first."""
    old, new = (_grouped(one) for one in (before, after))
    found = [Compared(who, _figures(old.get(who, [])), _figures(new.get(who, []))) for who in old.keys() | new.keys()]
    return sorted(found, key=lambda one: (-max(len(old.get(one.who, [])), len(new.get(one.who, []))), one.who))


def of_cases(runs: Sequence[Run]) -> Figures | None:
    """How long whole cases take, and in how many of them something was late."""
    hours = sorted(run.ended for run in runs)
    late = sum(any(step.late for step in run.steps) for run in runs)
    return None if not runs else Figures(len(runs), quantile(hours, 0.5), quantile(hours, 0.9), late / len(runs))


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest of some ordered values that at least this share of them does not exceed."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


class _Measured:
    """How long steps took and how often they kept their deadline, and the dice."""

    def __init__(self, runs: Iterable[Run], dice: random.Random) -> None:
        self._hours: dict[str, list[float]] = defaultdict(list)
        kept: dict[str, list[bool]] = defaultdict(list)
        for step in (step for run in runs for step in run.steps):
            self._hours[step.node].append(step.hours)
            if step.due is not None:
                kept[step.node].append(not step.late)
        self._kept = {node: sum(found) / len(found) for node, found in kept.items()}
        self._dice = dice

    def hours(self, change: Added) -> float:
        """How long a step takes that is new."""
        known = self._hours.get(change.like)
        return self._dice.choice(known) if known else change.days * A_DAY

    def shortened(self, step: Step, limit: float) -> float:
        """How long a step takes that is due earlier."""
        if step.hours <= limit:
            return step.hours
        return limit if self._dice.random() < self._kept.get(step.node, 0.0) else step.hours


def _run_again(run: Run, changes: Sequence[Change], measured: _Measured) -> Run:
    first = Step(run.id, "", "", 0.0, 0.0)
    made = _done_again(first, 0.0, [one for one in changes if isinstance(one, Added)], measured)[1:]
    ends: dict[str, float] = {}
    delay = made[-1].closed if made else 0.0
    waited_for = {step.after for step in run.steps}
    for step in sorted(run.steps, key=lambda one: (one.opened, one.closed)):
        before = [one for one in run.steps if _leads_to(one, step, waited_for) and one.id in ends]
        opened = step.opened + (0.0 if before else delay)
        if before:
            opened += max(ends[one.id] for one in before) - max(one.closed for one in before)
        steps = _done_again(step, opened, changes, measured)
        ends[step.id] = max((one.closed for one in steps), default=opened)
        made += steps
    last = max((step.closed for step in run.steps), default=0.0)
    return replace(run, steps=tuple(made), ended=run.ended - last + max(ends.values(), default=delay))


def _leads_to(one: Step, step: Step, waited_for: set[str]) -> bool:
    """Whether a step waited for another: it was opened by it, or nothing else was and it was over."""
    return one.id != step.id and one.closed <= step.opened and (one.id == step.after or one.id not in waited_for)


def _done_again(step: Step, opened: float, changes: Sequence[Change], measured: _Measured) -> list[Step]:
    """A step as it would go now, with what is done right after it; nothing when it is no more."""
    hours, due = step.hours, None if step.due is None else opened + step.due - step.opened
    added: list[Added] = []
    for change in changes:
        if isinstance(change, Added):
            added += [change] if change.after == step.node else []
        elif change.node == step.node:
            if isinstance(change, Removed):
                return []
            hours, due = measured.shortened(step, change.days * A_DAY), opened + change.days * A_DAY
    steps = [replace(step, opened=opened, closed=opened + hours, due=due)]
    for one in added:
        begin = steps[-1].closed
        new = Step(f"{step.id}{NEW}", NEW, NEW, begin, begin + measured.hours(one), step.id, begin + one.days * A_DAY)
        steps.append(new)
    return steps


def _grouped(runs: Iterable[Run]) -> Mapping[str, list[Step]]:
    found: dict[str, list[Step]] = defaultdict(list)
    for step in (step for run in runs for step in run.steps):
        found[step.who].append(step)
    return found


def _figures(steps: Sequence[Step]) -> Figures | None:
    hours = sorted(step.hours for step in steps)
    late = sum(step.late for step in steps)
    return None if not steps else Figures(len(steps), quantile(hours, 0.5), quantile(hours, 0.9), late / len(steps))
