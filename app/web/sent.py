"""The sender's view of a sent document (theo dõi văn bản đi): one line for each recipient."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.cases import queries as cases
from app.domain.documents.models import Document
from app.kernel import clock
from app.kernel.errors import Missing
from app.web import diagrams, trails
from app.web.session import current_actor, signed_in

bp = Blueprint("sent", __name__)


@bp.get("/sent/<uuid:document_id>")
@signed_in
def show(document_id: UUID) -> ResponseReturnValue:
    """Where the document is by now; `?part=progress` gives only what changes, for browsers that ask again."""
    document = cases.visible_document(current_actor(), document_id)
    case = cases.case_of_document(document_id)
    if document.direction != "outgoing" or case is None:
        raise Missing("document.missing")
    if request.args.get("part") == "progress":
        return render_template("sent_progress.html", document=document, **_progress(document))
    return render_template(
        "sent.html", document=document, case=case, diagram=diagrams.of_case(case), **_progress(document)
    )


def _progress(document: Document) -> dict[str, Any]:
    found = trails.of_document(document)
    return {
        "trails": found,
        "shares": trails.shares(found),
        "stages": trails.STAGES,
        "complete": trails.complete(found),
        "late": sum(trail.late for trail in found),
        "read_at": clock.now(),
    }
