"""The axis behind a real server, and troubles on demand: rehearsals want answers that fail, too."""

import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import waitress
from werkzeug import Request, Response
from werkzeug.wsgi import get_input_stream

from interchange.edxml.limits import DEFAULT
from interchange.hub.book import Book
from interchange.hub.lgsp import Lgsp
from interchange.hub.vxp import Vxp

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PROFILES = ("vxp", "lgsp")
_THREADS = 8


class Axis:
    """An axis at a folder; `trouble` is the share of requests (0 to 1) that fail, half of them once done."""

    def __init__(self, profile: str, folder: Path, *, trouble: float = 0.0, seed: int = 0) -> None:
        self.book = Book(folder)
        self._axis: Vxp | Lgsp = Vxp(self.book) if profile == "vxp" else Lgsp(self.book)
        self._trouble, self._dice = trouble, random.Random(seed)  # noqa: S311 - it must be repeatable

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Answer a request of WSGI."""
        fails, is_late = self._dice.random() < self._trouble, self._dice.random() < 0.5  # noqa: PLR2004
        if fails and not is_late:
            return _failure(environ, start)
        request = Request(environ)
        request.max_content_length = 2 * DEFAULT.size
        answer = self._axis.answer(request)
        return _failure(environ, start) if fails else answer(environ, start)


def serve(axis: Axis, host: str, port: int, *, ready: Callable[[int], None]) -> None:
    """Serve until interrupted; `ready` is told the port."""
    server = waitress.create_server(
        axis, host=host, port=port, threads=_THREADS, max_request_body_size=2 * DEFAULT.size, ident="axis"
    )
    ready(server.effective_port)
    server.run()


def _failure(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
    for _ in get_input_stream(environ):  # what is sent is heard out: a broken pipe would be another failure
        pass
    time.sleep(0.01)
    return Response("", 500)(environ, start)
