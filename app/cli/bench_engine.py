"""`python3 -m app bench engine`: what a step of a case costs, beside the library underneath as it comes."""

import json
import os
import platform
import re
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, TypeVar

from app.cli import bench_diagrams as diagrams
from app.cli.output import say
from app.engine import gate, runtime
from app.engine.runtime import Definition, OperationCall, Step
from app.engine.yardstick import Library
from app.kernel.errors import Invalid

MOST_MS, MOST_GROWTH, MOST_STARTING, MOST_INSTANCE_MS, MOST_CHECK = 0.5, 1.3, 1.0, 10.0, 1.0
_ROUNDS, _TASKS, _CASES, _WIDE, _NODES, _REPEATS = 60, 500, 300, 300, 100, 40
T = TypeVar("T")
_DATA: dict[str, Any] = {
    "decision": "agree",
    "document": {"id": "d1", "subject": "Về việc triển khai kế hoạch năm 2026", "recipients": ["a", "b", "c"]},
}


@dataclass(frozen=True)
class Result:
    """One measurement beside its limit and, where there is one, beside what the library takes.

    The limit is the most it may be, or with `at_least` the least.
    """

    name: str
    value: float
    unit: str
    limit: float
    library: float | None = None
    note: str = ""
    at_least: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether it is within its limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def main(argv: list[str]) -> int:
    """Print the numbers beside their limits; 1 when one is over."""
    parser = ArgumentParser(prog="python3 -m app bench engine", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    as_json = parser.parse_args(argv).json
    return tell(list(_results()), f"{machine()}; processor time, medians", as_json=as_json)


def tell(results: list[Result], where: str, *, as_json: bool) -> int:
    """Print measurements beside their limits; 1 when one is over."""
    if as_json:
        told = [
            {**asdict(one), "limit": one.limit if isfinite(one.limit) else None, "kept": one.is_kept} for one in results
        ]
        say(json.dumps({"machine": where, "results": told}, ensure_ascii=False))
    else:
        say(f"machine: {where}")
        for one in results:
            beside = "" if one.library is None else f"  library {one.library:.2f}"
            limit = f"{'at least' if one.at_least else 'limit'} {one.limit:g}" if isfinite(one.limit) else ""
            over = "" if one.is_kept else "  OVER"
            say(f"  {one.name:<58} {one.value:>8.2f} {one.unit:<5} {limit}{over}{beside}  {one.note}")
    return 0 if all(one.is_kept for one in results) else 1


def machine() -> str:
    """Which machine the numbers are from."""
    cpu = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    name = cpu.group(1) if cpu else platform.machine()
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def _results() -> Iterator[Result]:
    yield from _procedure()
    yield from _long_case()
    yield from _rounds()
    yield _starting()
    yield _instances()
    yield _checking()


def _procedure() -> Iterator[Result]:
    """One human step of a procedure as offices have it."""
    xml = diagrams.procedure()
    definition, library = runtime.parse(xml, "p"), Library(xml, "p")
    ours, theirs = [], []
    for _ in range(_REPEATS // 8):
        step, state = runtime.start(definition, _DATA, _later), library.start(_DATA)
        while step.human_tasks:
            task = step.human_tasks[0]
            spent, step = _timed(_completing(definition, step, task.id))
            ours.append(spent)
            spent, state = _timed(_their_step(library, state, task.node))
            theirs.append(spent)
    yield Result("one human step of a 25-node procedure", _ms(ours), "ms", MOST_MS, _ms(theirs))


def _long_case() -> Iterator[Result]:
    """The same step in a case that has passed many tasks already."""
    xml = diagrams.loop()
    definition, library = runtime.parse(xml, "p"), Library(xml, "p")
    step, state = runtime.start(definition, _again(), _later), library.start(_again())
    young = step
    for _ in range(_TASKS // 2):
        step = _round(definition, step, ("draft", "check"))
    state = library.complete(state, ["draft", "check"] * (_TASKS // 2), _again())
    (early, late), theirs = _our_costs(definition, young, step), _their_cost(library, state, "draft")
    yield Result(f"one human step after {_TASKS} tasks", _ms(late), "ms", MOST_MS, _ms(theirs))
    yield Result(f"  times the first step ({_ms(early):.2f} ms)", _ms(late) / _ms(early), "x", MOST_GROWTH)


def _rounds() -> Iterator[Result]:
    """The same after many rounds of parallel opinions, where joins could remember too much."""
    xml = diagrams.review()
    definition, library = runtime.parse(xml, "p"), Library(xml, "p")
    step, state = runtime.start(definition, _again(), _later), library.start(_again())
    names = ("draft", "legal", "finance")
    young = step = _round(definition, step, names)
    for _ in range(_ROUNDS):
        step = _round(definition, step, names)
    state = library.complete(state, names * _ROUNDS, _again())
    (early, late), theirs = _our_costs(definition, young, step), _their_cost(library, state, "draft")
    yield Result(f"one human step after {_ROUNDS} parallel reviews", _ms(late), "ms", MOST_MS, _ms(theirs))
    yield Result(f"  times the first round's ({_ms(early):.2f} ms)", _ms(late) / _ms(early), "x", MOST_GROWTH)


def _starting() -> Result:
    definition = runtime.parse(diagrams.procedure(), "p")
    spent, _ = _timed(lambda: [runtime.start(definition, _DATA, _later) for _ in range(_CASES)])
    return Result(f"starting {_CASES} cases of one definition", spent, "s", MOST_STARTING)


def _instances() -> Result:
    """Completing a task in one of many sub-processes that run side by side."""
    definition, wide, note = runtime.parse(diagrams.instances(), "p"), _WIDE, ""
    try:
        step = runtime.start(definition, {"people": ["x"] * wide}, _later)
    except Invalid as error:
        wide = int(error.data["limit"])
        note = f"the engine allows {wide} instances"
        step = runtime.start(definition, {"people": ["x"] * wide}, _later)
    spent = []
    for _ in range(_REPEATS // 2):
        cost, step = _timed(_completing(definition, step, step.human_tasks[0].id))
        spent.append(cost)
    return Result(f"one of {wide} parallel sub-processes", _ms(spent), "ms", MOST_INSTANCE_MS, None, note)


def _checking() -> Result:
    xml = diagrams.line(_NODES - 2)
    spent, report = _timed(lambda: gate.examine(xml))
    return Result(f"check of a {_NODES}-node diagram", spent, "s", MOST_CHECK, None, report.verdict)


def _again() -> dict[str, Any]:
    return {**_DATA, "decision": "return"}


def _round(definition: Definition, step: Step, nodes: tuple[str, ...]) -> Step:
    for node in nodes:
        task = next(one for one in step.human_tasks if one.node == node)
        step = runtime.complete(definition, step.state, task.id, _again(), _later)
    return step


def _our_costs(definition: Definition, *steps: Step) -> list[list[float]]:
    """What completing the first task of each costs; in turn, so that a busy moment of the machine meets all alike."""
    acts = [_completing(definition, step, step.human_tasks[0].id) for step in steps]
    rounds = [[_timed(act)[0] for act in acts] for _ in range(_REPEATS)]
    return [list(costs) for costs in zip(*rounds, strict=True)]


def _their_cost(library: Library, state: str, node: str) -> list[float]:
    return [_timed(_their_step(library, state, node))[0] for _ in range(_REPEATS // 8)]


def _completing(definition: Definition, step: Step, task: str) -> Callable[[], Step]:
    return lambda: runtime.complete(definition, step.state, task, {"decision": "agree"}, _later)


def _their_step(library: Library, state: str, node: str) -> Callable[[], str]:
    return lambda: library.complete(state, [node], {"decision": "agree"})


def _timed(act: Callable[[], T]) -> tuple[float, T]:
    begun = process_time()
    found = act()
    return process_time() - begun, found


def _ms(seconds: list[float]) -> float:
    return median(seconds) * 1000


def _later(_call: OperationCall) -> None:
    """Nothing here asks a machine."""
