"""Peers by the dozen in one process: each keeps nothing, signs true receipts, and may die in one of three ways."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from uuid import uuid4

from interchange import keys, receipts
from interchange.envelope import Envelope
from interchange.reading import read_envelope
from interchange.receipts import Statement

WAYS = ("refuses", "says nothing", "fails")
LATENCY = 0.02
"""Seconds a peer takes to answer."""
_HEAD_END = b"\r\n\r\n"


@dataclass
class _Peer:
    """One agency behind one port; `way` is how it is dead."""

    code: str
    private: bytes
    way: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after another for as long as it lives."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(_HEAD_END)
                body = await reader.readexactly(_length(head))
                if self.way in ("refuses", "says nothing"):
                    await asyncio.sleep(3600 if self.way == "says nothing" else 0)
                    break
                await asyncio.sleep(LATENCY)
                status = b"500 Internal Server Error" if self.way else b"200 OK"
                said = json.dumps({"receipts": [] if self.way else self._receipts(head, body)}).encode()
                writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(said), said))
                await writer.drain()
        writer.close()

    def _receipts(self, head: bytes, body: bytes) -> list[dict[str, str]]:
        if not head.startswith(b"POST"):
            return []
        envelope = read_envelope(json.loads(body)["envelope"])
        return [receipts.sign(_stored(envelope, self.code), self.private).as_json()]


def serve(agencies: Sequence[str], line: Connection) -> None:
    """Tell the ports and public keys of the agencies; then die as told: a number of them, in turn each way."""
    asyncio.run(_serve([_Peer(code, keys.generate()) for code in agencies], line))


async def _serve(peers: Sequence[_Peer], line: Connection) -> None:
    servers = [await asyncio.start_server(one.serve, "127.0.0.1", 0) for one in peers]
    ports = [one.sockets[0].getsockname()[1] for one in servers]
    line.send([(port, keys.public(one.private)) for port, one in zip(ports, peers, strict=True)])
    loop = asyncio.get_running_loop()
    while (deaths := await loop.run_in_executor(None, line.recv)) is not None:
        for number in range(deaths):
            peers[number].way = WAYS[number % len(WAYS)]
            if peers[number].way == "refuses":
                servers[number].close()
    loop.stop()


def _stored(envelope: Envelope, code: str) -> Statement:
    return Statement(
        receipt_id=str(uuid4()),
        sender=envelope.sender,
        message_id=envelope.message_id,
        manifest_sha256=envelope.manifest_sha256,
        recipient=envelope.recipient,
        code="01",
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        by=code,
        signer=envelope.recipient,
        sequence=0,
        previous=envelope.manifest_sha256,
        files=envelope.files,
    )


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
