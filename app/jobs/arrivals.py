"""Looking at messages that another deployment left here, before anybody works on them."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path, PurePath
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.exchange import receiving
from app.gateways import attachment
from app.gateways.files import FileStore
from app.jobs import judged
from app.kernel import outbox
from app.kernel.errors import Invalid, TooLarge
from app.kernel.outbox import Claim
from interchange.envelope import Envelope
from signing.verdict import Outcome


def admit(job: Claim) -> None:
    """Let people work on a message, or hold it back with the reason. Twice is harmless."""
    arrival = receiving.arrival(UUID(job.payload["about"]))
    cause = _wrong(receiving.envelope_of(arrival))
    with outbox.settle(job):
        if cause:
            receiving.quarantine(SYSTEM, arrival.id, cause=cause)
        else:
            receiving.admit(SYSTEM, arrival.id)


def _wrong(envelope: Envelope) -> str:
    """Why a message must not be registered, as a code; empty when nothing speaks against it."""
    store: FileStore = current_app.extensions["files"]
    for file in envelope.files:
        path = store.path(file.sha256)
        if wrong := _not_what_it_says(path, PurePath(file.name).suffix):
            return wrong
        if file.role == "main" and judged.received(file.sha256).verdict.outcome is Outcome.INVALID:
            return "exchange.signature_invalid"
    return ""


@lru_cache(maxsize=256)
def _not_what_it_says(path: Path, suffix: str) -> str:
    """Why a file is not of its kind, as a code. A file of the store is the same for ever, and goes to many agencies."""
    try:
        attachment.require_kind(path, f"file{suffix}")
    except (Invalid, TooLarge) as refusal:
        return refusal.code
    return ""


HANDLERS: dict[str, Callable[[Claim], None]] = {"exchange.admit": admit}
