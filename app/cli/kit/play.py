"""`python3 -m app kit`: plays every scenario of the exchange, and seeds of faults, between two new deployments.

The two run on loopback in folders that are thrown away; nothing of this installation is touched. A seed that fails
fails again with `--seed N`.
"""

import json
import logging
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic

from app.cli.kit import many, scenarios
from app.cli.kit import pair as pairs
from app.cli.kit.seeds import Course
from app.cli.output import say
from app.cli.postgresql import temporary


@dataclass(frozen=True)
class Played:
    """One scenario or seed, and what did not hold."""

    name: str
    promise: int
    broken: tuple[str, ...]


def main(argv: list[str]) -> int:
    """Play; 0 when everything held, 1 otherwise, 2 when there is no PostgreSQL and it was asked for."""
    parser = ArgumentParser(prog="python3 -m app kit", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line, the sum at the end")
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds of faults after the scenarios (100)")
    parser.add_argument("--seed", type=int, help="this seed alone, and no scenario")
    parser.add_argument("--only", default="", help="only scenarios whose name holds these words")
    parser.add_argument("--postgresql", action="store_true", help="the second deployment on PostgreSQL")
    asked = parser.parse_args(argv)
    logging.disable(logging.ERROR)
    begun = monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(many.folder()))
        url = stack.enter_context(temporary()) if asked.postgresql else ""
        if url is None:
            say("no PostgreSQL on this machine")
            return 2
        course = Course(stack.enter_context(pairs.built(folder, ("", url))))
        stack.enter_context(course.opened())
        seeds = range(asked.seeds) if asked.seed is None else range(asked.seed, asked.seed + 1)
        words = asked.only if asked.seed is None else None
        played = [_told(one, as_json=asked.json) for one in _play(course, words, seeds)]
    broken = sum(bool(one.broken) for one in played)
    result = {"played": len(played), "held": len(played) - broken, "broken": broken}
    seconds = round(monotonic() - begun, 1)
    say(json.dumps({**result, "seconds": seconds}) if asked.json else f"{result['held']} of {len(played)}, {seconds} s")
    return int(broken > 0)


def _play(course: Course, words: str | None, seeds: range) -> Iterator[Played]:
    """The scenarios whose names hold some words (none when that is None), then the seeds."""
    named = [] if words is None else [one for one in scenarios.every() if words in one.name]
    for number, scenario in enumerate(named, 1):
        yield Played(scenario.name, scenario.promise, tuple(scenario.run(course, number)))
    for seed in seeds:
        yield Played(f"seed {seed}", 17, tuple(one.promise for one in course.run(seed)))


def _told(played: Played, *, as_json: bool) -> Played:
    if as_json:
        say(json.dumps(asdict(played), ensure_ascii=False))
    elif played.broken or not played.name.startswith("seed"):
        say(f"{'✗' if played.broken else '✓'} {played.name}{': ' * bool(played.broken)}{'; '.join(played.broken)}")
    return played
