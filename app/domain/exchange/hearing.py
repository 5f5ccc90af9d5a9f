"""The receipts a sender hears: checked, kept once, and never a step back when they come out of order."""

from base64 import b64encode
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.exchange import consequences, keys, messages, sending
from app.domain.exchange.events import DeliveryMade, StatusHeard
from app.domain.exchange.models import Delivery, DeliveryStatus, Message
from app.domain.exchange.statuses import rank
from app.domain.orgunits import queries as orgunits
from app.kernel import clock, events
from app.kernel.db import command, db, known
from app.kernel.errors import Invalid, Missing
from interchange import receipts
from interchange.receipts import Receipt, Statement

ENDED = frozenset({"recalled", "replaced"})


@command
def hear(actor: Actor, receipt: Receipt) -> Delivery:
    """Keep a receipt for one of our messages; the first one makes it delivered, however late it is.

    Errors: ExchangeRefused "receipt.unreadable", "receipt.signature_wrong"; Missing for what we did not send; Invalid
    "receipt.other_content" when it is for other bytes, "exchange.key_unknown".
    """
    statement, _key = receipts.read(receipt)
    delivery = _locked(statement)
    keys.check(receipt, delivery.recipient)
    if statement.signer != statement.recipient or not _is_about(statement, delivery.message):
        raise Invalid("receipt.other_content")
    keep(actor, delivery, statement, receipt)
    return delivery


def _is_about(statement: Statement, message: Message) -> bool:
    """Whether a receipt is for just these bytes: the first one says so of every file, the others of none."""
    files = messages.from_manifest(message.manifest, statement.recipient).files if statement.sequence == 0 else ()
    return statement.manifest_sha256 == message.manifest_sha256 and statement.files == files


def keep(actor: Actor, delivery: Delivery, statement: Statement, receipt: Receipt) -> None:
    """Keep a receipt that is true, once, and draw what follows. The sending case must be locked by the caller."""
    heard = select(DeliveryStatus.id).where(DeliveryStatus.report_id == UUID(statement.receipt_id))
    if db.session.scalar(heard) is not None:
        return
    row = DeliveryStatus(delivery_id=delivery.id, report_id=UUID(statement.receipt_id), code=statement.code)
    row.at, row.by = datetime.fromisoformat(statement.at), statement.by
    row.reason, row.note, row.is_observed = statement.reason, statement.note, statement.is_observed
    row.sequence, row.sha256 = statement.sequence, receipt.sha256
    row.body, row.signature = (b64encode(part).decode() for part in (receipt.body, receipt.signature))
    db.session.add(row)
    _arrived(actor, delivery, row)
    if rank(row.code) > rank(delivery.status):
        delivery.status, delivery.status_at = row.code, row.at
    if statement.arrival_number is not None:
        delivery.arrival_number = statement.arrival_number
    fact = StatusHeard(about=str(delivery.document_id), delivery_id=str(delivery.id), code=row.code)
    events.record(fact, actor=actor.name)
    consequences.draw(actor, delivery, row.code)


def _arrived(actor: Actor, delivery: Delivery, row: DeliveryStatus) -> None:
    """Whatever is heard of a message, it has arrived: the first to say so is the receipt that is kept."""
    if delivery.receipt is not None:
        return
    delivery.receipt, delivery.delivered_at, delivery.is_doubtful = row.sha256, clock.now(), False
    if delivery.state in ENDED:  # the recipient has agreed to that before it came
        return
    delivery.is_late = delivery.state != "waiting"
    delivery.state, delivery.next_at, delivery.cause = "delivered", None, ""
    events.record(DeliveryMade(about=str(delivery.document_id), delivery_id=str(delivery.id)), actor=actor.name)


def _locked(statement: Statement) -> Delivery:
    """A delivery once its sending case is ours: two last receipts at once must see each other."""
    try:
        message = db.session.get(Message, UUID(statement.message_id))
    except ValueError as nonsense:
        raise Missing("delivery.missing") from nonsense
    if message is None:
        raise Missing("delivery.missing")
    recipient = known(("unit", statement.recipient), lambda: orgunits.unit_by_code(statement.recipient))
    query = select(Delivery.id).where(Delivery.message_id == message.id, Delivery.recipient_id == recipient.id)
    found = db.session.scalar(query)
    if found is None:
        raise Missing("delivery.missing")
    return sending.delivery_of(found)
