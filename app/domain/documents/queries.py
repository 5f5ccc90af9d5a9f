"""Reading documents."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.domain.documents.models import Document, DocumentFile, Recipient
from app.domain.orgunits.models import Unit
from app.domain.registers.models import RegisterEntry
from app.kernel.db import db
from app.kernel.db import locked as lock
from app.kernel.errors import Missing


def document(document_id: UUID) -> Document:
    """One document; whether the actor may see it is the business of the slice that asks."""
    found = db.session.get(Document, document_id)
    if found is None:
        raise Missing("document.missing")
    return found


def locked(document_id: UUID) -> Document:
    """One document, with its row locked until the transaction ends."""
    found = lock(Document, document_id)
    if found is None:
        raise Missing("document.missing")
    return found


def latest_file(
    document_id: UUID, role: str = "main", stage: str | None = None, position: int = 0
) -> DocumentFile | None:
    """The newest revision of a file, of any stage or of one."""
    of_it = DocumentFile.role == role, DocumentFile.position == position
    query = select(DocumentFile).where(DocumentFile.document_id == document_id, *of_it)
    if stage is not None:
        query = query.where(DocumentFile.stage == stage)
    return db.session.scalar(query.order_by(DocumentFile.revision.desc()).limit(1))


def newest_files(document_id: UUID) -> dict[tuple[str, int], DocumentFile]:
    """The newest revision of every file, by its role and its place; attachments in their order."""
    query = select(DocumentFile).where(DocumentFile.document_id == document_id)
    ordered = db.session.scalars(query.order_by(DocumentFile.position, DocumentFile.revision))
    return {(one.role, one.position): one for one in ordered}


def files(document_id: UUID) -> list[DocumentFile]:
    """Every revision of every file, newest first."""
    query = select(DocumentFile).where(DocumentFile.document_id == document_id)
    return list(db.session.scalars(query.order_by(DocumentFile.role.desc(), DocumentFile.revision.desc())))


def claimed_files() -> set[str]:
    """The names, in the store, of every file that a document has or had."""
    return set(db.session.scalars(select(DocumentFile.sha256).distinct()))


def period_of_files() -> tuple[datetime, datetime] | None:
    """When the first and the last file was added; None when there is none."""
    first, last = db.session.execute(select(func.min(DocumentFile.at), func.max(DocumentFile.at))).one()
    return None if first is None else (first, last)


def last_dated(register_id: UUID, year: int, *, but: UUID) -> Document | None:
    """The document with the latest date among those a register has numbered in a year, other than one."""
    query = select(Document).join(RegisterEntry, RegisterEntry.document_id == Document.id)
    query = query.where(RegisterEntry.register_id == register_id, RegisterEntry.year == year, Document.id != but)
    query = query.where(Document.issued_on.is_not(None))
    return db.session.scalar(query.order_by(Document.issued_on.desc(), RegisterEntry.number.desc()).limit(1))


def reply_to(document_id: UUID) -> Document | None:
    """The first document of another agency that answers one of ours."""
    query = select(Document).where(Document.source_id == document_id, Document.direction == "incoming")
    return db.session.scalar(query.order_by(Document.made_at).limit(1))


def recipients(document_id: UUID) -> list[Unit]:
    """The units a document is to be sent to, in the order the drafter chose."""
    query = select(Unit).join(Recipient, Recipient.unit_id == Unit.id)
    query = query.where(Recipient.document_id == document_id)
    return list(db.session.scalars(query.order_by(Recipient.position)))
