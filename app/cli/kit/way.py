"""The way between two deployments: it carries requests of HTTP, and fails as a plan says, byte by byte if need be."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Protocol

PATIENCE = 10.0
_HEADER_END = b"\r\n\r\n"
_ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Decides(Protocol):
    """Who says what happens to the next request."""

    def next(self, request: str) -> str:
        """One of `faults.KINDS`, for a request by its method and address."""

    def place(self, length: int) -> int:
        """Some byte of so many."""


class Way:
    """Listens on `port` and carries to `target`; every connection serves one request after another."""

    def __init__(self, target: int, decides: Decides) -> None:
        self.target, self.decides = target, decides
        self.requests = 0
        self._late: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._over = Event()
        self._thread = Thread(target=self._listen, daemon=True)

    @contextmanager
    def opened(self) -> Iterator["Way"]:
        """Carry for a while."""
        self._thread.start()
        try:
            yield self
        finally:
            self._over.set()
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._thread.join()

    def deliver_late(self) -> None:
        """Let what was held back arrive now."""
        late, self._late = self._late, []
        for request in late:
            with suppress(OSError):
                self._ask(request)

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(PATIENCE)
            while (request := _read(client)) and self._carry(client, request):
                pass

    def _carry(self, client: socket.socket, request: bytes) -> bool:
        """Carry one request; whether the connection is still good."""
        self.requests += 1
        kind = self.decides.next(request.split(b" HTTP/", 1)[0].decode("latin-1"))
        late, self._late = self._late, []
        good = getattr(self, f"_{kind}", self._pass)(client, request)
        for one in late:
            with suppress(OSError):
                self._ask(one)
        return bool(good)

    def _pass(self, client: socket.socket, request: bytes) -> bool:
        client.sendall(self._ask(request))
        return True

    def _dead(self, _client: socket.socket, _request: bytes) -> bool:
        return False

    def _cut_request(self, _client: socket.socket, request: bytes) -> bool:
        with socket.create_connection(("127.0.0.1", self.target), PATIENCE) as server:
            server.sendall(request[: self.decides.place(len(request))])
        return False

    def _cut_answer(self, client: socket.socket, request: bytes) -> bool:
        answer = self._ask(request)
        client.sendall(answer[: self.decides.place(len(answer))])
        return False

    def _lost_answer(self, _client: socket.socket, request: bytes) -> bool:
        self._ask(request)
        return False

    def _error_before(self, client: socket.socket, _request: bytes) -> bool:
        client.sendall(_ERROR)
        return False

    def _error_after(self, client: socket.socket, request: bytes) -> bool:
        self._ask(request)
        client.sendall(_ERROR)
        return False

    def _duplicate(self, client: socket.socket, request: bytes) -> bool:
        self._ask(request)
        return self._pass(client, request)

    def _late_twin(self, client: socket.socket, request: bytes) -> bool:
        self._late.append(request)
        return self._pass(client, request)

    def _damaged_request(self, client: socket.socket, request: bytes) -> bool:
        """One bit of the body is another; without a body nothing is damaged."""
        start = request.index(_HEADER_END) + len(_HEADER_END)
        return self._pass(client, _flipped(request, start, self.decides.place(len(request) - start)))

    def _damaged_answer(self, client: socket.socket, request: bytes) -> bool:
        answer = self._ask(request)
        start = answer.find(_HEADER_END) + len(_HEADER_END)
        client.sendall(_flipped(answer, start, self.decides.place(len(answer) - start)))
        return False

    def _ask(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.target), PATIENCE) as server:
            server.settimeout(PATIENCE)
            server.sendall(request)
            return _read(server)


def _flipped(message: bytes, start: int, place: int) -> bytes:
    if start >= len(message):
        return message
    changed = bytearray(message)
    changed[start + place] ^= 1
    return bytes(changed)


def _read(stream: socket.socket) -> bytes:
    """One message of HTTP with its body (Content-Length); what came of it before the other side closed."""
    message = b""
    while _HEADER_END not in message:
        piece = stream.recv(65536)
        if not piece:
            return message
        message += piece
    head, _, body = message.partition(_HEADER_END)
    parts = [message]
    left = _length(head) - len(body)
    while left > 0 and (piece := stream.recv(min(left, 1 << 20))):
        parts.append(piece)
        left -= len(piece)
    return b"".join(parts)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
