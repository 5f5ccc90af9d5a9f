"""Reading documents."""

from uuid import UUID

from sqlalchemy import select

from app.domain.documents.models import Document, DocumentFile, Recipient
from app.domain.orgunits.models import Unit
from app.domain.registers.models import RegisterEntry
from app.kernel.db import db
from app.kernel.errors import Missing


def document(document_id: UUID) -> Document:
    """One document; whether the actor may see it is the business of the slice that asks."""
    found = db.session.get(Document, document_id)
    if found is None:
        raise Missing("document.missing")
    return found


def locked(document_id: UUID) -> Document:
    """One document, with its row locked until the transaction ends."""
    query = select(Document).where(Document.id == document_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise Missing("document.missing")
    return found


def latest_file(document_id: UUID, role: str = "main", stage: str | None = None) -> DocumentFile | None:
    """The newest revision of a file, of any stage or of one."""
    query = select(DocumentFile).where(DocumentFile.document_id == document_id, DocumentFile.role == role)
    if stage is not None:
        query = query.where(DocumentFile.stage == stage)
    return db.session.scalar(query.order_by(DocumentFile.revision.desc()).limit(1))


def files(document_id: UUID) -> list[DocumentFile]:
    """Every revision of every file, newest first."""
    query = select(DocumentFile).where(DocumentFile.document_id == document_id)
    return list(db.session.scalars(query.order_by(DocumentFile.role.desc(), DocumentFile.revision.desc())))


def last_dated(register_id: UUID, year: int, *, but: UUID) -> Document | None:
    """The document with the latest date among those a register has numbered in a year, other than one."""
    query = select(Document).join(RegisterEntry, RegisterEntry.document_id == Document.id)
    query = query.where(RegisterEntry.register_id == register_id, RegisterEntry.year == year, Document.id != but)
    query = query.where(Document.issued_on.is_not(None))
    return db.session.scalar(query.order_by(Document.issued_on.desc(), RegisterEntry.number.desc()).limit(1))


def recipients(document_id: UUID) -> list[Unit]:
    """The units a document is to be sent to, in the order the drafter chose."""
    query = select(Unit).join(Recipient, Recipient.unit_id == Unit.id)
    query = query.where(Recipient.document_id == document_id)
    return list(db.session.scalars(query.order_by(Recipient.position)))
