"""Programs of our own that open files of strangers, run beside us: whatever they do but answer is the file's fault."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.kernel.errors import Invalid

ROOT = Path(__file__).resolve().parents[2]
_PYTHON = (sys.executable, "-E", "-s", "-B", "-m")
_LONGEST_COMPLAINT = 4096


@dataclass(frozen=True)
class Refusals:
    """What a child may name in its last line, as a pattern; and the codes for one that broke down or was too slow."""

    named: str
    broken: str
    costly: str


def program(module: str) -> tuple[str, ...]:
    """How a module of ours is run."""
    return (*_PYTHON, module)


def run(command: Sequence[str], arguments: Sequence[str], refusals: Refusals, patience: float) -> bytes:
    """What a program says on standard output within some seconds by the clock on the wall. Errors: Invalid."""
    child = subprocess.Popen(  # noqa: S603 - our own program; the file's name is ours, too
        [*command, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    try:
        answer, complaint = child.communicate(timeout=patience)
    except subprocess.TimeoutExpired as late:
        raise Invalid(refusals.costly) from late
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
    if child.returncode == 0:
        return answer
    raise Invalid(_code(complaint, refusals, killed=child.returncode < 0))


def _code(complaint: bytes, refusals: Refusals, *, killed: bool) -> str:
    """The child's last line names what is wrong; one that broke down, or ran into its limits, names nothing."""
    last = complaint[-_LONGEST_COMPLAINT:].decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
    if re.fullmatch(refusals.named, last):
        return last
    return refusals.costly if killed else refusals.broken
