"""Bulk acts, case by case."""

from collections.abc import Callable
from time import monotonic
from uuid import UUID

from app.domain.cases import bulk
from app.kernel import outbox
from app.kernel.outbox import Claim

BATCH_SECONDS = 3.0
"""How long other work waits behind a bulk act."""


def work(job: Claim) -> None:
    """Do cases of a bulk act for a while, then promise the rest. Twice is harmless: a case has its outcome only once.

    Each case is a transaction with its outcome: whoever is killed here leaves every case either done or to be done.
    """
    bulk_id, until = UUID(job.payload["about"]), monotonic() + BATCH_SECONDS
    while bulk.do_next(bulk_id) and monotonic() < until:
        pass
    with outbox.settle(job):
        bulk.go_on(bulk_id)


HANDLERS: dict[str, Callable[[Claim], None]] = {bulk.WORK: work}
