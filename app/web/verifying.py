"""Pages for everybody: is this file, or this paper, what an agency signed? Nothing of what is sent here is kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from limits import parse
from werkzeug.datastructures import FileStorage

from app.domain.documents import queries as documents
from app.domain.documents.models import Document, DocumentFile
from app.domain.signatures import proofs
from app.gateways import files, verifying
from app.gateways.files import FileStore
from app.kernel.errors import Invalid, Missing, OfficeError, TooMany
from app.web import errors, proofwords, refusals

bp = Blueprint("verifying", __name__, url_prefix="/verify")
UPLOADS = (parse("10 per minute"), parse("120 per hour"))
LOOKS = (parse("60 per minute"), parse("1000 per hour"))
"""How often one address may send a file, and look up a code."""


@dataclass(frozen=True)
class Compared:
    """What a holder's file is to the issued one: same, longer (all of it and something more), or other."""

    is_what: str
    evidence: dict[str, Any] | None


@bp.get("")
def show() -> ResponseReturnValue:
    """Where to send a file."""
    return render_template("verify.html", wrong="", report=None)


@bp.post("")
def judge() -> ResponseReturnValue:
    """The verdict on a file."""
    _counted("send", UPLOADS)
    try:
        upload = _given()
        with _store().temporary() as folder:
            evidence = _judged(_laid_down(upload, folder))
    except OfficeError as refusal:
        return render_template("verify.html", wrong=errors.sentence(refusal), report=None), errors.status_of(refusal)
    return render_template("verify.html", wrong="", report=proofwords.report(evidence), name=_name(upload))


@bp.get("/<token>")
def document(token: str) -> ResponseReturnValue:
    """What a code on paper leads to."""
    _counted("look", LOOKS)
    return _page(token)


@bp.post("/<token>")
def compare(token: str) -> ResponseReturnValue:
    """Whether a holder's file is what was issued."""
    _counted("send", UPLOADS)
    found = proofs.public(token)[1]
    try:
        upload = _given()
        with _store().temporary() as folder:
            compared = _compared(found, _laid_down(upload, folder))
    except OfficeError as refusal:
        return _page(token, wrong=errors.sentence(refusal)), errors.status_of(refusal)
    return _page(token, compared=compared)


@bp.after_request
def _unlisted(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _page(token: str, *, wrong: str = "", compared: Compared | None = None) -> str:
    proof, found = proofs.public(token)
    check = proofs.last_check(found.id)
    return render_template(
        "verify_document.html",
        proof=proof,
        document=found,
        report=None if check is None else proofwords.report(check.evidence),
        wrong=wrong,
        compared=compared,
        theirs=None if compared is None or compared.evidence is None else proofwords.report(compared.evidence),
    )


def _compared(found: Document, theirs: Path) -> Compared:
    issued = [one for one in documents.files(found.id) if one.role == "main" and one.stage in proofs.SEALED]
    if not issued:
        raise Missing("verify.unknown")
    if verifying.digest(theirs) in {one.sha256 for one in issued}:
        return Compared("same", None)
    evidence = _judged(theirs)
    return Compared("longer" if _begins_like(theirs, issued[-1]) else "other", evidence)


def _begins_like(theirs: Path, issued: DocumentFile) -> bool:
    """Whether a file is the issued one with something behind it."""
    return verifying.same_start(theirs, _store().path(issued.sha256), issued.size)


def _given() -> FileStorage:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid("verify.no_file")
    return upload


def _laid_down(upload: FileStorage, folder: Path) -> Path:
    """A file for the child to read; the folder goes with the request, or with the hourly sweep if this is killed."""
    target = folder / "theirs.pdf"
    files.copy(cast("BinaryIO", upload.stream), target, limit=current_app.config["UPLOAD_LIMIT"])
    return target


def _judged(path: Path) -> dict[str, Any]:
    anchors: Path = current_app.config["PKI"] / "trust"
    return verifying.judge(path, anchors, production=current_app.config["PRODUCTION"])


def _name(upload: FileStorage) -> str:
    """What the sender calls the file: shown to them alone."""
    return (upload.filename or "").replace("\\", "/").rsplit("/", 1)[-1][:120]


def _counted(act: str, rules: tuple[Any, ...]) -> None:
    """Count one act of an address. Raises TooMany."""
    door: refusals.Door = current_app.extensions[refusals.KEY]
    address = get_remote_address()
    for rule in rules:
        if not door.ask(lambda count, rule=rule: count.hit(rule, "verify", act, address)):  # type: ignore[misc]
            raise TooMany("verify.too_many")


def _store() -> FileStore:
    found: FileStore = current_app.extensions["files"]
    return found
