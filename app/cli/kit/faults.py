"""What can go wrong on the way, decided by a seed: the same seed always does the same."""

import random
from dataclasses import dataclass, field

KINDS = (
    "pass",
    "dead",
    "cut_request",
    "cut_answer",
    "lost_answer",
    "error_before",
    "error_after",
    "duplicate",
    "late_twin",
    "damaged_request",
    "damaged_answer",
    "delay",
    "crash_here",
    "crash_there",
)
"""`lost_answer`: it was done and nobody heard; `late_twin`: the same request arrives once more after the next one."""
WEIGHTS = (6, 2, 3, 3, 4, 2, 3, 3, 3, 2, 2, 1, 3, 3)


@dataclass
class Plan:
    """The faults of one seed, one for each request until `budget` are used up; after that everything works."""

    seed: int
    budget: int = 6
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 - it must be repeatable

    def next(self, request: str) -> str:  # noqa: ARG002 - any request may fail
        """What happens to the next request."""
        if len(self.done) >= self.budget:
            return "pass"
        kind = self._dice.choices(KINDS, WEIGHTS)[0]
        self.done.append(kind)
        return kind

    def place(self, length: int) -> int:
        """Some byte of so many."""
        return self._dice.randrange(max(length, 1))

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self._dice.random() < probability


@dataclass
class Aimed(Plan):
    """One fault, for the first requests whose method and address hold some words; the rest works."""

    kind: str = "pass"
    at: str = ""
    times: int = 1

    def next(self, request: str) -> str:
        """The fault while it has not happened often enough, at the requests it is meant for."""
        if self.at not in request or len(self.done) >= self.times:
            return "pass"
        self.done.append(self.kind)
        return self.kind


class Crash(BaseException):
    """A process that was killed at this very statement."""


@dataclass
class Crashes:
    """Where processes die: `armed` names the side whose next commit, or the moment after it, is its last."""

    armed: dict[str, str] = field(default_factory=dict)

    def before(self, side: str) -> None:
        """A commit is about to happen."""
        if self.armed.get(side) == "before":
            del self.armed[side]
            raise Crash

    def after(self, side: str) -> None:
        """A commit has happened."""
        if self.armed.get(side) == "after":
            del self.armed[side]
            raise Crash
