"""The national axis as it answers: parameters in signed headers, bodies of bytes, JSON with an `ErrorCode`."""

import base64
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from werkzeug import Request, Response

from interchange import axiscodes, identifiers, vxp
from interchange.edxml.limits import DEFAULT
from interchange.errors import ExchangeRefused
from interchange.hub import desk
from interchange.hub.book import Agency, Book, Letter
from interchange.hub.desk import Refused

Asked = tuple[Request, Agency, Mapping[str, str]]
Answer = dict[str, Any] | Response


class Vxp:
    """The axis at one book."""

    def __init__(self, kept: Book) -> None:
        self.book = kept
        self.acts: dict[str, Callable[[Asked], Answer]] = {
            "sendEdoc": self._send,
            "getReceivedEdocList": self._received,
            "getSentEdocList": self._sent,
            "getEdoc": self._get,
            "downloadEdoc": self._download,
            "countReceiveEdoc": lambda asked: self._count(asked, vxp.EDOC),
            "countReceiveStatus": lambda asked: self._count(asked, vxp.STATUS),
            "updateStatus": self._update,
            "getAgenciesList": self._agencies,
            "getAgenciesListQD20": self._agencies,
            "getSynchronizeUnit": self._units,
            "registerAgency": self._register,
            "deleteAgency": self._delete,
        }

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        try:
            act = self.acts.get(request.path.rpartition("/")[2])
            if act is None:
                return Response(status=HTTPStatus.NOT_FOUND)
            agency, parameters = self._who(request)
            found = act((request, agency, parameters))
            return (
                found if isinstance(found, Response) else _said({"ErrorCode": axiscodes.OK, "ErrorDesc": "", **found})
            )
        except Refused as refusal:
            return _said({"status": "FAIL", "ErrorCode": refusal.code, "ErrorDesc": refusal.said})

    def _who(self, request: Request) -> tuple[Agency, Mapping[str, str]]:
        headers = dict(request.headers)
        agency = self.book.signed_in(vxp.claimed(headers).get("systemid", ""))
        if agency is None:
            raise Refused(axiscodes.CREDENTIALS)
        try:
            return agency, vxp.check(headers, agency.secret, datetime.now(UTC))
        except ExchangeRefused as wrong:
            raise Refused(axiscodes.CREDENTIALS) from wrong

    def _send(self, asked: Asked) -> Answer:
        request, agency, parameters = asked
        with tempfile.TemporaryDirectory(dir=self.book.files.parent) as folder:
            file = Path(folder) / "letter"
            with file.open("wb") as target:
                shutil.copyfileobj(request.stream, target)
            if file.stat().st_size > DEFAULT.size:
                raise Refused(axiscodes.FILE)
            with file.open("rb") as source:
                if vxp.hash_file(source) != parameters.get("hash-file"):
                    raise Refused(axiscodes.FILE)
            letter = desk.take(self.book, agency, _kind(parameters), file)
        return {"status": "OK", "DocId": letter.sent_id}

    def _received(self, asked: Asked) -> Answer:
        _request, agency, parameters = asked
        found = self.book.received(agency, _kind(parameters), *_while(parameters))
        return {"status": "OK", "data": [_item(one) for one in found]}

    def _sent(self, asked: Asked) -> Answer:
        _request, agency, parameters = asked
        return {"status": "OK", "data": [_sent_item(one) for one in self.book.sent(agency, *_while(parameters))]}

    def _get(self, asked: Asked) -> Answer:
        return {"status": "OK", "data": base64.b64encode(self._file(asked).read_bytes()).decode()}

    def _download(self, asked: Asked) -> Answer:
        file = self._file(asked)
        answer = Response(file.open("rb"), mimetype="application/octet-stream", direct_passthrough=True)
        answer.content_length = file.stat().st_size
        return answer

    def _file(self, asked: Asked) -> Path:
        return self.book.files / self._letter(asked).file

    def _letter(self, asked: Asked) -> Letter:
        _request, agency, parameters = asked
        found = self.book.letter(agency, parameters.get("docid", ""))
        if found is None:
            raise Refused(axiscodes.FILE)
        return found

    def _count(self, asked: Asked, kind: str) -> Answer:
        _request, agency, parameters = asked
        found = self.book.received(agency, kind, *_while(parameters))
        return {"status": "OK", "data": sum(one.status == vxp.PROCESSING for one in found)}

    def _update(self, asked: Asked) -> Answer:
        status = asked[2].get("status", "")
        if status not in (vxp.DONE, vxp.FAIL):
            raise Refused(axiscodes.FILE)
        self.book.mark(self._letter(asked), status)
        return {"status": "OK"}

    def _agencies(self, _asked: Asked) -> Answer:
        named = ("id", "code", "name", "code102")
        rows = ((one.system_id, one.code, one.name, one.code102) for one in self.book.agencies())
        data = [{**dict(zip(named, row, strict=True)), "pid": "", "mail": "", "oldCode": row[3]} for row in rows]
        return {"status": "OK", "data": data}

    def _units(self, _asked: Asked) -> Answer:
        data = [
            {"id": one.system_id, "pid": "", "code": one.code, "name": one.name, "mail": "", "version": 1,
             "centerCode": "", "deleted": False, "modifyDate": "", "isAgency": True}
            for one in self.book.agencies()
        ]  # fmt: skip
        return {"status": "OK", "data": data}

    def _register(self, asked: Asked) -> Answer:
        """An agency may bring those below it; what they sign in with is told to whoever runs the axis."""
        request, agency, _parameters = asked
        try:
            given = json.loads(request.get_data()[:65536])
            made = str(given["code"])
            if not self._is_below(made, agency):
                raise Refused(axiscodes.NO_SENDER)
            self.book.register(made, str(given["name"])[:500])
        except (ValueError, KeyError, TypeError, ExchangeRefused) as nonsense:
            raise Refused(axiscodes.FILE) from nonsense
        return {"status": "OK"}

    def _delete(self, asked: Asked) -> Answer:
        code = asked[0].headers.get("AgencyCode", "")
        if not self._is_below(code, asked[1]):
            raise Refused(axiscodes.NO_SENDER)
        self.book.remove(code)
        return {"status": "OK"}

    @staticmethod
    def _is_below(code: str, agency: Agency) -> bool:
        return identifiers.parse(code).is_within(identifiers.parse(agency.code))


def _kind(parameters: Mapping[str, str]) -> str:
    kind = parameters.get("messagetype", "")
    if kind not in desk.KINDS:
        raise Refused(axiscodes.FILE)
    return kind


def _while(parameters: Mapping[str, str]) -> tuple[datetime, datetime]:
    """FromDate and toDate; each is meant whole, a day or a second."""
    since, _ = desk.span(parameters.get("fromdate", ""))
    _, until = desk.span(parameters.get("todate", ""))
    return since, until


def _item(one: Letter) -> dict[str, str]:
    return {
        "docId": one.doc_id,
        "serviceType": "eDoc",
        "messageType": one.kind,
        "created_time": desk.written(one.created),
        "updated_time": desk.written(one.updated),
        "from": one.sender,
        "to": one.recipient,
        "status": one.status,
        "status_desc": one.description,
    }


def _sent_item(one: Letter) -> dict[str, str]:
    return {
        "serviceType": "eDoc",
        "messageType": one.kind,
        "senderDocId": one.sent_id,
        "receiverDocId": one.doc_id,
        "fromCode": one.sender,
        "toCode": one.recipient,
        "title": one.title,
        "notation": one.notation,
        "sentTime": desk.written(one.created),
        "receivedTime": desk.written(one.updated),
        "sendStatus": vxp.DONE,
        "sendStatusDesc": "",
        "receiveStatus": one.status,
        "receiveStatusDesc": one.description,
    }


def _said(value: dict[str, Any]) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), mimetype="application/json")
