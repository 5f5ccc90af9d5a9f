"""Messages for tests, as an agency would send them: real files, real hashes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from fpdf import FPDF

from app.gateways.transports.peer import PeerTransport
from interchange.envelope import Envelope, FileSent
from interchange.receipts import Receipt
from tests.exchange.pair import Pair, transport

FACTS: Mapping[str, Any] = {
    "document_type": "CV",
    "field": "VX",
    "subject": "V/v thử",
    "urgency": "normal",
    "number": 5,
    "notation": "UBND",
    "issued_on": "2026-11-02",
    "issuer_name": "UBND huyện",
    "signer_title": "Chủ tịch",
    "due_on": None,
}


def a_pdf(words: str = "Kính gửi") -> bytes:
    """A PDF nobody has signed."""
    page = FPDF()
    page.add_page()
    page.set_font("helvetica")
    page.set_creation_date(datetime(2026, 11, 2, tzinfo=UTC))  # the same words, the same bytes
    page.cell(text=words.encode("ascii", "ignore").decode())
    return bytes(page.output())


@dataclass(frozen=True)
class Letters:
    """What the district of one deployment puts before the door of another."""

    pair: Pair
    folder: Path

    @property
    def sender(self) -> str:
        """The district's code."""
        world, tour = self.pair.here.office.world, self.pair.here.office.tour
        return next(str(post["unit"]) for post in world["posts"] if post["sign_in"] == tour["clerk"])

    @property
    def recipient(self) -> str:
        """The first commune's code."""
        return str(self.pair.here.office.tour["recipients"][0]["unit"])

    @property
    def door(self) -> PeerTransport:
        """The district at the door."""
        return transport(self.pair.here, self.sender, self.pair.there)

    def letter(self, *files: tuple[str, bytes], **facts: Any) -> Envelope:
        """A message with these files, or a PDF."""
        given = files or (("van-ban.pdf", a_pdf()),)
        sent = tuple(self._sent(i, name, data) for i, (name, data) in enumerate(given))
        return Envelope(str(uuid4()), self.sender, self.recipient, {**FACTS, **facts}, sent)

    def send(self, envelope: Envelope) -> tuple[Receipt, ...]:
        """What the other side answers."""
        return self.door.send(envelope, lambda name: self.folder / name).receipts

    def _sent(self, position: int, name: str, data: bytes) -> FileSent:
        digest = sha256(data).hexdigest()
        (self.folder / digest).write_bytes(data)
        return FileSent(name, digest, len(data), 1, "attachment" if position else "main", position)
