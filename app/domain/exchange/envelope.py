"""What travels: an envelope of plain values; the bytes of its files are named by their hash."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from json import dumps
from typing import Any
from uuid import UUID

ORDER = ("01", "03", "04", "05", "06")
FINAL = frozenset({"02", "06"})
REPORTABLE = frozenset({"01", "02", "03", "04", "05", "06"})


@dataclass(frozen=True)
class FileSent:
    """One file of a message."""

    name: str
    sha256: str
    size: int
    pages: int
    role: str = "main"
    position: int = 0


@dataclass(frozen=True)
class Envelope:
    """One document on its way to one recipient; units are named by code, times are ISO 8601."""

    message_id: str
    sender: str
    recipient: str
    facts: Mapping[str, Any]
    files: tuple[FileSent, ...]

    @property
    def manifest_sha256(self) -> str:
        """The name of this content: the same message with other bytes has another."""
        return sha256(dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class StatusSent:
    """One status on its way back."""

    report_id: UUID
    message_id: UUID
    code: str
    at: datetime
    by: str
    reason: str
    note: str
    arrival_number: int | None


def rank(code: str | None) -> int:
    """How far a status is; a refusal ends everything, an unknown code moves nothing."""
    if code == "02":
        return len(ORDER)
    return ORDER.index(code) if code in ORDER else -1
