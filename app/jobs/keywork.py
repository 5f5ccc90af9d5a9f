"""Using a key for one signature: prepared, signed, finished; each step is kept before the next one is taken."""

import json
from contextlib import suppress
from dataclasses import replace

from flask import current_app

from app.domain.documents.commands import FileGiven
from app.domain.signatures import progress
from app.domain.signatures.models import SignatureRequest
from app.domain.signers import authentication
from app.domain.signers.models import SigningSession
from app.jobs import keyring, laying
from app.jobs.work import Work
from signing import phases, sealing
from signing.errors import SigningError, SigningRefused, SigningUnavailable
from signing.keys.protocol import Key, Resumable
from signing.pending import Pending, unpacked

OF_THE_HOLDER = "key.pin"
"""How codes begin that say the holder gave something wrong: it is forgotten at once, and never tried again."""


def signed(work: Work) -> FileGiven:
    """The file with its signature. What an earlier attempt kept is used: then the key is not asked again.

    Errors: SigningRefused, SigningNotConfigured, SigningUnavailable (come back), Unavailable, Invalid, Conflict.
    """
    request = work.request
    if request.raw is None:
        request = _with_raw(work)
    if request.raw is None or request.prepared_sha256 is None:
        raise SigningRefused("signature.over")
    pending = unpacked(dict(request.pending or {}))
    return laying.finished(work, request.prepared_sha256, pending, request.raw)


def _with_raw(work: Work) -> SignatureRequest:
    """Let the key sign, once."""
    asked_by = work.request.asked_by
    session = None if asked_by is None else authentication.live(asked_by, work.signer.id)
    try:
        key = keyring.keystore_of(work.signer).key(work.signer.reference, _secret(session))
        request = _prepared(work, key)
        pending = unpacked(dict(request.pending or {}))
        raw = _asked(key, request, pending)
        phases.accept(pending, raw)
        progress.keep_raw(request.id, prepared_sha256=str(request.prepared_sha256), raw=raw)
    except SigningError as trouble:
        if session is not None and trouble.code.startswith(OF_THE_HOLDER):
            authentication.forget(session.id)
        raise
    if session is not None and not progress.has_more(work.request):
        authentication.forget(session.id)
    return progress.as_kept(work.request.id)


def _asked(key: Key, request: SignatureRequest, pending: Pending) -> bytes:
    """What the key signs. A holder who agrees elsewhere is asked once: with what ticket is kept, sealed."""
    if request.ticket is not None and isinstance(key, Resumable):
        key = key.resumed(json.loads(_unsealed(request.ticket, str(request.id))))
    try:
        [raw] = key.sign([pending.to_sign])
    except SigningUnavailable as silence:
        ticket = silence.data.get("ticket")
        if ticket is not None:
            folder = current_app.config["PKI"]
            progress.keep_ticket(request.id, sealing.seal(json.dumps(ticket).encode(), str(request.id), folder))
        raise
    return raw


def _prepared(work: Work, key: Key) -> SignatureRequest:
    """The request with the file that has the empty signature: the one an earlier attempt kept, if it got that far."""
    if work.request.pending is not None:
        return work.request
    taken = replace(work, request=progress.take_up(work.request.id))
    prepared_sha256, pending = laying.laid_out(taken, key)
    return progress.keep_prepared(work.request.id, prepared_sha256=prepared_sha256, pending=pending.packed())


def _secret(session: SigningSession | None) -> str | None:
    """What the holder gave, as it was typed; None when there is nothing, or nothing that can be read."""
    if session is not None and session.secret is not None:
        with suppress(SigningRefused):
            return _unsealed(session.secret, str(session.id)).decode()
    return None


def _unsealed(sealed: bytes, context: str) -> bytes:
    return sealing.unseal(sealed, context, current_app.config["PKI"])
