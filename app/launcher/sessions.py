"""Ending whole families of processes, found by the session that their eldest opened.

A process group is not enough: RQ's worker gives each of its children a group of its own.
"""

import os
import signal
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

LOOK = 0.05


def members(sessions: Collection[int]) -> list[int]:
    """Every living process of these sessions (Linux: /proc)."""
    if not sessions:
        return []
    numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in numbers if _session(pid) in sessions]


def tell(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to whoever of them is still there."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def end(sessions: Collection[int], grace: float) -> None:
    """Ask politely, wait up to `grace` seconds, then do not ask; returns when none is left."""
    tell(members(sessions), signal.SIGTERM)
    until = monotonic() + grace
    while members(sessions) and monotonic() < until:
        sleep(LOOK)
    kill(sessions)


def kill(sessions: Collection[int]) -> None:
    """End them at once, also those that are born meanwhile."""
    while left := members(sessions):
        tell(left, signal.SIGKILL)
        sleep(LOOK)


def _session(pid: int) -> int | None:
    """The session of a process, None for one that is gone or only waits to be reaped."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    state, _parent, _group, session = stat.rpartition(")")[2].split()[:4]  # a name may hold spaces and brackets
    return None if state in "ZX" else int(session)
