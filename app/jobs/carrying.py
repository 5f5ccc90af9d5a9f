"""What goes to other deployments, carried by threads beside the work: who waits for a dead peer holds nobody else.

These threads wait for the network and do little else; they live in the process of the clock.
"""

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Lock, Semaphore, Thread
from time import monotonic

from flask import Flask
from sqlalchemy import ColumnElement, and_, func, not_, or_
from sqlalchemy.exc import SQLAlchemyError

from app.jobs import doing, exchange, polling
from app.kernel import outbox
from app.kernel.outbox import Claim, Job

log = logging.getLogger(__name__)
HANDLERS: Mapping[str, doing.Handler] = {**exchange.HANDLERS, **polling.HANDLERS}
THREADS = 32
EACH = 4
"""How many may be on their way to one peer at a time, while it answers."""
SLOW = 1.0
"""Seconds after which a peer that has not answered gets nothing more to do."""
IDLE = 0.25


def abroad() -> ColumnElement[bool]:
    """Which work is for another deployment, and so for these threads."""
    to_a_peer = func.coalesce(Job.payload["peer_id"].as_string(), "") != ""
    return or_(and_(Job.kind.in_(exchange.HANDLERS), to_a_peer), Job.kind.in_(polling.HANDLERS))


def at_home() -> ColumnElement[bool]:
    """Which work is for workers: all the rest."""
    return not_(abroad())


@contextmanager
def begun(app: Flask) -> Iterator[None]:
    """Carry for a while. What is under way at the end is given up by its lease, and tried again by others."""
    carriers = _Carriers(app)
    thread = Thread(target=carriers.lead, name="carriers", daemon=True)
    thread.start()
    try:
        yield
    finally:
        carriers.stop()
        thread.join()


class _Carriers:
    """The threads, and which peer each of them is with since when."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._over, self._changed = Event(), Event()
        self._free, self._lock = Semaphore(THREADS), Lock()
        self._under_way: dict[str, tuple[str, float]] = {}
        self._pool = ThreadPoolExecutor(THREADS, "carrier")

    def lead(self) -> None:
        """Give what is due to a free thread, until told to stop."""
        while not self._over.is_set():
            if not self._free.acquire(timeout=IDLE):
                continue
            job = self._next()
            if job is not None:
                self._pool.submit(self._carry, job)
                continue
            self._free.release()
            self._changed.wait(IDLE)
            self._changed.clear()

    def stop(self) -> None:
        """Begin nothing more."""
        self._over.set()
        self._changed.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _next(self) -> Claim | None:
        """The oldest that is due and whose peer has room. A database that is away for a moment is waited for."""
        fair = (abroad(), _where().not_in(self._busy()))
        with self._app.app_context():
            try:
                job = outbox.claim(*fair) if outbox.is_work_due(*fair) else None
            except SQLAlchemyError as away:
                log.warning("the carriers missed a turn: %s", type(away).__name__)
                return None
        if job is not None:
            with self._lock:
                self._under_way[job.key] = (job.payload.get("peer_id", job.payload["about"]), monotonic())
        return job

    def _busy(self) -> set[str]:
        """The peers that get nothing more now."""
        with self._lock:
            found = list(self._under_way.values())
        peers = [peer for peer, _since in found]
        slow = {peer for peer, since in found if monotonic() - since > SLOW}
        return slow | {peer for peer in peers if peers.count(peer) >= EACH}

    def _carry(self, job: Claim) -> None:
        try:
            with self._app.app_context():
                doing.do(job, HANDLERS[job.kind])
        finally:
            with self._lock:
                del self._under_way[job.key]
            self._free.release()
            self._changed.set()


def _where() -> ColumnElement[str]:
    """The peer a piece of work goes to, or the mailbox."""
    return func.coalesce(Job.payload["peer_id"].as_string(), Job.payload["about"].as_string())
