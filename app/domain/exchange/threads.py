"""Which document follows which (văn bản liên quan): corrections, updates and replacements, seen from either side."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from app.domain.documents.models import Document
from app.domain.exchange import queries, reporting
from app.domain.exchange.models import Arrival, Message
from app.domain.exchange.statuses import DECLINED, agrees
from app.domain.exchange.succeeding import BEGUN, is_answered
from app.kernel.db import db
from interchange.envelope import WISHES


@dataclass(frozen=True)
class Link:
    """Another document of the same thread: `kind` new, update or replace, `reason` the sender's.

    `standing`: begun (it is being written), sent (a correction), asked, agreed, declined, or split when some of its
    recipients agreed and others did not. `is_later` when the other document is the one that came after.
    """

    document: Document
    kind: str
    reason: str
    standing: str
    is_later: bool


def of(document: Document) -> list[Link]:
    """The documents before and after one, the earlier first; those that were thrown away are left out."""
    pairs: Sequence[tuple[UUID | None, Message | Arrival]]
    pairs = _pairs_sent(document.id) if document.direction == "outgoing" else _pairs_received(document.id)
    if not pairs:
        return []
    others = {later.document_id if earlier == document.id else earlier for earlier, later in pairs}
    found = {one.id: one for one in db.session.scalars(select(Document).where(Document.id.in_(others)))}
    found[document.id] = document
    links = [
        _link(found[UUID(str(earlier))], later, found[UUID(str(later.document_id))], document)
        for earlier, later in pairs
    ]
    return sorted((one for one in links if one.document.state != "discarded"), key=lambda one: one.is_later)


def _link(earlier: Document, later: Message | Arrival, after: Document, seen_from: Document) -> Link:
    reason = later.reason if isinstance(later, Message) else str(later.envelope.get("reason", ""))
    is_later = earlier is seen_from
    return Link(after if is_later else earlier, later.kind, reason, _standing(later, after), is_later)


def sent(document_id: UUID) -> list[Message]:
    """Everything that left of the thread of a sent document, the oldest first: documents and wishes to recall."""
    found: dict[UUID, Message] = {}
    query = select(Message).where(Message.document_id == document_id)
    while fresh := [one for one in db.session.scalars(query) if one.id not in found]:
        found |= {one.id: one for one in fresh}
        near = {*found, *(one.relates_to for one in fresh if one.relates_to)}
        query = select(Message).where(or_(Message.id.in_(near), Message.relates_to.in_(near)))
    return sorted((one for one in found.values() if one.manifest), key=lambda one: one.made_at)


def received(document_id: UUID) -> list[Arrival]:
    """Everything that came of the thread of a received document, the oldest first."""
    found: dict[UUID, Arrival] = {}
    query = select(Arrival).where(Arrival.document_id == document_id)
    while fresh := [one for one in db.session.scalars(query) if one.message_id not in found]:
        found |= {one.message_id: one for one in fresh}
        near = {*found, *(one.relates_to for one in fresh if one.relates_to)}
        mine = Arrival.sender_id == fresh[0].sender_id, Arrival.recipient_id == fresh[0].recipient_id
        query = select(Arrival).where(*mine, or_(Arrival.message_id.in_(near), Arrival.relates_to.in_(near)))
    return sorted(found.values(), key=lambda one: one.at)


def _pairs_sent(document_id: UUID) -> list[tuple[UUID, Message]]:
    """The earlier document and the later message of each pair in which a sent document stands."""
    first, second = aliased(Message), aliased(Message)
    query = select(first.document_id, second).join(second, second.relates_to == first.id)
    query = query.where(or_(first.document_id == document_id, second.document_id == document_id))
    query = query.where(second.kind.in_(queries.DOCUMENT_KINDS)).order_by(second.made_at)
    return [(earlier, later) for earlier, later in db.session.execute(query)]


def _pairs_received(document_id: UUID) -> list[tuple[UUID | None, Arrival]]:
    first, second = aliased(Arrival), aliased(Arrival)
    same = and_(first.sender_id == second.sender_id, first.recipient_id == second.recipient_id)
    query = select(first.document_id, second).join(second, and_(second.relates_to == first.message_id, same))
    query = query.where(or_(first.document_id == document_id, second.document_id == document_id))
    query = query.where(second.kind.in_(queries.DOCUMENT_KINDS), first.kind.in_(queries.DOCUMENT_KINDS))
    both = first.document_id.is_not(None), second.document_id.is_not(None)
    return [(earlier, later) for earlier, later in db.session.execute(query.where(*both).order_by(second.at))]


def _standing(later: Message | Arrival, document: Document) -> str:
    if isinstance(later, Message) and document.state in BEGUN:
        return "begun"
    if later.kind not in WISHES:
        return "sent"
    if isinstance(later, Arrival):
        codes = [one.code for one in reporting.given(later.id)]
        return _said(any(map(agrees, codes)), DECLINED in codes or "02" in codes)
    deliveries = queries.of_message(later.id)
    if not all(is_answered(one) for one in deliveries):
        return "asked"
    agreed = sum(agrees(one.status) for one in deliveries)
    return _said(agreed > 0, agreed < len(deliveries))


def _said(is_agreed: bool, is_declined: bool) -> str:
    if is_agreed:
        return "split" if is_declined else "agreed"
    return "declined" if is_declined else "asked"
