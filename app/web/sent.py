"""The sender's view of a sent document (theo dõi văn bản đi): one line for each recipient."""

from collections import Counter
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.cases import queries as cases
from app.domain.cases.deadjobs import OPERATE_SYSTEM
from app.domain.documents.models import Document
from app.domain.exchange import recalling
from app.domain.exchange.following import TRAVELLING
from app.kernel import clock
from app.kernel.errors import Missing
from app.web import causes, diagrams, roads, trails
from app.web.i18n import t
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
        "sent.html",
        document=document,
        case=case,
        diagram=diagrams.of_case(case),
        may_recall=_may_recall(document),
        **_progress(document),
    )


@bp.post("/sent/<uuid:document_id>/recall")
@signed_in
def recall(document_id: UUID) -> ResponseReturnValue:
    """Wish to take the document back from everybody who has it."""
    actor = current_actor()
    cases.visible_document(actor, document_id)
    recalling.ask(actor, document_id, reason=request.form.get("reason", ""))
    flash(t("recall.asked"), "done")
    return redirect(url_for("sent.show", document_id=document_id), 303)


def _may_recall(document: Document) -> bool:
    """Whether whoever looks may take the document back, and nobody has done so yet."""
    original = recalling.sent(document.id)
    may = current_actor().may("exchange.send", at=document.unit_id)
    return may and document.state in TRAVELLING and original is not None and recalling.of(original.id) is None


def _progress(document: Document) -> dict[str, Any]:
    found = trails.of_document(document)
    actor = current_actor()
    return {
        "trails": found,
        "shown": roads.shown(found),
        "shares": trails.shares(found),
        "stages": trails.STAGES,
        "complete": trails.complete(found),
        "late": sum(trail.late for trail in found),
        "done": sum(trail.standing == "06" for trail in found),
        "wishes": Counter(trail.wish.code for trail in found if trail.wish is not None),
        "wish": next((trail.wished[0] for trail in found if trail.wished), None),
        "operates": actor.may("exchange.send", at=document.unit_id) or bool(actor.places(OPERATE_SYSTEM)),
        "read_at": clock.now(),
        "why": causes.why,
    }
