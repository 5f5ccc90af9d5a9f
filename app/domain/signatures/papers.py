"""The paper a signature goes onto, and the signatures that one act of an agency puts onto several papers."""

from collections.abc import Sequence

from sqlalchemy import select

from app.domain.documents import attachments, queries
from app.domain.documents.commands import FileGiven
from app.domain.documents.models import DocumentFile
from app.domain.signatures.models import SignatureRequest
from app.kernel.db import db

ATTACHMENT = "attachment"
OVER = frozenset({"done", "withdrawn"})
"""States of requests that nobody has to do anything about."""
_OF_ONE_ACT = (ATTACHMENT, "organisation")


def paper(request: SignatureRequest) -> DocumentFile | None:
    """The newest file of the document, or the attachment that was to be signed, until it is; None when it is gone."""
    if request.kind != ATTACHMENT:
        return queries.latest_file(request.document_id)
    waiting = (one.file for one in attachments.of(request.document_id) if not one.is_sealed)
    return next((file for file in waiting if file.sha256 == request.input_sha256), None)


def unchanged(file: DocumentFile) -> FileGiven:
    """A file whose signature stands beside it, as a revision of its own."""
    return FileGiven(file.name, file.sha256, file.size, file.pages, role=file.role, position=file.position)


def together(request: SignatureRequest) -> list[SignatureRequest]:
    """What one act asked for and is not over, attachments first, ours alone: an agency issues all of it or nothing."""
    if request.kind not in _OF_ONE_ACT:
        return [request]
    query = select(SignatureRequest).where(
        SignatureRequest.document_id == request.document_id,
        SignatureRequest.kind.in_(_OF_ONE_ACT),
        SignatureRequest.state.not_in(OVER),
    )
    return list(db.session.scalars(query.order_by(SignatureRequest.kind, SignatureRequest.at).with_for_update()))


def whole(act: Sequence[SignatureRequest], request: SignatureRequest) -> SignatureRequest:
    """The request of an act that the case waits for: that for the document itself."""
    return next((one for one in act if one.kind != ATTACHMENT), request)
