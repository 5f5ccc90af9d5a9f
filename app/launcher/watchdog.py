"""A small process that outlives a killed supervisor just long enough to end what it started.

The kernel tells direct children that their parent died, but not their children. The watchdog holds one end of a
pipe and, by inheritance, the lock of the data folder: nobody can start there until everything is gone.
"""

import json
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from app.launcher import sessions

GRACE = 5.0
GOODBYE = b"."


@dataclass(frozen=True)
class Watchdog:
    """A running watchdog, seen from the supervisor."""

    pid: int
    line: int

    def dismiss(self) -> None:
        """All ended well: it is not needed any more."""
        with suppress(OSError):
            os.write(self.line, GOODBYE)
        os.close(self.line)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def start(run: Path) -> Watchdog:
    """Fork one that watches over the processes listed in `run`/pids.json. The caller has no threads."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writing)
        _watch(reading, run)
    os.close(reading)
    return Watchdog(pid, writing)


def _watch(reading: int, run: Path) -> NoReturn:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when the supervisor does, not before
    os.setsid()
    try:
        if os.read(reading, 1) != GOODBYE:
            listed = run / "pids.json"
            sessions.end(set(json.loads(listed.read_text()).values()), GRACE)
            listed.unlink(missing_ok=True)
    finally:
        os._exit(0)
