"""Documents (văn bản): finding them, reading them, taking their files along."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.domain.cases import queries as cases
from app.domain.cases.models import Case
from app.domain.documents import queries
from app.domain.documents.models import Document
from app.domain.exchange import queries as exchange
from app.kernel.errors import Missing
from app.web import (
    attachments,
    copies,
    diagrams,
    digitising,
    history,
    listing,
    paper,
    pictures,
    proofs,
    replies,
    successions,
    taskpage,
    trails,
)
from app.web.i18n import has, t
from app.web.listing import Part
from app.web.session import current_actor, signed_in

bp = Blueprint("documents", __name__)
DIRECTIONS = ("", "incoming", "outgoing", "internal")
PAGE = 30


@bp.get("/documents")
@signed_in
def index() -> ResponseReturnValue:
    """Documents I may see, newest first."""
    direction = _direction()
    tabs = [
        {"key": one, "label": t(f"documents.tab.{one or 'all'}"), "url": url_for(".index", direction=one or None)}
        for one in DIRECTIONS
    ]
    return render_template(
        "documents.html", tabs=tabs, direction=direction, part=_found(direction), search=listing.typed(), again=_again
    )


@bp.get("/search")
@signed_in
def search() -> ResponseReturnValue:
    """Documents with some words in their subject or notation; marks and capitals do not matter."""
    typed = listing.typed()
    part = _found("") if typed else Part([], 0, PAGE)
    return render_template("search.html", part=part, search=typed, again=_again)


@bp.get("/documents/<uuid:document_id>")
@signed_in
def show(document_id: UUID) -> ResponseReturnValue:
    """One document: its pages, what it is, who signed it, where it went."""
    document = cases.visible_document(current_actor(), document_id)
    case = cases.case_of_document(document_id)
    return render_template(
        "document.html",
        document=document,
        paper=paper.of(document),
        proven=proofs.of(current_actor(), document),
        files=[one for one in queries.files(document_id) if one.role == "main"],
        recipients=queries.recipients(document_id),
        trails=trails.of_document(document) if document.direction == "outgoing" else [],
        arrival=exchange.arrival_of_document(document_id) if document.direction == "incoming" else None,
        case=case,
        awaited=replies.awaited(current_actor(), document),
        attached=attachments.shown(current_actor(), document),
        digitises=digitising.offered(current_actor(), document),
        copied=copies.shown(current_actor(), document),
        thread=successions.of(document),
        **(_case(case) if case is not None else {}),
    )


@bp.get("/documents/<uuid:document_id>/file")
@signed_in
def file(document_id: UUID) -> ResponseReturnValue:
    """The newest revision of the main file, or the one that is named; always as an attachment."""
    cases.visible_document(current_actor(), document_id)
    revision = listing.number("revision", lowest=1, highest=9999)
    mains = (one for one in queries.files(document_id) if one.role == "main")
    wanted = next((one for one in mains if revision in (None, one.revision)), None)
    if wanted is None:
        raise Missing("document.file_missing")
    path = current_app.extensions["files"].path(wanted.sha256)
    answer = send_file(path, mimetype="application/pdf", as_attachment=True, download_name=wanted.name, etag=False)
    answer.set_etag(wanted.sha256)
    answer.cache_control.private = True
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@bp.get("/documents/<uuid:document_id>/pages/<int:page>.png")
@signed_in
def page(document_id: UUID, page: int) -> ResponseReturnValue:
    """One page of the newest revision as a picture."""
    cases.visible_document(current_actor(), document_id)
    latest = queries.latest_file(document_id)
    if latest is None:
        raise Missing("document.file_missing")
    width = listing.number("w", lowest=1, highest=9999) or pictures.WIDTHS[-1]
    return pictures.picture(latest, page, width)


@bp.app_template_global("type_name")
def type_name(code: str) -> str:
    """What a kind of document is called; a kind another agency made up keeps its abbreviation."""
    key = f"document_type.{code}"
    return t(key) if has(key) else code


def _found(direction: str) -> Part[Document]:
    actor, words = current_actor(), listing.searched()

    def read(offset: int, limit: int) -> list[Document]:
        return cases.visible_documents(actor, search=words, direction=direction, limit=limit, offset=offset)

    return listing.part(read, PAGE)


def _case(case: Case) -> dict[str, Any]:
    tasks, calls = cases.tasks_of(case.id), cases.calls_of(case.id)
    told = history.of_case(case, tasks)
    return {
        "history": told,
        "strip": diagrams.strip(tasks, calls, told),
        "diagram": diagrams.picture(case, tasks, calls),
        "slip": taskpage.slip(case),
    }


def _direction() -> str:
    wanted = request.args.get("direction", "")
    return wanted if wanted in DIRECTIONS else ""


def _again(offset: int) -> str:
    """The same list from another row on."""
    kept: dict[str, Any] = {name: value for name in ("q", "direction") if (value := request.args.get(name))}
    return url_for(str(request.endpoint), **kept, offset=offset or None)
