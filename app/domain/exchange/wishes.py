"""What asks for consent: the sender's own receipt (13), with which the chain of the answer begins."""

from base64 import b64encode
from uuid import UUID, uuid4

from sqlalchemy import select

from app.domain.exchange import keys, queries
from app.domain.exchange.models import Delivery, DeliveryStatus, Message
from app.domain.exchange.statuses import ASKED
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.kernel import clock
from app.kernel.db import db, locked
from app.kernel.errors import Invalid
from interchange import receipts
from interchange.envelope import WISHES, Envelope
from interchange.receipts import Statement


def opening(delivery: Delivery) -> dict[str, str] | None:
    """The sender's receipt for a wish, the same for ever once it is given; None where no consent is needed.

    The content of the message must be fixed. Belongs inside a transaction.
    """
    if delivery.message.kind not in WISHES:
        return None
    locked(Delivery, delivery.id)  # two workers give one receipt
    given = (one for one in queries.trails([delivery.id])[delivery.id] if one.code == ASKED)
    row = next(given, None) or _sign(delivery)
    return {"body": row.body, "signature": row.signature}


def earlier(delivery: Delivery) -> Delivery | None:
    """The delivery to the same recipient of what a message relates to."""
    query = select(Delivery).where(Delivery.message_id == delivery.message.relates_to)
    return db.session.scalar(query.where(Delivery.recipient_id == delivery.recipient_id))


def require_signed(envelope: Envelope, sender: Unit, recipient: Unit) -> None:
    """Refuse a wish whose receipt its sender did not give, or gave for another message.

    What came unsigned over an axis is attested by the recipient, who says so.

    Errors: ExchangeRefused "receipt.unreadable", "receipt.signature_wrong"; Invalid "exchange.key_unknown",
    "receipt.other_content".
    """
    if envelope.opening is None:
        return
    receipt = receipts.from_json(envelope.opening)
    said, _key = receipts.read(receipt)
    keys.check(receipt, recipient if said.is_observed else sender)
    about = (said.code, said.sender, said.message_id, said.manifest_sha256)
    if about != (ASKED, envelope.sender, envelope.message_id, envelope.manifest_sha256):
        raise Invalid("receipt.other_content")


def _sign(delivery: Delivery) -> DeliveryStatus:
    """It names the last that the sender holds of the recipient, or what was sent when it holds nothing."""
    message = delivery.message
    sender, recipient = orgunits.unit(message.sender_id), orgunits.unit(delivery.recipient_id)
    statement = Statement(
        receipt_id=str(uuid4()),
        sender=sender.code,
        message_id=str(message.id),
        manifest_sha256=message.manifest_sha256,
        recipient=recipient.code,
        code=ASKED,
        at=clock.now().isoformat(timespec="milliseconds"),
        by=sender.short_name,
        signer=sender.code,
        sequence=0,
        previous=_last_held(delivery),
        note=message.reason,
    )
    receipt = receipts.sign(statement, keys.own(message.sender_id))
    row = DeliveryStatus(delivery_id=delivery.id, report_id=UUID(statement.receipt_id), code=ASKED, note=message.reason)
    row.at, row.by, row.sequence, row.sha256 = clock.now(), sender.short_name, -1, receipt.sha256
    row.body, row.signature = (b64encode(part).decode() for part in (receipt.body, receipt.signature))
    db.session.add(row)
    return row


def _last_held(delivery: Delivery) -> str:
    before = earlier(delivery)
    held = [] if before is None else [one for one in queries.trails([before.id])[before.id] if one.sequence >= 0]
    return held[-1].sha256 if held else db.session.get_one(Message, delivery.message.relates_to).manifest_sha256
