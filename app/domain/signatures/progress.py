"""How far a signature has come: every step is kept before the next is taken, so that none is taken twice.

A key is used once for a request: its raw signature is kept before anybody is asked for a time stamp.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.domain.actors.actor import Actor
from app.domain.cases import commands as cases
from app.domain.signatures import batches, papers
from app.domain.signatures.events import SignatureFailed
from app.domain.signatures.failures import Repair, repair_of
from app.domain.signatures.models import SignatureRequest
from app.domain.signatures.papers import ATTACHMENT, OVER
from app.kernel import events
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict, Missing, Unavailable

CAUGHT = "signing_failed"
"""The error that diagrams catch in order to lead back to the step before."""


@command
def take_up(request_id: UUID) -> SignatureRequest:
    """A signature whose turn it is, on the paper as the one before has left it.

    Those of a document are put on in the order in which they were decided. Unavailable "signature.another_first" while
    another comes first, Conflict "signature.file_changed" when the paper is not the one that was agreed to.
    """
    request = locked_request(request_id)
    if _another_comes_first(request):
        raise Unavailable("signature.another_first", again_in=2)
    latest = papers.paper(request)
    if latest is None or not _is_same_paper(request, latest.sha256):
        raise Conflict("signature.file_changed")
    request.input_sha256 = latest.sha256
    return request


@command
def keep_prepared(request_id: UUID, *, prepared_sha256: str, pending: Mapping[str, Any]) -> SignatureRequest:
    """Keep the file with its empty signature and what is to be signed; the first one stands."""
    request = locked_request(request_id)
    if request.pending is not None or request.state in OVER:
        return request
    request.prepared_sha256, request.pending = prepared_sha256, dict(pending)
    return request


@command
def keep_raw(request_id: UUID, *, prepared_sha256: str, raw: bytes) -> None:
    """Keep what the key has signed; it belongs to one prepared file, and the first one stands."""
    request = locked_request(request_id)
    if request.raw is None and request.state not in OVER and request.prepared_sha256 == prepared_sha256:
        request.raw, request.state, request.failure = raw, "raw", ""


@command
def note_delay(request_id: UUID, code: str) -> None:
    """Say what a signature waits for; the worker comes back by itself."""
    request = locked_request(request_id)
    if request.state in OVER or request.failure == code:
        return
    request.failure = code
    if code == "key.waiting_for_holder":
        request.state = "waiting"


@command
def keep_ticket(request_id: UUID, ticket: bytes) -> None:
    """Keep, sealed, what is needed to ask again whether the holder of a key has agreed, without asking them twice."""
    request = locked_request(request_id)
    if request.state not in OVER and request.raw is None:
        request.ticket = ticket


def forget(request: SignatureRequest) -> None:
    """Forget what was prepared for a signature; joins the running transaction."""
    request.pending = request.prepared_sha256 = request.raw = request.ticket = None


@command
def fail(actor: Actor, request_id: UUID, *, code: str) -> None:
    """Give up an attempt, and what else the same act asked for; what was prepared is forgotten.

    Trouble with the paper leads back to the step before, as the diagram says; trouble with the key is an incident that
    the signer can mend, and their decision stands (`signatures.repairing`).
    """
    request = locked_request(request_id)
    if request.state in OVER:
        return
    back = repair_of(code) is Repair.GO_BACK
    act = papers.together(request)
    for one in act:
        if one is request or one.raw is None or back:
            one.state, one.failure = "withdrawn" if back else "failed", code
            forget(one)
    fact = SignatureFailed(about=str(request.document_id), request_id=str(request.id), kind=request.kind, code=code)
    events.record(fact, actor=actor.name)
    whole = papers.whole(act, request)
    cases.fail_call(actor, whole.call_id, code=CAUGHT if back else code, detail=code)
    batches.note(whole)


def has_more(request: SignatureRequest) -> bool:
    """Whether the same act, or the batch, has more to be signed with a key, so that its authentication is kept."""
    query = select(SignatureRequest.id).where(
        SignatureRequest.document_id == request.document_id,
        SignatureRequest.id != request.id,
        SignatureRequest.asked_by == request.asked_by,
        SignatureRequest.signer_key_id == request.signer_key_id,
        SignatureRequest.state.in_(("asked", "waiting")),
    )
    return db.session.scalar(query.limit(1)) is not None or batches.has_more(request)


def locked_request(request_id: UUID) -> SignatureRequest:
    """One request that is ours alone until the transaction ends. Raises Missing."""
    found = locked(SignatureRequest, request_id)
    if found is None:
        raise Missing("signature.request_missing")
    return found


def as_kept(request_id: UUID) -> SignatureRequest:
    """A request as it stands in the database now, for workers that go on from there. Raises Missing."""
    found = db.session.scalar(
        select(SignatureRequest).where(SignatureRequest.id == request_id).execution_options(populate_existing=True)
    )
    if found is None:
        raise Missing("signature.request_missing")
    return found


def _another_comes_first(request: SignatureRequest) -> bool:
    if request.kind == ATTACHMENT:  # it has its paper for itself
        return False
    on_its_way = SignatureRequest.state.in_(("asked", "waiting", "raw"))
    attached = and_(SignatureRequest.kind == ATTACHMENT, on_its_way)
    earlier = and_(SignatureRequest.at < request.at, on_its_way)
    under_way = and_(SignatureRequest.prepared_sha256.is_not(None), on_its_way)
    query = select(SignatureRequest.id).where(
        SignatureRequest.document_id == request.document_id,
        SignatureRequest.id != request.id,
        or_(attached, earlier, under_way),
    )
    return db.session.scalar(query.limit(1)) is not None


def _is_same_paper(request: SignatureRequest, sha256: str) -> bool:
    """Whether a file is what was agreed to, with nothing but signatures of others added since."""
    query = select(SignatureRequest.output_sha256, SignatureRequest.input_sha256).where(
        SignatureRequest.document_id == request.document_id, SignatureRequest.state == "done"
    )
    made_of = dict(db.session.execute(query).all())
    seen: set[str | None] = set()
    current: str | None = sha256
    while current is not None and current not in seen and current != request.input_sha256:
        seen.add(current)
        current = made_of.get(current)
    return current == request.input_sha256
