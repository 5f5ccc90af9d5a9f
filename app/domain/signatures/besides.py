"""Signatures that no case waits for and that were not made: initials and scans, as operators see and mend them."""

from uuid import UUID, uuid5

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases import notices
from app.domain.cases.bulk import require_reason
from app.domain.cases.incidents import OPERATE
from app.domain.documents.models import Document
from app.domain.orgunits import queries as orgunits
from app.domain.signatures import asking, batches, digitising
from app.domain.signatures.events import SignatureRevived
from app.domain.signatures.models import SignatureRequest
from app.domain.signatures.progress import forget, locked_request
from app.kernel import events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Missing

WITHOUT_CALL = frozenset({asking.INITIALS, digitising.KIND})
"""Kinds that no call of a case waits for."""
NOT_NEEDED = "signature.not_needed"
PAGE = 50


def found(actor: Actor) -> list[tuple[SignatureRequest, Document]]:
    """Those of the agencies an actor operates, oldest first."""
    query = select(SignatureRequest, Document).join(Document, Document.id == SignatureRequest.document_id)
    query = query.where(SignatureRequest.state == "failed", SignatureRequest.kind.in_(WITHOUT_CALL))
    query = query.where(Document.unit_id.in_(orgunits.beneath(actor.places(OPERATE))))
    return [(one, paper) for one, paper in db.session.execute(query.order_by(SignatureRequest.at).limit(PAGE))]


@command
def revive(actor: Actor, request_id: UUID, *, reason: str) -> None:
    """Have one tried again, with what its signer has set up since. Errors: Missing, Invalid, Conflict."""
    if request_id not in {one.id for one, _ in found(actor)}:
        raise Missing("signature.request_missing")
    said, request = require_reason(reason), locked_request(request_id)
    if request.state != "failed":
        raise Conflict("signature.over")
    batches.wait_again(request)
    asking.again(request, db.session.get_one(Document, request.document_id).unit_id, actor.name)
    fact = SignatureRevived(about=str(request.document_id), request_id=str(request.id), reason=said)
    events.record(fact, actor=actor.name)


def close_initials(document: Document) -> None:
    """Initials that failed are not needed once the document is signed: it goes on, and whoever initialled hears of it.

    Joins the running transaction.
    """
    query = select(SignatureRequest).where(
        SignatureRequest.document_id == document.id,
        SignatureRequest.kind == asking.INITIALS,
        SignatureRequest.state == "failed",
    )
    for request in db.session.scalars(query.with_for_update()):
        request.state, request.failure = "withdrawn", NOT_NEEDED
        forget(request)
        detail = {"subject": document.subject or "", "address": f"/documents/{document.id}"}
        if request.post_id is not None:
            code = "notice.initials_not_needed"
            notices.give({request.post_id}, once=uuid5(request.id, NOT_NEEDED), code=code, detail=detail)
