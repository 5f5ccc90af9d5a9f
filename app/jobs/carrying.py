"""What goes to other deployments, carried by threads beside the work: who waits for a dead peer holds nobody else.

They live in a child of the worker that answers a ring, and wait for the network while it does what is to be done here:
work that forks to open files of strangers must have no threads beside it.
"""

import logging
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Lock, Semaphore, Thread
from time import monotonic, sleep
from typing import NoReturn

from flask import Flask
from sqlalchemy import ColumnElement, and_, func, not_, or_
from sqlalchemy.exc import SQLAlchemyError

from app.jobs import doing, exchange, fetching, polling, reconciling, stopping
from app.kernel import outbox
from app.kernel.db import db
from app.kernel.outbox import Claim, Job

log = logging.getLogger(__name__)
THEIRS: Mapping[str, doing.Handler] = {**polling.HANDLERS, **fetching.HANDLERS, **reconciling.HANDLERS}
HANDLERS: Mapping[str, doing.Handler] = {**exchange.HANDLERS, **THEIRS}
THREADS = 32
EACH = 4
"""How many threads may be with one peer at a time, while it answers."""
MOST = 8
"""How many letters, or receipts, to one peer go together: a transaction costs as much as a letter."""
SLOW = 1.0
"""Seconds after which a peer that has not answered gets nothing more to do."""
IDLE = 0.25
SHORTEST, LONGEST, LAST, SOON = 30.0, 180.0, 60.0, 5.0
"""Seconds for which a child carries: until it waits for nobody slow, at most; and what is under way gets at the end.

`SOON` is what that gets when the worker was told to stop.
"""


def abroad() -> ColumnElement[bool]:
    """Which work is for another deployment, and so for these threads."""
    to_a_peer = func.coalesce(Job.payload["peer_id"].as_string(), "") != ""
    return or_(and_(Job.kind.in_(exchange.HANDLERS), to_a_peer), Job.kind.in_(THEIRS))


def at_home() -> ColumnElement[bool]:
    """Which work is done by whoever answered the ring: all the rest."""
    return not_(abroad())


@contextmanager
def begun(app: Flask) -> Iterator["Carriers"]:
    """Carry for a while. What is under way long after the end is lost with its lease, and tried again by others."""
    carriers = Carriers(app)
    lead = Thread(target=carriers.lead, name="carriers", daemon=True)
    lead.start()
    try:
        yield carriers
    finally:
        carriers.stop()
        lead.join()
        carriers.end()


class Beside:
    """A child that carries for as long as there is something, while its parent does other work."""

    def __init__(self, app: Flask) -> None:
        self._app, self._child = app, 0

    def is_at_work(self, *, may_begin: bool) -> bool:
        """Whether a child carries; one is begun when something is due, if it `may_begin`."""
        if self._child and os.waitpid(self._child, os.WNOHANG)[0]:
            self._child = 0
        if not self._child and may_begin and outbox.is_work_due(abroad()):
            self._child = self._forked()
        return self._child != 0

    def end(self) -> None:
        """Nobody is left behind: what it has under way is lost with its lease, and tried again."""
        if self._child:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
            self._child = 0

    def _forked(self) -> int:
        db.session.remove()
        child = os.fork()
        if child == 0:
            _carry_on(self._app)
        return child


def _carry_on(app: Flask) -> NoReturn:
    """The life of a child: what goes wrong with one piece of work is written down where that is done."""
    try:
        db.engine.dispose(close=False)  # the parent's connections are not its own
        with begun(app) as carriers:
            while not carriers.retire():
                sleep(IDLE)  # not by the event that wakes the lead: of two who wait for it, one would miss it
    except Exception as failure:
        log.warning("the carriers ended: %s", type(failure).__name__, exc_info=failure)
    finally:
        os._exit(0)


@dataclass(eq=False)
class _Trip:
    """What one thread carries to a peer, and since when it waits for an answer."""

    jobs: Sequence[Claim]
    peer: str
    since: float = field(default_factory=monotonic)

    def note_answer(self) -> None:
        """The peer is there: from now on it is waited for anew."""
        self.since = monotonic()

    @property
    def is_slow(self) -> bool:
        """Whether the peer lets us wait."""
        return monotonic() - self.since > SLOW


class Carriers:
    """The threads, and what each of them carries where."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._over, self._changed = Event(), Event()
        self._free, self._lock, self._turn = Semaphore(THREADS), Lock(), Lock()
        self._under_way: set[_Trip] = set()
        self._begun = monotonic()

    def lead(self) -> None:
        """Give what is due to a free thread, until told to stop."""
        while not self._over.is_set():
            if not self._free.acquire(timeout=IDLE):
                continue
            trip = self._next()
            if trip is not None:
                Thread(target=self._carry, args=(trip,), name="carrier", daemon=True).start()
                continue
            self._free.release()
            self.wait()

    def carry_next(self) -> bool:
        """Carry what is due next in this very thread; whether there was anything."""
        trip = self._next()
        if trip is not None:
            self._free.acquire()
            self._carry(trip)
        return trip is not None

    def retire(self) -> bool:
        """End when nothing is left, or after a while when nobody waits for a slow peer; whether that is so."""
        with self._turn:  # nobody is between claiming something and saying so
            is_slow = any(one.is_slow for one in self._all())
            is_over = monotonic() - self._begun > (LONGEST if is_slow else SHORTEST) or stopping.is_asked(self._app)
            if is_over or not (self._all() or self._is_due()):
                self.stop()
        return self._over.is_set()

    def wait(self) -> None:
        """Until somebody is done, but not for long."""
        self._changed.wait(IDLE)
        self._changed.clear()

    def stop(self) -> None:
        """Begin nothing more."""
        self._over.set()
        self._changed.set()

    def end(self) -> None:
        """Let what is under way end, for a while."""
        begun = monotonic()
        while self._all() and monotonic() - begun < (SOON if stopping.is_asked(self._app) else LAST):
            self.wait()

    def _next(self) -> _Trip | None:
        """The oldest that is due and whose peer has room, some together. A database that is away is waited for."""
        with self._app.app_context(), self._turn:
            try:
                first = None if self._over.is_set() else outbox.first_due(_where(), *self._fair())
                jobs = [] if first is None else _claimed(*first)
            except SQLAlchemyError as away:
                log.warning("the carriers missed a turn: %s", type(away).__name__)
                return None
            if first is None or not jobs:
                return None
            trip = _Trip(jobs, peer=first[1])
            with self._lock:
                self._under_way.add(trip)
        return trip

    def _is_due(self) -> bool:
        return outbox.is_work_due(*self._fair())

    def _fair(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return abroad(), _where().not_in(self._busy())

    def _busy(self) -> set[str]:
        """The peers that get nothing more now."""
        found = self._all()
        peers = [one.peer for one in found]
        return {one.peer for one in found if one.is_slow or peers.count(one.peer) >= EACH}

    def _all(self) -> list[_Trip]:
        with self._lock:
            return list(self._under_way)

    def _carry(self, trip: _Trip) -> None:
        try:
            with self._app.app_context():
                doing.do_together(trip.jobs, partial(_brought, trip))
        finally:
            with self._lock:
                self._under_way.remove(trip)
            self._free.release()
            self._changed.set()


def _claimed(kind: str, peer: str) -> list[Claim]:
    return outbox.claim_some(MOST if kind in exchange.TOGETHER else 1, Job.kind == kind, _where() == peer)


def _brought(trip: _Trip, jobs: Sequence[Claim]) -> None:
    kind = jobs[0].kind
    if kind in exchange.TOGETHER:
        exchange.TOGETHER[kind](jobs, trip.note_answer)
    else:
        HANDLERS[kind](jobs[0])


def _where() -> ColumnElement[str]:
    """The peer a piece of work goes to, or the mailbox, or the source: what is fetched holds up nothing sent."""
    return func.coalesce(Job.payload["peer_id"].as_string(), Job.payload["about"].as_string())
