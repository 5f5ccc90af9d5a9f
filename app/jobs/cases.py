"""Carrying messages, signals and ends between cases, and beginning the cases that nobody begins by hand."""

from collections.abc import Callable
from uuid import UUID

from app.domain.cases import children, messages, standstill, triggers
from app.kernel import outbox
from app.kernel.outbox import Claim


def deliver(job: Claim) -> None:
    """Bring one message to its case. Twice is harmless: a message is taken once."""
    with outbox.settle(job):
        messages.deliver(UUID(job.payload["message_id"]))


def broadcast(job: Claim) -> None:
    """Find out who hears a signal. Twice is harmless: a signal is sent round once."""
    with outbox.settle(job):
        messages.broadcast(UUID(job.payload["message_id"]))


def hear(job: Claim) -> None:
    """Let one case hear a signal. It moves in the transaction that ends this job, so it hears it once."""
    with outbox.settle(job):
        messages.hear(UUID(job.payload["case_id"]), UUID(job.payload["message_id"]))


def begin(job: Claim) -> None:
    """Begin the case of a trigger. It begins in the transaction that ends this job, so it begins once."""
    message = job.payload["message_id"]
    with outbox.settle(job):
        triggers.begin(UUID(job.payload["trigger_id"]), messages.payload(UUID(message)) if message else {})


def reckon(job: Claim) -> None:
    """Set every deadline by the new calendar, case by case. Twice is harmless: the same days give the same moment."""
    for case_id in standstill.with_deadlines():
        standstill.reckon_anew(case_id)
    with outbox.settle(job):
        return


def report_end(job: Claim) -> None:
    """Tell the case that started another one that it has ended. Twice is harmless: a call is answered once."""
    with outbox.settle(job):
        children.report_end(UUID(job.payload["about"]))


HANDLERS: dict[str, Callable[[Claim], None]] = {
    "cases.deliver": deliver,
    "cases.broadcast": broadcast,
    "cases.hear": hear,
    "cases.begin": begin,
    "cases.reckon": reckon,
    "cases.report_end": report_end,
}
