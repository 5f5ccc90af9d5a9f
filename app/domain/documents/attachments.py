"""Attachments (phụ lục, tài liệu kèm theo) in files of their own: added to a draft, signed when it is issued.

An attachment keeps its place; its signature beside it (`.p7s`), where it is no PDF, has the same place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import delete, func, select

from app.domain.actors.actor import Actor
from app.domain.documents import commands, queries
from app.domain.documents.commands import UNSIGNED, FileGiven
from app.domain.documents.events import AttachmentsChanged
from app.domain.documents.models import Document, DocumentFile
from app.kernel import events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid, Missing

ROLE, SIGNATURE = "attachment", "signature"
MOST = 20
MOST_BYTES = 200 * 1024 * 1024
SEALED = ("issued", "received")


@dataclass(frozen=True)
class Attachment:
    """The newest revision of an attachment, and the signature beside it if it has one."""

    file: DocumentFile
    signature: DocumentFile | None

    @property
    def is_sealed(self) -> bool:
        """Whether the agency has signed it."""
        return self.file.stage in SEALED


def of(document_id: UUID) -> list[Attachment]:
    """The attachments of a document in their order."""
    return among(queries.newest_files(document_id))


def among(newest: Mapping[tuple[str, int], DocumentFile]) -> list[Attachment]:
    """The attachments among the newest files of a document."""
    return [
        Attachment(one, newest.get((SIGNATURE, position))) for (role, position), one in newest.items() if role == ROLE
    ]


def attachment(document_id: UUID, position: int) -> Attachment:
    """One attachment. Raises Missing."""
    found = next((one for one in of(document_id) if one.file.position == position), None)
    if found is None:
        raise Missing("attachment.missing")
    return found


@command
def add(actor: Actor, document_id: UUID, *, files: Sequence[FileGiven]) -> None:
    """Put files after those that are there.

    Raises Conflict; Invalid "attachment.none", "attachment.too_many", "attachment.too_large_together".
    """
    document = _locked(document_id)
    there = of(document.id)
    if not files:
        raise Invalid("attachment.none")
    if len(there) + len(files) > MOST:
        raise Invalid("attachment.too_many", most=MOST)
    if sum(one.file.size for one in there) + sum(one.size for one in files) > MOST_BYTES:
        raise Invalid("attachment.too_large_together", megabytes=MOST_BYTES // 2**20)
    query = select(func.coalesce(func.max(DocumentFile.position), 0)).where(DocumentFile.document_id == document.id)
    last = db.session.scalar(query) or 0
    for position, file in enumerate(files, last + 1):
        commands.add_file(document, replace(file, role=ROLE, position=position), stage="uploaded")
    events.record(AttachmentsChanged(about=str(document.id), count=len(there) + len(files)), actor=actor.name)


@command
def remove(actor: Actor, document_id: UUID, position: int) -> None:
    """Take an attachment out of a draft; it was never part of anything binding."""
    document = _locked(document_id)
    there = len(of(document.id))
    attachment(document.id, position)
    mine = DocumentFile.document_id == document.id, DocumentFile.position == position
    db.session.execute(delete(DocumentFile).where(*mine))
    events.record(AttachmentsChanged(about=str(document.id), count=there - 1), actor=actor.name)


def _locked(document_id: UUID) -> Document:
    document = queries.locked(document_id)
    if document.state not in UNSIGNED:
        raise Conflict("attachment.not_a_draft")
    return document
