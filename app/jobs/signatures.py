"""Signing and verifying: the only jobs that touch keys."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.cases import commands as cases
from app.domain.documents import queries as documents
from app.domain.documents.commands import FileGiven
from app.domain.documents.models import Document
from app.domain.orgunits import queries as orgunits
from app.domain.signatures import checking, commands, queries
from app.domain.signatures.checking import Checked
from app.domain.signatures.commands import VerdictFound
from app.domain.signatures.models import SignatureRequest
from app.gateways.files import FileStore
from app.kernel import outbox
from app.kernel.errors import Conflict, Invalid, Unavailable
from app.kernel.outbox import Claim
from signing import appearance, confined, profiles, report
from signing.errors import SigningError, SigningUnavailable
from signing.evidence import evidence
from signing.profiles import Profile
from signing.revocation import RevocationCache
from signing.sign import fill_number, seal_organisation, sign_person
from signing.trust import TrustStore

FAILED = "signing_failed"


def sign(job: Claim) -> None:
    """Put one signature on. Twice is harmless: the input's hash is the key, and the request takes one result."""
    request = queries.request(UUID(job.payload["request_id"]))
    if request.output_sha256 is not None:
        with outbox.settle(job):
            return
    document = documents.document(request.document_id)
    store: FileStore = current_app.extensions["files"]
    try:
        with store.temporary() as folder:
            target = folder / "signed.pdf"
            _apply(request, document, store.path(request.input_sha256), target, folder)
            stored = store.put(target, limit=current_app.config["UPLOAD_LIMIT"] * 2)
    except SigningUnavailable as silence:
        raise Unavailable(silence.code) from silence
    except SigningError as refusal:
        with outbox.settle(job):
            cases.fail_call(SYSTEM, request.call_id, code=FAILED, detail=refusal.code)
        return
    latest = documents.latest_file(document.id)
    name, pages = (latest.name, latest.pages) if latest is not None else ("document.pdf", 0)
    file = FileGiven(name, stored.sha256, stored.size, pages)
    try:
        with outbox.settle(job):
            commands.attach_signature(SYSTEM, request.id, file=file)
    except Conflict as changed:
        with outbox.settle(job):
            cases.fail_call(SYSTEM, request.call_id, code=FAILED, detail=changed.code)


def check(job: Claim) -> None:
    """Judge every signature of a received file. Twice is harmless: verdicts are kept once for each file."""
    document_id, sha256 = UUID(job.payload["about"]), job.payload["sha256"]
    store: FileStore = current_app.extensions["files"]
    trust = believed()
    verdict = confined.verify(store.path(sha256), trust)
    found = [
        VerdictFound(
            signer=one.signer,
            organisation=one.organisation,
            kind=one.kind.value,
            verdict=one.verdict.value,
            signed_at=one.signed_at,
            details=report.signature_dict(one),
        )
        for one in verdict.signatures
    ]
    arrived = Checked(sha256, evidence(verdict, trust), confined.due(store.path(sha256), verdict))
    with outbox.settle(job):
        checking.keep_check(SYSTEM, document_id, arrived, occasion="arrival")
        commands.keep_verdicts(
            SYSTEM,
            document_id,
            sha256=sha256,
            verdict=verdict.outcome.value,
            found=found,
            call_id=UUID(job.payload["call_id"]),
        )


def fetched() -> RevocationCache:
    """The revocation lists that this installation has fetched."""
    return RevocationCache(current_app.config["PKI"] / "revocation")


def believed() -> TrustStore:
    """Whom this installation believes, with the revocation lists it has fetched."""
    return fetched().known(profile().trust)


def profile() -> Profile:
    """The signing profile of this installation, opened once in each process; fails closed without one."""
    kept: Profile | None = current_app.extensions.get("signing")
    if kept is None:
        folder: Path = current_app.config["PKI"]
        kept = profiles.load(folder, production=current_app.config["PRODUCTION"])
        current_app.extensions["signing"] = kept
    return kept


def _apply(request: SignatureRequest, document: Document, source: Path, target: Path, folder: Path) -> None:
    if request.kind == "person":
        sign_person(source, target, request.key_id, profile(), appearance.demo_signature(request.key_id))
        return
    if document.number is None or document.issued_on is None:
        raise Invalid("document.not_numbered")
    numbered = folder / "numbered.pdf"
    fill_number(source, numbered, f"{document.number:02d}", document.issued_on)
    agency = orgunits.unit(document.unit_id)
    seal_organisation(numbered, target, request.key_id, profile(), appearance.demo_seal(agency.name))


HANDLERS: dict[str, Callable[[Claim], None]] = {"signatures.sign": sign, "signatures.check": check}
