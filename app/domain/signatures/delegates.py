"""What diagrams may ask of signatures. All are answered later, by a worker."""

from app.domain.cases.contracts import COUNT, ID, LINE, mapping, one_of
from app.domain.cases.operations import Asked, Offers, Params
from app.domain.documents import queries as documents
from app.domain.documents.models import Document
from app.domain.signatures import elsewhere, queries
from app.domain.signatures.events import SignatureAwaited, SignatureRequested, VerificationRequested
from app.domain.signatures.models import SignatureRequest
from app.domain.signers import queries as signers
from app.domain.signers.models import SignerKey
from app.kernel import events
from app.kernel.db import db
from app.kernel.errors import Conflict, Missing

SIGNATURES = Offers("signatures")


@SIGNATURES.operation(takes=mapping({}, {"document_id": ID}), gives=mapping({"sha256": LINE}), later=True)
def sign(asked: Asked) -> Params | None:
    """The person whose act led here signs with their own key (NĐ 30/2020, Đ13)."""
    if _asked_before(asked):
        return None
    asked.actor.require("documents.sign", at=asked.case.unit_id)
    key = None if asked.actor.person_id is None else signers.key_of_person(asked.actor.person_id)
    _ask(asked, documents.locked(asked.document_id), kind="person", key=key)
    return None


@SIGNATURES.operation(takes=mapping({}, {"document_id": ID}), gives=mapping({"sha256": LINE}), later=True)
def seal(asked: Asked) -> Params | None:
    """The clerk applies the organisation's signature, after the person's (NĐ 30/2020, Đ17, Đ32.2d)."""
    if _asked_before(asked):
        return None
    asked.actor.require("documents.issue", at=asked.case.unit_id)
    document = documents.locked(asked.document_id)
    if document.state != "numbered":
        raise Conflict("document.not_numbered")
    _ask(asked, document, kind="organisation", key=signers.key_of_unit(asked.case.unit_id))
    return None


@SIGNATURES.operation(
    takes=mapping({}, {"document_id": ID}),
    gives=mapping({"verdict": one_of("valid", "invalid", "indeterminate", "unsigned"), "signatures": COUNT}),
    later=True,
    effectful=False,
)
def verify(asked: Asked) -> Params | None:
    """Have every signature of the received file checked."""
    file = documents.latest_file(asked.document_id)
    if file is None:
        raise Missing("document.file_missing")
    fact = VerificationRequested(about=str(asked.document_id), call_id=str(asked.call_id), sha256=file.sha256)
    events.record(fact, actor=asked.actor.name)
    return None


def _asked_before(asked: Asked) -> bool:
    """Whether this call asks again: then for the same signature on the same file, so that there is never a second one.

    Conflict "signature.file_changed" when that file is not the document's any more: nobody agreed to sign another.
    """
    request = None if asked.before is None else queries.request_of(asked.call_id)
    if request is None:
        return False
    file = documents.latest_file(request.document_id)
    if request.output_sha256 is None and (file is None or file.sha256 != request.input_sha256):
        raise Conflict("signature.file_changed")
    if request.state == "withdrawn":
        request.state = "waiting"
    _tell(asked, request)
    return True


def _ask(asked: Asked, document: Document, *, kind: str, key: SignerKey | None) -> None:
    if key is None:
        raise Conflict("signature.not_set_up")
    file = documents.latest_file(document.id)
    if file is None:
        raise Missing("document.file_missing")
    seats = (seat for seat in asked.actor.seats if seat.agency_id == asked.case.unit_id)
    seat = next(seats, None)
    request = SignatureRequest(
        document_id=document.id,
        call_id=asked.call_id,
        kind=kind,
        key_id=key.reference,
        signer_key_id=key.id,
        certificate_serial=key.serial,
        post_id=None if seat is None else seat.post_id,
        asked_by=asked.actor.person_id,
        input_sha256=file.sha256,
    )
    db.session.add(request)
    if key.provider in elsewhere.DESKS:
        request.state = "waiting"
    db.session.flush()
    _tell(asked, request)


def _tell(asked: Asked, request: SignatureRequest) -> None:
    """Have a worker sign, or the signer's own machine."""
    told = SignatureAwaited if request.state == "waiting" else SignatureRequested
    fact = told(about=str(request.document_id), request_id=str(request.id), kind=request.kind)
    events.record(fact, actor=asked.actor.name)
