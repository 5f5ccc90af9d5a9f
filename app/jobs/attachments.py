"""Signing the attachments of a document as its agency seals it, and judging those that arrive."""

from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.documents import attachments, queries
from app.domain.documents.attachments import ROLE, SIGNATURE, Attachment
from app.domain.documents.commands import FileGiven
from app.domain.signatures import annexes, commands
from app.domain.signatures.models import SignatureRequest
from app.domain.signatures.queries import request
from app.gateways import pdf
from app.gateways.files import FileStore
from app.jobs import signatures
from app.jobs.signingprofile import profile
from app.kernel import outbox
from app.kernel.errors import Invalid, Unavailable
from app.kernel.outbox import Claim
from signing import confined, detached
from signing.cases import Case
from signing.display import DEFAULTS, Shown
from signing.errors import SigningError, SigningRefused
from signing.keys.protocol import Key
from signing.phases import Wish
from signing.sign import sign_once
from signing.verdict import Verdict


def seal(job: Claim) -> None:
    """Sign every attachment with the agency's key. Twice is harmless: what is signed is not signed again."""
    sealing = request(UUID(job.payload["request_id"]))
    waiting = annexes.unsealed(sealing.document_id) if sealing.kind == "organisation" else []
    for one in waiting:
        try:
            files = _sealed(sealing, one)
        except SigningError as refusal:  # the key's trouble is told, and mended, where it seals the document itself
            raise Unavailable(refusal.code) from refusal
        annexes.keep_sealed(SYSTEM, sealing.id, one.file.id, files=files)
    with outbox.settle(job):
        return


def check(job: Claim) -> None:
    """Judge the signatures of attachments that arrived. Twice is harmless: verdicts are kept once for each file."""
    document_id = UUID(job.payload["about"])
    found = [(one, _verdict(one)) for one in attachments.of(document_id)]
    with outbox.settle(job):
        for one, verdict in found:
            commands.keep_verdicts(
                SYSTEM,
                document_id,
                sha256=one.file.sha256,
                verdict=verdict.outcome.value,
                found=signatures.found_in(verdict),
                call_id=None,
            )


def _sealed(sealing: SignatureRequest, one: Attachment) -> list[FileGiven]:
    """The signed PDF; or any other file, and a PDF that has no room for the text, with its signature beside it."""
    store: FileStore = current_app.extensions["files"]
    ours = profile()
    key = ours.keystore.key(sealing.key_id)
    with store.temporary() as folder:
        if one.file.pages:
            try:
                return [_in_its_corner(sealing, one, key, folder)]
            except (SigningRefused, Invalid) as refusal:
                if not refusal.code.startswith(("source.", "pdf.")):
                    raise
        beside = folder / "signature"
        detached.sign_file(store.path(one.file.sha256), beside, key, ours)
        stored = store.put(beside, limit=current_app.config["UPLOAD_LIMIT"])
    place = one.file.position
    same = FileGiven(one.file.name, one.file.sha256, one.file.size, one.file.pages, role=ROLE, position=place)
    name = f"{one.file.name}{detached.SUFFIX}"
    return [same, FileGiven(name, stored.sha256, stored.size, role=SIGNATURE, position=place)]


def _in_its_corner(sealing: SignatureRequest, one: Attachment, key: Key, folder: Path) -> FileGiven:
    """Số và ký hiệu văn bản; thời gian ký (NĐ 30/2020, Phụ lục I)."""
    store: FileStore = current_app.extensions["files"]
    clean, target = folder / "clean.pdf", folder / "signed.pdf"
    pages = pdf.normalise(store.path(one.file.sha256), clean).pages
    reference = queries.document(sealing.document_id).reference
    wish = Wish(Case.ATTACHMENT, shown=Shown(DEFAULTS[Case.ATTACHMENT], {"reference": reference}))
    sign_once(clean, target, wish, key, profile())
    stored = store.put(target, limit=current_app.config["UPLOAD_LIMIT"] * 2)
    return FileGiven(one.file.name, stored.sha256, stored.size, pages, role=ROLE, position=one.file.position)


def _verdict(one: Attachment) -> Verdict:
    store: FileStore = current_app.extensions["files"]
    source, trust = store.path(one.file.sha256), profile().trust
    if one.signature is None:
        return confined.verify(source, trust)
    return confined.verify_file(source, store.path(one.signature.sha256), trust)


HANDLERS: Mapping[str, Callable[[Claim], None]] = {"attachments.seal": seal, "attachments.check": check}
