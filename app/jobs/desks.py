"""Signatures made at the signer's machine: laying out what is to be signed, and taking what comes back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography import x509
from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.cases import commands as cases
from app.domain.documents import queries as documents
from app.domain.documents.commands import FileGiven
from app.domain.signatures import commands, elsewhere
from app.domain.signatures.models import SignatureRequest
from app.domain.signers import queries as signers
from app.gateways.files import FileStore, Stored
from app.jobs import keywork, likeness
from app.jobs.signingprofile import profile
from app.kernel import outbox
from app.kernel.errors import Conflict, Invalid, Unavailable
from app.kernel.outbox import Claim
from signing import phases, returned
from signing.agent.asked import matching_code, packed
from signing.cases import Case
from signing.errors import SigningError, SigningRefused, SigningUnavailable
from signing.pending import Whose, unpacked
from signing.phases import Wish
from signing.prepare import ORGANISATION, PERSON
from signing.returned import Expected
from signing.stamping import stamp
from signing.verdict import Kind

_FIELDS = {"person": (PERSON, Kind.PERSON), "organisation": (ORGANISATION, Kind.ORGANISATION)}


def lay_out(job: Claim) -> None:
    """Make ready what the machine is to sign. Twice is harmless: the first layout of a turn stands."""
    turn = job.payload["turn"]
    request = elsewhere.in_turn(UUID(job.payload["request_id"]), turn, "laying_out")
    if request is None or request.pending is None:
        with outbox.settle(job):
            return
    try:
        with _store().temporary() as folder:
            stored, asked = _laid_out(request, request.pending, folder)
    except (SigningError, Invalid) as refusal:
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
            stored = _taken(request, request.pending, folder)
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
            cases.fail_call(SYSTEM, request.call_id, code=elsewhere.FAILED, detail=changed.code)


def _laid_out(request: SignatureRequest, pending: dict[str, Any], folder: Path) -> tuple[Stored, dict[str, Any]]:
    """The file to be signed, and what the machine is told besides."""
    document = documents.document(request.document_id)
    source = keywork.agreed(document, request, folder)
    if pending["way"] == "file":
        return _keep(source), {}
    whose = _whose(request, pending["certificates"])
    prepared = folder / "prepared.pdf"
    look = likeness.of(signers.key(UUID(str(request.signer_key_id))), _store())
    laid = phases.begin(source, prepared, Wish(Case(request.kind), look), whose, profile())
    asked = {"phases": laid.packed(), "digest": packed(laid.to_sign), "code": matching_code([laid.to_sign])}
    return _keep(prepared), asked


def _taken(request: SignatureRequest, pending: dict[str, Any], folder: Path) -> Stored:
    """The signed file. Errors: SigningRefused, SigningUnavailable."""
    prepared, target = _store().path(str(request.prepared_sha256)), folder / "signed.pdf"
    if pending["way"] == "raw":
        phases.finish(prepared, target, unpacked(pending["phases"]), request.raw or b"", profile())
        return _keep(target)
    field, kind = _FIELDS[request.kind]
    back = _store().path(pending["back"])
    expected = Expected(field, kind, request.certificate_serial, request.at)
    found = returned.check(prepared, back, expected, profile().trust)
    if found.timestamped:
        return _keep(back)
    stamp(back, target, found.field, profile())
    return _keep(target)


def _whose(request: SignatureRequest, certificates: list[str]) -> Whose:
    """The certificates that the machine has shown. Errors: SigningRefused("returned.wrong_person")."""
    try:
        own, *chain = (x509.load_der_x509_certificate(bytes.fromhex(one)) for one in certificates)
    except ValueError as error:
        raise SigningRefused("signature.certificate_bad") from error
    if f"{own.serial_number:X}" != request.certificate_serial:
        raise SigningRefused("returned.wrong_person")
    return Whose(own, chain)


def _keep(file: Path) -> Stored:
    return _store().put(file, limit=current_app.config["UPLOAD_LIMIT"] * 2)


def _store() -> FileStore:
    store: FileStore = current_app.extensions["files"]
    return store


HANDLERS: dict[str, Callable[[Claim], None]] = {"signatures.lay_out": lay_out, "signatures.take": take}
