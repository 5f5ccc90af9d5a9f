"""Requests to sign, and verdicts on signatures."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.orgunits.models import Post
from app.kernel.clock import now
from app.kernel.db import Model


class SignatureRequest(Model):
    """A signature somebody decided on.

    `kind`: person (ký số cá nhân), organisation (đóng dấu số), initials (ký nháy), attachment, copy or digitised; what
    it shows besides stands in `shown`. Input file, kind and certificate are the idempotency key: the same is signed
    once, however often a job is tried. `state`: asked, waiting (for the holder of the key), raw (the key has signed,
    the time stamp is missing), done, failed, withdrawn. `prepared_sha256` and `pending` are the file and what else the
    raw signature belongs to, `ticket` (sealed) is what a holder elsewhere was asked with. `held_by` kept the agency's
    key device when it signed (NĐ 30/2020, Điều 32).
    """

    __tablename__ = "signature_request"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    call_id: Mapped[UUID] = mapped_column(unique=True)
    kind: Mapped[str]
    key_id: Mapped[str]
    signer_key_id: Mapped[UUID | None] = mapped_column(ForeignKey("signer_key.id"))
    certificate_serial: Mapped[str] = mapped_column(default="")
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("signing_session.id"))
    batch_id: Mapped[UUID | None] = mapped_column(index=True)
    held_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    shown: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="asked")
    failure: Mapped[str] = mapped_column(default="")
    pending: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    prepared_sha256: Mapped[str | None]
    raw: Mapped[bytes | None]
    ticket: Mapped[bytes | None]
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("post.id"))
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    input_sha256: Mapped[str] = mapped_column(index=True)
    output_sha256: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]

    post: Mapped[Post | None] = relationship()


class SignatureVerdict(Model):
    """What the verifier found for one signature of one file: valid, invalid or indeterminate."""

    __tablename__ = "signature_verdict"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    sha256: Mapped[str]
    position: Mapped[int]
    signer: Mapped[str]
    organisation: Mapped[str]
    kind: Mapped[str]
    verdict: Mapped[str]
    signed_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("document_id", "sha256", "position"),)
