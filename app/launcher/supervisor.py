"""Watching over processes: started, restarted when they die, stopped together, none left behind."""

import ctypes
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

from app.launcher.terminal import say

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
HEALTHY = 20.0
"""Seconds after which a process counts as sound and its next death as its first."""
GRACE = 15.0
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Child:
    """One process that must run."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = field(default=0.0)

    def start(self) -> None:
        """Start it in a session of its own; it dies with the supervisor even when that is killed."""
        self.process = subprocess.Popen(  # noqa: S603 - from our own Procfile
            self.command,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, no locks
            text=True,
            errors="replace",
        )
        self.started = monotonic()
        threading.Thread(target=_pump, args=(self.name, self.process), daemon=True).start()

    def signal(self, number: int) -> None:
        """Tell the process and its group."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def is_running(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and self.process.poll() is None

    def watch(self) -> bool:
        """Start it when it is due; say whether anything changed."""
        if self.is_running():
            return False
        if self.process is not None:
            self.signal(signal.SIGKILL)  # whatever it left in its group
            if monotonic() - self.started > HEALTHY:
                self.pause = FIRST_PAUSE
            say(
                f"{'supervisor':<10}| {self.name} đã dừng (mã {self.process.returncode}); chạy lại sau {self.pause:g} s"
            )
            self.process, self.due = None, monotonic() + self.pause
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
        if monotonic() < self.due:
            return False
        self.start()
        return True


class Supervisor:
    """The children of one data folder."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.children: list[Child] = []
        self.stopping = threading.Event()
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what a killed child leaves becomes ours to end

    def heed(self) -> None:
        """Stop when asked to."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())

    def add(self, child: Child) -> None:
        """Start one more process."""
        child.start()
        self.children.append(child)
        self._tell()

    def tend(self) -> None:
        """One look at every process."""
        changed = [child.watch() for child in self.children]
        if any(changed):
            self._tell()
        for pid in self._strangers():
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)

    def stop(self) -> None:
        """End everything: politely, newest first the servers they lean on last, then without asking."""
        *servers, foundation = reversed(self.children) if self.children else [None]
        for group in (servers, [foundation]):
            _end([child for child in group if child is not None])
        for pid in self._strangers():
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        (self.run / "pids.json").unlink(missing_ok=True)

    def _tell(self) -> None:
        pids = {child.name: child.process.pid for child in self.children if child.process is not None}
        written = self.run / "pids.new"
        written.write_text(json.dumps({"supervisor": os.getpid(), **pids}))
        written.replace(self.run / "pids.json")

    def _strangers(self) -> list[int]:
        """Children of ours that we did not start: orphans of processes that were killed."""
        ours = {child.process.pid for child in self.children if child.process is not None}
        return [pid for pid in _children() if pid not in ours]


def _end(children: Iterable[Child]) -> None:
    waiting = [child for child in children if child.is_running()]
    for child in waiting:
        child.signal(signal.SIGTERM)
    until = monotonic() + GRACE
    while any(child.is_running() for child in waiting) and monotonic() < until:
        sleep(0.05)
    for child in waiting:
        child.signal(signal.SIGKILL)
        if child.process is not None:
            child.process.wait()


def _children() -> list[int]:
    found: list[int] = []
    for listed in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            found += [int(pid) for pid in listed.read_text().split()]
    return found


def _pump(name: str, process: subprocess.Popen[str]) -> None:
    if process.stdout is not None:
        with process.stdout:
            for line in process.stdout:
                say(f"{name:<10}| {line.rstrip()}")


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
