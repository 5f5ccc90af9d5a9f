"""One way to ask another system over HTTP: limits on time and size, no redirects, and failures by their nature."""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from http import HTTPStatus
from io import BytesIO
from json import loads
from threading import Event
from time import monotonic
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from interchange.errors import ExchangeRefused, ExchangeUnavailable

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, HTTPConnectionPool

CONNECT, FIRST, READ = 3.0, 5.0, 30.0
"""Seconds to wait for a connection, for an answer, and for one of a site that has just answered: it is there."""
LONGEST_ANSWER = 1800.0
"""Seconds after which an answer that still goes on is given up, however steadily it drips."""
LARGEST_ANSWER = 8 * 1024 * 1024
LONGEST_PAUSE = 3600.0
_PIECE = 256 * 1024
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Said:
    """An answer: `status`, headers and body (at most `LARGEST_ANSWER` bytes; empty when it went elsewhere)."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON. Errors: ExchangeUnavailable "peer.nonsense": something between us may have answered."""
        try:
            return loads(self.body)
        except (ValueError, RecursionError) as nonsense:  # a number of very many digits is no JSONDecodeError
            raise ExchangeUnavailable("peer.nonsense", is_ambiguous=True) from nonsense


@dataclass(frozen=True)
class Site:
    """Another system at an address (http or https); `authority` is a certificate (PEM) to trust instead of the usual.

    `client` is our certificate and its key (PEM), for sites that ask for one.
    """

    address: str
    authority: str = ""
    client: bytes = field(default=b"", repr=False)
    connect: float = CONNECT
    read: float = READ
    _answers: Event = field(default_factory=Event, init=False, repr=False, compare=False)

    @cached_property
    def parts(self) -> SplitResult:
        """The address in its parts. Errors: ExchangeRefused "peer.address_wrong"."""
        parts = urlsplit(self.address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise ExchangeRefused("peer.address_wrong")
        return parts

    @property
    def authority_name(self) -> str:
        """Host and port as requests name them."""
        return self.parts.netloc.lower()

    def path(self, path: str) -> str:
        """A path below the address."""
        return f"{self.parts.path.rstrip('/')}{path}"

    def ask(
        self, method: str, target: str, *, body: bytes | IO[bytes] = b"", headers: Mapping[str, str] | None = None
    ) -> Said:
        """Ask once; `target` is a path, and a query perhaps. A body that is a stream needs its Content-Length.

        Errors: ExchangeUnavailable "peer.silent" (nobody there), "peer.cut" (`is_ambiguous`: what was asked may have
        been done), "peer.not_secure" (a certificate of theirs or ours is not trusted), "peer.busy", "peer.too_much".
        """
        whole = BytesIO()
        said = self._asked(method, target, body=body, headers=headers or {}, into=whole, most=LARGEST_ANSWER)
        return replace(said, body=whole.getvalue())

    def fetch(self, method: str, target: str, into: IO[bytes], *, most: int, headers: Mapping[str, str]) -> Said:
        """Ask for something large, which goes into a stream, not into memory. Errors: as `ask`."""
        return self._asked(method, target, body=b"", headers=headers, into=into, most=most)

    def _asked(
        self,
        method: str,
        target: str,
        *,
        body: bytes | IO[bytes],
        headers: Mapping[str, str],
        into: IO[bytes],
        most: int,
    ) -> Said:
        import urllib3  # noqa: PLC0415 - see `TYPE_CHECKING`: only those who ask load it

        try:
            answer = self._pool.request(
                method,
                target,
                body=body,
                headers={"User-Agent": "eOffice", **headers},
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=urllib3.Timeout(self.connect, self.read if self._answers.is_set() else min(self.read, FIRST)),
            )
            self._answers.set()
            _read(answer, into, most)
            said = Said(answer.status, answer.headers)
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as nobody:
            self._answers.clear()
            raise ExchangeUnavailable("peer.silent") from nobody
        except urllib3.exceptions.SSLError as strange:
            raise ExchangeUnavailable("peer.not_secure", is_ambiguous=True) from strange
        except urllib3.exceptions.HTTPError as cut:
            self._answers.clear()
            raise ExchangeUnavailable("peer.cut", is_ambiguous=True) from cut
        if said.status in _BUSY:
            is_ambiguous = said.status != HTTPStatus.SERVICE_UNAVAILABLE
            raise ExchangeUnavailable("peer.busy", again_in=_seconds(said), is_ambiguous=is_ambiguous)
        return said

    @cached_property
    def _pool(self) -> "HTTPConnectionPool":
        import urllib3  # noqa: PLC0415 - as above

        host, port = self.parts.hostname or "", self.parts.port
        if self.parts.scheme == "http":
            return urllib3.HTTPConnectionPool(host, port, maxsize=4)
        context = ssl.create_default_context(cadata=self.authority or None)
        if self.client:
            _show(context, self.client)
        return urllib3.HTTPSConnectionPool(host, port, maxsize=4, ssl_context=context)


def _show(context: ssl.SSLContext, client: bytes) -> None:
    """Load a certificate with its key from a file in memory: the key never lies on a disk."""
    with os.fdopen(os.memfd_create("client"), "wb") as file:
        file.write(client)
        file.flush()
        context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")


def _read(answer: "BaseHTTPResponse", into: IO[bytes], most: int) -> None:
    """The whole body, within its limits of size and time."""
    size, until = 0, monotonic() + LONGEST_ANSWER
    try:
        for piece in answer.stream(_PIECE):
            size += len(piece)
            if size > most or monotonic() > until:
                answer.close()
                raise ExchangeUnavailable("peer.too_much")
            into.write(piece)
    finally:
        answer.release_conn()


def _seconds(said: Said) -> float | None:
    text = said.headers.get("Retry-After", "")
    return min(float(text), LONGEST_PAUSE) if text.isdecimal() else None
