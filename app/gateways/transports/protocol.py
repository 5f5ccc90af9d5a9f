"""What every transport offers; who calls it knows neither wire nor address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from interchange.directory import Listed
from interchange.envelope import Envelope
from interchange.receipts import Receipt

OpenFile = Callable[[str], Path]
"""Where the bytes of a file are, by their SHA-256."""


@dataclass(frozen=True)
class Answer:
    """What the other side said to a message: its receipts so far, oldest first, or only the name it gave it.

    A transport whose other side signs nothing gives no receipts; what it observes comes as `Heard`.
    """

    receipts: tuple[Receipt, ...] = ()
    reference: str = ""


@dataclass(frozen=True)
class Waiting:
    """Something that waits for one of our agencies at the other side: `kind` document or status."""

    reference: str
    kind: str


@dataclass(frozen=True)
class Heard:
    """A status that came without a signature, about a message of ours, named as the other side names it."""

    sender: str
    reference: str
    number: str
    recipient: str
    code: str
    at: datetime
    by: str
    note: str = ""


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

    def poll(self, agency: str) -> Sequence[Waiting]:
        """What waits for one of our agencies."""

    def fetch(self, agency: str, waiting: Waiting, folder: Path) -> Envelope | Heard:
        """Bring in what waits, its files named by their SHA-256 in a folder."""

    def acknowledge(self, agency: str, waiting: Waiting, *, refused: str = "") -> None:
        """Say that what waited is kept durably here, or will never be (`refused`, a code)."""

    def directory(self) -> Sequence[Listed]:
        """The agencies that can be reached this way."""
