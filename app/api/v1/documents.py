"""Documents: what they are, their files, where they went."""

from typing import Any
from uuid import UUID

from flask import current_app, g, send_file
from flask.typing import ResponseReturnValue

from app.api.plan import Resources
from app.api.v1.schemas import DeliveryShown, DocumentDetail, DocumentQuery, DocumentShown
from app.domain.cases import queries as cases
from app.domain.documents import queries
from app.domain.documents.models import Document
from app.domain.documents.rules import folded
from app.domain.exchange import queries as exchange
from app.domain.signatures import queries as signatures
from app.kernel.errors import Missing

bp = Resources("api_documents", __name__, url_prefix="/api/v1/documents", description="Documents (văn bản)")


@bp.get("/")
@bp.arguments(DocumentQuery, location="query")
@bp.response(200, DocumentShown(many=True))
def index(query: dict[str, Any]) -> list[Document]:
    """Documents the caller may see, newest first."""
    return cases.visible_documents(g.actor, **{**query, "search": folded(query["search"])})


@bp.get("/<uuid:document_id>")
@bp.response(200, DocumentDetail)
def show(document_id: UUID) -> dict[str, Any]:
    """One document with its files and verdicts."""
    document = cases.visible_document(g.actor, document_id)
    shown = {name: getattr(document, name) for name in DocumentShown().fields}
    return {**shown, "files": queries.files(document_id), "verdicts": signatures.verdicts(document_id)}


@bp.get("/<uuid:document_id>/file")
@bp.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def file(document_id: UUID) -> ResponseReturnValue:
    """The newest revision of the main file."""
    cases.visible_document(g.actor, document_id)
    latest = queries.latest_file(document_id)
    if latest is None:
        raise Missing("document.file_missing")
    path = current_app.extensions["files"].path(latest.sha256)
    return send_file(path, mimetype="application/pdf", as_attachment=True, download_name=latest.name)


@bp.get("/<uuid:document_id>/statuses")
@bp.response(200, DeliveryShown(many=True))
def statuses(document_id: UUID) -> list[dict[str, Any]]:
    """How far each recipient is."""
    cases.visible_document(g.actor, document_id)
    found = exchange.deliveries(document_id)
    trails = exchange.trails(one.id for one in found)
    return [
        {
            "id": one.id,
            "recipient": one.recipient.name,
            "recipient_code": one.recipient.code,
            "delivered_at": one.delivered_at,
            "status": one.status,
            "arrival_number": one.arrival_number,
            "trail": trails[one.id],
        }
        for one in found
    ]
