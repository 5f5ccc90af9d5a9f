"""Keeping the promises of the outbox: claim, do, settle."""

from collections.abc import Mapping
from time import monotonic

from flask import current_app
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
    reconciling,
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
    **reconciling.HANDLERS,
    **cases.HANDLERS,
    **bulk.HANDLERS,
    **rollouts.HANDLERS,
}
BATCH_SECONDS = 4.0


def drain() -> None:
    """What a ring means: do what is due, here and abroad, for a few seconds; ring again when more is left.

    Who waits for a slow peer is waited for, and what comes meanwhile is done.
    """
    until = monotonic() + BATCH_SECONDS
    with carrying.begun(current_app._get_current_object()) as carriers:  # type: ignore[attr-defined]  # noqa: SLF001
        while True:
            worked, in_time = run_one(carrying.at_home()), monotonic() < until
            if worked and in_time:
                continue
            if carriers.retire(in_time=in_time):
                break
            if not worked:
                carriers.wait()
    if outbox.is_work_due():
        queue.ring()


def run_one(*which: ColumnElement[bool]) -> bool:
    """Do one piece of work, if any (of some kind) is due."""
    job = outbox.claim(*which)
    if job is None:
        return False
    doing.do(job, HANDLERS[job.kind])
    return True
