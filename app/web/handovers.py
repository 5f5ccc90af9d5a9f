"""Handing a file to a program on the user's machine, and taking it back: addresses for one file, one use, ten minutes.

The program (VGCA Sign Service) fetches and brings files with a client of its own, which has no session: the address
itself says what it is for, is signed by us, and ends with its turn.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, request, send_file, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from app.domain.documents.models import Document
from app.domain.signatures import elsewhere
from app.domain.signatures.models import SignatureRequest
from app.kernel.errors import Missing, OfficeError
from app.web import uploads
from app.web.errors import sentence, status_of

bp = Blueprint("api_handovers", __name__, url_prefix="/handovers")
LASTS = 600
"""Seconds."""
UPLOAD = "uploadfile"
"""What the program calls the file it brings."""
OPERATIONS = {
    "person": "SignApproved",
    "organisation": "SignIssued",
    "initials": "SignFile",
    "attachment": "SignAppendix",
    "copy": "SignCopy",
    "digitised": "SignIncome",
}


def message(found: SignatureRequest, document: Document, name: str, plugin: str) -> dict[str, Any]:
    """The operation of the program for a signature, and what it is told; valid for ten minutes and one use."""
    token = _signer().dumps([str(found.id), (found.pending or {})["turn"]])
    issued = None if document.issued_on is None else f"{document.issued_on.isoformat()}T12:00:00+07:00"
    told = {
        "FileUploadHandler": url_for("api_handovers.keep", handover=token, _external=True),
        "SessionId": "",
        "JWTToken": "",
        "FileName": url_for("api_handovers.fetch", handover=token, name=name, _external=True),
        "DocNumber": document.reference or "",
        "IssuedDate": issued or "",
        "MetaData": [],
    }
    return {"address": f"{plugin}/{OPERATIONS[found.kind]}", "message": told}


@bp.get("/<handover>/<name>")
def fetch(handover: str, name: str) -> ResponseReturnValue:
    """The file to be signed, once."""
    request_id, turn = _meant(handover)
    path = current_app.extensions["files"].path(elsewhere.take_along(request_id, turn))
    return send_file(path, mimetype="application/pdf", as_attachment=True, download_name=name, etag=False)


@bp.post("/<handover>")
def keep(handover: str) -> ResponseReturnValue:
    """The file that comes back, once; what is in it is judged by a worker, and told on the page."""
    try:
        request_id, turn = _meant(handover)
        upload = request.files.get(UPLOAD)
        if upload is None:
            raise Missing("signature.no_file")
        stored = uploads.stored(upload)
        elsewhere.bring_back(request_id, turn, sha256=stored.sha256)
    except OfficeError as refusal:
        return _reply(sentence(refusal), ""), status_of(refusal)
    return _reply("", upload.filename or "")


def _reply(trouble: str, name: str) -> Response:
    return jsonify({"Status": not trouble, "Message": trouble, "FileName": name, "FileServer": name})


def _meant(handover: str) -> tuple[UUID, str]:
    """The request and the turn an address was made for. Raises Missing."""
    try:
        request_id, turn = _signer().loads(handover, max_age=LASTS)
        return UUID(request_id), str(turn)
    except (BadData, ValueError, TypeError) as error:
        raise Missing("signature.handover_over") from error


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="handover")
