"""What a set-up needs of keys: their certificates read, and a sample page signed and verified."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.signers import authentication, commands, queries
from app.domain.signers.models import SignerKey
from app.gateways.files import FileStore
from app.jobs import keyring, samples
from app.jobs.signingprofile import profile
from app.kernel import clock, outbox, turns
from app.kernel.errors import Unavailable
from app.kernel.outbox import Claim
from signing import confined, report, sealing
from signing.errors import SigningError

HOLDER = "key.waiting_for_holder"
TIME_TO_CONFIRM, BETWEEN_LOOKS = timedelta(minutes=10), 2
"""How long the holder of a remote key may take to agree on the phone; seconds between two looks."""


def read(job: Claim) -> None:
    """Read the certificate of a key that was chosen. Twice is harmless: it is kept once."""
    key, upload = queries.key(UUID(job.payload["about"])), job.payload["upload"]
    if key.certificate:  # an attempt before was cut off at the end
        with outbox.settle(job):
            return
    _take_turn(job, key)
    try:
        came = _taken(upload) if upload else None
        found = keyring.certificate(key, keyring.pin(UUID(job.payload["by"]), key), came)
    except SigningError as refusal:
        _trouble(job, key, refusal)
        return
    with outbox.settle(job):
        commands.note_certificate(SYSTEM, key.id, found)


def test(job: Claim) -> None:
    """Sign a sample page and verify it. Twice is harmless: a sample obliges nobody, and the latest is kept."""
    key, store = queries.key(UUID(job.payload["about"])), _store()
    _take_turn(job, key)
    try:
        with store.temporary() as folder:
            opened = keyring.opened(key, keyring.pin(UUID(job.payload["by"]), key))
            target = samples.signed(key, opened, folder, store)
            verdict = confined.verify(target, profile().trust)
            stored = store.put(target, limit=samples.LARGEST)
    except SigningError as refusal:
        if refusal.code == HOLDER and clock.now() - job.made_at < TIME_TO_CONFIRM:
            raise Unavailable(refusal.code, again_in=BETWEEN_LOOKS) from refusal
        _trouble(job, key, refusal)
        return
    with outbox.settle(job):
        commands.note_test(SYSTEM, key.id, found=report.document_dict(verdict), sample=stored.sha256)


def _take_turn(job: Claim, key: SignerKey) -> None:
    """A token serves one at a time, as for signatures on documents."""
    if key.provider != "demo":
        turns.take(job, f"key:{key.provider}")


def _trouble(job: Claim, key: SignerKey, refusal: SigningError) -> None:
    """Say at once what is wrong: somebody sits before the page, and can mend it better than another attempt.

    A wrong PIN is never tried again by itself: a token locks after a few.
    """
    session = authentication.live(UUID(job.payload["by"]), key.id)
    with outbox.settle(job):
        commands.note_trouble(key.id, refusal.code)
        if session is not None:
            authentication.forget(session.id)


def _taken(upload: str) -> bytes:
    with _store().open(upload) as file:
        return sealing.unseal(file.read(), commands.UPLOAD, current_app.config["PKI"])


def _store() -> FileStore:
    store: FileStore = current_app.extensions["files"]
    return store


HANDLERS: dict[str, Callable[[Claim], None]] = {"signers.read": read, "signers.test": test}
