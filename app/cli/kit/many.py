"""Seeds by the thousand: divided among processes, each with two deployments of its own that are thrown away."""

import logging
import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.cli.kit import pair as pairs
from app.cli.kit.seeds import Broken, Course

PART = 250
"""Seeds that are played on the same two deployments: they grow, and time with them."""
MEMORY = Path("/dev/shm")  # noqa: S108 - below it everybody has folders of their own
"""Where a file system in memory is, if there is one: here processes die, and never the power."""


def folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder to play in, gone afterwards."""
    place = MEMORY if os.access(MEMORY, os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix="eoffice-kit-", dir=place)


def broken(seeds: range, processes: int) -> Iterator[list[Broken]]:
    """Play seeds, many at a time; for each part what did not hold."""
    parts = [seeds[begin : begin + PART] for begin in range(0, len(seeds), PART)]
    with multiprocessing.get_context("spawn").Pool(min(processes, len(parts))) as pool:
        yield from pool.imap_unordered(_part, parts)


def _part(seeds: range) -> list[Broken]:
    logging.disable(logging.ERROR)
    with folder() as place, pairs.built(Path(place)) as made:
        course = Course(made)
        with course.opened():
            return [one for seed in seeds for one in course.run(seed)]
