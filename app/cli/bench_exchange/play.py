"""Which figures there are, and how they are told."""

import logging
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path

from app.cli.bench_engine import Result, machine, tell
from app.cli.bench_exchange import deadpeers, flow, large, manyseeds, tamper

Part = Callable[[Path], Iterator[Result]]


def main(argv: list[str]) -> int:
    """Print the numbers beside their limits; 1 when one is over."""
    parts: dict[str, Part] = {
        "peers": deadpeers.results,
        "flow": flow.results,
        "large": large.results,
        "tamper": tamper.results,
        "seeds": lambda _folder: manyseeds.results(asked.seeds),
    }
    parser = ArgumentParser(prog="python3 -m app bench exchange", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--seeds", type=int, default=300, help="how many seeds of faults are played (300)")
    parser.add_argument("--only", choices=sorted(parts), help="this part alone")
    asked = parser.parse_args(argv)
    logging.disable(logging.WARNING)  # there is no bell here, and everybody says so
    found = list[Result]()
    for name, part in parts.items():
        if asked.only in (None, name):
            with tempfile.TemporaryDirectory(prefix="eoffice-bench-") as folder:
                found += part(Path(folder) / name)
    return tell(found, machine(), as_json=asked.json)
