"""What the editor of diagrams asks for and sends (soạn sơ đồ): JSON and BPMN, every refusal with a sentence."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, jsonify, make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, generate_csrf  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from app.domain.actors import queries as actors
from app.domain.procedures import drafts, editing
from app.domain.procedures.checks import Todo
from app.domain.procedures.doubts import WARNING
from app.domain.procedures.models import DraftHold
from app.engine import expressions
from app.engine.report import REFUSED, REWRITTEN, TODO
from app.kernel.errors import Forbidden, Invalid, OfficeError, TooLarge
from app.web import catalogue, errors, placenames
from app.web.i18n import has, locale, t
from app.web.session import current_actor, current_person, signed_in

bp = Blueprint("editing", __name__, url_prefix="/procedures/drafts/<uuid:draft_id>/editing")
MOST_BYTES: Final = 4_000_000
"""What is read of a body, so that what is too large is refused with a sentence and not with a cut line."""
XML: Final = "application/xml"
SEVERITY: Final = {REFUSED: "error", TODO: "todo", REWRITTEN: "rewritten", WARNING: "warning"}
SAID: Final = {errors.NO_SESSION: "editing.signed_out", "draft.missing": "editing.gone"}
"""What is said otherwise to somebody whose work is still in front of them."""
STATUS: Final = {
    errors.NO_SESSION: HTTPStatus.UNAUTHORIZED,
    "editing.token": HTTPStatus.BAD_REQUEST,
    "draft.stale": HTTPStatus.PRECONDITION_FAILED,
    "draft.held": HTTPStatus.LOCKED,
}


@bp.get("/config")
@signed_in
def config(draft_id: UUID) -> ResponseReturnValue:
    """All an editor must know besides the diagram: addresses, the reader's language, and what there is to choose."""
    draft = drafts.visible_draft(current_actor(), draft_id)
    names, found = placenames.names(), editing.opened(draft)
    return jsonify(
        locale=locale(),
        readonly=False,
        title=names.draft(draft),
        place=names.place(draft.place),
        inherited=names.place(found.origin) if found.origin else None,
        origins={node: names.place(place) for node, place in found.origins.items()},
        urls={
            "diagram": url_for(".diagram", draft_id=draft_id),
            "save": url_for(".save", draft_id=draft_id),
            "check": url_for(".check", draft_id=draft_id),
            "expression": url_for(".expression", draft_id=draft_id),
            "lock": url_for(".lock", draft_id=draft_id),
            "svg": url_for("drawing.draft_as", draft_id=draft_id, suffix="svg"),
            "pdf": url_for("drawing.draft_as", draft_id=draft_id, suffix="pdf"),
            "draft": url_for("layers.draft", draft_id=draft_id),
            "try": url_for("trying.show", key=draft.key),
        },
        csrf=generate_csrf(),
        row_version=draft.row_version,
        catalogue=catalogue.of(draft, found.xml, names),
    )


@bp.get("/diagram")
@signed_in
def diagram(draft_id: UUID) -> ResponseReturnValue:
    """The diagram as it is in effect with the draft; its ETag is the row version a save must name."""
    draft = drafts.visible_draft(current_actor(), draft_id)
    answer = Response(editing.opened(draft).xml, mimetype=XML)
    answer.set_etag(str(draft.row_version))
    return answer


@bp.put("/diagram")
@signed_in
def save(draft_id: UUID) -> ResponseReturnValue:
    """Keep what was drawn, ready or not, and tell what is left to do."""
    actor = current_actor()
    draft = editing.save_diagram(actor, draft_id, _body(), _row_version())
    return jsonify(
        row_version=draft.row_version,
        saved_at=draft.changed_at.isoformat(),
        problems=[_problem(one) for one in editing.problems(draft)],
    )


@bp.post("/check")
@signed_in
def check(draft_id: UUID) -> ResponseReturnValue:
    """What stands between a diagram and its publication, element by element; nothing is kept."""
    draft = drafts.visible_draft(current_actor(), draft_id)
    try:
        found = editing.examined(draft, _body())
    except (Invalid, TooLarge) as refusal:
        found = [Todo(refusal.code, refusal.data, verdict=REFUSED)]
    return jsonify(problems=[_problem(one) for one in found])


@bp.post("/expression")
@signed_in
def expression(draft_id: UUID) -> ResponseReturnValue:
    """Whether a text is an expression; if not, why, and from which character to which (counted from 0)."""
    drafts.visible_draft(current_actor(), draft_id)
    asked = _json()
    text, may_name = asked.get("text"), bool(asked.get("performer"))
    if not isinstance(text, str):
        raise Invalid("editing.request")
    try:
        expressions.check(text, performer=may_name)
    except Invalid as refusal:
        start = int(refusal.data.get("at", 1)) - 1
        end = start + max(len(str(refusal.data.get("found", ""))), 1)
        return jsonify(ok=False, text=errors.sentence(refusal), start=start, end=min(end, max(len(text), 1)))
    return jsonify(ok=True, text="", start=0, end=0)


@bp.post("/lock")
@signed_in
def lock(draft_id: UUID) -> ResponseReturnValue:
    """Take the draft in hand or give a sign of life; `take` takes it over from whoever has it."""
    hold = editing.take(current_actor(), draft_id, over=_json().get("take") is True)
    return jsonify(_held(hold))


@bp.delete("/lock")
@signed_in
def release(draft_id: UUID) -> ResponseReturnValue:
    """Put the draft out of one's hand."""
    editing.let_go(current_actor(), draft_id)
    return "", HTTPStatus.NO_CONTENT


@bp.errorhandler(OfficeError)
def refused(error: OfficeError) -> Response:
    """A refusal as an editor reads it: a code, a sentence, and who was faster or has the draft in hand."""
    unusable = isinstance(error, Invalid | TooLarge)
    status = STATUS.get(error.code) or (HTTPStatus.UNPROCESSABLE_ENTITY if unusable else errors.status_of(error))
    text = t(SAID[error.code]) if error.code in SAID else errors.sentence(error)
    return make_response(jsonify(code=error.code, text=text, **_others(error.code)), status)


@bp.errorhandler(HTTPException)
def failed(error: HTTPException) -> Response:
    """A failure of the framework's, in the same shape; what is too large is a refusal like any other."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return refused(TooLarge("diagram.too_large", limit=MOST_BYTES))
    if isinstance(error, CSRFError):
        return refused(Forbidden(errors.NO_SESSION) if current_person() is None else Invalid("editing.token"))
    known = f"error.{status}.why"
    return make_response(jsonify(code=f"error.{status}", text=t(known if has(known) else "error.400.why")), status)


def _others(code: str) -> dict[str, Any]:
    """What somebody else did meanwhile, so that nothing has to be guessed."""
    draft_id = (request.view_args or {}).get("draft_id")
    if draft_id is None or code not in ("draft.stale", "draft.held"):
        return {}
    if code == "draft.held":
        hold = editing.in_hand(draft_id)
        return {} if hold is None else {name: value for name, value in _held(hold).items() if name != "mine"}
    draft = drafts.visible_draft(current_actor(), draft_id)
    return {"by": _name(draft.changed_by), "at": draft.changed_at.isoformat(), "row_version": draft.row_version}


def _held(hold: DraftHold) -> dict[str, Any]:
    mine = hold.person_id == current_actor().person_id
    return {"mine": mine, "by": _name(hold.person_id), "since": hold.since.isoformat()}


def _name(person_id: UUID | None) -> str:
    return "" if person_id is None else actors.names([person_id]).get(person_id, "")


def _problem(one: Todo) -> dict[str, Any]:
    """One finding, in the reader's language; Vietnamese administrators read names of elements, not ids."""
    text = errors.sentence(OfficeError(one.reason, **one.data))
    return {"element": one.element, "severity": SEVERITY.get(one.verdict, "todo"), "code": one.reason, "text": text}


def _body() -> bytes:
    request.max_content_length = MOST_BYTES
    return request.get_data()


def _json() -> dict[str, Any]:
    asked = request.get_json(silent=True)
    return asked if isinstance(asked, dict) else {}


def _row_version() -> int:
    """The state of the draft a save begins from; without one it is stale."""
    known = [tag for tag in request.if_match.as_set() if tag.isascii() and tag.isdigit() and len(tag) < 10]  # noqa: PLR2004 - a small number
    return int(known[0]) if known else 0
