"""The loopback server of the program: who may ask, how much, and that one question is answered at a time.

Any page the user visits can reach a port of their machine. So the origin must be one the user named at the start, the
host must be this machine (a foreign name could be made to lead here), and nothing is signed before a person agreed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signing.agent import asked
from signing.agent.asked import Asked, packed
from signing.errors import SigningError, SigningRefused, SigningUnavailable
from signing.keys.protocol import Key

HERE = "127.0.0.1"
PORT = 8988
_PATIENCE = 10.0
"""Seconds for a question to arrive."""
_LENGTH = re.compile(r"[0-9]{1,6}")
"""Of a question: Python refuses to read a number of thousands of figures."""
_STATUS = {"agent.origin": 403, "agent.busy": 409, "agent.bad_request": 400, "agent.not_here": 404}


@dataclass(frozen=True)
class Desk:
    """Whose key it is, who may ask for it, and who is asked whether to sign.

    `consent` shows the question to the user and returns the opened key. Errors of it: SigningError("agent.refused" |
    "agent.too_slow" | "key.*"), after which nothing was signed.
    """

    certificate: x509.Certificate
    chain: Sequence[x509.Certificate]
    origins: frozenset[str]
    consent: Callable[[Asked], Key]
    busy: Lock = field(default_factory=Lock)

    def shown(self) -> dict[str, Any]:
        """The certificates, for the page to prepare the document with."""
        chain = [packed(one.public_bytes(Encoding.DER)) for one in self.chain]
        return {"certificate": packed(self.certificate.public_bytes(Encoding.DER)), "chain": chain}

    def signed(self, question: Asked) -> dict[str, Any]:
        """One raw signature for each digest. Errors: as `consent`, SigningRefused("agent.busy")."""
        if not self.busy.acquire(blocking=False):
            raise SigningRefused("agent.busy")
        try:
            return {"signatures": [packed(one) for one in self.consent(question).sign(question.digests)]}
        finally:
            self.busy.release()


def serving(desk: Desk, port: int = PORT) -> ThreadingHTTPServer:
    """A server on this machine alone, to be run by `serve_forever`. Errors: OSError when the port is taken."""
    handler = type("Handler", (_Handler,), {"desk": desk})
    server = ThreadingHTTPServer((HERE, port), handler)
    server.daemon_threads = True
    return server


class _Handler(BaseHTTPRequestHandler):
    """One connection of a browser."""

    desk: ClassVar[Desk]
    timeout = _PATIENCE
    server_version, sys_version = "eoffice-agent", ""

    def do_OPTIONS(self) -> None:
        """What browsers ask before a page may speak to this machine."""
        self._answer(lambda: None)

    def do_GET(self) -> None:
        """The certificate."""
        self._answer(lambda: self.desk.shown() if self.path == "/certificate" else _nothing())

    def do_POST(self) -> None:
        """Signatures."""
        self._answer(lambda: self.desk.signed(self._question()) if self.path == "/sign" else _nothing())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is given by http.server
        """Nothing: what was signed is on the terminal already."""

    def _answer(self, act: Callable[[], dict[str, Any] | None]) -> None:
        try:
            self._require_known()
            status, told = 200, act()
        except SigningError as trouble:
            waits = 503 if isinstance(trouble, SigningUnavailable) else 422
            status, told = _STATUS.get(trouble.code, waits), {"error": trouble.code}
        except TimeoutError:
            self.close_connection = True
            return
        body = b"" if told is None else json.dumps(told).encode()
        self.send_response(204 if told is None else status)
        self._send_headers(len(body))
        self.wfile.write(body)

    def _require_known(self) -> None:
        port = self.connection.getsockname()[1]
        if self.headers.get("Host") not in (f"{HERE}:{port}", f"localhost:{port}"):
            raise SigningRefused("agent.origin")
        if self.headers.get("Origin") not in self.desk.origins:
            raise SigningRefused("agent.origin")

    def _question(self) -> Asked:
        length = self.headers.get("Content-Length", "")
        if not (_LENGTH.fullmatch(length) and int(length) <= asked.LONGEST):
            raise SigningRefused("agent.bad_request")
        if self.headers.get_content_type() != "application/json":
            raise SigningRefused("agent.bad_request")
        return asked.read(str(self.headers["Origin"]), self.rfile.read(int(length)))

    def _send_headers(self, length: int) -> None:
        origin = self.headers.get("Origin")
        if origin in self.desk.origins:
            self.send_header("Access-Control-Allow-Origin", str(origin))
            self.send_header("Access-Control-Allow-Methods", "GET, POST")
            self.send_header("Access-Control-Allow-Headers", "Content-Type")
            self.send_header("Access-Control-Allow-Private-Network", "true")
        self.send_header("Vary", "Origin")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()


def _nothing() -> dict[str, Any]:
    raise SigningRefused("agent.not_here")
