"""What signers do themselves about signatures of theirs that were not made (khắc phục): the decision to sign stands."""

from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases import bulk, repairs
from app.domain.cases import commands as cases
from app.domain.cases.models import Bulk
from app.domain.documents.models import Document
from app.domain.signatures import asking, batches, papers
from app.domain.signatures.besides import WITHOUT_CALL
from app.domain.signatures.models import SignatureRequest
from app.domain.signatures.papers import ATTACHMENT, OVER
from app.domain.signatures.progress import CAUGHT, forget, locked_request
from app.domain.signers import rules
from app.domain.signers.models import SignerKey
from app.kernel import outbox
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Missing

WORK = "signatures.sign"
PAGE = 100


def unfinished(actor: Actor) -> list[tuple[SignatureRequest, Document]]:
    """What an actor has decided to sign and no worker has signed yet, oldest first; keys at a desk have their pages.

    What failed together is mended together, and stands there once.
    """
    query = select(SignatureRequest, Document).join(Document, Document.id == SignatureRequest.document_id)
    query = query.join(SignerKey, SignerKey.id == SignatureRequest.signer_key_id)
    query = query.where(SignerKey.provider.not_in(rules.AT_DESK))
    query = query.where(SignatureRequest.asked_by == actor.person_id, SignatureRequest.state.not_in(OVER))
    query = query.where((SignatureRequest.kind != ATTACHMENT) | (SignatureRequest.state != "failed"))
    return [(one, document) for one, document in db.session.execute(query.order_by(SignatureRequest.at).limit(PAGE))]


def mine(actor: Actor, request_id: UUID) -> SignatureRequest:
    """A signature an actor has decided on. Raises Missing."""
    found = db.session.get(SignatureRequest, request_id)
    if found is None or actor.person_id is None or found.asked_by != actor.person_id:
        raise Missing("signature.request_missing")
    return found


@command
def try_again(actor: Actor, request_id: UUID, *, reason: str) -> None:
    """Have a worker try now: with what was set up or proved since, or sooner than it would by itself.

    Twice is harmless. Raises Missing, Conflict "signature.over" when nothing is to be done any more.
    """
    mine(actor, request_id)
    request = locked_request(request_id)
    if request.state in OVER:
        raise Conflict("signature.over")
    if request.state != "failed":
        outbox.hurry(WORK, request_id=str(request.id))
        return
    batches.wait_again(request)
    if request.kind in WITHOUT_CALL:
        asking.again(request, db.session.get_one(Document, request.document_id).unit_id, actor.name)
        return
    repairs.retry_call(actor, papers.whole(papers.together(request), request).call_id, reason=reason)


@command
def give_up(actor: Actor, request_id: UUID) -> None:
    """Take the decision to sign back: the case returns to the step before, as its diagram says.

    Conflict "signature.under_way" while the key may be signing, and once it has signed.
    """
    mine(actor, request_id)
    request = locked_request(request_id)
    act, code = papers.together(request), request.failure
    if request.state not in {"failed", "waiting"} or any(one.raw is not None for one in act):
        raise Conflict("signature.under_way")
    for one in act:
        one.state = "withdrawn"
        forget(one)
    whole = papers.whole(act, request)
    batches.note(whole)
    cases.fail_call(actor, whole.call_id, code=CAUGHT, detail=code)


@command
def go_on(actor: Actor, bulk_id: UUID, *, reason: str) -> Bulk:
    """Go on with a batch that was stopped: what the key did not sign is tried again, then the next documents."""
    made = batches.mine(actor, bulk_id)
    bulk.resume(made)
    for request in batches.requests(bulk_id).values():
        if request.state == "failed":
            try_again(actor, request.id, reason=reason)
    return made
