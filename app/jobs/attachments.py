"""Judging the signatures of attachments that arrive; those that leave are signed as everything else is."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.documents import attachments
from app.domain.documents.attachments import Attachment
from app.domain.signatures import commands
from app.gateways.files import FileStore
from app.jobs import signatures
from app.jobs.signingprofile import believed
from app.kernel import outbox
from app.kernel.outbox import Claim
from signing import confined
from signing.trust import TrustStore
from signing.verdict import Verdict


def check(job: Claim) -> None:
    """Judge every attachment. Twice is harmless: verdicts are kept once for each file."""
    document_id, trust = UUID(job.payload["about"]), believed()
    found = [(one, _verdict(one, trust)) for one in attachments.of(document_id)]
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


def _verdict(one: Attachment, trust: TrustStore) -> Verdict:
    store: FileStore = current_app.extensions["files"]
    source = store.path(one.file.sha256)
    if one.signature is None:
        return confined.verify(source, trust)
    return confined.verify_file(source, store.path(one.signature.sha256), trust)


HANDLERS: Mapping[str, Callable[[Claim], None]] = {"attachments.check": check}
