"""What diagrams may ask of copies: made ready from a verified original, numbered, and certified by the agency."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.cases import commands as cases
from app.domain.cases import drafting
from app.domain.cases import queries as case_queries
from app.domain.cases.contracts import COUNT, DAY, ID, LINE, TRUTH, mapping
from app.domain.cases.models import Case
from app.domain.cases.operations import Asked, Offers, Params, Written
from app.domain.documents import commands as documents
from app.domain.documents import copying, queries
from app.domain.documents.commands import FileGiven
from app.domain.documents.copying import ELECTRONIC
from app.domain.signatures import commands
from app.domain.signatures.commands import VerdictFound
from app.domain.signatures.events import CopyRequested, CopySealRequested
from app.domain.signatures.models import SignatureRequest
from app.domain.signatures.queries import request_of
from app.domain.signers import queries as signers
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Missing

COPIES = Offers("copies")
PROCEDURE = "certified_copy"
KIND = "copy"
"""The kind of request for the agency's signature on an electronic copy."""


@command
def begin(actor: Actor, source_id: UUID) -> Case:
    """Open a request for a copy of a document. Raises Missing, Conflict "copy.source_not_finished"."""
    case_queries.visible_document(actor, source_id)
    case = drafting.start_outgoing(actor, procedure=PROCEDURE)
    copying.point(actor, case.document_id, source_id=source_id)
    return case


@COPIES.writer
def request(written: Written) -> Params:
    """Keep what is asked for; the engine is told what the form says it needs."""
    copying.request_copy(written.actor, written.case.document_id, fields=written.answers, file=written.file)
    return written.told


@COPIES.operation(takes=mapping({}, {"document_id": ID}), gives=mapping({"pages": COUNT}), later=True)
def make(asked: Asked) -> Params | None:
    """Have the pages of the copy taken from the original, whose signatures are verified first."""
    copying.required(asked.document_id)
    fact = CopyRequested(about=str(asked.document_id), call_id=str(asked.call_id))
    events.record(fact, actor=asked.actor.name)
    return None


@COPIES.operation(
    takes=mapping({}, {"document_id": ID, "issued_on": DAY, "electronic_numbered": TRUTH}),
    gives=mapping({"reference": LINE}, {"number": COUNT}),
)
def number(asked: Asked) -> Params | None:
    """Give the next number of the one series of copies; an electronic copy gets none where the agency says so."""
    given = asked.params.get("issued_on")
    issued_on = date.fromisoformat(given) if given else clock.office_day()
    made = copying.required(asked.document_id)
    if made.medium == ELECTRONIC and asked.params.get("electronic_numbered") is False:
        document = documents.move(asked.actor, asked.document_id, state="numbered")
        document.issued_on = issued_on
        return {"reference": ""}
    document = documents.number_document(asked.actor, asked.document_id, issued_on=issued_on)
    return {"number": document.number, "reference": document.reference}


@COPIES.operation(takes=mapping({}, {"document_id": ID}), gives=mapping())
def reopen(asked: Asked) -> Params | None:
    """Take the copy back to whoever asked for it."""
    copying.reopen_copy(asked.actor, asked.document_id)
    return {}


@COPIES.operation(takes=mapping({}, {"document_id": ID}), gives=mapping({"sha256": LINE}), later=True)
def certify(asked: Asked) -> Params | None:
    """An electronic copy is signed by the agency, a paper copy is printed with its closing block (Điều 25, 26)."""
    asked.actor.require("documents.issue", at=asked.case.unit_id)
    document = queries.locked(asked.document_id)
    if document.state != "numbered":
        raise Conflict("document.not_numbered")
    file = queries.latest_file(document.id, stage="prepared")
    if file is None:
        raise Missing("document.file_missing")
    electronic = copying.required(document.id).medium == ELECTRONIC
    known = None if asked.before is None else request_of(asked.call_id)
    if electronic and known is None:
        _ask(asked, file.sha256)
    fact = CopySealRequested(about=str(document.id), call_id=str(asked.call_id), sha256=file.sha256)
    events.record(fact, actor=asked.actor.name)
    return None


def _ask(asked: Asked, sha256: str) -> None:
    key = signers.key_of_unit(asked.case.unit_id)
    if key is None:
        raise Conflict("signature.not_set_up")
    seat = next((seat for seat in asked.actor.seats if seat.agency_id == asked.case.unit_id), None)
    request = SignatureRequest(
        document_id=asked.document_id,
        call_id=asked.call_id,
        kind=KIND,
        key_id=key.reference,
        signer_key_id=key.id,
        certificate_serial=key.serial,
        post_id=None if seat is None else seat.post_id,
        asked_by=asked.actor.person_id,
        input_sha256=sha256,
    )
    db.session.add(request)


@command
def keep_source_verdict(actor: Actor, document_id: UUID, *, verdict: str, found: Sequence[VerdictFound]) -> None:
    """Keep what the verifier said of the original, with the copy: it is why the copy was, or was not, made."""
    made = copying.required(document_id)
    commands.keep_verdicts(actor, document_id, sha256=made.file_sha256, verdict=verdict, found=found, call_id=None)


@command
def answer_made(actor: Actor, document_id: UUID, call_id: UUID, *, file: FileGiven) -> None:
    """Keep the pages of a copy and let the case go on."""
    copying.attach_made(actor, document_id, file=file)
    cases.answer_call(actor, call_id, {"pages": file.pages})


@command
def answer_certified(actor: Actor, document_id: UUID, call_id: UUID, *, file: FileGiven) -> None:
    """Keep the finished copy and let the case go on; again changes nothing."""
    document = queries.locked(document_id)
    if document.state == "issued":
        return
    documents.add_file(document, file, stage="issued")
    documents.move(actor, document.id, state="issued")
    request = request_of(call_id)
    if request is not None:
        request.output_sha256, request.done_at, request.state = file.sha256, clock.now(), "done"
    cases.answer_call(actor, call_id, {"sha256": file.sha256})
