"""What every transport offers; who calls it knows neither wire nor address."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from interchange.directory import Listed
from interchange.edxml.letters import About
from interchange.edxml.message import Message, Status
from interchange.envelope import Envelope
from interchange.receipts import Receipt

OpenFile = Callable[[str], Path]
"""Where the bytes of a file are, by their SHA-256."""


@dataclass(frozen=True)
class Answer:
    """What the other side said to a message: its receipts so far, oldest first.

    An axis gives none. It says by `reference` what it calls the message, and brings it further by itself.
    """

    receipts: tuple[Receipt, ...] = ()
    reference: str = ""


@dataclass(frozen=True)
class Waiting:
    """A message that waits for us at an axis: what it calls it, and who brought it there, as the axis knows."""

    reference: str
    sender: str


@dataclass(frozen=True)
class Sent:
    """What an axis says of a message that we sent: whether it was taken at the other end, or refused, and why."""

    reference: str
    is_taken: bool
    is_refused: bool
    said: str = ""


class Transport(Protocol):
    """Errors, of all of them: ExchangeRefused (never again) and ExchangeUnavailable (again later)."""

    def preflight(self, envelope: Envelope) -> Answer | None:
        """Ask whether this message would be taken, before its bytes move; an answer when it is there already."""

    def send(self, envelope: Envelope, open_file: OpenFile) -> Answer:
        """Bring a message with its files; of files only what the other side lacks."""

    def ask(self, envelope: Envelope, since: datetime) -> Answer | None:
        """Whether a message that was sent since then has arrived; None when it is not known there."""

    def tell(self, receipt: Receipt, about: About) -> None:
        """Bring a receipt back to the sender of a message."""

    def directory(self) -> Sequence[Listed]:
        """The agencies that can be reached this way."""


class Mailbox(Transport, Protocol):
    """One of our agencies where messages wait until they are fetched."""

    def poll(self, since: datetime) -> Iterator[Waiting]:
        """What waits for us."""

    def fetch(self, waiting: Waiting, folder: Path) -> Message | Status:
        """Bring a message; its files go to a folder, named by their SHA-256. Errors: ExchangeRefused for nonsense."""

    def acknowledge(self, waiting: Waiting, *, is_taken: bool) -> None:
        """Say that a message is kept, or will never be. Only then is it gone from there."""

    def sent(self, since: datetime) -> Sequence[Sent]:
        """What became of what we sent since then, as far as it is told."""

    def refuse(self, about: About, words: str, at: datetime) -> None:
        """Say to the sender of a message that nothing of it was kept, and why."""
