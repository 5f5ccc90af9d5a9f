"""Doing work that was claimed: its lease is held meanwhile, and what failed is given back."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from flask import current_app

from app.jobs import lease
from app.kernel import clock, outbox
from app.kernel.db import db
from app.kernel.errors import OfficeError, Unavailable
from app.kernel.outbox import Claim

log = logging.getLogger(__name__)
Handler = Callable[[Claim], None]
ATTEMPTS = 6
PATIENCE = timedelta(days=7)


def do(job: Claim, handler: Handler) -> None:
    """Do one piece of work. The only place where every exception is caught."""
    try:
        with lease.held(current_app._get_current_object(), job):  # type: ignore[attr-defined]  # noqa: SLF001
            handler(job)
    except outbox.LostLease:
        log.warning("%s was taken over", job.key)
    except Unavailable as silence:
        give_back(job, silence)
    except Exception as failure:
        log.warning("%s attempt %d failed: %s", job.key, job.attempts, type(failure).__name__, exc_info=failure)
        give_back(job, failure)
    finally:
        db.session.remove()


def do_together(jobs: Sequence[Claim], handler: Callable[[Sequence[Claim]], None]) -> None:
    """Do several pieces of work at once; when that fails, each by itself: none fails for another."""
    if len(jobs) > 1:
        try:
            with lease.held(current_app._get_current_object(), *jobs):  # type: ignore[attr-defined]  # noqa: SLF001
                handler(jobs)
        except Exception as failure:
            log.info("%d pieces of work are done one by one: %s", len(jobs), type(failure).__name__)
        else:
            return
        finally:
            db.session.remove()
    for job in jobs:
        do(job, lambda one: handler([one]))


def give_back(job: Claim, failure: Exception) -> None:
    """Let work be tried again later, or no more: a silence is waited out for days, anything else tried some times."""
    db.session.remove()
    try:
        cause = failure.code if isinstance(failure, OfficeError) else type(failure).__name__
        is_silence, age = isinstance(failure, Unavailable), clock.now() - job.made_at
        if age > PATIENCE if is_silence else job.attempts >= ATTEMPTS:
            outbox.give_up(job, error=cause)
        else:
            outbox.retry(job, error=cause, pause=_pause(failure))
    except outbox.LostLease:
        log.warning("%s was taken over", job.key)


def _pause(failure: Exception) -> timedelta | None:
    """How long to wait before the next attempt, when the failure says so (`again_in`, seconds)."""
    seconds = failure.data.get("again_in") if isinstance(failure, OfficeError) else None
    return None if seconds is None else timedelta(seconds=seconds)
