"""Carrying documents to other agencies, and receipts back, in this deployment or through a peer."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.exchange import hearing, messages, peers, receiving, reporting, sending, successors
from app.domain.exchange.models import Peer, StatusReport
from app.domain.exchange.sending import Failure, Try
from app.domain.exchange.statuses import TO_BE_FETCHED
from app.domain.orgunits import queries as orgunits
from app.gateways.files import FileStore
from app.gateways.transports.protocol import Answer
from app.jobs import transports
from app.kernel import clock, outbox
from app.kernel.db import transaction
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing, TooLarge, Unavailable
from app.kernel.outbox import Claim
from interchange.envelope import Envelope
from interchange.errors import ExchangeRefused, ExchangeUnavailable

NEVER = (ExchangeRefused, Invalid, Conflict, Missing, Forbidden, TooLarge)
"""What the other side says of a message that it will never take."""


def deliver(job: Claim) -> None:
    """Bring one message to one recipient. Twice is harmless: a duplicate gets the original receipt."""
    with transaction():  # whoever learns meanwhile that the peer is back finds this waiting, and hurries it
        begun = sending.begin(UUID(job.payload["delivery_id"]))
        if isinstance(begun, timedelta):
            outbox.retry(job, error="delivery.waits", pause=begun)
            return
    if begun is None:
        with outbox.settle(job):
            pass
    else:
        _attempt(job, begun)


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


def _attempt(job: Claim, begun: Try) -> None:
    started = monotonic()
    try:
        if begun.peer is None:
            _hand_over(job, begun)
        else:
            answer = _carry(begun.peer, begun, messages.envelope(begun.delivery_id))
            _take(job, begun, answer, started) if answer.receipts else _leave(job, begun, answer, started)
    except ExchangeUnavailable as silence:
        failure = Failure(silence.code, _since(started), silence.again_in, silence.is_ambiguous)
        _try_later(job, begun, failure)
    except NEVER as refusal:
        with outbox.settle(job):
            sending.note_refused(SYSTEM, begun, Failure(refusal.code, _since(started)))
            if refusal.code == sending.ABOLISHED:
                successors.heed(begun.delivery_id, refusal.data)


def _hand_over(job: Claim, begun: Try) -> None:
    """Within this deployment: sent, received and receipted in one transaction."""
    with outbox.settle(job):
        receipt = receiving.receive(SYSTEM, messages.envelope(begun.delivery_id))
        sending.note_made(begun, milliseconds=0)
        hearing.hear(SYSTEM, receipt)
        sending.conclude(SYSTEM, begun)


def _leave(job: Claim, begun: Try, answer: Answer, started: float) -> None:
    """An axis has it and brings it further; this job only looks now and then whether its time is over."""
    if not answer.reference:
        raise ExchangeUnavailable("peer.nonsense", is_ambiguous=True)
    with transaction():
        pause = sending.note_handed(begun, answer.reference, milliseconds=_since(started))
        outbox.retry(job, error="delivery.handed", pause=pause)


def _take(job: Claim, begun: Try, answer: Answer, started: float) -> None:
    """Keep what the other side gave; a receipt that is not true is none, and the message is asked about again."""
    try:
        with outbox.settle(job):
            sending.note_made(begun, milliseconds=_since(started))
            for receipt in answer.receipts:
                hearing.hear(SYSTEM, receipt)
            sending.conclude(SYSTEM, begun)
    except NEVER as lie:
        raise ExchangeUnavailable(lie.code, is_ambiguous=True) from lie


def _try_later(job: Claim, begun: Try, failure: Failure) -> None:
    with transaction():
        pause = sending.note_silence(begun, failure)
        outbox.retry(job, error=failure.cause, pause=pause)


def _since(started: float) -> int:
    return int((monotonic() - started) * 1000)


def _carry(peer: Peer, begun: Try, envelope: Envelope) -> Answer:
    transport = transports.to(peer, envelope.sender)
    if begun.is_doubtful:
        known = transport.ask(envelope, begun.since)
        peers.note_answer(peer.id)  # it is there: what waits for it need not wait for the files of this one
    else:
        known = transport.preflight(envelope)
    store: FileStore = current_app.extensions["files"]
    return known or transport.send(envelope, store.path)


def _bring_back(peer: Peer, report: StatusReport) -> None:
    """Bring a receipt to the deployment of the sender. Errors: Unavailable, Invalid."""
    ours = orgunits.unit(report.arrival.recipient_id)
    started = monotonic()
    try:
        transport = transports.to(peer, ours.code)
        transport.tell(reporting.receipt_of(report), transports.about(report.arrival))
    except ExchangeUnavailable as silence:
        until = peers.note_silence(peer.id, milliseconds=_since(started))
        pause = peers.pause_after(1) if silence.again_in is None else timedelta(seconds=silence.again_in)
        pause = max(pause, until - clock.now()) if until else pause
        raise Unavailable(silence.code, again_in=pause.total_seconds()) from silence
    except ExchangeRefused as refusal:
        peers.note_answer(peer.id)
        raise Invalid(refusal.code, **refusal.data) from refusal
    peers.note_answer(peer.id)


HANDLERS: dict[str, Callable[[Claim], None]] = {
    "exchange.deliver": deliver,
    "exchange.tell": tell,
}
