"""Rows of a register with the ten columns of its ledger (NĐ 30/2020, Phụ lục IV), a constant number of statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.actors.models import Person
from app.domain.cases.models import Case, SlipItem, Task
from app.domain.documents.models import Copying, Document, Recipient
from app.domain.exchange.models import Delivery
from app.domain.orgunits.models import Unit
from app.domain.registers.models import RegisterEntry, RegisterYear
from app.domain.signatures.models import SignatureRequest
from app.kernel.db import db


@dataclass(frozen=True)
class Outgoing:
    """A line of the register of outgoing documents (sổ đăng ký văn bản đi)."""

    entry: RegisterEntry
    document: Document
    signer: str
    recipients: Sequence[str]
    drafting_unit: str
    sent_at: datetime | None
    received: int


@dataclass(frozen=True)
class Incoming:
    """A line of the register of incoming documents (sổ đăng ký văn bản đến)."""

    entry: RegisterEntry
    document: Document
    lead: str
    assigned_at: datetime | None
    taken_by: str
    taken_at: datetime | None


@dataclass(frozen=True)
class Copied:
    """A line of the register of copies (sổ đăng ký bản sao); one made before copies said more has no `made`."""

    entry: RegisterEntry
    document: Document
    made: Copying | None


Entries = Sequence[tuple[RegisterEntry, Document]]


def last_number(register_id: UUID, year: int) -> int:
    """The last number a register gave in a year; 0 when it gave none."""
    query = select(RegisterYear.last).where(RegisterYear.register_id == register_id, RegisterYear.year == year)
    return db.session.scalar(query) or 0


def entries(register_id: UUID, year: int, first: int, last: int) -> Entries:
    """The entries from one number to another with their documents, in the order of the ledger."""
    query = select(RegisterEntry, Document).join(Document, Document.id == RegisterEntry.document_id)
    query = query.where(RegisterEntry.register_id == register_id, RegisterEntry.year == year)
    query = query.where(RegisterEntry.number.between(first, last)).order_by(RegisterEntry.number)
    return [(entry, document) for entry, document in db.session.execute(query)]


def outgoing(found: Entries) -> list[Outgoing]:
    """What the ledger of outgoing documents says of some entries."""
    ids = [document.id for _, document in found]
    recipients, deliveries, signers = _recipients(ids), _deliveries(ids), _signers(ids)
    units = _units(document.drafting_unit_id for _, document in found)
    rows = []
    for entry, document in found:
        sent = [one.delivered_at for one in deliveries[document.id] if one.delivered_at is not None]
        unit = units.get(document.drafting_unit_id)
        rows.append(
            Outgoing(
                entry,
                document,
                signer=signers.get(document.id, ""),
                recipients=recipients[document.id],
                drafting_unit="" if unit is None else unit.abbreviation or unit.short_name,
                sent_at=min(sent, default=None),
                received=len(sent),
            )
        )
    return rows


def incoming(found: Entries) -> list[Incoming]:
    """What the ledger of incoming documents says of some entries."""
    ids = [document.id for _, document in found]
    leads, taken = _leads(ids), _taken(ids)
    rows = []
    for entry, document in found:
        lead = leads.get(document.id)
        task, person = taken.get(document.id, (None, ""))
        rows.append(
            Incoming(
                entry,
                document,
                lead="" if lead is None else lead.post.title,
                assigned_at=None if lead is None else lead.made_at,
                taken_by=person,
                taken_at=None if task is None else task.closed_at,
            )
        )
    return rows


def copies(found: Entries) -> list[Copied]:
    """What the ledger of copies says of some entries."""
    query = select(Copying).where(Copying.document_id.in_([document.id for _, document in found]))
    made = {one.document_id: one for one in db.session.scalars(query)}
    return [Copied(entry, document, made.get(document.id)) for entry, document in found]


def _recipients(ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    query = select(Recipient.document_id, Unit.short_name).join(Unit, Unit.id == Recipient.unit_id)
    query = query.where(Recipient.document_id.in_(ids)).order_by(Recipient.position)
    found: dict[UUID, list[str]] = defaultdict(list)
    for document_id, name in db.session.execute(query):
        found[document_id].append(name)
    return found


def _deliveries(ids: Sequence[UUID]) -> dict[UUID, list[Delivery]]:
    found: dict[UUID, list[Delivery]] = defaultdict(list)
    for one in db.session.scalars(select(Delivery).where(Delivery.document_id.in_(ids))):
        found[one.document_id].append(one)
    return found


def _signers(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Who signed each document, last of all when it was signed anew; the stamp of the organisation is not a signer."""
    query = select(SignatureRequest.document_id, Person.name).join(Person, Person.id == SignatureRequest.asked_by)
    query = query.where(SignatureRequest.document_id.in_(ids), SignatureRequest.kind == "person")
    query = query.where(SignatureRequest.done_at.is_not(None)).order_by(SignatureRequest.at)
    return dict(db.session.execute(query).all())


def _units(ids: Iterable[UUID | None]) -> dict[UUID | None, Unit]:
    wanted = {one for one in ids if one is not None}
    return {unit.id: unit for unit in db.session.scalars(select(Unit).where(Unit.id.in_(wanted)))}


def _leads(ids: Sequence[UUID]) -> dict[UUID, SlipItem]:
    query = select(Case.document_id, SlipItem).join(Case, Case.id == SlipItem.case_id)
    query = query.where(Case.document_id.in_(ids), SlipItem.part == "lead").options(joinedload(SlipItem.post))
    return dict(db.session.execute(query.order_by(SlipItem.made_at)).all())


def _taken(ids: Sequence[UUID]) -> dict[UUID, tuple[Task, str]]:
    """The first task the lead ended: that is when they signed for the document (ký nhận)."""
    query = select(Case.document_id, Task, Person.name).join(Case, Case.id == Task.case_id)
    query = query.join(Person, Person.id == Task.closed_by).where(Case.document_id.in_(ids), Task.post_id.is_not(None))
    found: dict[UUID, tuple[Task, str]] = {}
    for document_id, task, name in db.session.execute(query.order_by(Task.closed_at)):
        found.setdefault(document_id, (task, name))
    return found
