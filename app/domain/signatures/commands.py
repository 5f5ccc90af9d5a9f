"""Asking for signatures and keeping what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases import commands as cases
from app.domain.documents import commands as documents
from app.domain.documents import queries as document_queries
from app.domain.documents.commands import FileGiven
from app.domain.signatures import batches, besides, papers, progress
from app.domain.signatures.events import SignatureApplied, SignaturesVerified
from app.domain.signatures.models import SignatureRequest, SignatureVerdict
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Missing

STATE_AFTER = {"person": "signed", "organisation": "issued", "copy": "issued"}
"""What a signature makes of a document; others leave it as it is."""
STAGE_AFTER = {**STATE_AFTER, "initials": "initialled", "attachment": "issued", "digitised": "digitised"}
"""What a signature makes of the file it is on."""


@dataclass(frozen=True)
class VerdictFound:
    """What the verifier says of one signature."""

    signer: str
    organisation: str
    kind: str
    verdict: str
    signed_at: datetime | None
    details: dict[str, Any]


@command
def attach_signature(actor: Actor, request_id: UUID, *, file: FileGiven) -> None:
    """Keep a signed file, or a signature beside one, and let the case go on; a second result changes nothing."""
    query = select(SignatureRequest).where(SignatureRequest.id == request_id).with_for_update()
    request = db.session.scalar(query)
    if request is None:
        raise Missing("signature.request_missing")
    if request.output_sha256 is not None:
        return
    document = document_queries.locked(request.document_id)
    paper, stage = papers.paper(request), STAGE_AFTER[request.kind]
    if paper is None or paper.sha256 != request.input_sha256:
        raise Conflict("signature.file_changed")
    if file.role != paper.role:
        documents.add_file(document, papers.unchanged(paper), stage=stage)
    documents.add_file(document, file, stage=stage)
    if request.kind in STATE_AFTER:
        documents.move(actor, document.id, state=STATE_AFTER[request.kind])
    request.output_sha256, request.done_at, request.state = file.sha256, clock.now(), "done"
    request.failure = ""
    progress.forget(request)
    if request.kind == "person":
        besides.close_initials(document)
    fact = SignatureApplied(about=str(document.id), request_id=str(request.id), kind=request.kind, sha256=file.sha256)
    events.record(fact, actor=actor.name)
    cases.answer_call(actor, request.call_id, {"sha256": file.sha256})
    batches.note(request)


@command
def keep_verdicts(
    actor: Actor, document_id: UUID, *, sha256: str, verdict: str, found: Sequence[VerdictFound], call_id: UUID | None
) -> None:
    """Keep what the verifier found before anyone registers the document (NĐ 30/2020, Đ21)."""
    known = select(SignatureVerdict.position).where(
        SignatureVerdict.document_id == document_id, SignatureVerdict.sha256 == sha256
    )
    kept = set(db.session.scalars(known))
    db.session.add_all(
        SignatureVerdict(document_id=document_id, sha256=sha256, position=i, **vars(one))
        for i, one in enumerate(found)
        if i not in kept
    )
    if not kept:
        fact = SignaturesVerified(about=str(document_id), sha256=sha256, verdict=verdict)
        events.record(fact, actor=actor.name)
    if call_id is not None:
        cases.answer_call(actor, call_id, {"verdict": verdict, "signatures": len(found)})
