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

from app.cli.kit import many, rehearsal, scenarios
from app.cli.kit import pair as pairs
from app.cli.kit import town as towns
from app.cli.kit.seeds import Course
from app.cli.kit.town import Town
from app.cli.output import say
from app.cli.postgresql import temporary
from interchange.hub.serving import PROFILES


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
    parser.add_argument("--rehearse", choices=PROFILES, help="five agencies over an axis, nothing else")
    parser.add_argument("--postgresql", action="store_true", help="the second deployment on PostgreSQL")
    asked = parser.parse_args(argv)
    logging.disable(logging.ERROR)
    begun = monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(many.folder()))
        if asked.rehearse:
            town = stack.enter_context(towns.started(folder, asked.rehearse))
            return _sum([_told(one, as_json=asked.json) for one in _rehearse(town)], begun, as_json=asked.json)
        url = stack.enter_context(temporary()) if asked.postgresql else ""
        if url is None:
            say("no PostgreSQL on this machine")
            return 2
        course = Course(stack.enter_context(pairs.built(folder, ("", url))))
        stack.enter_context(course.opened())
        seeds = range(asked.seeds) if asked.seed is None else range(asked.seed, asked.seed + 1)
        words = asked.only if asked.seed is None else None
        played = [_told(one, as_json=asked.json) for one in _play(course, words, seeds)]
    return _sum(played, begun, as_json=asked.json)


def _rehearse(town: Town) -> Iterator[Played]:
    """Every act of the rehearsal, one after another."""
    for name, act in rehearsal.acts():
        yield Played(name, 15, tuple(what for what, holds in act(town).items() if not holds))


def _sum(played: list[Played], begun: float, *, as_json: bool) -> int:
    """Say how many held; 0 when all did."""
    broken = sum(bool(one.broken) for one in played)
    result = {"played": len(played), "held": len(played) - broken, "broken": broken}
    seconds = round(monotonic() - begun, 1)
    say(json.dumps({**result, "seconds": seconds}) if as_json else f"{result['held']} of {len(played)}, {seconds} s")
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
