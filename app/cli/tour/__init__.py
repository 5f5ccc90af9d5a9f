"""`python3 -m app tour`: plays the story of one document without a browser, and checks how it ends.

Real processes on a fresh data folder, real HTTP as signed-in people, in both demo worlds.
"""

import json
import shutil
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from http.client import HTTPException
from pathlib import Path
from typing import Any

from app.cli.output import say
from app.cli.tour.deployment import Deployment
from app.cli.tour.story import Different, Story

WORLDS = ("2017", "2025")
UNEXPECTED = (Different, LookupError, OSError, HTTPException)
"""What the story may meet: another ending, a page without its form, a server that stays away."""


def main(argv: list[str]) -> int:
    """Play, print every step with its time, and say 1 when anything differs."""
    options = _options(argv)
    folder = Path(options.data or tempfile.mkdtemp(prefix="eoffice-tour-")).resolve()
    told = _to_stderr if options.json else say
    try:
        worlds = [_play(world, folder / world, options.pdf, told) for world in options.world or WORLDS]
    finally:
        if options.data is None:
            shutil.rmtree(folder, ignore_errors=True)
    is_ok = all(world["ok"] for world in worlds)
    if options.json:
        say(json.dumps({"ok": is_ok, "worlds": worlds}, ensure_ascii=False, indent=1))
    return 0 if is_ok else 1


def _options(argv: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python3 -m app tour", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON; steps go to standard error")
    parser.add_argument("--data", help="keep everything in this folder, one sub-folder for each world")
    parser.add_argument("--world", action="append", choices=WORLDS, help="play only this world")
    parser.add_argument("--pdf", type=Path, help="send this PDF instead of a letter rendered from the template")
    return parser.parse_args(argv)


def _play(world: str, folder: Path, pdf: Path | None, told: Any) -> dict[str, Any]:
    told(f"== Quảng Ngãi {world}")
    with Deployment(folder, world) as deployment:
        story = Story(world, deployment.address, folder, told)
        try:
            outcome = story.play(pdf)
        except UNEXPECTED as difference:
            told(f"KHÁC: {difference}")
            return {**story.outcome(), "ok": False, "error": str(difference)}
    return {**outcome, "ok": True}


def _to_stderr(line: str = "") -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
