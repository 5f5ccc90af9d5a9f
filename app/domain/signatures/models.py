"""Requests to sign, and verdicts on signatures."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.orgunits.models import Post
from app.kernel.clock import now
from app.kernel.db import Model


class SignatureRequest(Model):
    """A signature somebody decided on; `kind` is person (ký số cá nhân) or organisation (đóng dấu số).

    `input_sha256` is the idempotency key: the same input is signed once, however often a job is tried.
    """

    __tablename__ = "signature_request"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    call_id: Mapped[UUID] = mapped_column(unique=True)
    kind: Mapped[str]
    key_id: Mapped[str]
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("post.id"))
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    input_sha256: Mapped[str]
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
