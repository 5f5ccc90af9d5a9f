"""What can be done with documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from app.domain.actors.actor import Actor
from app.domain.documents import dates, queries
from app.domain.documents.events import (
    DocumentArrived,
    DocumentDrafted,
    DocumentMoved,
    DocumentNumbered,
    DocumentPrepared,
    DocumentRegistered,
    DocumentReopened,
)
from app.domain.documents.models import Document, DocumentFile, Recipient
from app.domain.documents.rules import COPIES, folded, notation
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.domain.registers import commands as registers
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid

UNSIGNED = frozenset({"draft", "prepared"})
NUMBERABLE = {"outgoing": frozenset({"signed"}), "copy": frozenset({"prepared", "signed"})}
"""The states, by series, in which a number may be given: a copy is signed by hand or by the agency, and after that."""


@dataclass(frozen=True)
class FileGiven:
    """A file that is already in the store; `archival` as `DocumentFile`."""

    name: str
    sha256: str
    size: int
    pages: int = 0
    archival: str = ""
    role: str = "main"
    position: int = 0


@dataclass(frozen=True)
class Beginning:
    """What a procedure says about the document its cases begin with: its direction, its type, and a first subject."""

    direction: str = "outgoing"
    type: str = "CV"
    subject: str = ""


@command
def open_draft(
    actor: Actor, *, agency_id: UUID, drafting_unit_id: UUID, post_id: UUID | None, as_said: Beginning = Beginning()
) -> Document:
    """Begin a document of an agency: a draft (dự thảo), or one that came on paper and waits to be registered."""
    arrives = as_said.direction == "incoming"
    actor.require("exchange.register" if arrives else "documents.draft", at=agency_id)
    document = Document(
        direction=as_said.direction,
        document_type=as_said.type,
        subject=as_said.subject,
        folded=folded(as_said.subject),
        unit_id=agency_id,
        drafting_unit_id=drafting_unit_id,
        drafter_post_id=post_id,
        state="arrived" if arrives else "draft",
        arrived_at=clock.now() if arrives else None,
        issuer_name="" if arrives else orgunits.unit(agency_id).name,
    )
    db.session.add(document)
    db.session.flush()
    fact = DocumentArrived if arrives else DocumentDrafted
    events.record(fact(about=str(document.id)), actor=actor.name)
    return document


@command
def open_internal(actor: Actor, agency_id: UUID, *, subject: str) -> Document:
    """Begin a paper of an agency's own (tài liệu nội bộ), for work that no document brought."""
    actor.require("documents.draft", at=agency_id)
    document = Document(
        direction="internal", unit_id=agency_id, state="draft", issuer_name=orgunits.unit(agency_id).name
    )
    document.subject, document.folded = subject, folded(subject)
    db.session.add(document)
    db.session.flush()
    events.record(DocumentDrafted(about=str(document.id)), actor=actor.name)
    return document


@command
def save_draft(actor: Actor, document_id: UUID, *, fields: Mapping[str, Any], file: FileGiven | None) -> Document:
    """Write what the drafter filled in; a draft that was approved must be approved anew (NĐ 30/2020, Đ11)."""
    document = queries.locked(document_id)
    if document.state not in UNSIGNED:
        raise Conflict("document.already_signed")
    addressed = document.direction == "outgoing" or "recipients" in fields
    recipients = _recipients(document, fields.get("recipients", ())) if addressed else []
    due_on = date.fromisoformat(fields["due_on"]) if fields.get("due_on") else None
    if due_on is not None and due_on < clock.office_day():
        raise Invalid("form.invalid", fields={"due_on": ("document.due_in_past", {})})
    document.document_type = str(fields.get("document_type", document.document_type))
    document.field = str(fields.get("field", ""))
    document.subject = str(fields.get("subject", document.subject))
    document.folded = folded(document.subject)
    document.body = str(fields.get("body", ""))
    document.urgency = str(fields.get("urgency", "normal"))
    document.due_on = due_on
    agency = orgunits.unit(document.unit_id)
    document.notation = notation(document.document_type, agency.abbreviation, document.field)
    document.state = "draft"
    db.session.execute(delete(Recipient).where(Recipient.document_id == document.id))
    db.session.add_all(
        Recipient(document_id=document.id, unit_id=unit.id, position=i) for i, unit in enumerate(recipients)
    )
    if file is not None:
        add_file(document, file, stage="uploaded")
    events.record(DocumentDrafted(about=str(document.id)), actor=actor.name)
    return document


@command
def attach_prepared(actor: Actor, document_id: UUID, *, file: FileGiven, signer_title: str, printed_year: int) -> None:
    """Keep the file that is ready to be signed; every field it will ever need is in it, and the year is printed."""
    document = queries.locked(document_id)
    if document.state not in UNSIGNED:
        raise Conflict("document.already_signed")
    add_file(document, file, stage="prepared")
    document.state = "prepared"
    document.signer_title, document.printed_year = signer_title, printed_year
    events.record(DocumentPrepared(about=str(document.id), sha256=file.sha256), actor=actor.name)


@command
def reopen(actor: Actor, document_id: UUID) -> None:
    """Take a signed document back to its drafter: the paper is again as before the signature, which counts no more.

    A document that has a number is corrected by another document, not in secret (NĐ 30/2020, Đ18).
    """
    document = queries.locked(document_id)
    if document.number is not None:
        raise Conflict("document.already_numbered", reference=document.reference)
    unsigned = queries.latest_file(document.id, stage="prepared")
    if document.state != "signed" or unsigned is None:
        raise Conflict("document.not_signed")
    add_file(document, FileGiven(unsigned.name, unsigned.sha256, unsigned.size, unsigned.pages), stage="prepared")
    document.state = "draft"
    events.record(DocumentReopened(about=str(document.id)), actor=actor.name)


@command
def number_document(actor: Actor, document_id: UUID, *, issued_on: date) -> Document:
    """Give a signed document its number and date (NĐ 30/2020, Đ15); asking again changes nothing.

    Raises Invalid on `issued_on` for a day on which it cannot have been issued.
    """
    document = queries.locked(document_id)
    if document.number is not None:
        return document
    if document.state not in NUMBERABLE[series(document)]:
        raise Conflict("document.not_signed")
    dates.require_possible(document, issued_on)
    entry = registers.assign_number(
        actor, unit_id=document.unit_id, kind=series(document), year=issued_on.year, document_id=document.id
    )
    dates.require_in_order(document, entry.register_id, issued_on)
    document.number, document.issued_on = entry.number, issued_on
    document.state = "numbered"
    events.record(DocumentNumbered(about=str(document.id), number=entry.number), actor=actor.name)
    return document


@command
def receive_document(actor: Actor, *, unit_id: UUID, facts: Mapping[str, Any], files: Sequence[FileGiven]) -> Document:
    """Keep a document that another agency sent, before anyone has registered it (NĐ 30/2020, Đ21)."""
    document = Document(
        direction="incoming",
        unit_id=unit_id,
        state="arrived",
        document_type=facts["document_type"],
        field=facts["field"],
        subject=facts["subject"],
        folded=folded(facts["subject"]),
        urgency=facts["urgency"],
        number=facts["number"],
        notation=facts["notation"],
        issued_on=date.fromisoformat(facts["issued_on"]),
        issuer_name=facts["issuer_name"],
        signer_title=facts["signer_title"],
        due_on=date.fromisoformat(facts["due_on"]) if facts.get("due_on") else None,
        arrived_at=clock.now(),
    )
    db.session.add(document)
    db.session.flush()
    for file in files:
        add_file(document, file, stage="received")
    events.record(DocumentArrived(about=str(document.id)), actor=actor.name)
    return document


def series(document: Document) -> str:
    """The kind of register that numbers a document: one series for all copies (NĐ 30/2020, Phụ lục I, phần II)."""
    return "copy" if document.document_type in COPIES else "outgoing"


@command
def register_incoming(actor: Actor, document_id: UUID) -> Document:
    """Enter an arrived document in the register and give it its arrival number (NĐ 30/2020, Đ22)."""
    document = queries.locked(document_id)
    if document.arrival_number is not None:
        return document
    if document.state != "arrived":
        raise Conflict("document.not_waiting_for_registration")
    entry = registers.assign_number(
        actor,
        unit_id=document.unit_id,
        kind="incoming",
        year=clock.office_day().year,
        document_id=document.id,
    )
    document.arrival_number = entry.number
    document.state = "registered"
    fact = DocumentRegistered(about=str(document.id), arrival_number=entry.number)
    events.record(fact, actor=actor.name)
    return document


@command
def move(actor: Actor, document_id: UUID, *, state: str) -> Document:
    """Note that a document has gone on to its next state."""
    document = queries.locked(document_id)
    if document.state != state:
        document.state = state
        events.record(DocumentMoved(about=str(document.id), state=state), actor=actor.name)
    return document


def add_file(document: Document, file: FileGiven, *, stage: str) -> DocumentFile:
    """Add a revision of a file; earlier ones stay."""
    latest = queries.latest_file(document.id, file.role, position=file.position)
    kept = DocumentFile(
        document_id=document.id,
        role=file.role,
        position=file.position,
        revision=1 if latest is None else latest.revision + 1,
        stage=stage,
        name=file.name,
        sha256=file.sha256,
        size=file.size,
        pages=file.pages,
        archival=file.archival,
    )
    db.session.add(kept)
    db.session.flush()
    return kept


@command
def correct_incoming(actor: Actor, document_id: UUID, *, fields: Mapping[str, Any]) -> None:
    """Keep the clerk's corrections of an arrived document's subject and urgency."""
    document = queries.locked(document_id)
    document.subject = str(fields.get("subject", document.subject))
    document.folded = folded(document.subject)
    document.urgency = str(fields.get("urgency", document.urgency))
    events.record(DocumentMoved(about=str(document.id), state=document.state), actor=actor.name)


def _recipients(document: Document, codes: Sequence[str]) -> list[Unit]:
    """The agencies a draft is to be sent to: of today, and other ones than its own."""
    known = {unit.id: unit for unit in orgunits.agencies()}
    found = [known.get(UUID(code)) for code in codes]
    if not found or None in found:
        raise Invalid("form.invalid", fields={"recipients": ("document.recipient_not_agency", {})})
    if document.unit_id in known and known[document.unit_id] in found:
        raise Invalid("form.invalid", fields={"recipients": ("document.recipient_is_sender", {})})
    return [unit for unit in found if unit is not None]
