"""Signatures made at the signer's machine: laying out what is to be signed, and taking what comes back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography import x509
from flask import current_app

from app.domain.documents import queries as documents
from app.domain.documents.commands import FileGiven
from app.domain.signatures import elsewhere, progress
from app.domain.signatures.models import SignatureRequest
from app.domain.signers import queries as signers
from app.gateways.files import FileStore
from app.jobs import laying, signatures
from app.jobs.signingprofile import profile
from app.jobs.work import Work
from app.kernel import outbox
from app.kernel.errors import Conflict, Invalid, Missing, Unavailable
from app.kernel.outbox import Claim
from signing import returned
from signing.agent.asked import matching_code, packed
from signing.errors import SigningError, SigningRefused, SigningUnavailable
from signing.pending import Whose, unpacked
from signing.phases import CORNER
from signing.prepare import INITIALS, ORGANISATION, PERSON
from signing.returned import Expected
from signing.sending import with_form
from signing.stamping import stamp
from signing.verdict import Kind

_FIELDS = {
    "person": (PERSON, Kind.PERSON),
    "initials": (INITIALS, Kind.PERSON),
    "organisation": (ORGANISATION, Kind.ORGANISATION),
}


def lay_out(job: Claim) -> None:
    """Make ready what the machine is to sign. Twice is harmless: the first layout of a turn stands."""
    turn = job.payload["turn"]
    request = elsewhere.in_turn(UUID(job.payload["request_id"]), turn, "laying_out")
    if request is None or request.pending is None:
        with outbox.settle(job):
            return
    try:
        with _store().temporary() as folder:
            prepared_sha256, asked = _laid_out(_work(request, folder), request.pending)
    except (SigningError, Invalid, Conflict, Unavailable) as refusal:
        with outbox.settle(job):
            elsewhere.refuse(request.id, turn, code=refusal.code)
        return
    with outbox.settle(job):
        elsewhere.lay_out(request.id, turn, prepared_sha256=prepared_sha256, asked=asked)


def take(job: Claim) -> None:
    """Judge what came back, and let the case go on. Twice is harmless: a turn has one answer, a request one result."""
    turn = job.payload["turn"]
    request = elsewhere.in_turn(UUID(job.payload["request_id"]), turn, "checking")
    if request is None or request.pending is None:
        with outbox.settle(job):
            return
    try:
        with _store().temporary() as folder:
            file = _taken(_work(request, folder), request.pending)
    except SigningUnavailable as silence:
        raise Unavailable(silence.code) from silence
    except (SigningError, Conflict) as refusal:
        with outbox.settle(job):
            elsewhere.refuse(request.id, turn, code=refusal.code)
        return
    signatures.publish(job, request, file)


def _laid_out(work: Work, pending: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The file to be signed, as the store names it, and what the machine is told besides."""
    taken = replace(work, request=progress.take_up(work.request.id))
    if pending["way"] == "file":
        if not laying.paper(taken).pages:
            raise SigningRefused("returned.not_pdf")
        return work.keep(with_form(laying.source(taken), work.folder / "sent.pdf")).sha256, {}
    prepared_sha256, laid = laying.laid_out(taken, _whose(taken.request, pending["certificates"]))
    asked = {"phases": laid.packed(), "digest": packed(laid.to_sign), "code": matching_code([laid.to_sign])}
    return prepared_sha256, asked


def _taken(work: Work, pending: dict[str, Any]) -> FileGiven:
    """The signed file. Errors: SigningRefused, SigningUnavailable, Conflict."""
    request = work.request
    if pending["way"] == "raw":
        laid = unpacked(pending["phases"])
        return laying.finished(work, str(request.prepared_sha256), laid, request.raw or b"")
    prepared, target = work.store.path(str(request.prepared_sha256)), work.folder / "signed.pdf"
    field, kind = _FIELDS.get(request.kind, (CORNER, Kind.ORGANISATION))
    back = work.store.path(pending["back"])
    expected = Expected(field, kind, request.certificate_serial, request.at)
    found = returned.check(prepared, back, expected, work.profile.trust)
    if found.timestamped:
        return laying.given(work, back)
    stamp(back, target, found.field, work.profile)
    return laying.given(work, target)


def _work(request: SignatureRequest, folder: Path) -> Work:
    if request.signer_key_id is None:
        raise Missing("signer.missing")
    document, signer = documents.document(request.document_id), signers.key(request.signer_key_id)
    return Work(request, document, signer, profile(), folder)


def _whose(request: SignatureRequest, certificates: list[str]) -> Whose:
    """The certificates that the machine has shown. Errors: SigningRefused("returned.wrong_person")."""
    try:
        own, *chain = (x509.load_der_x509_certificate(bytes.fromhex(one)) for one in certificates)
    except ValueError as error:
        raise SigningRefused("signature.certificate_bad") from error
    if f"{own.serial_number:X}" != request.certificate_serial:
        raise SigningRefused("returned.wrong_person")
    return Whose(own, chain)


def _store() -> FileStore:
    store: FileStore = current_app.extensions["files"]
    return store


HANDLERS: dict[str, Callable[[Claim], None]] = {"signatures.lay_out": lay_out, "signatures.take": take}
