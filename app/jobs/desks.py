"""Signatures made at the signer's machine: laying out what is to be signed, and taking what comes back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography import x509
from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.documents import queries as documents
from app.domain.documents.commands import FileGiven
from app.domain.signatures import commands, elsewhere, progress
from app.domain.signatures.models import SignatureRequest
from app.domain.signers import queries as signers
from app.gateways.files import FileStore, Stored
from app.jobs import keywork
from app.jobs.keywork import Work
from app.jobs.signingprofile import profile
from app.kernel import outbox
from app.kernel.errors import Conflict, Invalid, Missing, Unavailable
from app.kernel.outbox import Claim
from signing import phases, returned
from signing.agent.asked import matching_code, packed
from signing.errors import SigningError, SigningRefused, SigningUnavailable
from signing.pending import Whose, unpacked
from signing.phases import CORNER
from signing.prepare import INITIALS, ORGANISATION, PERSON
from signing.returned import Expected
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
            stored, asked = _laid_out(_work(request, folder), request.pending)
    except (SigningError, Invalid, Conflict, Unavailable) as refusal:
        with outbox.settle(job):
            elsewhere.refuse(request.id, turn, code=refusal.code)
        return
    with outbox.settle(job):
        elsewhere.lay_out(request.id, turn, prepared_sha256=stored.sha256, asked=asked)


def take(job: Claim) -> None:
    """Judge what came back, and let the case go on. Twice is harmless: a turn has one answer, a request one result."""
    turn = job.payload["turn"]
    request = elsewhere.in_turn(UUID(job.payload["request_id"]), turn, "checking")
    if request is None or request.pending is None:
        with outbox.settle(job):
            return
    try:
        with _store().temporary() as folder:
            stored = _taken(_work(request, folder), request.pending)
    except SigningUnavailable as silence:
        raise Unavailable(silence.code) from silence
    except SigningError as refusal:
        with outbox.settle(job):
            elsewhere.refuse(request.id, turn, code=refusal.code)
        return
    latest = documents.latest_file(request.document_id)
    name, pages = (latest.name, latest.pages) if latest is not None else ("document.pdf", 0)
    try:
        with outbox.settle(job):
            commands.attach_signature(SYSTEM, request.id, file=FileGiven(name, stored.sha256, stored.size, pages))
    except Conflict as changed:
        with outbox.settle(job):
            progress.fail(SYSTEM, request.id, code=changed.code)


def _laid_out(work: Work, pending: dict[str, Any]) -> tuple[Stored, dict[str, Any]]:
    """The file to be signed, and what the machine is told besides."""
    request = progress.take_up(work.request.id)
    source = keywork.source(work, request.input_sha256)
    if pending["way"] == "file":
        return work.keep(source), {}
    prepared = work.folder / "prepared.pdf"
    whose = _whose(request, pending["certificates"])
    laid = phases.begin(source, prepared, keywork.wish(work), whose, work.profile)
    asked = {"phases": laid.packed(), "digest": packed(laid.to_sign), "code": matching_code([laid.to_sign])}
    return work.keep(prepared), asked


def _taken(work: Work, pending: dict[str, Any]) -> Stored:
    """The signed file. Errors: SigningRefused, SigningUnavailable."""
    request = work.request
    prepared, target = work.store.path(str(request.prepared_sha256)), work.folder / "signed.pdf"
    if pending["way"] == "raw":
        phases.finish(prepared, target, unpacked(pending["phases"]), request.raw or b"", work.profile)
        return work.keep(target)
    field, kind = _FIELDS.get(request.kind, (CORNER, Kind.ORGANISATION))
    back = work.store.path(pending["back"])
    expected = Expected(field, kind, request.certificate_serial, request.at)
    found = returned.check(prepared, back, expected, work.profile.trust)
    if found.timestamped:
        return work.keep(back)
    stamp(back, target, found.field, work.profile)
    return work.keep(target)


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
