"""Documents, their file revisions and their recipients."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.orgunits.models import Unit
from app.kernel.clock import now
from app.kernel.db import Model


class Document(Model):
    """An official document of one agency (`unit_id`).

    `direction`: outgoing (đi), incoming (đến) or internal (nội bộ). `state`: draft, discarded, prepared, signed,
    numbered, issued, sent, refused_by_all, frozen (recipients are asked to take another in its place) for an outgoing
    one; arrived, registered, refused, closed for an incoming one; recalled, replaced, archived for either.
    `printed_year` is the year on the prepared paper, `source_id` the document that this one answers or was drawn up
    for. Names of other fields follow NĐ 30/2020, Phụ lục VI, phần II.
    """

    __tablename__ = "document"

    direction: Mapped[str]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    drafting_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    drafter_post_id: Mapped[UUID | None] = mapped_column(ForeignKey("post.id"))
    state: Mapped[str]
    document_type: Mapped[str] = mapped_column(default="CV")
    field: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    folded: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    urgency: Mapped[str] = mapped_column(default="normal")
    number: Mapped[int | None]
    notation: Mapped[str] = mapped_column(default="")
    issued_on: Mapped[date | None]
    issuer_name: Mapped[str] = mapped_column(default="")
    signer_title: Mapped[str] = mapped_column(default="")
    printed_year: Mapped[int | None]
    due_on: Mapped[date | None]
    arrival_number: Mapped[int | None]
    arrived_at: Mapped[datetime | None]
    source_id: Mapped[UUID | None] = mapped_column(index=True)
    made_at: Mapped[datetime] = mapped_column(default=now)

    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])

    __table_args__ = (Index("ix_document_unit_id_direction_made_at", "unit_id", "direction", "made_at"),)

    @property
    def reference(self) -> str:
        """Number and notation (số, ký hiệu) as they are printed: below ten with a leading zero."""
        return f"{self.number:02d}/{self.notation}" if self.number is not None else ""


class DocumentFile(Model):
    """One revision of a file; bytes live in the file store under `sha256`.

    `role`: main, attachment, or signature (`.p7s`, of the attachment at the same `position`); the main file is at 0.


    `archival` is "2b" when the file kept every rule of PDF/A-2b before fields were put in, else the first rule it did
    not keep (ISO 19005-2), empty when nobody looked.
    """

    __tablename__ = "document_file"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    role: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int]
    stage: Mapped[str]
    name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    pages: Mapped[int] = mapped_column(default=0)
    archival: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("document_id", "role", "position", "revision"),)


class Copying(Model):
    """What a copy (bản sao) is of and how it is made: sao y, sao lục or trích sao (NĐ 30/2020, Điều 25).

    `medium`: paper or electronic, of the copy, as `source_medium` is of the original; `file_sha256` is what is copied.
    `source_id` is the original in this system; the other `source_` fields say what it is where there is none.
    `pages` is the part of an extract ("1, 3-4"), `copies` how many are handed over.
    """

    __tablename__ = "copying"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), unique=True)
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"), index=True)
    source_reference: Mapped[str] = mapped_column(default="")
    source_date: Mapped[date | None]
    source_issuer: Mapped[str] = mapped_column(default="")
    source_medium: Mapped[str] = mapped_column(default="paper")
    medium: Mapped[str] = mapped_column(default="paper")
    file_sha256: Mapped[str] = mapped_column(default="")
    pages: Mapped[str] = mapped_column(default="")
    copies: Mapped[int] = mapped_column(default=1)
    purpose: Mapped[str] = mapped_column(default="")


class Recipient(Model):
    """A unit an outgoing document is to be sent to (nơi nhận)."""

    __tablename__ = "recipient"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    position: Mapped[int] = mapped_column(default=0)

    __table_args__ = (UniqueConstraint("document_id", "unit_id"),)
