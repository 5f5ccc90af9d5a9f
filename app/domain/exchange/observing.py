"""What other systems say unsigned of our messages: our own agency attests that it heard it (bản ghi nhận)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases import queries as case_queries
from app.domain.documents.models import Document
from app.domain.exchange import hearing, keys, queries, reporting, sending
from app.domain.exchange.models import Arrival, Delivery, Mailbox, Message
from app.domain.exchange.statuses import ANSWERS
from app.domain.orgunits.models import Unit
from app.kernel import clock
from app.kernel.db import command, db
from app.kernel.errors import Missing
from interchange import receipts
from interchange.edxml.letters import message_id
from interchange.envelope import WISHES, Envelope
from interchange.receipts import Statement

SLACK = timedelta(hours=1)
"""By which the clock of another system may differ before we believe our own."""


@dataclass(frozen=True)
class Observed:
    """A status as it was heard: of which document (`document_id` as its sender calls it), from whom, and what.

    `recipient` is who spoke; `by` is who acted there, as they say it, `note` their words.
    """

    recipient: Unit
    document_id: str
    notation: str
    code: str
    at: datetime
    by: str
    note: str


@command
def observe(actor: Actor, sender_id: UUID, said: Observed) -> Delivery:
    """Keep a status that nobody signed, as our agency's own statement; said again it changes nothing.

    Errors: Missing "delivery.missing" for what we did not send there.
    """
    delivery = _delivery(sender_id, said)
    _attest(actor, delivery, said, uuid5(delivery.id, f"{said.code} {said.at.isoformat()} {said.note}"))
    return delivery


@command
def note_taken(actor: Actor, box: Mailbox, reference: str) -> None:
    """An axis says that the other end has taken a message from it; that is all we will hear if no status comes."""
    delivery = _handed(box, reference)
    if delivery is None or delivery.receipt is not None:
        return
    said = Observed(delivery.recipient, "", "", "01", clock.now(), box.peer.name, "")
    _attest(actor, delivery, said, uuid5(delivery.id, "taken"))


@command
def note_returned(actor: Actor, box: Mailbox, reference: str, words: str) -> None:
    """An axis says that the other end would not take a message: an outcome, never tried again."""
    delivery = _handed(box, reference)
    if delivery is not None and delivery.state == "waiting":
        sending.give_back(actor, delivery.id, words=words)


def wished(box: Mailbox, said: Observed) -> Envelope:
    """A sender's unsigned wish to take back a document of theirs, as a message that we attest to have heard.

    `said.recipient` is who spoke. Errors: Missing "arrival.missing" for a document that never came from there.
    """
    original = _arrival(box.unit_id, said)
    if original is None:
        raise Missing("arrival.missing")
    sent, ours = original.envelope, box.unit.code
    envelope = Envelope(
        message_id=str(uuid5(original.id, f"{said.code} {said.at.isoformat()} {said.note}")),
        sender=sent["sender"],
        recipient=sent["recipient"],
        facts=sent["facts"],
        files=(),
        kind="recall",
        relates_to=str(original.message_id),
        reason=said.note,
    )
    last = reporting.given(original.id)[-1]
    statement = Statement(
        receipt_id=str(uuid5(original.id, envelope.message_id)),
        sender=envelope.sender,
        message_id=envelope.message_id,
        manifest_sha256=envelope.manifest_sha256,
        recipient=envelope.recipient,
        code=said.code,
        at=said.at.isoformat(timespec="milliseconds"),
        by=said.by,
        signer=ours,
        sequence=0,
        previous=last.sha256,
        note=said.note,
        is_observed=True,
    )
    return replace(envelope, opening=receipts.sign(statement, keys.own(box.unit_id)).as_json())


def _likely(said: datetime, sent: datetime) -> datetime:
    """When something happened, as it is said; for one before it was sent, or to come, the moment when we heard it."""
    return said if sent - SLACK <= said <= clock.now() + SLACK else clock.now()


def _arrival(unit_id: UUID, said: Observed) -> Arrival | None:
    """The document that is meant: by its id, else by number and notation, the last."""
    query = select(Arrival).where(Arrival.sender_id == said.recipient.id, Arrival.recipient_id == unit_id)
    query = query.where(Arrival.kind.in_(queries.DOCUMENT_KINDS)).order_by(Arrival.at.desc())
    its = message_id(said.recipient.code, said.document_id)
    found: Arrival | None = db.session.scalar(query.where(Arrival.message_id == its).limit(1))
    triples = Arrival.triple.like(f"{_number(said.notation)}/%")
    return found or next((one for one in db.session.scalars(query.where(triples)) if _is_called(one, said)), None)


def _is_called(arrival: Arrival, said: Observed) -> bool:
    facts = arrival.envelope["facts"]
    return f"{_number(said.notation)}/{said.notation.partition('/')[2]}" == f"{facts['number']}/{facts['notation']}"


def _number(notation: str) -> int:
    """The number in "05/UBND-VX"; -1 where there is none."""
    number = notation.strip().partition("/")[0]
    return int(number[:9]) if number.isascii() and number.isdigit() else -1


def _delivery(sender_id: UUID, said: Observed) -> Delivery:
    message = _by_id(sender_id, said) or _by_notation(sender_id, said)
    if message is not None and said.code in ANSWERS and message.kind not in WISHES:  # named by the earlier document
        wish = queries.wishes_about(message.id).get(said.recipient.id)
        message = None if wish is None else wish.message
    if message is None:
        raise Missing("delivery.missing")
    case_queries.locked_case(message.case_id)
    query = select(Delivery).where(Delivery.message_id == message.id, Delivery.recipient_id == said.recipient.id)
    found: Delivery | None = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise Missing("delivery.missing")
    return found


def _by_id(sender_id: UUID, said: Observed) -> Message | None:
    try:
        found = db.session.get(Message, UUID(said.document_id))
    except ValueError:
        return None
    return found if found is not None and found.sender_id == sender_id else None


def _by_notation(sender_id: UUID, said: Observed) -> Message | None:
    """Systems that make an id of their own still name a document by its number; the last sent there is meant."""
    notation = said.notation.strip().partition("/")[2]
    query = select(Message).join(Delivery, Delivery.message_id == Message.id)
    query = query.join(Document, Document.id == Message.document_id)
    query = query.where(Message.sender_id == sender_id, Delivery.recipient_id == said.recipient.id)
    query = query.where(Document.number == _number(said.notation), Document.notation == notation)
    query = query.where(Message.kind.in_(queries.DOCUMENT_KINDS))
    return db.session.scalar(query.order_by(Message.made_at.desc()).limit(1))


def _handed(box: Mailbox, reference: str) -> Delivery | None:
    """The delivery that an axis calls so, once its sending case is ours."""
    query = select(Delivery).join(Message, Message.id == Delivery.message_id)
    query = query.where(Delivery.reference == reference, Message.sender_id == box.unit_id)
    found = db.session.scalar(query.limit(1))
    return None if found is None else sending.delivery_of(found.id)


def _attest(actor: Actor, delivery: Delivery, said: Observed, report_id: UUID) -> None:
    """Put what was heard at the end of the chain that we hold, signed by ourselves, and say that it is hearsay."""
    message = delivery.message
    chained = [one for one in queries.trails([delivery.id])[delivery.id] if one.sequence >= 0]
    statement = Statement(
        receipt_id=str(report_id),
        sender=message.sender.code,
        message_id=str(message.id),
        manifest_sha256=message.manifest_sha256,
        recipient=said.recipient.code,
        code=said.code,
        at=_likely(said.at, message.made_at).isoformat(timespec="milliseconds"),
        by=said.by,
        signer=message.sender.code,
        sequence=len(chained),
        previous=chained[-1].sha256 if chained else message.manifest_sha256,
        note=said.note,
        is_observed=True,
    )
    hearing.keep(actor, delivery, statement, receipts.sign(statement, keys.own(message.sender_id)))
