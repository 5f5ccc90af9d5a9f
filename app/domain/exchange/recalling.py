"""Taking back what was sent (thu hồi): the sender wishes, each recipient agrees or declines (NĐ 30/2020, Điều 18)."""

from base64 import b64encode
from uuid import UUID, uuid4

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases import queries as case_queries
from app.domain.documents import commands as documents
from app.domain.documents import queries as document_queries
from app.domain.exchange import following, keys, messages, queries
from app.domain.exchange.events import RecallAnswered, RecallAsked
from app.domain.exchange.models import Delivery, DeliveryStatus, Message
from app.domain.exchange.statuses import AGREED, ASKED, DECLINED, LOST
from app.domain.orgunits import queries as orgunits
from app.domain.signatures import publicpages
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid
from interchange import receipts
from interchange.receipts import Statement

ANSWERS = frozenset({AGREED, DECLINED})
LONGEST_REASON = 1000


@command
def ask(actor: Actor, document_id: UUID, *, reason: str) -> Message:
    """Wish to take a sent document back from all who have it; those it has not reached will not get it.

    Errors: Forbidden; Invalid "recall.reason"; Conflict "recall.not_sent", "recall.asked_already".
    """
    document = document_queries.locked(document_id)
    actor.require("exchange.send", at=document.unit_id)
    said = reason.strip()
    if not 0 < len(said) <= LONGEST_REASON:
        raise Invalid("recall.reason", limit=LONGEST_REASON)
    original = sent(document_id)
    if original is None or document.state not in following.TRAVELLING:
        raise Conflict("recall.not_sent")
    if of(original.id) is not None:
        raise Conflict("recall.asked_already")
    case_queries.locked_case(original.case_id)
    wish = Message(sender_id=document.unit_id, document_id=document.id, case_id=original.case_id, kind="recall")
    wish.relates_to, wish.reason = original.id, said
    db.session.add(wish)
    db.session.flush()
    messages.fix(wish)
    for delivery in queries.of_message(original.id):
        _take_back(actor, wish, delivery, said)
    events.record(RecallAsked(about=str(document.id), message_id=str(wish.id)), actor=actor.name)
    db.session.flush()
    _settle(actor, wish)
    return wish


def sent(document_id: UUID) -> Message | None:
    """The message that carries a document, the latest if there are several."""
    query = select(Message).where(Message.document_id == document_id, Message.kind.in_(queries.DOCUMENT_KINDS))
    return db.session.scalar(query.order_by(Message.made_at.desc()).limit(1))


def of(message_id: UUID) -> Message | None:
    """The wish to recall a message, if there is one."""
    query = select(Message).where(Message.relates_to == message_id, Message.kind == "recall")
    return db.session.scalar(query.limit(1))


def hear_answer(actor: Actor, answer: Delivery) -> None:
    """Draw what follows from what a recipient said to a recall. The case must be locked by the caller."""
    if answer.status == AGREED:
        query = select(Delivery).where(Delivery.message_id == answer.message.relates_to)
        original = db.session.scalar(query.where(Delivery.recipient_id == answer.recipient_id))
        if original is not None and original.state != "recalled":
            original.state = "recalled"
            told = RecallAnswered(about=str(answer.document_id), delivery_id=str(original.id), code=AGREED)
            events.record(told, actor=actor.name)
    db.session.flush()
    _settle(actor, answer.message)


def _take_back(actor: Actor, wish: Message, delivery: Delivery, reason: str) -> None:
    """From one recipient: what is still on its way stays here, what has arrived is asked for."""
    if delivery.state == "waiting":
        delivery.state, delivery.cause, delivery.next_at = "cancelled", "delivery.recalled", None
    elif delivery.state == "delivered" and delivery.status != "02":
        asked = Delivery(message_id=wish.id, document_id=wish.document_id, case_id=wish.case_id)
        asked.recipient_id, asked.expires_at = delivery.recipient_id, clock.now() + messages.LIFETIME
        db.session.add(asked)
        db.session.flush()
        _sign_wish(wish, delivery, asked, reason)
        messages.request(actor, asked)


def _sign_wish(wish: Message, delivery: Delivery, asked: Delivery, reason: str) -> None:
    """The sender's own receipt (13): it names the last that it holds of the recipient."""
    trail = queries.trails([delivery.id])[delivery.id]
    sender, recipient = orgunits.unit(wish.sender_id), orgunits.unit(delivery.recipient_id)
    statement = Statement(
        receipt_id=str(uuid4()),
        sender=sender.code,
        message_id=str(wish.id),
        manifest_sha256=wish.manifest_sha256,
        recipient=recipient.code,
        code=ASKED,
        at=clock.now().isoformat(timespec="milliseconds"),
        by=sender.short_name,
        signer=sender.code,
        sequence=0,
        previous=trail[-1].sha256 if trail else delivery.message.manifest_sha256,
        note=reason,
    )
    receipt = receipts.sign(statement, keys.own(wish.sender_id))
    row = DeliveryStatus(delivery_id=asked.id, report_id=UUID(statement.receipt_id), code=ASKED, note=reason)
    row.at, row.by, row.sequence, row.sha256 = clock.now(), sender.short_name, -1, receipt.sha256
    row.body, row.signature = (b64encode(part).decode() for part in (receipt.body, receipt.signature))
    db.session.add(row)


def _settle(actor: Actor, wish: Message) -> None:
    """Freeze the document once nobody has it any more; one who declined keeps it, and it stays a sent one."""
    answers = queries.of_message(wish.id)
    if all(one.status in ANSWERS or one.state in LOST for one in answers):
        if all(one.status == AGREED for one in answers):
            documents.move(actor, wish.document_id, state="recalled")
            publicpages.note_recalled(wish.document_id, wish.reason)
        original = db.session.get(Message, wish.relates_to)
        if original is not None:
            following.go_on(actor, original)
