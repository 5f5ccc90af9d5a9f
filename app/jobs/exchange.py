"""Carrying documents to other agencies, and statuses back (profile `local`: the agency is in this deployment)."""

from collections.abc import Callable
from uuid import UUID

from app.domain.actors.actor import SYSTEM
from app.domain.exchange import commands, queries
from app.kernel import outbox
from app.kernel.outbox import Claim


def deliver(job: Claim) -> None:
    """Bring one document to one recipient. Twice is harmless: a duplicate gets the original receipt."""
    delivery_id = UUID(job.payload["delivery_id"])
    receipt = commands.receive(SYSTEM, queries.envelope(delivery_id))
    with outbox.settle(job):
        commands.note_delivered(SYSTEM, delivery_id, receipt=receipt)


def tell(job: Claim) -> None:
    """Bring one status back to the sender. Twice is harmless: a report is heard once."""
    report_id = UUID(job.payload["report_id"])
    commands.note_status(SYSTEM, queries.status_to_send(report_id))
    with outbox.settle(job):
        commands.note_told(report_id)


HANDLERS: dict[str, Callable[[Claim], None]] = {"exchange.deliver": deliver, "exchange.tell": tell}
