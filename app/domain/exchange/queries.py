"""Reading messages, deliveries and arrivals."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.exchange.models import Arrival, Attempt, Delivery, DeliveryStatus, Message
from app.kernel.db import db
from interchange.envelope import WISHES

DOCUMENT_KINDS = ("new", "update", "replace")
"""Messages that carry a document; a recall carries only the wish."""


def sent(document_id: UUID) -> Message | None:
    """The message that carries a document, the latest if there are several."""
    query = select(Message).where(Message.document_id == document_id, Message.kind.in_(DOCUMENT_KINDS))
    return db.session.scalar(query.order_by(Message.made_at.desc()).limit(1))


def deliveries(document_id: UUID) -> list[Delivery]:
    """The deliveries of a sent document, as they are in this transaction; to each recipient the latest."""
    query = select(Delivery).join(Message, Message.id == Delivery.message_id)
    query = query.where(Delivery.document_id == document_id, Message.kind.in_(DOCUMENT_KINDS))
    query = query.options(joinedload(Delivery.recipient)).order_by(Delivery.made_at, Delivery.id)
    return list({one.recipient_id: one for one in db.session.scalars(query)}.values())


def of_message(message_id: UUID) -> list[Delivery]:
    """The deliveries of one message."""
    query = select(Delivery).where(Delivery.message_id == message_id).options(joinedload(Delivery.recipient))
    return list(db.session.scalars(query.order_by(Delivery.made_at, Delivery.id)))


def wishes_about(message_id: UUID) -> dict[UUID, Delivery]:
    """What the sender wished of a message since, by recipient; of each the latest."""
    query = select(Delivery).join(Message, Message.id == Delivery.message_id)
    query = query.where(Message.relates_to == message_id, Message.kind.in_(WISHES)).order_by(Delivery.made_at)
    return {one.recipient_id: one for one in db.session.scalars(query)}


def to(message_id: UUID, unit_id: UUID) -> Delivery:
    """The delivery of a message to an agency that it was promised to."""
    return db.session.scalars(
        select(Delivery).where(Delivery.message_id == message_id, Delivery.recipient_id == unit_id)
    ).one()


def trails(delivery_ids: Iterable[UUID]) -> dict[UUID, list[DeliveryStatus]]:
    """The status trail of each delivery, in the order of the chain."""
    found: dict[UUID, list[DeliveryStatus]] = {one: [] for one in delivery_ids}
    query = select(DeliveryStatus).where(DeliveryStatus.delivery_id.in_(found))
    for status in db.session.scalars(query.order_by(DeliveryStatus.sequence, DeliveryStatus.at)):
        found[status.delivery_id].append(status)
    return found


def attempts(delivery_id: UUID) -> list[Attempt]:
    """Every try to deliver, oldest first."""
    query = select(Attempt).where(Attempt.delivery_id == delivery_id)
    return list(db.session.scalars(query.order_by(Attempt.number, Attempt.at)))


def arrival_of_message(sender_id: UUID, message_id: UUID, recipient_id: UUID) -> Arrival | None:
    """The arrival of a message that was kept before."""
    query = select(Arrival).where(Arrival.sender_id == sender_id, Arrival.message_id == message_id)
    return db.session.scalar(query.where(Arrival.recipient_id == recipient_id))


def arrival_of_document(document_id: UUID) -> Arrival | None:
    """How a document arrived, if another agency sent it."""
    query = select(Arrival).where(Arrival.document_id == document_id, Arrival.kind.in_(DOCUMENT_KINDS))
    return db.session.scalar(query.order_by(Arrival.at).limit(1))


def claimed_files() -> set[str]:
    """The names, in the store, of every file of a message that has no document yet, or never will."""
    waiting = db.session.scalars(select(Arrival.envelope).where(Arrival.state != "admitted"))
    return {file["sha256"] for envelope in waiting for file in envelope["files"]}
