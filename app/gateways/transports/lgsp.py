"""A provincial gateway (LGSP): a token for half an hour, the keys of the sending agency with every request."""

import base64
import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import IO, Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from app.gateways.transports.axis import Dispatch, Entry, Listing, rows, whole
from interchange import axiscodes
from interchange.edxml.values import VIETNAM
from interchange.errors import ExchangeRefused, ExchangeUnavailable
from interchange.http import Said, Site

TOKEN_SECONDS = 25 * 60.0
"""How long a token is used; the gateway gives it for thirty minutes."""
LARGEST = 192 * 2**20
"""Bytes of an answer with a message: it comes as one JSON text with every file in base64."""
_TOKENS: dict[tuple[str, str], tuple[str, float]] = {}
_LOCK = Lock()


@dataclass(frozen=True)
class LgspWire:
    """One agency at the gateway."""

    site: Site
    system_id: str
    secret: str = field(repr=False)

    def send(self, file: Path, kind: str, sender: str, recipient: str) -> str:  # noqa: ARG002 - both stand in the file
        """Bring an edXML file; what the gateway calls it (docId)."""
        mark = uuid4().hex
        head = (
            f'--{mark}\r\nContent-Disposition: form-data; name="messageType"\r\n\r\n{kind}\r\n'
            f'--{mark}\r\nContent-Disposition: form-data; name="edocFile"; filename="letter.edxml"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        tail = f"\r\n--{mark}--\r\n".encode()
        size = len(head) + file.stat().st_size + len(tail)
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}", "Content-Length": str(size)}
        with file.open("rb") as source:
            said = self._asked("POST", "sendEdoc", lambda: _Joined(head, source, tail), headers)
        found = said.get("docId")
        if not isinstance(found, str) or not found:
            raise ExchangeUnavailable("peer.nonsense", is_ambiguous=True)
        return found

    def received(self, kind: str, since: datetime, until: datetime) -> Sequence[Listing]:
        """The list of what came; the gateway knows days only."""
        days = {"fromDate": _day(since), "toDate": _day(until), "messageType": kind}
        found = rows(self._asked("GET", f"syncReceivedEdocList?{urlencode(days)}"))
        names = ("docId", "from", "status")
        return [
            Listing(one[0], kind, one[1], one[2]) for one in ([str(row.get(n, "")) for n in names] for row in found)
        ]

    def sent(self, since: datetime, until: datetime) -> Sequence[Dispatch] | None:  # noqa: ARG002 - it has no such list
        """Nothing: this gateway has no list of what was sent."""
        return None

    def fetch(self, reference: str, target: Path) -> None:
        """Bring the edXML of a message. Errors: ExchangeRefused "edxml.too_large" for what no memory should hold."""
        text = io.BytesIO()
        path = self.site.path(f"/v1/getEdoc?docId={quote(reference, safe='')}")
        said = whole(self.site, path, text, most=LARGEST, headers=self._headers())
        found = _read(Said(said.status, said.headers, text.getvalue())).get("edxml")
        if not isinstance(found, str) or not found:
            raise ExchangeUnavailable("peer.nonsense")
        with target.open("xb") as into:
            into.write(found.encode() if found.lstrip().startswith("<") else _decoded(found))

    def mark(self, reference: str, status: str) -> None:
        """Tell what became of a message (updateStatus)."""
        body = json.dumps({"docId": reference, "status": status}).encode()
        self._asked("POST", "updateStatus", lambda: io.BytesIO(body), _json(body))

    def agencies(self) -> Sequence[Entry]:
        """The directory."""
        found = rows(self._asked("GET", "getAgenciesList"))
        lines = [[str(one.get(name) or "") for name in ("name", "code", "code102")] for one in found]
        return [Entry(name, tuple(codes)) for name, *codes in lines]

    def _asked(
        self, method: str, act: str, body: Callable[[], IO[bytes]] | None = None, more: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """Ask; a token that is over is fetched anew, once."""
        for is_last in (False, True):
            headers = {**self._headers(), **(more or {})}
            given: bytes | IO[bytes] = b"" if body is None else body()
            said = self.site.ask(method, self.site.path(f"/v1/{act}"), body=given, headers=headers)
            if said.status != HTTPStatus.UNAUTHORIZED or is_last:
                break
            self._forget()
        return _read(said)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token()}", "X-SystemId": self.system_id, "X-SecretKey": self.secret}

    def _token(self) -> str:
        with _LOCK:
            token, until = _TOKENS.get(self._key, ("", 0.0))
        if until > time.monotonic():
            return token
        body = json.dumps({"username": self.system_id, "password": self.secret}).encode()
        said = _read(self.site.ask("POST", self.site.path("/v1/auth/login"), body=body, headers=_json(body)))
        data = said.get("data")
        token = data.get("token", "") if isinstance(data, dict) else ""
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise ExchangeUnavailable("peer.nonsense")
        with _LOCK:
            _TOKENS[self._key] = (token, time.monotonic() + TOKEN_SECONDS)
        return token

    def _forget(self) -> None:
        with _LOCK:
            _TOKENS.pop(self._key, None)

    @property
    def _key(self) -> tuple[str, str]:
        """Whose token: another secret signs in anew."""
        return self.site.address, sha256(f"{self.system_id}\n{self.secret}".encode()).hexdigest()


class _Joined(io.BytesIO):
    """Three things read as one: what stands before a file, the file from its beginning, and what stands after it."""

    def __init__(self, head: bytes, file: IO[bytes], tail: bytes) -> None:
        super().__init__()
        file.seek(0)
        self._parts: list[IO[bytes]] = [io.BytesIO(head), file, io.BytesIO(tail)]

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes; fewer than asked for where one part ends."""
        while self._parts:
            piece = self._parts[0].read(-1 if size is None else size)
            if piece:
                return piece
            self._parts.pop(0)
        return b""


def _read(said: Said) -> Mapping[str, Any]:
    """What the gateway answered. Errors: those of `axiscodes`; ExchangeUnavailable for what is no answer of one."""
    value = said.json()
    if said.status == HTTPStatus.UNAUTHORIZED:
        raise axiscodes.error(axiscodes.CREDENTIALS)
    if not isinstance(value, dict):
        raise ExchangeUnavailable("peer.nonsense", is_ambiguous=True)
    code = str(value.get("errorCode", axiscodes.OK))
    if value.get("success") is not True or code != axiscodes.OK:
        raise axiscodes.error(code, str(value.get("message", "")))
    return value


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as nonsense:
        raise ExchangeRefused("edxml.base64_broken") from nonsense


def _json(body: bytes) -> dict[str, str]:
    return {"Content-Type": "application/json", "Content-Length": str(len(body))}


def _day(moment: datetime) -> str:
    return moment.astimezone(VIETNAM).strftime("%Y/%m/%d")
