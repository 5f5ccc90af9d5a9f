"""The sender's view of a sent document (theo dõi văn bản đi): one line for each recipient."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.cases import queries as cases
from app.domain.cases.deadjobs import OPERATE_SYSTEM
from app.domain.documents.models import Document
from app.domain.exchange import queries, recalling, succeeding
from app.domain.exchange.following import TRAVELLING
from app.domain.exchange.models import Delivery
from app.domain.exchange.succeeding import Wanted
from app.kernel import clock
from app.kernel.errors import Invalid, Missing
from app.web import causes, diagrams, roads, successions, trails
from app.web.cases import first_step
from app.web.i18n import t
from app.web.session import current_actor, signed_in
from app.web.trails import Trail

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
        holders=_holders(document),
        thread=successions.of(document),
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


@bp.post("/sent/<uuid:document_id>/successor")
@signed_in
def succeed(document_id: UUID) -> ResponseReturnValue:
    """Begin the document that updates or replaces this one, or the corrected one for whoever refused it."""
    actor = current_actor()
    cases.visible_document(actor, document_id)
    said = request.form
    recipients = [_id(one) for one in said.getlist("recipients")]
    wanted = Wanted(said.get("kind", ""), recipients, said.get("reason", ""))
    return redirect(first_step(actor, succeeding.begin(actor, document_id, wanted)), 303)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as nonsense:
        raise Invalid("succession.recipients") from nonsense


def _holders(document: Document) -> list[Delivery]:
    """To whom the actor may send an update or a replacement of a document."""
    original = queries.sent(document.id)
    may = succeeding.may_begin(current_actor(), document)
    if not may or original is None or document.state not in TRAVELLING:
        return []
    return succeeding.open_to(original, Wanted("update", ()))


def _correctable(document: Document, found: Sequence[Trail]) -> set[UUID]:
    """The recipients to whom the actor may send a corrected document."""
    may = document.state in TRAVELLING and succeeding.may_begin(current_actor(), document)
    refused = [one.delivery for one in found if may and succeeding.is_refused(one.delivery)]
    return {one.recipient_id for one in refused} - (succeeding.corrected(refused[0].message_id) if refused else set())


def _may_recall(document: Document) -> bool:
    """Whether whoever looks may take the document back, and nobody has done so yet."""
    original = queries.sent(document.id)
    may = current_actor().may("exchange.send", at=document.unit_id)
    return may and document.state in TRAVELLING and original is not None and recalling.of(original.id) is None


def _progress(document: Document) -> dict[str, Any]:
    found, actor = trails.of_document(document), current_actor()
    recalls = [one for one in found if one.wish is not None and one.wish.message.kind == "recall"]
    return {
        "correctable": _correctable(document, found),
        "trails": found,
        "shown": roads.shown(found),
        "shares": trails.shares(found),
        "stages": trails.STAGES,
        "complete": trails.complete(found),
        "late": sum(trail.late for trail in found),
        "done": sum(trail.standing == "06" for trail in found),
        "wish": next((one.wished[0] for one in recalls if one.wished), None),
        "answers": Counter(one.answer.code for one in recalls if one.answer is not None),
        "operates": actor.may("exchange.send", at=document.unit_id) or bool(actor.places(OPERATE_SYSTEM)),
        "read_at": clock.now(),
        "why": causes.why,
    }
