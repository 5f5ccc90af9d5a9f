"""Judging files for people who are not signed in: one at a time in each process, a short queue, nothing kept."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from app.kernel.errors import Unavailable

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
WAITING = 25.0
"""Seconds for which somebody waits for the one before."""
_CHUNK = 1024 * 1024
_places, _turn = BoundedSemaphore(2), BoundedSemaphore(1)
"""Who waits holds a thread of the server, which has eight for everybody: one is judged, one more may wait."""


def judge(source: Path, anchors: Path, *, production: bool) -> dict[str, Any]:
    """The evidence on a file, as `signing.evidence` writes it.

    Errors: Unavailable "verify.busy" when others are before, "verify.not_possible" when nobody can be believed here.
    """
    with _in_turn():
        return _asked([str(source.absolute()), str(anchors.absolute()), *(["production"] if production else [])])


def same_start(one: Path, other: Path, length: int) -> bool:
    """Whether two files begin with the same bytes; also false when one of them is shorter than that."""
    start = _digest(one, length)
    return length > 0 and start is not None and start == _digest(other, length)


def digest(source: Path) -> str:
    """The SHA-256 of a file."""
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _in_turn() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise Unavailable("verify.busy")
    try:
        if not _turn.acquire(timeout=WAITING):
            raise Unavailable("verify.busy")
        try:
            yield
        finally:
            _turn.release()
    finally:
        _places.release()


def _asked(arguments: list[str]) -> dict[str, Any]:
    child = subprocess.Popen(  # noqa: S603 - our own program; the file's name is ours, too
        [sys.executable, "-E", "-s", "-B", "-m", "app.gateways.verify_child", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    try:
        answer, _ = child.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired as late:
        raise Unavailable("verify.busy") from late
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
    if child.returncode != 0:
        raise Unavailable("verify.not_possible")
    found: dict[str, Any] = json.loads(answer)
    return found


def _digest(source: Path, length: int) -> bytes | None:
    """Of the first bytes of a file; None when there are not so many."""
    found, left = hashlib.sha256(), length
    with source.open("rb") as stream:
        while left and (part := stream.read(min(left, _CHUNK))):
            found.update(part)
            left -= len(part)
    return None if left else found.digest()
