"""Keeping the promises of the outbox: claim, do, settle; give back what failed."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import monotonic

from flask import current_app

from app.jobs import (
    arrivals,
    attachments,
    bulk,
    cases,
    copies,
    desks,
    documents,
    exchange,
    lease,
    polling,
    proofs,
    queue,
    rollouts,
    signatures,
    signers,
)
from app.kernel import clock, outbox
from app.kernel.db import db
from app.kernel.errors import OfficeError, Unavailable
from app.kernel.outbox import Claim

log = logging.getLogger(__name__)
Handler = Callable[[Claim], None]
HANDLERS: Mapping[str, Handler] = {
    **documents.HANDLERS,
    **signatures.HANDLERS,
    **proofs.HANDLERS,
    **signers.HANDLERS,
    **desks.HANDLERS,
    **copies.HANDLERS,
    **attachments.HANDLERS,
    **exchange.HANDLERS,
    **arrivals.HANDLERS,
    **polling.HANDLERS,
    **cases.HANDLERS,
    **bulk.HANDLERS,
    **rollouts.HANDLERS,
}
BATCH = 25
BATCH_SECONDS = 4.0
ATTEMPTS = 6
PATIENCE = timedelta(days=7)


def drain() -> None:
    """What a ring means: do what is due, for a few seconds; ring again when more is left."""
    started, done = monotonic(), 0
    while run_one():
        done += 1
        if done >= BATCH or monotonic() - started > BATCH_SECONDS:
            queue.ring()
            return


def run_one() -> bool:
    """Do one piece of work, if any is due. The only place where every exception is caught."""
    job = outbox.claim()
    if job is None:
        return False
    try:
        with lease.held(current_app._get_current_object(), job):  # type: ignore[attr-defined]  # noqa: SLF001
            HANDLERS[job.kind](job)
    except outbox.LostLease:
        log.warning("%s was taken over", job.key)
    except Unavailable as silence:
        _try_later(job, silence, give_up=clock.now() - job.made_at > PATIENCE)
    except Exception as failure:
        log.warning("%s attempt %d failed: %s", job.key, job.attempts, type(failure).__name__, exc_info=failure)
        _try_later(job, failure, give_up=job.attempts >= ATTEMPTS)
    finally:
        db.session.remove()
    return True


def _try_later(job: Claim, failure: Exception, *, give_up: bool) -> None:
    db.session.remove()
    try:
        cause = failure.code if isinstance(failure, OfficeError) else type(failure).__name__
        if give_up:
            outbox.give_up(job, error=cause)
        else:
            outbox.retry(job, error=cause, pause=_pause(failure))
    except outbox.LostLease:
        log.warning("%s was taken over", job.key)


def _pause(failure: Exception) -> timedelta | None:
    """How long to wait before the next attempt, when the failure says so (`again_in`, seconds)."""
    seconds = failure.data.get("again_in") if isinstance(failure, OfficeError) else None
    return None if seconds is None else timedelta(seconds=seconds)
