"""Noting by hand that an arrived document answers one that was sent (văn bản trả lời)."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.cases import queries as cases
from app.domain.documents.models import Document
from app.domain.exchange import replies
from app.kernel.errors import Missing
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("replies", __name__)


@bp.post("/documents/<uuid:document_id>/reply")
@signed_in
def note(document_id: UUID) -> ResponseReturnValue:
    """Note that a document answers the one that is chosen."""
    actor = current_actor()
    cases.visible_document(actor, document_id)
    replies.note_reply(actor, _chosen(), reply_id=document_id)
    flash(t("reply.noted"), "done")
    return redirect(url_for("documents.show", document_id=document_id), 303)


def awaited(actor: Actor, document: Document) -> list[Document]:
    """What an arrived document may be noted to answer; nothing for whoever may not note it."""
    may = actor.may("exchange.register", at=document.unit_id)
    if document.direction != "incoming" or document.source_id is not None or not may:
        return []
    return replies.awaited(document.unit_id)


def _chosen() -> UUID:
    try:
        return UUID(request.form.get("answers", ""))
    except ValueError as nonsense:
        raise Missing("document.missing") from nonsense
