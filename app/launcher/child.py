"""One process that must run: started in a session of its own, its output prefixed, restarted with back-off."""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import IO

from app.launcher import sessions
from app.launcher.terminal import say

PR_SET_PDEATHSIG = 1
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 15.0
SOUND = 20.0
"""Seconds after which a process counts as sound, and its next death as its first."""
LONGEST_LINE = 64 * 1024
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Child:
    """A command of the Procfile; `pid` is None while it does not run. An empty label prints lines as they are."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    label: str | None = None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0
    deaths: int = 0
    unfinished: bytes = b""

    @property
    def pid(self) -> int | None:
        """The number of the running process, which is that of its session too."""
        return self.process.pid if self.process is not None else None

    @property
    def output(self) -> IO[bytes] | None:
        """Where its lines come from."""
        return self.process.stdout if self.process is not None else None

    def start(self) -> None:
        """Start it; should we be killed, the kernel ends it. Errors: OSError."""
        self.process = subprocess.Popen(  # noqa: S603 - from our own Procfile
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(_tie_to, os.getpid()),  # noqa: PLW1509 - there are no threads here
        )
        if self.process.stdout is not None:
            os.set_blocking(self.process.stdout.fileno(), False)
        self.started = monotonic()

    def pump(self) -> bool:
        """Print what it wrote since; False when nothing more can come."""
        read = self._read()
        if read is None:
            return True
        *lines, self.unfinished = (self.unfinished + read).split(b"\n")
        if self.unfinished and (not read or len(self.unfinished) >= LONGEST_LINE):
            lines.append(self.unfinished)
            self.unfinished = b""
        for line in lines:
            self._print(line.decode("utf-8", "replace"))
        return bool(read)

    def _read(self) -> bytes | None:
        """What is there, b"" at the end, None when it is silent: one that fled our session may hold the pipe open."""
        if self.output is None:
            return b""
        try:
            return os.read(self.output.fileno(), LONGEST_LINE)
        except BlockingIOError:
            return None

    def has_ended(self) -> bool:
        """Whether it ran, and does no more."""
        return self.process is not None and self.process.poll() is not None

    def bury(self) -> str:
        """Clear away what is left of it, set when to start again, and say how it ended."""
        if self.process is None:
            return ""
        sessions.kill({self.process.pid})  # a worker's child would go on working for nobody
        why = _how(self.process.wait())
        if self.process.stdout is not None:
            with selectors.DefaultSelector() as waiting:
                waiting.register(self.process.stdout, selectors.EVENT_READ)
                while waiting.select(0) and self.pump():
                    pass
            self.process.stdout.close()
        self.process = None
        if monotonic() - self.started > SOUND:
            self.deaths = 0
        self.postpone()
        return why

    def postpone(self) -> None:
        """The more often it died in a row, the later it starts again."""
        self.pause = min(FIRST_PAUSE * 2 ** min(self.deaths, 8), LONGEST_PAUSE)
        self.deaths += 1
        self.due = monotonic() + self.pause

    def _print(self, line: str) -> None:
        label = self.name if self.label is None else self.label
        say(f"{label:<10}| {line}" if label else line)


def _how(code: int) -> str:
    if code >= 0:
        return f"mã {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"tín hiệu {-code}"


def _tie_to(parent: int) -> None:
    """In the child, before it becomes the command: die when the supervisor dies, even if it just did."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
