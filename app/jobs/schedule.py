"""The clock: rings for what is due and lets timers fire. Any number of clocks may run."""

import logging
import signal
from collections.abc import Callable
from math import inf
from threading import Event
from time import monotonic

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.domain.cases import commands, messages, queries, rolling, rollouts, triggers
from app.domain.signatures import checking
from app.domain.signers import authentication
from app.gateways.files import FileStore
from app.jobs import fetching, polling, queue, reconciling, reminding, sweeping
from app.kernel import clock, outbox
from app.kernel.db import db

Sweep = tuple[float, Callable[[FileStore], int]]
log = logging.getLogger(__name__)
TICK = 0.5
MINUTE, HOUR = 60.0, 3600.0
SWEEPS: tuple[Sweep, ...] = (
    (MINUTE, lambda _store: messages.offer_again()),
    (MINUTE, sweeping.stalled),
    (MINUTE, polling.due),
    (MINUTE / 4, fetching.due),
    (MINUTE, reminding.assignments),
    (MINUTE, lambda _store: authentication.forget_expired()),
    (MINUTE, lambda _store: checking.ask_due()),
    (5 * MINUTE, reminding.reminders),
    (5 * MINUTE, reminding.exchange),
    (HOUR, lambda _store: messages.expire()),
    (HOUR, reminding.certificates),
    (HOUR, lambda _store: checking.ask_refresh()),
    (HOUR, reconciling.due),
    (HOUR, sweeping.leftovers),
    (24 * HOUR, sweeping.unclaimed),
)


def run(app: Flask) -> None:
    """Tick twice a second until told to stop; a database that is away for a moment is waited for."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    swept = dict.fromkeys(SWEEPS, -inf)
    while not stop.wait(TICK):
        with app.app_context():
            try:
                tick()
                _sweep(app, swept)
            except SQLAlchemyError as away:
                log.warning("the clock missed a tick: %s", type(away).__name__)
                db.session.rollback()


def tick() -> None:
    """Ring when work is due; fire the timers that are due, and those that begin cases; publish what was planned."""
    if outbox.is_work_due():
        queue.ring()
    for case_id in queries.due_timers(clock.now()):
        commands.fire_timers(case_id)
    for trigger_id in triggers.due():
        triggers.pull(trigger_id)
    for rollout_id in rollouts.due():
        rolling.call(rollout_id)


def _sweep(app: Flask, swept: dict[Sweep, float]) -> None:
    """Tidy up what is due to be tidied."""
    for sweep in SWEEPS:
        period, act = sweep
        if monotonic() - swept[sweep] > period:
            swept[sweep] = monotonic()
            act(app.extensions["files"])
