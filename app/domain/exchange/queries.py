"""Reading deliveries and arrivals."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.documents import attachments
from app.domain.documents import queries as documents
from app.domain.documents.models import DocumentFile
from app.domain.exchange.envelope import Envelope, FileSent, StatusSent
from app.domain.exchange.models import Arrival, Delivery, DeliveryStatus, StatusReport
from app.domain.orgunits import queries as orgunits
from app.kernel.db import db
from app.kernel.errors import Missing, Unavailable


def deliveries(document_id: UUID) -> list[Delivery]:
    """The deliveries of a sent document, as they are in this transaction."""
    query = select(Delivery).where(Delivery.document_id == document_id).options(joinedload(Delivery.recipient))
    return list(db.session.scalars(query.order_by(Delivery.made_at, Delivery.id)))


def trails(delivery_ids: Iterable[UUID]) -> dict[UUID, list[DeliveryStatus]]:
    """The status trail of each delivery, oldest first."""
    found: dict[UUID, list[DeliveryStatus]] = {one: [] for one in delivery_ids}
    query = select(DeliveryStatus).where(DeliveryStatus.delivery_id.in_(found)).order_by(DeliveryStatus.at)
    for status in db.session.scalars(query):
        found[status.delivery_id].append(status)
    return found


def arrival_of_message(sender_id: UUID, message_id: UUID) -> Arrival | None:
    """The arrival of a message that was kept before."""
    query = select(Arrival).where(Arrival.sender_id == sender_id, Arrival.message_id == message_id)
    return db.session.scalar(query)


def arrival_of_document(document_id: UUID) -> Arrival | None:
    """How a document arrived, if another agency sent it."""
    return db.session.scalar(select(Arrival).where(Arrival.document_id == document_id))


def envelope(delivery_id: UUID) -> Envelope:
    """The message of a delivery: its content is fixed once the document is issued."""
    delivery = db.session.get(Delivery, delivery_id)
    if delivery is None:
        raise Missing("delivery.missing")
    document = documents.document(delivery.document_id)
    file = documents.latest_file(document.id, stage="issued")
    if file is None or document.issued_on is None:
        raise Missing("document.file_missing")
    facts = {
        "document_type": document.document_type,
        "field": document.field,
        "subject": document.subject,
        "urgency": document.urgency,
        "number": document.number,
        "notation": document.notation,
        "issued_on": document.issued_on.isoformat(),
        "issuer_name": document.issuer_name,
        "signer_title": document.signer_title,
        "due_on": document.due_on.isoformat() if document.due_on else None,
    }
    if document.source_id is not None and (source := documents.document(document.source_id)).direction == "incoming":
        facts["replies_to"] = source.reference
    sender, recipient = orgunits.unit(document.unit_id), delivery.recipient
    return Envelope(
        str(delivery.message_id), sender.code, recipient.code, facts, (_sent(file), *_attached(document.id))
    )


def _attached(document_id: UUID) -> list[FileSent]:
    """What travels with a document. Unavailable "attachment.not_sealed" before the agency has signed all of it."""
    attached = attachments.of(document_id)
    if not all(one.is_sealed for one in attached):
        raise Unavailable("attachment.not_sealed")
    beside = [one.signature for one in attached if one.signature is not None]
    return [_sent(one) for one in (*(one.file for one in attached), *beside)]


def _sent(file: DocumentFile) -> FileSent:
    return FileSent(file.name, file.sha256, file.size, file.pages, file.role, file.position)


def status_to_send(report_id: UUID) -> StatusSent:
    """A status as it travels back to the sender."""
    report = db.session.get(StatusReport, report_id)
    if report is None:
        raise Missing("report.missing")
    document = documents.document(report.arrival.document_id)
    number = None if report.code in ("01", "02") else document.arrival_number
    message_id = report.arrival.message_id
    return StatusSent(report.id, message_id, report.code, report.at, report.by, report.reason, report.note, number)
