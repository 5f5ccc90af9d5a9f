"""Keeping proofs alive: signatures checked again, archive time stamps renewed before they age."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.documents import queries as documents
from app.domain.documents.commands import FileGiven
from app.domain.signatures import checking
from app.domain.signatures.checking import Checked
from app.gateways.files import FileStore
from app.jobs.signingprofile import believed, fetched, profile
from app.kernel import outbox
from app.kernel.errors import Conflict, Missing, Unavailable
from app.kernel.outbox import Claim
from signing import archive, confined
from signing.errors import SigningNotConfigured, SigningRefused, SigningUnavailable
from signing.evidence import evidence
from signing.verdict import Outcome

PATIENCE = 120.0
"""Seconds that one round of fetching may take from a worker."""


def check(job: Claim) -> None:
    """Judge the signatures of a kept file anew. Twice is harmless: one check more is kept beside the others."""
    document_id, sha256 = UUID(job.payload["about"]), job.payload["sha256"]
    found = _checked(_store().path(sha256), sha256)[0]
    asked_by = job.payload["asked_by"]
    with outbox.settle(job):
        checking.keep_check(
            SYSTEM,
            document_id,
            found,
            occasion=job.payload["occasion"],
            asked_by=UUID(asked_by) if asked_by else None,
        )


def renew(job: Claim) -> None:
    """Add an archive time stamp to the newest file. Twice is harmless: a file takes the place of one it was made of.

    Raises Conflict "archive.*", "source.damaged" or "proof.not_valid_after", seen by whoever operates the installation.
    """
    document_id, sha256 = UUID(job.payload["about"]), job.payload["sha256"]
    latest, store = documents.latest_file(document_id), _store()
    if latest is None:
        raise Missing("document.file_missing")
    if latest.sha256 != sha256:
        with outbox.settle(job):
            return
    with store.temporary() as folder:
        renewed = folder / "renewed.pdf"
        try:
            archive.renew(store.path(sha256), renewed, replace(profile(), trust=believed()))
        except SigningUnavailable as silence:
            raise Unavailable(silence.code) from silence
        except SigningRefused as refusal:
            raise Conflict(refusal.code) from refusal
        stored = store.put(renewed, limit=current_app.config["UPLOAD_LIMIT"] * 4)
    found, is_valid = _checked(store.path(stored.sha256), stored.sha256)
    if not is_valid:
        raise Conflict("proof.not_valid_after")
    file = FileGiven(latest.name, stored.sha256, stored.size, latest.pages, latest.archival)
    with outbox.settle(job):
        checking.keep_renewed(SYSTEM, document_id, file=file, of_sha256=sha256, found=found)


def refresh(job: Claim) -> None:
    """Fetch the revocation lists that are due. Twice is harmless: what is fresh is not fetched again.

    An address that does not answer is asked in the next round; judging says what is missing meanwhile.
    """
    with suppress(SigningNotConfigured):  # nobody is believed here, so nobody's lists are wanted
        fetched().refresh(profile().trust, patience=PATIENCE)
    with outbox.settle(job):
        return


def _checked(path: Path, sha256: str) -> tuple[Checked, bool]:
    trust = believed()
    verdict = confined.verify(path, trust)
    fetched().note(url for one in verdict.signatures for url in one.particulars.sources)
    return Checked(sha256, evidence(verdict, trust), confined.due(path, verdict)), verdict.outcome is Outcome.VALID


def _store() -> FileStore:
    found: FileStore = current_app.extensions["files"]
    return found


HANDLERS: dict[str, Callable[[Claim], None]] = {
    "proofs.check": check,
    "proofs.renew": renew,
    "proofs.refresh": refresh,
}
