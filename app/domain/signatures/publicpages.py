"""The public page of an issued document: opened when its paper is made ready, corrected and closed by its agency."""

from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases import queries as cases
from app.domain.documents import queries as documents
from app.domain.documents.models import Document
from app.domain.signatures import checking, proofs
from app.domain.signatures.milestones import PublicPageChanged
from app.domain.signatures.proofs import CodeSetting, DocumentProof
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Invalid

STANDINGS = ("issued", "recalled", "replaced")
LONGEST = 300


@command
def open_page(document_id: UUID) -> str | None:
    """The token to print on the paper of a document; None when its agency prints none. Asking again gives the same."""
    document = documents.locked(document_id)
    if not proofs.goes_out(document) or not proofs.prints_code(document.unit_id):
        return None
    proof = checking.opened(document_id)
    proof.is_public = True
    return proof.token


@command
def correct(actor: Actor, document_id: UUID, *, is_public: bool, shows_subject: bool, standing: str, note: str) -> None:
    """Say what the public page shows: whether it exists, the subject, and whether the document still holds.

    Errors: Missing, Forbidden, Invalid.
    """
    document = _own(actor, document_id)
    if standing not in STANDINGS:
        raise Invalid("proof.standing_unknown")
    if standing != "issued" and not note.strip():
        raise Invalid("proof.note_missing")
    documents.locked(document.id)
    proof = checking.opened(document_id)
    proof.is_public, proof.shows_subject = is_public, shows_subject
    proof.standing, proof.standing_note = standing, note.strip()[:LONGEST] if standing != "issued" else ""
    state = standing if is_public else "closed"
    events.record(PublicPageChanged(about=str(document_id), state=state), actor=actor.name)


def note_standing(document_id: UUID, *, standing: str, note: str) -> None:
    """Let the public page of a document, if it has one, say that it holds no more. Belongs inside a transaction."""
    proof = db.session.scalar(select(DocumentProof).where(DocumentProof.document_id == document_id))
    if proof is not None:
        proof.standing, proof.standing_note = standing, note[:LONGEST]


@command
def print_codes(actor: Actor, unit_id: UUID, *, is_printed: bool) -> None:
    """Decide whether an agency prints a code on what it issues from now on. Errors: Forbidden."""
    actor.require("documents.issue", at=unit_id)
    setting = db.session.scalar(select(CodeSetting).where(CodeSetting.unit_id == unit_id).with_for_update())
    if setting is None:
        setting = CodeSetting(unit_id=unit_id, is_printed=is_printed)
        db.session.add(setting)
    setting.is_printed, setting.changed_by, setting.changed_at = is_printed, actor.person_id, clock.now()
    state = "printed" if is_printed else "unprinted"
    events.record(PublicPageChanged(about=str(unit_id), state=state), actor=actor.name)


def may_correct(actor: Actor, document: Document, proof: DocumentProof | None) -> bool:
    """Whether the actor answers for a public page of this document."""
    return proof is not None and proofs.is_issued(document) and actor.may("documents.issue", at=document.unit_id)


def _own(actor: Actor, document_id: UUID) -> Document:
    document = cases.visible_document(actor, document_id)
    actor.require("documents.issue", at=document.unit_id)
    return document
