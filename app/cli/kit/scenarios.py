"""Named scenarios of two agencies: what each promises, and how it is tried. Every one must hold on any deployment."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations

from app.cli.kit import fetchers, refusals, successors
from app.cli.kit.faults import KINDS, Aimed, Plan
from app.cli.kit.seeds import STATUSES, Course
from interchange.wire import INLINE

STAGES = {
    "the question before": "POST /api/exchange/v1/offers",
    "a piece of a file": "PATCH /api/exchange/v1/files",
    "the message": "POST /api/exchange/v1/messages",
    "a receipt": "POST /api/exchange/v1/receipts",
}
DOUBT = "asking by id after a lost answer"
REPEATS = (1, 3)
"""How often in a row a fault happens: once, and as often as a circuit tolerates."""


@dataclass(frozen=True)
class Scenario:
    """One scenario; `promise` is the line of the exchange it shows, `run` gives what did not hold."""

    name: str
    promise: int
    run: Callable[[Course, int], list[str]]


def every() -> Iterator[Scenario]:
    """All scenarios, in the order they are played."""
    yield Scenario("nothing fails", 1, lambda course, number: course.play(Plan(0, budget=0), number))
    for kind in KINDS[1:]:
        for stage, at in STAGES.items():
            for times in REPEATS:
                yield Scenario(f"{kind} at {stage}, {_often(times)}", _promise(kind), _aimed(kind, at, times))
        yield Scenario(f"{kind} at {DOUBT}", 10, _doubtful(kind))
    for order in permutations(STATUSES):
        yield Scenario(f"statuses come in the order {' '.join(order)}", 6, _in_order(order))
    for kind, at, stage in fetchers.FAULTS:
        yield Scenario(f"{kind} at {stage}", _promise(kind), _fetched(kind, at))
    for wish in successors.WISHES:
        yield Scenario(wish.name, 9, wish.run)
    for refusal in refusals.REFUSALS:
        yield Scenario(f"refused: {refusal.name}", refusal.promise, refusal.run)


def _often(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


def _promise(kind: str) -> int:
    """Which line a fault tries: duplicates 3, crashes 4, everything else the retry of line 5."""
    return 3 if kind in ("duplicate", "late_twin", "lost_answer") else 4 if kind.startswith("crash") else 5


def _aimed(kind: str, at: str, times: int) -> Callable[[Course, int], list[str]]:
    def run(course: Course, number: int) -> list[str]:
        return course.play(Aimed(number, kind=kind, at=at, times=times), number, attachments=(_appendix(number),))

    return run


def _doubtful(kind: str) -> Callable[[Course, int], list[str]]:
    """The answer to a message is lost, and then the question whether it came fails as well."""

    def run(course: Course, number: int) -> list[str]:
        plan = _Twice(number, kind=kind, at="GET /api/exchange/v1/messages")
        return course.play(plan, number)

    return run


def _fetched(kind: str, at: str) -> Callable[[Course, int], list[str]]:
    return lambda course, number: fetchers.play(course, Aimed(number, kind=kind, at=at), number, _appendix(number))


class _Twice(Aimed):
    """A lost answer first, then the aimed fault."""

    def next(self, request: str) -> str:
        if "lost_answer" not in self.done and STAGES["the message"] in request:
            self.done.append("lost_answer")
            return "lost_answer"
        if self.at in request and self.kind not in self.done[1:]:
            self.done.append(self.kind)
            return self.kind
        return "pass"


def _in_order(order: tuple[str, ...]) -> Callable[[Course, int], list[str]]:
    def run(course: Course, number: int) -> list[str]:
        return course.play(Plan(0, budget=0), number, told=order)

    return run


def _appendix(number: int) -> tuple[str, bytes]:
    """A file too large to travel inside the message, so that every kind of request is made."""
    return "phu-luc.csv", random.Random(number).randbytes(INLINE // 2).hex().encode() + b",1\n"  # noqa: S311
