"""A provincial gateway (LGSP) as it answers: a token for half an hour, keys of the sending agency, and JSON."""

import base64
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from hmac import compare_digest
from http import HTTPStatus
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from werkzeug import Request, Response

from interchange import axiscodes, vxp
from interchange.edxml import reader
from interchange.edxml.message import Message
from interchange.hub import desk
from interchange.hub.book import Agency, Book, Letter
from interchange.hub.desk import Refused

TOKEN_SECONDS = 1800.0
LARGEST = 64 * 2**20
"""Bytes of a message that fits into one answer of JSON."""
_BODY = 65536
Answer = tuple[dict[str, Any], int]


class Lgsp:
    """The gateway at one book; tokens are forgotten when it ends."""

    def __init__(self, kept: Book) -> None:
        self.book = kept
        self._tokens: dict[str, float] = {}
        self.acts: dict[tuple[str, str], Callable[[Request, Agency], dict[str, Any]]] = {
            ("POST", "sendEdoc"): self._send,
            ("GET", "syncReceivedEdocList"): self._received,
            ("GET", "getEdoc"): self._get,
            ("POST", "updateStatus"): self._update,
            ("GET", "getAgenciesList"): self._agencies,
        }

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        path = request.path.rpartition("/v1/")[2]
        try:
            said, status = self._login(request) if path == "auth/login" else self._acted(request, path)
        except Refused as refusal:
            status = HTTPStatus.BAD_REQUEST
            said = {"success": False, "errorCode": refusal.code, "message": refusal.said}
        return Response(json.dumps(said, ensure_ascii=False), status, mimetype="application/json")

    def _login(self, request: Request) -> Answer:
        given = _json(request)
        self._known(str(given.get("username", "")), str(given.get("password", "")))
        self._tokens = {token: end for token, end in self._tokens.items() if end > time.time()}
        token = token_urlsafe(24)
        self._tokens[token] = time.time() + TOKEN_SECONDS
        return {"success": True, "data": {"token": token}}, HTTPStatus.OK

    def _acted(self, request: Request, path: str) -> Answer:
        act = self.acts.get((request.method, path))
        if act is None:
            return {"success": False, "message": "?"}, HTTPStatus.NOT_FOUND
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._tokens.get(bearer, 0) < time.time():
            return {"success": False, "message": "token"}, HTTPStatus.UNAUTHORIZED
        agency = self._known(request.headers.get("X-SystemId", ""), request.headers.get("X-SecretKey", ""))
        return {"success": True, "errorCode": axiscodes.OK, "message": "", **act(request, agency)}, HTTPStatus.OK

    def _known(self, system_id: str, secret: str) -> Agency:
        agency = self.book.signed_in(system_id)
        if agency is None or not compare_digest(agency.secret.encode(), secret.encode()):
            raise Refused(axiscodes.CREDENTIALS)
        return agency

    def _send(self, request: Request, agency: Agency) -> dict[str, Any]:
        upload, kind = request.files.get("edocFile"), request.form.get("messageType", "")
        if upload is None or kind not in desk.KINDS:
            raise Refused(axiscodes.FILE)
        with tempfile.TemporaryDirectory(dir=self.book.files.parent) as folder:
            file = Path(folder) / "letter"
            upload.save(file)
            if file.stat().st_size > LARGEST:
                raise Refused(axiscodes.FILE)
            return {"docId": desk.take(self.book, agency, kind, file).sent_id}

    def _received(self, request: Request, agency: Agency) -> dict[str, Any]:
        since, _ = desk.span(request.args.get("fromDate", ""))
        _, until = desk.span(request.args.get("toDate", ""))
        kind = request.args.get("messageType", vxp.EDOC)
        return {"data": [_item(one) for one in self.book.received(agency, kind, since, until)]}

    def _get(self, request: Request, agency: Agency) -> dict[str, Any]:
        letter = self._letter(request.args.get("docId", ""), agency)
        file = self.book.files / letter.file
        return {
            **_told(letter, self._name(letter.sender)),
            "edxml": file.read_text("utf-8"),
            "attachments": _attached(file),
        }

    def _update(self, request: Request, agency: Agency) -> dict[str, Any]:
        given = _json(request)
        status = given.get("status")
        if status not in (vxp.DONE, vxp.FAIL):
            raise Refused(axiscodes.FILE)
        self.book.mark(self._letter(str(given.get("docId", "")), agency), status)
        return {}

    def _agencies(self, _request: Request, _agency: Agency) -> dict[str, Any]:
        data = [{"code": one.code, "name": one.name, "code102": one.code102} for one in self.book.agencies()]
        return {"data": data}

    def _letter(self, doc_id: str, agency: Agency) -> Letter:
        found = self.book.letter(agency, doc_id)
        if found is None:
            raise Refused(axiscodes.FILE)
        return found

    def _name(self, code: str) -> str:
        found = self.book.agency(code)
        return found.name if found else ""


def _told(letter: Letter, name: str) -> dict[str, str]:
    return {
        "docId": letter.doc_id,
        "from": letter.sender,
        "fromName": name,
        "edocCode": letter.notation,
        "edocAbstract": letter.title,
    }


def _attached(file: Path) -> list[dict[str, str]]:
    with tempfile.TemporaryDirectory(dir=file.parent.parent) as folder, file.open("rb") as source:
        message = reader.read(source, Path(folder))
        found = message.attachments if isinstance(message, Message) else ()
        return [{"fileName": one.name, "fileContent": _base64(one.path)} for one in found if one.path is not None]


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _item(one: Letter) -> dict[str, str]:
    return {
        "docId": one.doc_id,
        "messageType": one.kind,
        "from": one.sender,
        "to": one.recipient,
        "createdTime": desk.written(one.created),
        "updatedTime": desk.written(one.updated),
        "status": one.status,
    }


def _json(request: Request) -> Mapping[str, Any]:
    try:
        value = json.loads(request.get_data()[:_BODY])
    except (ValueError, RecursionError) as nonsense:
        raise Refused(axiscodes.FILE) from nonsense
    if not isinstance(value, dict):
        raise Refused(axiscodes.FILE)
    return value
