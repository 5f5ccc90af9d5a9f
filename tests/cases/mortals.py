"""Processes that do the house's work and are killed in the middle of it."""

import os
import random
import signal
from collections.abc import Callable
from time import monotonic, sleep

from flask import Flask

from app.kernel.db import db

PATIENCE = 60.0


class Mortals:
    """So many processes that do one thing over and over; whichever dies is replaced."""

    def __init__(self, app: Flask, act: Callable[[], object], count: int = 2) -> None:
        self.app, self.act, self.random = app, act, random.Random(7)  # noqa: S311 - the same kills every time
        db.session.remove()
        db.engine.dispose()
        self.pids = [self._born() for _ in range(count)]

    def kill(self, times: int, *, every: float = 0.15) -> None:
        """Kill one after the other without warning."""
        for _ in range(times):
            sleep(every * (0.5 + self.random.random()))
            victim = self.pids.pop(0)
            self._end(victim)
            self.pids.append(self._born())

    def until(self, over: Callable[[], bool]) -> None:
        """Let them work until something is so, then end them."""
        deadline = monotonic() + PATIENCE
        while not over() and monotonic() < deadline:
            sleep(0.1)
        for pid in self.pids:
            self._end(pid)
        assert over(), "it did not come to an end"

    def _born(self) -> int:
        pid = os.fork()
        if pid:
            return pid
        try:
            with self.app.app_context():
                db.engine.dispose(close=False)
                while True:
                    self.act()
                    sleep(0.005)
        finally:
            os._exit(1)

    @staticmethod
    def _end(pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
