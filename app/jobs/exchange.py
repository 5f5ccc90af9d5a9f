"""Carrying documents to other agencies, and receipts back, in this deployment or through a peer."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from uuid import UUID

from app.domain.actors.actor import SYSTEM
from app.domain.exchange import hearing, messages, peers, reporting, sending
from app.domain.exchange.models import Peer, StatusReport
from app.domain.exchange.statuses import TO_BE_FETCHED
from app.domain.orgunits import queries as orgunits
from app.jobs import delivering, transports
from app.kernel import clock, outbox
from app.kernel.db import transaction
from app.kernel.errors import Invalid, Unavailable
from app.kernel.outbox import Claim
from interchange.errors import ExchangeRefused, ExchangeUnavailable


def tell(job: Claim) -> None:
    """Bring one receipt back to the sender. Twice is harmless: a receipt is heard once."""
    report_id = UUID(job.payload["report_id"])
    report = reporting.report_to_tell(report_id)
    peer_id = report.arrival.peer_id
    if peer_id is not None:
        if peers.peer(peer_id).way == "it_fetches":
            _let_wait(job, report)
            return
        with transaction():
            until = peers.admit(peer_id)
            if until is not None:
                outbox.retry(job, error="delivery.waits", pause=until - clock.now())
                return
        _bring_back(peers.peer(peer_id), report)
    with outbox.settle(job):
        if peer_id is None:
            hearing.hear(SYSTEM, reporting.receipt_of(report))
        reporting.note_told(report_id)


def _let_wait(job: Claim, report: StatusReport) -> None:
    """The sender fetches it; this job only looks now and then whether it has. Errors: Unavailable when it never did."""
    if report.told_at is not None:
        with outbox.settle(job):
            return
    if clock.now() - job.made_at > messages.LIFETIME:
        raise Unavailable("peer.never_fetched")
    outbox.retry(job, error=TO_BE_FETCHED, pause=sending.LATER)


def _bring_back(peer: Peer, report: StatusReport) -> None:
    """Bring a receipt to the deployment of the sender. Errors: Unavailable, Invalid."""
    ours = orgunits.unit(report.arrival.recipient_id)
    started = monotonic()
    try:
        transport = transports.to(peer, ours.code)
        transport.tell(reporting.receipt_of(report), transports.about(report.arrival))
    except ExchangeUnavailable as silence:
        until = peers.note_silence(peer.id, milliseconds=int((monotonic() - started) * 1000))
        pause = peers.pause_after(1) if silence.again_in is None else timedelta(seconds=silence.again_in)
        pause = max(pause, until - clock.now()) if until else pause
        raise Unavailable(silence.code, again_in=pause.total_seconds()) from silence
    except ExchangeRefused as refusal:
        peers.note_answer(peer.id)
        raise Invalid(refusal.code, **refusal.data) from refusal
    peers.note_answer(peer.id)


HANDLERS: dict[str, Callable[[Claim], None]] = {
    "exchange.deliver": delivering.deliver,
    "exchange.tell": tell,
}
