"""What proves a document: every check of its signatures, when its archive stamp is renewed, and its public page."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, defer, mapped_column

from app.domain.documents.models import Document
from app.domain.documents.rules import COPIES
from app.kernel.clock import now
from app.kernel.db import Model, db
from app.kernel.errors import Missing

SEALED = ("issued", "archived_proof")
"""Stages of a file that left the agency: what a holder may have."""
KEPT = ("issued", "sent", "refused_by_all", "frozen", "recalled", "replaced", "registered", "closed", "archived")
"""States of a document whose file does not change any more."""


def _new_token() -> str:
    return secrets.token_urlsafe(16)


class SignatureCheck(Model):
    """One check of all signatures of one file: rows are added, never changed.

    `occasion`: arrival, issue, asked, clock (every month) or archived (before a renewed file took the place of
    another). `evidence` is the whole verdict with the anchors and revocation lists it rests on.
    """

    __tablename__ = "signature_check"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    sha256: Mapped[str]
    occasion: Mapped[str]
    outcome: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (Index("ix_signature_check_document_id_at", "document_id", "at"),)


class DocumentProof(Model):
    """What is kept up for the signatures of one document.

    `token` names its public page, which exists while `is_public`; `standing`: issued, recalled (thu hồi) or replaced
    (thay thế), `standing_note` what people read beside it. `asked_at` is when a worker was last told to look at it,
    `renew_at` when its archive time stamp ages.
    """

    __tablename__ = "document_proof"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), unique=True)
    token: Mapped[str] = mapped_column(unique=True, default=_new_token)
    is_public: Mapped[bool] = mapped_column(default=False)
    shows_subject: Mapped[bool] = mapped_column(default=True)
    standing: Mapped[str] = mapped_column(default="issued")
    standing_note: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None] = mapped_column(index=True)
    renew_at: Mapped[datetime | None] = mapped_column(index=True)


class CodeSetting(Model):
    """Whether an agency prints a code on what it issues; without a row it does."""

    __tablename__ = "code_setting"

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), unique=True)
    is_printed: Mapped[bool]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)


@dataclass(frozen=True)
class Changed:
    """What one signature, or the document (`field` empty), was found to be then and now: an outcome and a reason."""

    field: str
    signer: str
    before: tuple[str, str | None]
    after: tuple[str, str | None]


def checks(document_id: UUID) -> list[SignatureCheck]:
    """Every check of a document, newest first; the evidence of each is read when it is asked for."""
    query = select(SignatureCheck).where(SignatureCheck.document_id == document_id)
    query = query.options(defer(SignatureCheck.evidence))
    return list(db.session.scalars(query.order_by(SignatureCheck.at.desc(), SignatureCheck.id)))


def last_check(document_id: UUID) -> SignatureCheck | None:
    """The newest check of a document."""
    query = select(SignatureCheck).where(SignatureCheck.document_id == document_id)
    return db.session.scalar(query.order_by(SignatureCheck.at.desc()).limit(1))


def check(document_id: UUID, check_id: UUID) -> SignatureCheck:
    """One check of a document."""
    found = db.session.get(SignatureCheck, check_id)
    if found is None or found.document_id != document_id:
        raise Missing("proof.check_missing")
    return found


def proof(document_id: UUID) -> DocumentProof | None:
    """What is kept up for a document, if anything is yet."""
    return db.session.scalar(select(DocumentProof).where(DocumentProof.document_id == document_id))


def public(token: str) -> tuple[DocumentProof, Document]:
    """The document behind a public page: one that has been issued. Missing for all others, and while it is closed."""
    query = select(DocumentProof, Document).join(Document, Document.id == DocumentProof.document_id)
    found = db.session.execute(query.where(DocumentProof.token == token)).one_or_none()
    if found is None or not found[0].is_public or not is_issued(found[1]):
        raise Missing("verify.unknown")
    return found[0], found[1]


def goes_out(document: Document) -> bool:
    """Whether strangers get to hold it: what an agency issues, and the copies it certifies."""
    is_copy = document.direction == "internal" and document.document_type in COPIES
    return is_copy or document.direction == "outgoing"


def is_issued(document: Document) -> bool:
    """Whether a document of an agency has left it, with its number and all its signatures."""
    return goes_out(document) and document.number is not None and document.state in KEPT


def prints_code(unit_id: UUID) -> bool:
    """Whether an agency prints a code on its documents."""
    chosen = db.session.scalar(select(CodeSetting.is_printed).where(CodeSetting.unit_id == unit_id))
    return chosen is not False


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Changed]:
    """What two pieces of evidence say differently, the document first."""
    found = [*_changed("", "", _whole(before), _whole(after))]
    then = {one["field"]: one for one in before["signatures"]}
    for one in after["signatures"]:
        earlier = then.get(one["field"])
        if earlier is not None:
            found += _changed(one["field"], one["signer"], _single(earlier), _single(one))
    return found


def _changed(
    field: str, signer: str, before: tuple[str, str | None], after: tuple[str, str | None]
) -> Iterable[Changed]:
    return () if before == after else (Changed(field, signer, before, after),)


def _whole(evidence: Mapping[str, Any]) -> tuple[str, str | None]:
    return evidence["outcome"], next(iter(evidence["reasons"]), None)


def _single(one: Mapping[str, Any]) -> tuple[str, str | None]:
    return one["verdict"], one["reason"]
