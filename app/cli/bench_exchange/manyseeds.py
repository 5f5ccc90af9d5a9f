"""Seeds of faults by the thousand: what was lost, registered twice, or receipted falsely."""

import os
import sys
from collections.abc import Iterator
from time import monotonic

from app.cli.bench_engine import Result
from app.cli.kit import many
from app.cli.kit.seeds import Broken

LONGEST = 45 * 60.0
PROMISES = {
    "lost": ("delivered", "the last status is known"),
    "registered or kept twice": ("kept exactly once", "registered exactly once"),
    "false receipts": ("every receipt is the one that was given",),
}


def results(seeds: int) -> Iterator[Result]:
    """How many seeds broke each promise, and how long all took."""
    begun = monotonic()
    found = list[Broken]()
    for number, part in enumerate(many.broken(range(seeds), os.cpu_count() or 1), 1):
        found += part
        sys.stderr.write(f"{min(number * many.PART, seeds)} of {seeds} seeds played\n")
    for name, promises in PROMISES.items():
        which = sorted({one.seed for one in found if one.promise in promises})
        note = f"seeds {', '.join(map(str, which[:10]))}" if which else ""
        yield Result(f"{seeds} seeds of faults: {name}", len(which), "", 0, note=note)
    yield Result("  all of them", round(monotonic() - begun, 1), "s", LONGEST)
