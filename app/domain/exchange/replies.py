"""Replies: which arriving document answers one of ours, and the cases that wait for it."""

import re
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases import commands as cases
from app.domain.cases.models import Call, Case
from app.domain.documents import drafts
from app.domain.documents import queries as documents
from app.domain.documents.models import Document
from app.domain.exchange.models import Delivery
from app.kernel.db import command, db
from app.kernel.errors import Missing

AWAIT = "exchange.await_reply"
_REFERENCE = re.compile(r"\s*0*(\d{1,9})\s*/\s*(\S.*?)\s*")


@command
def note_reply(actor: Actor, document_id: UUID, *, reply_id: UUID) -> Document:
    """Note that an arrived document answers one we sent, and let the cases that wait for it go on.

    Raises Missing for documents the actor's agency does not have, Conflict when it answers another one.
    """
    sent, reply = documents.document(document_id), documents.document(reply_id)
    actor.require("exchange.register", at=sent.unit_id)
    if (sent.direction, reply.direction) != ("outgoing", "incoming") or reply.unit_id != sent.unit_id:
        raise Missing("document.missing")
    drafts.link(actor, reply_id, source=document_id)
    for call_id in _waiting(document_id):
        cases.answer_call(actor, call_id, told(reply))
    return reply


def hear(actor: Actor, reply: Document, sender_id: UUID, reference: str) -> None:
    """Find what an arrived document says it answers: the last we sent to its sender under that number and notation."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return
    query = select(Document.id).join(Delivery, Delivery.document_id == Document.id)
    query = query.where(Document.unit_id == reply.unit_id, Delivery.recipient_id == sender_id)
    query = query.where(Document.number == int(match[1]), Document.notation == match[2])
    found = db.session.scalar(query.order_by(Document.issued_on.desc()).limit(1))
    if found is not None:
        note_reply(actor, found, reply_id=reply.id)


def awaited(unit_id: UUID) -> list[Document]:
    """The documents of an agency to which a case waits for a reply, latest first."""
    query = select(Document).join(Case, Case.document_id == Document.id).join(Call, Call.case_id == Case.id)
    query = query.where(Document.unit_id == unit_id, Call.operation == AWAIT, Call.closed_at.is_(None)).distinct()
    return list(db.session.scalars(query.order_by(Document.issued_on.desc()).limit(100)))


def told(reply: Document) -> dict[str, Any]:
    """What a diagram is told about a reply."""
    return {"document_id": str(reply.id), "reference": reply.reference, "issuer": reply.issuer_name}


def _waiting(document_id: UUID) -> list[UUID]:
    query = select(Call.id).join(Case, Case.id == Call.case_id).where(Case.document_id == document_id)
    return list(db.session.scalars(query.where(Call.operation == AWAIT, Call.closed_at.is_(None))))
