"""Holding on to work for as long as it is being done, so that the work of a dead worker is free again soon."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.kernel import outbox
from app.kernel.db import db
from app.kernel.outbox import Claim

log = logging.getLogger(__name__)
EVERY = outbox.LEASE.total_seconds() / 4


@contextmanager
def held(app: Flask, *claims: Claim, every: float = EVERY) -> Iterator[None]:
    """Renew the leases of claims every so many seconds, beside the work; short work never gets that far.

    Whoever is frozen for longer than a lease loses it, and the fencing token keeps what they do then from counting.
    """
    over = Event()

    def beat() -> None:
        left = claims
        while left and not over.wait(every):
            with app.app_context():
                left = tuple(one for one in left if _is_held(one))
                db.session.remove()

    heart = Thread(target=beat, name="lease", daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()


def _is_held(claim: Claim) -> bool:
    """Whether a lease is to be renewed again: one that is lost, or whose work is done, is not."""
    try:
        outbox.renew(claim)
    except outbox.LostLease:
        return False
    except SQLAlchemyError as away:
        log.warning("the lease of %s was not renewed: %s", claim.key, type(away).__name__)
    return True
