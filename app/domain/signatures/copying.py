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
from app.domain.signatures import asking, commands
from app.domain.signatures.commands import VerdictFound
from app.domain.signatures.events import CopyRequested, CopySealRequested
from app.kernel import clock, events
from app.kernel.db import command
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
    if asking.asked_before(asked):
        return None
    asked.actor.require("documents.issue", at=asked.case.unit_id)
    document = queries.locked(asked.document_id)
    if document.state != "numbered":
        raise Conflict("document.not_numbered")
    file = queries.latest_file(document.id, stage="prepared")
    if file is None:
        raise Missing("document.file_missing")
    if copying.required(document.id).medium == ELECTRONIC:
        means = asking.of_agency(asked.actor, asked.case.unit_id)
        asking.ask(asked.actor, document, means, kind=KIND, call_id=asked.call_id, sha256=file.sha256)
        return None
    fact = CopySealRequested(about=str(document.id), call_id=str(asked.call_id), sha256=file.sha256)
    events.record(fact, actor=asked.actor.name)
    return None


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
def answer_closed(actor: Actor, document_id: UUID, call_id: UUID, *, file: FileGiven) -> None:
    """Keep a finished copy on paper and let the case go on; again changes nothing."""
    document = queries.locked(document_id)
    if document.state == "issued":
        return
    documents.add_file(document, file, stage="issued")
    documents.move(actor, document.id, state="issued")
    cases.answer_call(actor, call_id, {"sha256": file.sha256})
