"""Emptying mailboxes at axes (lấy văn bản từ trục): what came is kept durably, then acknowledged; each message once."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.exchange import mailboxes, observing, peers, receiving
from app.domain.exchange.models import Mailbox
from app.domain.exchange.observing import Observed
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.gateways.files import FileStore
from app.gateways.transports.protocol import Mailbox as Door
from app.gateways.transports.protocol import Sent, Waiting
from app.gateways.transports.wording import words
from app.jobs import transports
from app.jobs.delivering import NEVER
from app.kernel import clock, outbox
from app.kernel.db import transaction
from app.kernel.errors import Forbidden, Invalid, Missing
from app.kernel.outbox import Claim
from interchange.edxml import letters
from interchange.edxml.letters import About
from interchange.edxml.message import Message, Status
from interchange.envelope import Envelope
from interchange.errors import ExchangeRefused, ExchangeUnavailable

WISH = "13"
UNDONE = (ExchangeUnavailable, ExchangeRefused)


def due(_store: FileStore) -> int:
    """Have every mailbox looked at whose time has come; how many those were."""
    return mailboxes.call()


def poll(job: Claim) -> None:
    """Empty one mailbox. Twice is harmless: what was picked up is known for ever."""
    box: Mailbox | None = None
    with suppress(Missing):  # somebody took the mailbox away meanwhile
        box = mailboxes.mailbox(UUID(job.payload["about"]))
    if box is not None and box.peer.state == "open":
        _look(box)
    with outbox.settle(job):
        pass


def _look(box: Mailbox) -> None:
    """Fetch what waits and hear what became of what was sent; an axis that does not answer is asked again later."""
    begun, since, trouble = clock.now(), box.polled_to, ""
    try:
        door = transports.mailbox(box)
        for waiting in door.poll(since):
            trouble = _tried(box, door, waiting) or trouble
        for sent in door.sent(since):
            _hear_of(box, sent)
    except UNDONE as silence:
        mailboxes.note_looked(box.id, since=since, cause=silence.code)
        return
    with transaction():
        peers.note_answer(box.peer_id)
        mailboxes.note_looked(box.id, since=begun, cause=trouble)


def _tried(box: Mailbox, door: Door, waiting: Waiting) -> str:
    """Why a message still waits, empty when it does not: one that cannot be had must not hold those behind it."""
    try:
        _take(box, door, waiting)
    except UNDONE as trouble:
        if trouble.code == "peer.silent":
            raise
        return trouble.code
    return ""


def _take(box: Mailbox, door: Door, waiting: Waiting) -> None:
    """Keep one message or refuse it for good; only then is the axis told."""
    known = mailboxes.picked_up(box.id, waiting.reference)
    if known is None:
        store: FileStore = current_app.extensions["files"]
        with store.temporary() as folder:
            cause = _kept(box, door, waiting, folder)
    else:
        cause = known.cause
    door.acknowledge(waiting, is_taken=not cause)


def _kept(box: Mailbox, door: Door, waiting: Waiting, folder: Path) -> str:
    """Why a message was refused; empty when it is kept."""
    said: Message | Status | None = None
    try:
        said = door.fetch(waiting, folder)
        sender = _sender(box, waiting, said)
        if isinstance(said, Status):
            _hear(box, waiting, sender, said)
        else:
            _keep(box, waiting, sender, said, folder)
    except NEVER as refusal:
        if isinstance(said, Message) and said.issued_on is not None:
            with suppress(ExchangeRefused):  # who gives no name to a document cannot be answered about it
                door.refuse(_about(said), words(refusal.code), clock.now())
        mailboxes.note_picked_up(box.id, waiting.reference, sender=waiting.sender, cause=refusal.code)
        return refusal.code
    return ""


def _sender(box: Mailbox, waiting: Waiting, said: Message | Status) -> Unit:
    """Who speaks: the agency in the message must be the one the axis knows, and come to us by this axis."""
    try:
        sender = orgunits.unit_by_code(said.sender.code)
    except Missing as stranger:
        raise Invalid("exchange.sender_unknown", agency=said.sender.code[:100]) from stranger
    peer = peers.of_agency(sender.id)
    names = orgunits.codes(sender.id) | {sender.code}
    if waiting.sender not in names or peer is None or peer.id != box.peer_id:
        raise Forbidden("exchange.forged_sender", agency=said.sender.code[:100])
    return sender


def _keep(box: Mailbox, waiting: Waiting, sender: Unit, said: Message, folder: Path) -> None:
    """A document: its files go into the store, then its row and what we know of it are kept at once."""
    ours = orgunits.codes(box.unit_id) | {box.unit.code}
    if not any(one.code in ours for one in said.recipients):
        raise Invalid("exchange.recipient_unknown", agency=box.unit.short_name)
    envelope = letters.envelope_of(said, sender.code, box.unit.code)
    largest = current_app.config["EXCHANGE_LIMIT"]
    receiving.given(envelope)  # which refuses what its recipient cannot have
    receiving.require_acceptable(envelope, largest=largest)
    store: FileStore = current_app.extensions["files"]
    for file in envelope.files:
        store.put(folder / file.sha256, limit=largest)
    with transaction():
        _pick_up(box, waiting, envelope, said.document_id)


def _pick_up(box: Mailbox, waiting: Waiting, envelope: Envelope, document_id: str) -> None:
    foreign = "" if document_id == envelope.message_id else document_id
    receiving.pick_up(SYSTEM, envelope, peer_id=box.peer_id, reference=waiting.reference, foreign_id=foreign)
    mailboxes.note_picked_up(box.id, waiting.reference, sender=waiting.sender)


def _hear(box: Mailbox, waiting: Waiting, sender: Unit, said: Status) -> None:
    """A status: of one of our documents, or the sender's wish to take back one of theirs."""
    about, by = said.response_for, said.staff.name or sender.short_name
    heard = Observed(sender, about.document_id, about.notation, said.code, said.at, by, _note(said, by))
    with transaction():
        if said.code == WISH:
            _pick_up(box, waiting, observing.wished(box, heard), about.document_id)
        else:
            observing.observe(SYSTEM, box.unit_id, heard)
            mailboxes.note_picked_up(box.id, waiting.reference, sender=waiting.sender)


def _note(said: Status, by: str) -> str:
    """What a status says besides; a description is a must there, and who has nothing to say repeats who acted."""
    return "" if said.description == by else said.description


def _hear_of(box: Mailbox, sent: Sent) -> None:
    if sent.is_taken:
        observing.note_taken(SYSTEM, box, sent.reference)
    elif sent.is_refused:
        observing.note_returned(SYSTEM, box, sent.reference, sent.said)


def _about(said: Message) -> About:
    assert said.issued_on is not None  # noqa: S101 - the caller looked
    return About(said.sender.code, said.document_id, f"{said.number}/{said.notation}", said.issued_on)


HANDLERS: dict[str, Callable[[Claim], None]] = {"exchange.poll": poll}
