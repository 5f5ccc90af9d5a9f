"""A web service that answers JSON with JSON: the address from the configuration alone, and nothing taken on trust."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from signing.errors import SigningNotConfigured, SigningUnavailable

_LARGEST = 4 * 2**20
_PORTS = {"https": 443, "http": 80}
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Answer:
    """What came back: the status of HTTP, and an object of JSON, empty when there was none."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Site:
    """`url` is where its paths begin, by TLS unless it is this machine; `authorities` a file of roots for it (PEM).

    `patience`: the most that one answer may take from connecting to its last byte, in seconds.
    """

    url: str
    authorities: Path | None = None
    patience: float = 30.0

    def __post_init__(self) -> None:
        """Errors: SigningNotConfigured("signing.bad_profile")."""
        parts = urlsplit(self.url)
        known = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
        if not known or not parts.hostname or parts.query or parts.username or parts.port == 0:
            raise SigningNotConfigured("signing.bad_profile")

    def ask(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        """Post an object; redirections are not followed.

        Errors: SigningUnavailable("key.unavailable" | "key.too_slow"), SigningNotConfigured("key.service_untrusted").
        """
        began = time.monotonic()
        try:
            with self._connected() as connection:
                return self._answer(connection, path, body, headers)
        except ssl.SSLCertVerificationError as error:
            raise SigningNotConfigured("key.service_untrusted") from error
        except (OSError, http.client.HTTPException, ValueError, TypeError, RecursionError) as error:
            late = time.monotonic() - began >= self.patience
            raise SigningUnavailable("key.too_slow" if late else "key.unavailable") from error

    @contextmanager
    def _connected(self) -> Iterator[http.client.HTTPConnection]:
        parts = urlsplit(self.url)
        host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
        with (
            socket.create_connection((host, port), self.patience) as raw,
            _ended_after(self.patience, raw.dup()),
            self._secured(raw, host) if parts.scheme == "https" else raw as line,
        ):
            connection = http.client.HTTPConnection(host, port)
            connection.sock = line
            yield connection

    def _secured(self, raw: socket.socket, host: str) -> socket.socket:
        try:
            context = ssl.create_default_context(cafile=None if self.authorities is None else str(self.authorities))
        except OSError as error:
            raise SigningNotConfigured("key.service_untrusted") from error
        return context.wrap_socket(raw, server_hostname=host)

    def _answer(
        self,
        connection: http.client.HTTPConnection,
        path: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str],
    ) -> Answer:
        address = f"{urlsplit(self.url).path.rstrip('/')}/{path}"
        sent = {**headers, "Content-Type": "application/json", "Accept": "application/json"}
        connection.request("POST", address, json.dumps(body).encode(), sent)
        response = connection.getresponse()
        said = response.read(_LARGEST + 1)
        if len(said) > _LARGEST:
            raise ValueError(response.status)
        if response.status != http.HTTPStatus.OK:
            with suppress(ValueError):  # refusals are often written for people
                return Answer(response.status, dict(json.loads(said)))
            return Answer(response.status, {})
        found = json.loads(said)
        if not isinstance(found, dict):
            raise TypeError(type(found))
        return Answer(response.status, found)


@contextmanager
def _ended_after(seconds: float, twin: socket.socket) -> Iterator[None]:
    """The time limit of a socket starts anew with every byte: somebody who drips answers would never meet it.

    `twin` is a second handle of the connection, which stays one with it when TLS is put on.
    """

    def end() -> None:
        with suppress(OSError):
            twin.shutdown(socket.SHUT_RDWR)

    clock = threading.Timer(seconds, end)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()
        twin.close()
