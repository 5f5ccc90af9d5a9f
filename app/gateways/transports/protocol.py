"""What every transport offers; who calls it knows neither wire nor address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from interchange.directory import Listed
from interchange.envelope import Envelope
from interchange.receipts import Receipt

OpenFile = Callable[[str], Path]
"""Where the bytes of a file are, by their SHA-256."""


@dataclass(frozen=True)
class Answer:
    """What the other side said to a message: its receipts so far, oldest first."""

    receipts: tuple[Receipt, ...] = ()


class Transport(Protocol):
    """Errors, of all of them: ExchangeRefused (never again) and ExchangeUnavailable (again later)."""

    def preflight(self, envelope: Envelope) -> Answer | None:
        """Ask whether this message would be taken, before its bytes move; an answer when it is there already."""

    def send(self, envelope: Envelope, open_file: OpenFile) -> Answer:
        """Bring a message with its files; of files only what the other side lacks."""

    def ask(self, envelope: Envelope) -> Answer | None:
        """Whether a message has arrived, by its id; None when it is not known there."""

    def tell(self, receipt: Receipt, sender: str) -> None:
        """Bring a receipt back to the sender of a message."""

    def directory(self) -> Sequence[Listed]:
        """The agencies that can be reached this way."""
