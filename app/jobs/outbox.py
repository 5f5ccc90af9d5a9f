"""Keeping the promises of the outbox: claim, do, settle."""

from collections.abc import Mapping
from time import monotonic, sleep

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
    fetching,
    polling,
    proofs,
    queue,
    reconciling,
    rollouts,
    signatures,
    signers,
    stopping,
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
    **fetching.HANDLERS,
    **reconciling.HANDLERS,
    **cases.HANDLERS,
    **bulk.HANDLERS,
    **rollouts.HANDLERS,
}
BATCH_SECONDS = 4.0


def drain() -> None:
    """What a ring means: do what is due for a few seconds, beside a child that carries abroad; ring again for the rest.

    While the child waits for a slow peer, what comes is done. Once the worker is told to stop nothing more is begun.
    """
    until, app = monotonic() + BATCH_SECONDS, current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    beside = carrying.Beside(app)
    beside.is_at_work(may_begin=True)
    try:
        while True:
            is_stopping = stopping.is_asked(app)
            worked = not is_stopping and run_one(carrying.at_home())
            in_time = not is_stopping and monotonic() < until
            if worked and in_time:
                continue
            if not beside.is_at_work(may_begin=in_time):
                break
            if not worked:
                sleep(carrying.IDLE)
    finally:
        beside.end()
    if outbox.is_work_due():
        queue.ring()


def run_one(*which: ColumnElement[bool]) -> bool:
    """Do one piece of work, if any (of some kind) is due."""
    job = outbox.claim(*which) if outbox.is_work_due(*which) else None  # a writer is one at a time: who looks is none
    if job is None:
        return False
    doing.do(job, HANDLERS[job.kind])
    return True
