"""Watching over processes: started, restarted when they die, stopped together, none left behind.

One thread and one loop: it waits for output, for signals and for the next thing that is due.
"""

import ctypes
import json
import os
import selectors
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from types import FrameType, TracebackType
from typing import Self

from app.launcher import sessions, watchdog
from app.launcher.child import Child
from app.launcher.messages import text
from app.launcher.terminal import say

PR_SET_CHILD_SUBREAPER = 36
GRACE = 15.0
LOOK = 0.5
INTERRUPTED = 130
"""What a shell says of a command that was stopped by Ctrl+C."""
FOUNDATION = "redis"
"""What the others lean on ends last."""


class Supervisor:
    """The processes of one data folder; leaving the context ends them all."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.children: list[Child] = []
        self.is_stopping = False
        self.is_hurried = False
        self._selector = selectors.DefaultSelector()
        self._told: dict[str, int] = {}

    def __enter__(self) -> Self:
        if sys.platform == "linux":  # what a killed child leaves becomes ours to end
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        waking, self._wakeup = os.pipe()
        for end in (waking, self._wakeup):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)
        self._selector.register(waking, selectors.EVENT_READ, None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
                signal.signal(number, self._heed)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake us
        self._tell()
        self._watchdog = watchdog.start(self.run)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._watchdog.dismiss()
        (self.run / "pids.json").unlink(missing_ok=True)

    def add(self, child: Child) -> None:
        """Keep one more process running."""
        self.children.append(child)
        self._start(child)

    def once(self, name: str, command: Sequence[str], environment: Mapping[str, str], label: str | None = None) -> int:
        """Run a command to its end beside the others; its exit status, or 130 when told to stop meanwhile."""
        child = Child(name, command, environment, label)
        self.children.append(child)
        self._start(child)
        while not child.has_ended() and child.process is not None and not self.is_stopping:
            self._turn(LOOK, but=child)
        if self.is_stopping:
            return INTERRUPTED
        self._forget(child)
        code = child.process.returncode if child.process is not None else INTERRUPTED
        child.bury()
        self.children.remove(child)
        self._tell()
        return code

    def wait(self, condition: Callable[[], bool], seconds: float, every: float = 0.1) -> bool:
        """Tend to the processes until something is so; False when time is over or it is time to stop."""
        until = monotonic() + seconds
        while not self.is_stopping and monotonic() < until:
            if condition():
                return True
            self._turn(every)
        return False

    def watch(self) -> None:
        """Tend to the processes until told to stop."""
        while not self.is_stopping:
            self._turn(LOOK)

    def _heed(self, _number: int, _frame: FrameType | None) -> None:
        self.is_hurried = self.is_stopping  # the second time means: now
        self.is_stopping = True

    def _turn(self, seconds: float, but: Child | None = None) -> None:
        """One round: print what was written, notice who died, start what is due."""
        self._listen(seconds)
        for child in self.children:
            if child is but:
                continue
            if child.has_ended():
                self._forget(child)
                why = child.bury()
                say(f"{'up':<10}| {text('child.ended', name=child.name, why=why, pause=child.pause)}")
            if child.process is None and monotonic() >= child.due and not self.is_stopping:
                self._start(child)
        self._reap()

    def _listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                os.read(key.fd, 4096)
            elif not key.data.pump():
                self._selector.unregister(key.fd)

    def _start(self, child: Child) -> None:
        try:
            child.start()
        except OSError as error:
            child.postpone()
            say(f"{'up':<10}| {text('child.unstartable', name=child.name, why=error)}")
            return
        if child.output is not None:
            self._selector.register(child.output, selectors.EVENT_READ, child)
        self._tell()

    def _forget(self, child: Child) -> None:
        with suppress(KeyError, ValueError):
            if child.output is not None:
                self._selector.unregister(child.output)

    def _tell(self) -> None:
        """Write who runs, for people, tests and the watchdog; a reader never sees half of it.

        One that is about to be started again keeps its old number until it has a new one.
        """
        self._told = {child.name: child.pid or self._told.get(child.name, 0) for child in self.children}
        new = self.run / "pids.json.new"
        new.write_text(json.dumps({name: pid for name, pid in self._told.items() if pid}))
        new.replace(self.run / "pids.json")

    def _reap(self) -> None:
        """Let go of orphans that became ours; replace a watchdog that was killed."""
        ours = {child.pid for child in self.children}
        for pid in _offspring():
            if pid in ours:
                continue
            with suppress(ChildProcessError):
                ended, _ = os.waitpid(pid, os.WNOHANG)
                if ended == self._watchdog.pid:
                    os.close(self._watchdog.line)
                    self._watchdog = watchdog.start(self.run)

    def _stop(self) -> None:
        """Those that serve first, together; then what they lean on; in the end whoever is still there."""
        self.is_stopping = True
        for is_foundation in (False, True):
            self._end([child for child in self.children if (child.name == FOUNDATION) == is_foundation])
        strangers = [pid for pid in _offspring() if pid != self._watchdog.pid]
        sessions.tell(strangers, signal.SIGKILL)
        for pid in strangers:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def _end(self, children: Sequence[Child]) -> None:
        running = [child for child in children if child.pid is not None]
        for child in running:
            with suppress(ProcessLookupError):
                os.killpg(child.pid or 0, signal.SIGTERM)
        until = monotonic() + GRACE
        while not all(child.has_ended() for child in running) and monotonic() < until and not self.is_hurried:
            self._listen(0.1)
        sessions.kill({child.pid for child in running if child.pid is not None})
        for child in running:
            self._forget(child)
            child.bury()


def _offspring() -> list[int]:
    """Our children as the kernel counts them: those we started, and orphans that were given to us."""
    found: list[int] = []
    for listed in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            found += [int(pid) for pid in listed.read_text().split()]
    return found
