"""What diagrams may ask of signatures. All are answered later, by a worker."""

from uuid import UUID, uuid5

from app.domain.cases.contracts import COUNT, ID, LINE, mapping, one_of
from app.domain.cases.operations import Asked, Offers, Params, Written
from app.domain.documents import queries as documents
from app.domain.documents.models import Document
from app.domain.signatures import elsewhere, queries
from app.domain.signatures.events import SignatureAwaited, SignatureRequested, VerificationRequested
from app.domain.signatures.models import SignatureRequest
from app.domain.signers import commands as signer_commands
from app.domain.signers import queries as signers
from app.domain.signers import rules
from app.domain.signers.models import SignerKey
from app.kernel import events
from app.kernel.db import db
from app.kernel.errors import Conflict, Missing

SIGNATURES = Offers("signatures")
INITIALS = "initials"
OF_A_PERSON = frozenset({"person", INITIALS})
BEFORE_SIGNING = frozenset({"prepared", "initialled"})
"""The stages of a file that still takes initials."""


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
    key, held = signers.key_and_holding(asked.case.unit_id)
    held_by = signer_commands.require_holder(asked.actor, held)
    _ask(asked, document, kind="organisation", key=key, held_by=held_by)
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


@SIGNATURES.writer
def initial(written: Written) -> Params:
    """Whoever agrees puts initials on (ký nháy), if they have set a signature up; else their act alone is on record.

    The case does not wait for them: a worker puts them on in the order of the acts, before whoever signs.
    """
    actor, file = written.actor, documents.latest_file(written.case.document_id)
    agrees = "sign" in written.answers.values() and file is not None and file.stage in BEFORE_SIGNING
    key = signers.key_of_person(actor.person_id) if agrees and actor.person_id is not None else None
    if key is not None and file is not None:
        request = SignatureRequest(
            document_id=written.case.document_id,
            call_id=uuid5(written.task.id, INITIALS),
            kind=INITIALS,
            key_id=key.reference,
            signer_key_id=key.id,
            certificate_serial=key.serial,
            post_id=written.task.post_id,
            asked_by=actor.person_id,
            input_sha256=file.sha256,
            state=_first_state(key),
        )
        db.session.add(request)
        db.session.flush()
        _record(request, actor.name)
    return written.told


def ask_again(request: SignatureRequest, unit_id: UUID, by: str) -> None:
    """Have a signature that was not made tried with what its signer, or the agency, has set up since.

    Raises Conflict "signature.not_set_up" when that is nothing.
    """
    _use_todays_key(request, unit_id)
    _record(request, by)


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
    if request.state in {"failed", "withdrawn"}:
        _use_todays_key(request, asked.case.unit_id)
    _record(request, asked.actor.name)
    return True


def _first_state(key: SignerKey) -> str:
    """A worker signs what is asked; keys at a desk are waited for."""
    return "waiting" if key.provider in rules.AT_DESK else "asked"


def _record(request: SignatureRequest, by: str) -> None:
    """Have a worker sign, or the signer's own machine."""
    told: type[SignatureAwaited | SignatureRequested] = SignatureRequested
    if request.state == "waiting":
        told = SignatureAwaited
        elsewhere.note_wait(request)
    events.record(told(about=str(request.document_id), request_id=str(request.id), kind=request.kind), actor=by)


def _use_todays_key(request: SignatureRequest, unit_id: UUID) -> None:
    """What could not be signed is tried with what its signer, or the agency, has set up since."""
    person_id = request.asked_by if request.kind in OF_A_PERSON else None
    key = signers.key_of_unit(unit_id) if person_id is None else signers.key_of_person(person_id)
    if key is None:
        raise Conflict("signature.not_set_up")
    request.key_id, request.signer_key_id, request.certificate_serial = key.reference, key.id, key.serial
    request.state, request.failure = _first_state(key), ""


def _ask(asked: Asked, document: Document, *, kind: str, key: SignerKey | None, held_by: UUID | None = None) -> None:
    if key is None:
        raise Conflict("signature.not_set_up", kind=kind)
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
        held_by=held_by,
        input_sha256=file.sha256,
        state=_first_state(key),
    )
    db.session.add(request)
    db.session.flush()
    _record(request, asked.actor.name)
