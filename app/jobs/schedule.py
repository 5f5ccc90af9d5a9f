"""The clock: rings for what is due and lets timers fire. Any number of clocks may run."""

import logging
import signal
from threading import Event
from time import monotonic

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.domain.cases import commands, queries
from app.jobs import queue
from app.kernel import clock, outbox
from app.kernel.db import db

log = logging.getLogger(__name__)
TICK = 0.5
SWEEP_FILES = 3600.0


def run(app: Flask) -> None:
    """Tick twice a second until told to stop; a database that is away for a moment is waited for."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    swept = 0.0
    while not stop.wait(TICK):
        with app.app_context():
            try:
                tick()
            except SQLAlchemyError as away:
                log.warning("the clock missed a tick: %s", type(away).__name__)
                db.session.rollback()
            if monotonic() - swept > SWEEP_FILES:
                app.extensions["files"].sweep(SWEEP_FILES)
                swept = monotonic()


def tick() -> None:
    """Ring when work is due; fire the timers that are due."""
    if outbox.is_work_due():
        queue.ring()
    for case_id in queries.due_timers(clock.now()):
        commands.fire_timers(case_id)
