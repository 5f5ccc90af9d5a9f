"""Signing and verifying: the only jobs that touch keys."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.documents import queries as documents
from app.domain.documents.commands import FileGiven
from app.domain.documents.models import Document
from app.domain.signatures import checking, commands, papers, progress, queries
from app.domain.signatures.checking import Checked
from app.domain.signatures.commands import VerdictFound
from app.domain.signatures.models import SignatureRequest
from app.domain.signers import queries as signers
from app.domain.signers import rules
from app.domain.signers.models import SignerKey
from app.gateways.files import FileStore
from app.jobs import judged, keywork
from app.jobs.signingprofile import profile
from app.jobs.work import Work
from app.kernel import clock, outbox, turns
from app.kernel.errors import Conflict, Invalid, Unavailable
from app.kernel.outbox import Claim
from signing import report
from signing.errors import SigningError, SigningUnavailable
from signing.evidence import evidence
from signing.verdict import Verdict

NOT_OURS = papers.OVER | {"failed"}
"""Requests that no worker goes on with; one that failed is asked for anew when it was mended."""
WAITING = "key.waiting_for_holder"
TIME_TO_CONFIRM, LONGEST_POLL = timedelta(minutes=15), 15.0
"""How long the holder of a remote key may take to agree on the phone; seconds between two looks at most."""


def sign(job: Claim) -> None:
    """Put one signature on. Twice is harmless: every step is kept in the request, which takes one result.

    One job at a time has the document, and the token where the key is on one.
    """
    request = queries.request(UUID(job.payload["request_id"]))
    if request.state in NOT_OURS:
        with outbox.settle(job):
            return
    if request.signer_key_id is None:  # it was asked for before keys were set up
        with outbox.settle(job):
            progress.fail(SYSTEM, request.id, code="signature.not_set_up")
        return
    signer, document = signers.key(request.signer_key_id), documents.document(request.document_id)
    if signer.provider in rules.AT_DESK:  # its signature comes by the web
        with outbox.settle(job):
            return
    turns.take(job, *_turns(request, signer))
    try:
        file = _signed(request.id, document, signer)
    except SigningUnavailable as silence:
        _come_back(job, request, silence)
    except (SigningError, Invalid, Conflict) as refusal:
        with outbox.settle(job):
            progress.fail(SYSTEM, request.id, code=refusal.code)
    else:
        publish(job, request, file)


def check(job: Claim) -> None:
    """Judge every signature of a received file. Twice is harmless: verdicts are kept once for each file."""
    document_id, sha256 = UUID(job.payload["about"]), job.payload["sha256"]
    found = judged.received(sha256)
    verdict = found.verdict
    arrived = Checked(sha256, evidence(verdict, found.trust), found.renew_at)
    with outbox.settle(job):
        checking.keep_check(SYSTEM, document_id, arrived, occasion="arrival")
        commands.keep_verdicts(
            SYSTEM,
            document_id,
            sha256=sha256,
            verdict=verdict.outcome.value,
            found=found_in(verdict),
            call_id=UUID(job.payload["call_id"]),
        )


def found_in(verdict: Verdict) -> list[VerdictFound]:
    """What is kept of a verdict, one for each signature."""
    return [
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


def _turns(request: SignatureRequest, signer: SignerKey) -> list[str]:
    """What only one job may use: the document, and the place of the key unless it is the demonstration."""
    names = [f"document:{request.document_id}"]
    return names if signer.provider == "demo" else [*names, f"key:{signer.provider}"]


def publish(job: Claim, request: SignatureRequest, file: FileGiven) -> None:
    """Make what was signed the document's, unless that has become another one meanwhile."""
    try:
        with outbox.settle(job):
            commands.attach_signature(SYSTEM, request.id, file=file)
    except Conflict as changed:
        with outbox.settle(job):
            progress.fail(SYSTEM, request.id, code=changed.code)


def _signed(request_id: UUID, document: Document, signer: SignerKey) -> FileGiven:
    store: FileStore = current_app.extensions["files"]
    with store.temporary() as folder:
        return keywork.signed(Work(progress.as_kept(request_id), document, signer, profile(), folder))


def _come_back(job: Claim, request: SignatureRequest, silence: SigningUnavailable) -> None:
    """Say what is waited for, and be tried again: soon while a person is about to confirm, but not for ever."""
    if silence.code != WAITING:
        progress.note_delay(request.id, silence.code)
        raise Unavailable(silence.code) from silence
    if clock.now() - job.made_at > TIME_TO_CONFIRM:
        with outbox.settle(job):
            progress.fail(SYSTEM, request.id, code="key.holder_silent")
        return
    progress.note_delay(request.id, silence.code)
    raise Unavailable(silence.code, again_in=min(LONGEST_POLL, 1.0 + job.attempts)) from silence


HANDLERS: dict[str, Callable[[Claim], None]] = {"signatures.sign": sign, "signatures.check": check}
