"""Digitised paper (bản số hóa): a scan of a document that came on paper, sealed by the agency that received it."""

from uuid import UUID, uuid4

from app.domain.actors.actor import Actor
from app.domain.documents import commands as documents
from app.domain.documents import queries
from app.domain.documents.commands import FileGiven
from app.domain.documents.models import Document
from app.domain.signatures.events import DigitisationRequested, SignatureApplied
from app.domain.signatures.models import SignatureRequest
from app.domain.signers import queries as signers
from app.kernel import clock, events
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict

KIND, STAGE = "digitised", "digitised"
PAPER = frozenset({"uploaded"})
"""Stages of a file of a document that came on paper."""


def may_digitise(actor: Actor, document: Document) -> bool:
    """Whether an actor may put a sealed scan in the place of a paper."""
    return _came_on_paper(document) and actor.may("documents.issue", at=document.unit_id)


@command
def digitise(actor: Actor, document_id: UUID, *, scan: FileGiven) -> None:
    """Keep a faithful scan and have the agency sign it; the clerk's act begins it (NĐ 30/2020, Điều 32).

    Raises Forbidden, Conflict "digitise.not_paper", "signature.not_set_up".
    """
    document = queries.locked(document_id)
    actor.require("documents.issue", at=document.unit_id)
    if not _came_on_paper(document):
        raise Conflict("digitise.not_paper")
    key = signers.key_of_unit(document.unit_id)
    if key is None:
        raise Conflict("signature.not_set_up")
    documents.add_file(document, scan, stage="uploaded")
    seat = next((seat for seat in actor.seats if seat.agency_id == document.unit_id), None)
    request = SignatureRequest(
        document_id=document.id,
        call_id=uuid4(),
        kind=KIND,
        key_id=key.reference,
        signer_key_id=key.id,
        certificate_serial=key.serial,
        post_id=None if seat is None else seat.post_id,
        asked_by=actor.person_id,
        input_sha256=scan.sha256,
    )
    db.session.add(request)
    db.session.flush()
    events.record(DigitisationRequested(about=str(document.id), request_id=str(request.id)), actor=actor.name)


@command
def keep_digitised(actor: Actor, request_id: UUID, *, file: FileGiven) -> None:
    """Keep the sealed scan; again changes nothing."""
    request = locked(SignatureRequest, request_id)
    if request is None or request.output_sha256 is not None:
        return
    documents.add_file(queries.locked(request.document_id), file, stage=STAGE)
    request.output_sha256, request.done_at, request.state = file.sha256, clock.now(), "done"
    fact = SignatureApplied(about=str(request.document_id), request_id=str(request.id), kind=KIND, sha256=file.sha256)
    events.record(fact, actor=actor.name)


def _came_on_paper(document: Document) -> bool:
    file = queries.latest_file(document.id)
    return document.direction == "incoming" and (file is None or file.stage in PAPER)
