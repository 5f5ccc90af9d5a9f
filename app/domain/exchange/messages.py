"""What an agency sends: a permanent id from the first commit on, and content that is fixed before anything leaves."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases.models import Case
from app.domain.documents import attachments
from app.domain.documents import queries as documents
from app.domain.documents.models import Document, DocumentFile
from app.domain.exchange import peers, queries, wishes
from app.domain.exchange.events import DeliveryRequested
from app.domain.exchange.models import Delivery, Message
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.domain.signatures import queries as signatures
from app.kernel import clock, events
from app.kernel.db import command, db, locked
from app.kernel.errors import Missing, Unavailable
from interchange.envelope import Envelope, FileSent

LIFETIME = timedelta(days=7)
"""How long delivery is tried, unless the message says otherwise."""


def open_message(document: Document, case: Case) -> Message:
    """The message by which a case sends a document; asked again it is the same. Belongs inside a transaction."""
    query = select(Message).where(Message.document_id == document.id, Message.case_id == case.id)
    query = query.where(Message.kind.in_(queries.DOCUMENT_KINDS)).order_by(Message.made_at.desc()).limit(1)
    return db.session.scalar(query) or begin(document, case)


def begin(
    document: Document, case: Case, *, kind: str = "new", relates_to: UUID | None = None, reason: str = ""
) -> Message:
    """A message that is going to be sent, of any kind. Belongs inside a transaction."""
    made = Message(sender_id=document.unit_id, document_id=document.id, case_id=case.id, kind=kind)
    made.relates_to, made.reason = relates_to, reason
    db.session.add(made)
    db.session.flush()
    return made


def address(actor: Actor, message: Message, recipients: list[Unit], *, lifetime: timedelta = LIFETIME) -> None:
    """Promise a message to each recipient, once; one who has it gets nothing. Belongs inside a transaction."""
    known = {one.recipient_id: one for one in queries.of_message(message.id)}
    for unit in recipients:
        delivery = known.get(unit.id)
        if delivery is None:
            delivery = Delivery(message_id=message.id, document_id=message.document_id, case_id=message.case_id)
            delivery.recipient_id, delivery.expires_at = unit.id, clock.now() + lifetime
            db.session.add(delivery)
            db.session.flush()
        if delivery.receipt is None:
            request(actor, delivery)


def request(actor: Actor, delivery: Delivery) -> None:
    """Have a delivery tried. Belongs inside a transaction."""
    peer = peers.of_agency(delivery.recipient_id)
    carried = {"delivery_id": str(delivery.id), "peer_id": str(peer.id) if peer else ""}
    fact = DeliveryRequested(about=str(delivery.document_id), **carried)
    events.record(fact, actor=actor.name)


@command
def envelope(delivery_id: UUID) -> Envelope:
    """The message of a delivery: its content is fixed by the first who asks, and never changes again.

    Errors: Missing; Unavailable "attachment.not_sealed" before the agency has signed all of it.
    """
    delivery = db.session.get(Delivery, delivery_id)
    if delivery is None:
        raise Missing("delivery.missing")
    message = delivery.message
    if not message.manifest:
        fix(message)
    return replace(from_manifest(message.manifest, delivery.recipient.code), opening=wishes.opening(delivery))


def from_manifest(manifest: str, recipient: str) -> Envelope:
    """An envelope as it was fixed, on its way to one recipient."""
    content = json.loads(manifest)
    del content["format"]
    files = tuple(FileSent(**one) for one in content.pop("files"))
    return Envelope(**content, recipient=recipient, files=files)


def fix(message: Message) -> None:
    """Fix the content of a message, if that has not been done. Belongs inside a transaction."""
    message = locked(Message, message.id) or message
    if message.manifest:
        return
    document = documents.document(message.document_id)
    content = Envelope(
        message_id=str(message.id),
        sender=orgunits.unit(message.sender_id).code,
        recipient="",
        facts=_facts(document),
        files=_files(document) if message.kind != "recall" else (),
        kind=message.kind,
        relates_to=str(message.relates_to or ""),
        reason=message.reason,
    )
    message.manifest, message.manifest_sha256 = content.manifest.decode(), content.manifest_sha256


def _facts(document: Document) -> dict[str, Any]:
    """What is said about a document (NĐ 30/2020, Phụ lục VI, phần II)."""
    if document.issued_on is None:
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
        "place": document.unit.place,
        "due_on": document.due_on.isoformat() if document.due_on else None,
    }
    if signer := signatures.signer_name(document.id):
        facts["signer_name"] = signer
    if document.source_id is not None and (source := documents.document(document.source_id)).direction == "incoming":
        facts["replies_to"] = source.reference
    return facts


def _files(document: Document) -> tuple[FileSent, ...]:
    """What travels with a document. Unavailable "attachment.not_sealed" before the agency has signed all of it."""
    main = documents.latest_file(document.id, stage="issued")
    if main is None:
        raise Missing("document.file_missing")
    attached = attachments.of(document.id)
    if not all(one.is_sealed for one in attached):
        raise Unavailable("attachment.not_sealed")
    beside = [one.signature for one in attached if one.signature is not None]
    return (_sent(main), *(_sent(one) for one in (*(one.file for one in attached), *beside)))


def _sent(file: DocumentFile) -> FileSent:
    return FileSent(file.name, file.sha256, file.size, file.pages, file.role, file.position)
