"""Signatures made at the signer's own machine (ký tại máy của người ký): what waits for them, and what came of it.

A request waits as long as it must. Each try is a turn: the worker lays out what is to be signed, the machine answers
with a raw signature or with the whole file, and the worker takes that or says why not; then the request waits again.
What belongs to a turn is kept in `pending`: turn, way ("raw" or "file"), stage ("laying_out", "ready", "checking").
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.domain.actors.actor import SYSTEM, Actor
from app.domain.cases.models import Call
from app.domain.signatures.events import (
    SignatureAnswered,
    SignatureBegun,
    SignatureNotTaken,
)
from app.domain.signatures.models import SignatureRequest
from app.domain.signatures.progress import forget
from app.domain.signers import rules
from app.domain.signers.models import SignerKey
from app.kernel import events
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict, Invalid, Missing

_ASKED = "asked_at_a_desk"
_LONGEST_CERTIFICATE, _LONGEST_CHAIN, _LONGEST_RAW = 16_384, 5, 1024


def mine(actor: Actor, request_id: UUID) -> SignatureRequest:
    """A request that this person is to sign, or has signed, at their own machine. Raises Missing for anybody else."""
    found = db.session.scalar(_at_desks(actor).where(SignatureRequest.id == request_id))
    if found is None:
        raise Missing("signature.request_missing")
    return found


def waiting(actor: Actor) -> list[SignatureRequest]:
    """What waits for this person's machine, oldest first."""
    query = _at_desks(actor).where(SignatureRequest.state == "waiting").order_by(SignatureRequest.at)
    return list(db.session.scalars(query))


def waiting_in(actor: Actor, case_id: UUID) -> SignatureRequest | None:
    """What waits for this person's machine in one case."""
    query = _at_desks(actor).join(Call, Call.id == SignatureRequest.call_id)
    return db.session.scalar(query.where(Call.case_id == case_id, SignatureRequest.state == "waiting").limit(1))


def note_wait(request: SignatureRequest) -> None:
    """Remember the first that this act has made wait, for whoever leads the person there; costs no statement."""
    db.session().info.setdefault(_ASKED, request.id)


def just_asked() -> UUID | None:
    """What the act before has made wait for the person's machine, told once."""
    found: UUID | None = db.session().info.pop(_ASKED, None)
    return found


def desk_of(request: SignatureRequest) -> str:
    """The provider whose program is to sign."""
    return db.session.get_one(SignerKey, request.signer_key_id).provider


@command
def begin(actor: Actor, request_id: UUID, *, certificates: Sequence[bytes] = ()) -> None:
    """Begin a turn; what was begun before counts no more.

    With the certificate of the machine's key (DER, then those between it and a root) a raw signature is asked for,
    without one the whole file. Raises Invalid "signature.certificate_bad" and Conflict "signature.not_waiting".
    """
    request = _locked(actor, request_id)
    sizes = [len(one) for one in certificates]
    if len(sizes) > _LONGEST_CHAIN or any(not 0 < size <= _LONGEST_CERTIFICATE for size in sizes):
        raise Invalid("signature.certificate_bad")
    turn = secrets.token_urlsafe(18)
    request.pending = {
        "turn": turn,
        "way": "raw" if certificates else "file",
        "stage": "laying_out",
        "certificates": [one.hex() for one in certificates],
    }
    request.prepared_sha256, request.raw, request.failure = None, None, ""
    _say(SignatureBegun, request, actor, turn=turn)


@command
def lay_out(request_id: UUID, turn: str, *, prepared_sha256: str, asked: Mapping[str, Any]) -> None:
    """Keep what the machine is to sign, and the file it belongs to; a turn that is over changes nothing."""
    request = _in_turn(request_id, turn, "laying_out")
    if request is not None:
        request.pending = {**_pending(request), **asked, "stage": "ready"}
        request.prepared_sha256 = prepared_sha256


@command
def answer(actor: Actor, request_id: UUID, turn: str, *, raw: bytes) -> None:
    """Keep the raw signature; a worker verifies it. Raises Conflict "signature.not_waiting"."""
    request = _locked(actor, request_id)
    if not 0 < len(raw) <= _LONGEST_RAW:
        raise Invalid("signature.answer_bad")
    _require_ready(request, turn, "raw")
    request.raw, request.pending = raw, {**_pending(request), "stage": "checking"}
    _say(SignatureAnswered, request, actor, turn=turn)


@command
def take_along(request_id: UUID, turn: str) -> str:
    """The file of a turn, for the program that fetches it, once: its name in the store. Raises Missing."""
    request = locked(SignatureRequest, request_id)
    if request is None or _is_over(request, turn, "file") or _pending(request).get("fetched"):
        raise Missing("signature.handover_over")
    request.pending = {**_pending(request), "fetched": True}
    return str(request.prepared_sha256)


@command
def bring_back(request_id: UUID, turn: str, *, sha256: str) -> None:
    """Keep the file that came back, once; a worker judges it. Raises Missing when nothing is expected."""
    request = locked(SignatureRequest, request_id)
    if request is None or _is_over(request, turn, "file"):
        raise Missing("signature.handover_over")
    request.pending = {**_pending(request), "stage": "checking", "back": sha256}
    _say(SignatureAnswered, request, SYSTEM, turn=turn)


@command
def refuse(request_id: UUID, turn: str, *, code: str) -> None:
    """Say why an answer was not taken; the request waits for another one."""
    request = locked(SignatureRequest, request_id)
    if request is None or request.state != "waiting" or _pending(request).get("turn") != turn:
        return
    forget(request)
    request.failure = code
    _say(SignatureNotTaken, request, SYSTEM, code=code)


def in_turn(request_id: UUID, turn: str, stage: str) -> SignatureRequest | None:
    """The request, if it is at this stage of this turn; for workers, who may come late or twice."""
    request = db.session.get(SignatureRequest, request_id)
    return request if request is not None and _is_at(request, turn, stage) else None


def _in_turn(request_id: UUID, turn: str, stage: str) -> SignatureRequest | None:
    request = locked(SignatureRequest, request_id)
    return request if request is not None and _is_at(request, turn, stage) else None


def _at_desks(actor: Actor) -> Select[SignatureRequest]:
    query = select(SignatureRequest).join(SignerKey, SignerKey.id == SignatureRequest.signer_key_id)
    return query.where(SignatureRequest.asked_by == actor.person_id, SignerKey.provider.in_(rules.AT_DESK))


def _locked(actor: Actor, request_id: UUID) -> SignatureRequest:
    mine(actor, request_id)
    request = locked(SignatureRequest, request_id)
    if request is None or request.state != "waiting":
        raise Conflict("signature.not_waiting")
    return request


def _require_ready(request: SignatureRequest, turn: str, way: str) -> None:
    if _is_over(request, turn, way):
        raise Conflict("signature.turn_over")


def _is_over(request: SignatureRequest, turn: str, way: str) -> bool:
    return not _is_at(request, turn, "ready") or _pending(request)["way"] != way


def _is_at(request: SignatureRequest, turn: str, stage: str) -> bool:
    kept = _pending(request)
    return request.state == "waiting" and kept.get("stage") == stage and kept["turn"] == turn


def _pending(request: SignatureRequest) -> Mapping[str, Any]:
    return request.pending or {}


def _say(fact: type[Any], request: SignatureRequest, actor: Actor, **more: str) -> None:
    events.record(fact(about=str(request.document_id), request_id=str(request.id), **more), actor=actor.name)
