"""Reading signature requests and verdicts."""

from uuid import UUID

from sqlalchemy import func, select

from app.domain.actors.models import Person
from app.domain.documents.models import DocumentFile
from app.domain.signatures.models import SignatureRequest, SignatureVerdict
from app.kernel.db import db
from app.kernel.errors import Missing


def request(request_id: UUID) -> SignatureRequest:
    """One request."""
    found = db.session.get(SignatureRequest, request_id)
    if found is None:
        raise Missing("signature.request_missing")
    return found


def request_of(call_id: UUID) -> SignatureRequest | None:
    """The request an operation made, if it was asked for before."""
    return db.session.scalar(select(SignatureRequest).where(SignatureRequest.call_id == call_id))


def requests(document_id: UUID) -> list[SignatureRequest]:
    """The signatures asked for on a document, oldest first."""
    query = select(SignatureRequest).where(SignatureRequest.document_id == document_id)
    return list(db.session.scalars(query.order_by(SignatureRequest.at)))


def standing(document_id: UUID) -> list[SignatureRequest]:
    """The signatures that the newest paper of a document carries, oldest first: one made ready anew carries none."""
    ours = (DocumentFile.document_id == document_id) & (DocumentFile.role == "main")
    unsigned = select(func.coalesce(func.max(DocumentFile.revision), 0)).where(ours, DocumentFile.stage == "prepared")
    query = select(SignatureRequest).join(DocumentFile, DocumentFile.sha256 == SignatureRequest.output_sha256)
    query = query.where(ours, SignatureRequest.document_id == document_id)
    query = query.where(DocumentFile.revision > unsigned.scalar_subquery())
    return list(db.session.scalars(query.order_by(SignatureRequest.at)))


def signer_name(document_id: UUID) -> str:
    """Who signed a document for its agency (chữ ký số cá nhân), the last who did; empty when nobody has here."""
    query = select(Person.name).join(SignatureRequest, SignatureRequest.asked_by == Person.id)
    query = query.where(SignatureRequest.document_id == document_id, SignatureRequest.kind == "person")
    return db.session.scalar(query.where(SignatureRequest.state == "done").order_by(SignatureRequest.at.desc())) or ""


def verdicts(document_id: UUID) -> list[SignatureVerdict]:
    """What was found for each signature of a document, in signing order."""
    query = select(SignatureVerdict).where(SignatureVerdict.document_id == document_id)
    return list(db.session.scalars(query.order_by(SignatureVerdict.position)))


def claimed_files() -> set[str]:
    """The files of the store that signatures on their way name."""
    query = select(SignatureRequest.prepared_sha256).where(SignatureRequest.prepared_sha256.is_not(None))
    return {name for name in db.session.scalars(query) if name is not None}
