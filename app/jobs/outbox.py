"""Keeping the promises of the outbox: claim, do, settle."""

from collections.abc import Mapping
from time import monotonic

from sqlalchemy import ColumnElement

from app.jobs import (
    arrivals,
    attachments,
    bulk,
    carrying,
    cases,
    copies,
    desks,
    documents,
    doing,
    exchange,
    polling,
    proofs,
    queue,
    rollouts,
    signatures,
    signers,
)
from app.kernel import outbox

HANDLERS: Mapping[str, doing.Handler] = {
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


def drain() -> None:
    """What a ring means: do what is due, for a few seconds; ring again when more is left."""
    started, done = monotonic(), 0
    while run_one(carrying.at_home()):
        done += 1
        if done >= BATCH or monotonic() - started > BATCH_SECONDS:
            queue.ring()
            return


def run_one(*which: ColumnElement[bool]) -> bool:
    """Do one piece of work, if any (of some kind) is due."""
    job = outbox.claim(*which)
    if job is None:
        return False
    doing.do(job, HANDLERS[job.kind])
    return True
