"""Checking signatures again: because somebody asks, because a month is over, and before an archive stamp ages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased

from app.domain.actors.actor import Actor
from app.domain.cases import queries as cases
from app.domain.documents import commands as documents
from app.domain.documents import queries as document_queries
from app.domain.documents.commands import FileGiven
from app.domain.documents.models import Document, DocumentFile
from app.domain.signatures import proofs
from app.domain.signatures.milestones import (
    CheckAsked,
    ListsDue,
    ProofRenewed,
    RenewalAsked,
    SignaturesChecked,
    VerdictChanged,
)
from app.domain.signatures.proofs import DocumentProof, SignatureCheck
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Missing
from app.kernel.events import Event

EVERY = timedelta(days=30)
PATIENCE = timedelta(days=7)
"""After which a worker that did not answer is asked once more."""
AT_A_TIME = 50
STAGES = ("received", *proofs.SEALED)


@dataclass(frozen=True)
class Checked:
    """What a check of one file found; `renew_at` is when its archive time stamp has to be renewed."""

    sha256: str
    evidence: Mapping[str, Any]
    renew_at: datetime | None = None


def duty(document: Document) -> str:
    """The permission of those who answer for a document at its agency."""
    return "exchange.register" if document.direction == "incoming" else "documents.issue"


@command
def ask_check(actor: Actor, document_id: UUID) -> None:
    """Have the signatures of the newest file checked again. Errors: Missing, Forbidden."""
    document = cases.visible_document(actor, document_id)
    actor.require(duty(document), at=document.unit_id)
    document = document_queries.locked(document_id)
    file = document_queries.latest_file(document_id)
    if file is None:
        raise Missing("document.file_missing")
    asked_by = "" if actor.person_id is None else str(actor.person_id)
    fact = CheckAsked(about=str(document_id), sha256=file.sha256, occasion="asked", asked_by=asked_by)
    events.record(fact, actor=actor.name)


@command
def keep_check(
    actor: Actor, document_id: UUID, found: Checked, *, occasion: str, asked_by: UUID | None = None
) -> SignatureCheck:
    """Keep one more check beside the earlier ones, and say so when it comes to another verdict."""
    document_queries.locked(document_id)
    before = proofs.last_check(document_id)
    kept = SignatureCheck(
        document_id=document_id,
        sha256=found.sha256,
        occasion=occasion,
        outcome=found.evidence["outcome"],
        evidence=dict(found.evidence),
        asked_by=asked_by,
    )
    db.session.add(kept)
    proof = opened(document_id)
    proof.checked_at, proof.renew_at, proof.asked_at = clock.now(), found.renew_at, None
    differs = before is not None and before.outcome != kept.outcome
    fact = (VerdictChanged if differs else SignaturesChecked)(
        about=str(document_id), sha256=found.sha256, verdict=kept.outcome
    )
    events.record(fact, actor=actor.name)
    return kept


@command
def keep_renewed(actor: Actor, document_id: UUID, *, file: FileGiven, of_sha256: str, found: Checked) -> None:
    """Let a file with a new archive time stamp take the place of the newest one; every earlier one stays."""
    document = document_queries.locked(document_id)
    latest = document_queries.latest_file(document_id)
    if latest is None or latest.sha256 != of_sha256:
        raise Conflict("proof.file_changed")
    documents.add_file(document, file, stage="archived_proof")
    keep_check(actor, document_id, found, occasion="archived")
    events.record(ProofRenewed(about=str(document_id), sha256=file.sha256), actor=actor.name)


@command
def ask_due() -> int:
    """Ask for the checks and renewals whose time has come; how many those were."""
    moment, asked = clock.now(), 0
    for row in db.session.execute(_due(moment)).all():
        kept = row[2] or opened(row[0])
        kept.asked_at = moment
        events.record(_wanted(kept, row[1], moment), actor="system")
        asked += 1
    return asked


@command
def ask_refresh() -> int:
    """Ask for revocation lists to be fetched, once in an hour, however many clocks there are; how often it was."""
    hour = f"{clock.now():%Y-%m-%dT%H}"
    if events.trail(hour):
        return 0
    events.record(ListsDue(about=hour), actor="system")
    return 1


def opened(document_id: UUID) -> DocumentProof:
    """What is kept up for a document, from now on if nothing was."""
    found = proofs.proof(document_id)
    if found is None:
        found = DocumentProof(document_id=document_id)
        db.session.add(found)
        db.session.flush()
    return found


def _wanted(proof: DocumentProof, sha256: str, moment: datetime) -> Event:
    """A check comes first: it says whether the archive stamp still has to be renewed."""
    if proof.checked_at is not None and proof.checked_at > moment - EVERY:
        return RenewalAsked(about=str(proof.document_id), sha256=sha256)
    occasion = "issue" if proof.checked_at is None else "clock"
    return CheckAsked(about=str(proof.document_id), sha256=sha256, occasion=occasion, asked_by="")


def _due(moment: datetime) -> Select[UUID, str, DocumentProof]:
    """Kept documents with the newest file that carries their signatures."""
    main, newer = aliased(DocumentFile), aliased(DocumentFile)
    later = select(newer.id).where(newer.document_id == main.document_id, newer.role == "main")
    query = select(Document.id, main.sha256, DocumentProof)
    query = query.join(main, and_(main.document_id == Document.id, main.role == "main", main.stage.in_(STAGES)))
    query = query.outerjoin(DocumentProof, DocumentProof.document_id == Document.id)
    query = query.where(Document.state.in_(proofs.KEPT), ~later.where(newer.revision > main.revision).exists())
    query = query.where(_time_has_come(moment), _not_asked_since(moment - PATIENCE))
    return query.order_by(Document.made_at.desc()).limit(AT_A_TIME)


def _time_has_come(moment: datetime) -> ColumnElement[bool]:
    kept = DocumentProof
    return or_(kept.id.is_(None), kept.checked_at.is_(None), kept.checked_at <= moment - EVERY, kept.renew_at <= moment)


def _not_asked_since(moment: datetime) -> ColumnElement[bool]:
    return or_(DocumentProof.id.is_(None), DocumentProof.asked_at.is_(None), DocumentProof.asked_at <= moment)
