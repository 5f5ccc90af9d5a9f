"""Sending, receiving, and telling each other how far it got."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import SYSTEM, Actor
from app.domain.cases import commands as cases
from app.domain.cases import queries as case_queries
from app.domain.documents import commands as documents
from app.domain.documents.commands import FileGiven
from app.domain.exchange import queries, replies
from app.domain.exchange.envelope import FINAL, Envelope, StatusSent, rank
from app.domain.exchange.events import DeliveryMade, MessageKept, StatusHeard, StatusReported
from app.domain.exchange.models import Arrival, Delivery, DeliveryStatus, StatusReport
from app.domain.orgunits import queries as orgunits
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid


@command
def receive(actor: Actor, envelope: Envelope) -> str:
    """Keep a message durably, start its case, and give the receipt; a duplicate gets the original receipt."""
    sender, recipient = orgunits.unit_by_code(envelope.sender), orgunits.unit_by_code(envelope.recipient)
    message_id = UUID(envelope.message_id)
    known = queries.arrival_of_message(sender.id, message_id)
    if known is not None:
        if known.manifest_sha256 != envelope.manifest_sha256:
            raise Conflict("exchange.same_id_other_content")
        return str(known.id)
    if not recipient.is_agency:
        raise Invalid("exchange.recipient_not_agency")
    files = [FileGiven(**asdict(file)) for file in envelope.files]
    document = documents.receive_document(actor, unit_id=recipient.id, facts=envelope.facts, files=files)
    arrival = Arrival(
        sender_id=sender.id,
        recipient_id=recipient.id,
        message_id=message_id,
        manifest_sha256=envelope.manifest_sha256,
        document_id=document.id,
    )
    db.session.add(arrival)
    db.session.flush()
    events.record(MessageKept(about=str(document.id), arrival_id=str(arrival.id)), actor=actor.name)
    report(actor, arrival, code="01", by=recipient.short_name)
    cases.start_case(
        SYSTEM,
        procedure="incoming_document",
        unit_id=recipient.id,
        document_id=document.id,
        data={"delivery_id": str(arrival.id)},
    )
    replies.hear(actor, document, sender.id, str(envelope.facts.get("replies_to") or ""))
    return str(arrival.id)


def report(actor: Actor, arrival: Arrival, *, code: str, by: str, reason: str = "", note: str = "") -> None:
    """Write down a status for the sender; a worker tells them. Belongs inside a transaction."""
    given = StatusReport(arrival_id=arrival.id, code=code, by=by, reason=reason, note=note)
    db.session.add(given)
    db.session.flush()
    fact = StatusReported(about=str(arrival.document_id), report_id=str(given.id), code=code)
    events.record(fact, actor=actor.name)


@command
def note_delivered(actor: Actor, delivery_id: UUID, *, receipt: str) -> None:
    """Keep the recipient's receipt; when it was the last one, the sending case goes on."""
    delivery = _locked(Delivery.id == delivery_id)
    if delivery is None or delivery.receipt is not None:
        return
    delivery.receipt, delivery.delivered_at = receipt, clock.now()
    events.record(DeliveryMade(about=str(delivery.document_id), delivery_id=str(delivery.id)), actor=actor.name)
    everyone = queries.deliveries(delivery.document_id)
    if all(one.receipt is not None for one in everyone):
        documents.move(actor, delivery.document_id, state=_state_of(everyone))
        _answer(actor, delivery.case_id, "exchange.send", {"delivered": len(everyone)})


@command
def note_status(actor: Actor, status: StatusSent) -> None:
    """Hear a status, once; later news never goes back (they may arrive out of order)."""
    delivery = _locked(Delivery.message_id == status.message_id)
    if delivery is None:
        return
    heard = select(DeliveryStatus.id).where(DeliveryStatus.report_id == status.report_id)
    if db.session.scalar(heard) is not None:
        return
    db.session.add(
        DeliveryStatus(
            delivery_id=delivery.id,
            report_id=status.report_id,
            code=status.code,
            at=status.at,
            by=status.by,
            reason=status.reason,
            note=status.note,
        )
    )
    if rank(status.code) > rank(delivery.status):
        delivery.status, delivery.status_at = status.code, status.at
    if status.arrival_number is not None:
        delivery.arrival_number = status.arrival_number
    fact = StatusHeard(about=str(delivery.document_id), delivery_id=str(delivery.id), code=status.code)
    events.record(fact, actor=actor.name)
    everyone = queries.deliveries(delivery.document_id)
    if all(one.status in FINAL for one in everyone):
        documents.move(actor, delivery.document_id, state=_state_of(everyone))
        _answer(actor, delivery.case_id, "exchange.follow", outcome(everyone))


@command
def note_told(report_id: UUID) -> None:
    """Remember that the sender has heard a status."""
    given = db.session.get(StatusReport, report_id)
    if given is not None and given.told_at is None:
        given.told_at = clock.now()


def outcome(everyone: list[Delivery]) -> dict[str, int]:
    """How many recipients finished and how many refused."""
    refused = sum(one.status == "02" for one in everyone)
    return {"done": len(everyone) - refused, "refused": refused}


def _state_of(everyone: list[Delivery]) -> str:
    """What a document is that has reached its recipients: when all of them refused it, it was sent for nothing."""
    return "refused_by_all" if all(one.status == "02" for one in everyone) else "sent"


def _locked(condition: object) -> Delivery | None:
    """A delivery once its sending case is ours: two last receipts at once must see each other."""
    case_id = db.session.scalar(select(Delivery.case_id).where(condition))  # type: ignore[arg-type]
    if case_id is None:
        return None
    case_queries.locked_case(case_id)
    query = select(Delivery).where(condition)  # type: ignore[arg-type]
    found: Delivery | None = db.session.scalar(query.execution_options(populate_existing=True))
    return found


def _answer(actor: Actor, case_id: UUID, operation: str, result: dict[str, int]) -> None:
    call = case_queries.waiting_call(case_id, operation)
    if call is not None:
        cases.answer_call(actor, call.id, result)
