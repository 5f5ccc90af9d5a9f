"""Signing at one's own machine (ký tại máy): what is to be signed, one button, and what became of it."""

import binascii
from base64 import b64decode
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.domain.cases import queries as cases
from app.domain.documents import queries as documents
from app.domain.signatures import elsewhere, papers, repairing
from app.domain.signatures.models import SignatureRequest
from app.kernel.errors import Conflict, Invalid, OfficeError
from app.web import handovers, paper, plugins, uploads
from app.web.errors import NO_SESSION, sentence, status_of
from app.web.i18n import has, t
from app.web.session import current_actor, signed_in

bp = Blueprint("desk", __name__, url_prefix="/signing")
talk = Blueprint("talk", __name__)
"""What the script of the page says, in JSON."""
AGENT = "http://127.0.0.1:8988"
"""Where our program on the user's machine listens, unless DESK_AGENT says otherwise."""
LONGEST = 262_144
"""Bytes of what a page says in JSON: certificates and signatures are small."""
WORDS = (
    *("absent", "vgca_absent", "looking", "preparing", "agree", "checking", "done", "failed", "slow"),
    *("agent.refused", "agent.busy", "agent.too_slow", "agent.origin", "key.unreadable", "key.pin_wrong"),
    *("key.pin_locked", "key.absent"),
)


@bp.get("/<uuid:request_id>")
@signed_in
def show(request_id: UUID) -> ResponseReturnValue:
    """The document, who signs it with what, and the button."""
    actor = current_actor()
    found = elsewhere.mine(actor, request_id)
    document = documents.document(found.document_id)
    agent = current_app.config.get("DESK_AGENT", AGENT)
    page = render_template(
        "desk.html",
        one=found,
        document=document,
        subject=_subject(found),
        attached=papers.paper(found) if found.kind == papers.ATTACHMENT else None,
        paper=paper.of(document),
        provider=elsewhere.desk_of(found),
        agent=agent,
        failure=_failure(found),
        by_hand=_by_hand(found),
        words={name: t(name) if "." in name else t(f"desk.{name}") for name in WORDS if "." not in name or has(name)},
    )
    return plugins.may_be_asked(page, agent)


@talk.post("/<uuid:request_id>/begin")
@signed_in
def begin(request_id: UUID) -> ResponseReturnValue:
    """Begin a turn: with the machine's certificates a raw signature will be asked for, else the whole file."""
    elsewhere.mine(current_actor(), request_id)
    told = _told()
    sent = [told.get("certificate"), *told.get("chain", ())] if "certificate" in told else []
    elsewhere.begin(current_actor(), request_id, certificates=[_bytes(one) for one in sent])
    return jsonify({})


@talk.get("/<uuid:request_id>/progress")
@signed_in
def progress(request_id: UUID) -> ResponseReturnValue:
    """Where the turn stands, and what the machine is asked once that is laid out."""
    found = elsewhere.mine(current_actor(), request_id)
    kept = found.pending or {}
    told = {"state": found.state, "stage": kept.get("stage", ""), "failure": _failure(found)}
    return jsonify({**told, "asked": _asked(found, kept) if kept.get("stage") == "ready" else {}})


@talk.post("/<uuid:request_id>/answer")
@signed_in
def answer(request_id: UUID) -> ResponseReturnValue:
    """The raw signature of the machine."""
    elsewhere.mine(current_actor(), request_id)
    told = _told()
    elsewhere.answer(current_actor(), request_id, str(told.get("turn", "")), raw=_bytes(told.get("raw")))
    return jsonify({})


@talk.errorhandler(OfficeError)
def refused(error: OfficeError) -> ResponseReturnValue:
    """What is wrong, as the page shows it."""
    status = HTTPStatus.UNAUTHORIZED if error.code == NO_SESSION else status_of(error)
    return jsonify(detail=sentence(error)), status


@bp.post("/<uuid:request_id>/by-hand")
@signed_in
def by_hand(request_id: UUID) -> ResponseReturnValue:
    """Have the file made ready to be signed with whatever program the person has."""
    elsewhere.begin(current_actor(), request_id)
    return redirect(url_for(".show", request_id=request_id, _anchor="by-hand"), 303)


@bp.get("/<uuid:request_id>/file")
@signed_in
def file(request_id: UUID) -> ResponseReturnValue:
    """The file to be signed by hand."""
    found = elsewhere.mine(current_actor(), request_id)
    if not _by_hand(found):
        raise Conflict("signature.turn_over")
    path = current_app.extensions["files"].path(str(found.prepared_sha256))
    return send_file(path, mimetype="application/pdf", as_attachment=True, download_name=_name(found), etag=False)


@bp.post("/<uuid:request_id>/file")
@signed_in
def bring_back(request_id: UUID) -> ResponseReturnValue:
    """The file that was signed by hand."""
    found = elsewhere.mine(current_actor(), request_id)
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid("signature.no_file")
    stored = uploads.stored(upload)
    elsewhere.bring_back(found.id, str((found.pending or {}).get("turn")), sha256=stored.sha256)
    return redirect(url_for(".show", request_id=request_id), 303)


@bp.post("/<uuid:request_id>/give-up")
@signed_in
def give_up(request_id: UUID) -> ResponseReturnValue:
    """Take the decision to sign back."""
    repairing.give_up(current_actor(), request_id)
    flash(t("desk.given_up"), "soon")
    return redirect(url_for("inbox.show"), 303)


def address_after() -> str | None:
    """Where to go after an act that made a signature wait for the person's own machine."""
    request_id = elsewhere.just_asked()
    return None if request_id is None else url_for("desk.show", request_id=request_id)


@bp.app_template_global("desk_waits")
def desk_waits() -> list[dict[str, str]]:
    """What waits for the reader's own machine."""
    found = elsewhere.waiting(current_actor())
    return [
        {"id": str(one.id), "url": url_for("desk.show", request_id=one.id), "subject": _subject(one)} for one in found
    ]


@bp.app_template_global("desk_of_case")
def desk_of_case(case_id: UUID) -> str | None:
    """The page where the reader signs what a case waits for, if they are to sign it."""
    found = elsewhere.waiting_in(current_actor(), case_id)
    return None if found is None else url_for("desk.show", request_id=found.id)


def _asked(found: SignatureRequest, kept: dict[str, Any]) -> dict[str, Any]:
    """What the page tells the program of the machine."""
    if kept["way"] == "raw":
        return {"turn": kept["turn"], "digests": [kept["digest"]], "code": kept["code"], "what": _subject(found)}
    document = cases.visible_document(current_actor(), found.document_id)
    return handovers.message(found, document, _name(found), plugins.address())


def _subject(found: SignatureRequest) -> str:
    if found.kind == papers.ATTACHMENT:
        return _name(found)
    document = documents.document(found.document_id)
    return document.subject or t("document.no_subject")


def _name(found: SignatureRequest) -> str:
    paper = papers.paper(found)
    return "document.pdf" if paper is None else paper.name


def _failure(found: SignatureRequest) -> str:
    if not found.failure:
        return ""
    return t(found.failure) if has(found.failure) else t("desk.failed")


def _by_hand(found: SignatureRequest) -> bool:
    kept = found.pending or {}
    return found.state == "waiting" and kept.get("stage") == "ready" and kept["way"] == "file"


def _told() -> dict[str, Any]:
    request.max_content_length = LONGEST
    try:
        told = request.get_json(silent=True)
    except RecursionError:
        return {}
    return told if isinstance(told, dict) else {}


def _bytes(text: Any) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise Invalid("signature.answer_bad") from error


bp.register_blueprint(talk)
