"""`python3 -m app bench [product]`: what the product costs on this machine, measured on a real deployment.

`bench engine` measures the process engine alone (see `bench_engine`), `bench http` one web process (`bench_http`),
`bench migration` moving running cases (`bench_migration`), `bench operate` figures and finding (`bench_operate`),
`bench studio` what a draft would do to open cases (`bench_studio`), `bench signing` signatures and verdicts
(`bench_signing`), `bench fanout` one to many (`bench_fanout`), `bench exchange` between deployments.
"""

import os
import re
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import monotonic

from app.cli import (
    bench_engine,
    bench_exchange,
    bench_fanout,
    bench_http,
    bench_migration,
    bench_operate,
    bench_signing,
    bench_studio,
)
from app.cli.output import say
from app.cli.tour.deployment import Deployment
from app.cli.tour.story import Story

MOST_STATEMENTS, MOST_MEMORY, LONGEST_START, LONGEST_TOUR = 20, 400, 60, 60
_COST = re.compile(r"(\w+);dur=([\d.]+)")
Costs = dict[str, list[dict[str, float]]]


def main(argv: list[str]) -> int:
    """Print the numbers beside their limits; 1 when one is over."""
    acts = {
        "engine": bench_engine.main,
        "exchange": bench_exchange.main,
        "fanout": bench_fanout.main,
        "http": bench_http.main,
        "migration": bench_migration.main,
        "operate": bench_operate.main,
        "signing": bench_signing.main,
        "studio": bench_studio.main,
        "product": _product,
    }
    return acts[argv[0]](argv[1:]) if argv and argv[0] in acts else _product(argv)


def _product(argv: list[str]) -> int:
    parser = ArgumentParser(prog="python3 -m app bench", description=__doc__)
    parser.add_argument("--world", action="append", choices=("2017", "2025"))
    worlds = parser.parse_args(argv).world or ["2017", "2025"]
    os.environ["EOFFICE_MEASURE"] = "1"
    say(f"machine: {bench_engine.machine()}")
    with tempfile.TemporaryDirectory(prefix="eoffice-bench-") as folder:
        results = [_bench(world, Path(folder) / world) for world in worlds]
    return 0 if all(results) else 1


def _bench(world: str, folder: Path) -> bool:
    say(f"\nQuảng Ngãi {world}")
    begun = monotonic()
    with Deployment(folder, world) as deployment:
        started = monotonic() - begun
        story = Story(world, deployment.address, folder, lambda _line: None)
        begun = monotonic()
        story.play()
        toured = monotonic() - begun
        memory = _memory(deployment.process.pid)
    kept = [
        _within("new data folder to a healthy page", started, LONGEST_START, "s"),
        _within("tour", toured, LONGEST_TOUR, "s"),
        _within("running set after the tour (PSS)", memory, MOST_MEMORY, "MB"),
    ]
    return all([*kept, *_report(_by_step(story.costs))])


def _report(costs: Costs) -> list[bool]:
    say("  completing a task through HTTP      times  statements  commits   ms in the server")
    kept = []
    for step, found in costs.items():
        statements, commits = (_span(one[name] for one in found) for name in ("statements", "commits"))
        spent = sorted(one["app"] for one in found)[len(found) // 2]
        say(f"    {step:<33} {len(found):>5}  {statements:>10}  {commits:>7}  {spent:>8.1f} (median)")
        kept.append(all(one["statements"] <= MOST_STATEMENTS and one["commits"] == 1 for one in found))
    return kept


def _by_step(costs: Iterable[tuple[str, str]]) -> Costs:
    """Steps of the same name at different agencies belong together; starting a draft completes no task."""
    found: Costs = {}
    for name, header in costs:
        if header and name != "draft.start":
            cost = {key: float(value) for key, value in _COST.findall(header)}
            found.setdefault(name.rsplit(".", 1)[-1], []).append(cost)
    return found


def _span(values: Iterable[float]) -> str:
    found = sorted(values)
    return f"{found[0]:.0f}" if found[0] == found[-1] else f"{found[0]:.0f}-{found[-1]:.0f}"


def _within(name: str, value: float, limit: float, unit: str) -> bool:
    is_kept = value <= limit
    say(f"  {name:<36} {value:>8.1f} {unit:<3} limit {limit} {'' if is_kept else 'OVER'}")
    return is_kept


def _memory(root: int) -> float:
    """Proportional set size of a process and all its descendants, in MB: shared pages are counted once."""
    return sum(_pss(pid) for pid in [root, *_descendants(root)]) / 1024


def _descendants(root: int) -> Sequence[int]:
    children = [int(pid) for path in Path(f"/proc/{root}/task").glob("*/children") for pid in path.read_text().split()]
    return [pid for child in children for pid in (child, *_descendants(child))]


def _pss(pid: int) -> int:
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found.group(1)) if found else 0
