"""An envelope of plain values; the bytes of its files are named by their hash."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from interchange.canonical import canonical, digest

FORMAT = "eoffice-manifest/1"
BUSINESS = {"new": 0, "recall": 1, "update": 2, "replace": 3}
"""What a message is for, with its code of QCVN 102:2016 (BussinessDocType)."""
WISHES = frozenset({"recall", "update", "replace"})
"""Messages that need the recipient's consent once it has registered what they relate to."""


@dataclass(frozen=True)
class FileSent:
    """One file of a message; `size` in bytes, `role` main, attachment or signature (of the file at `position`)."""

    name: str
    sha256: str
    size: int
    pages: int
    role: str = "main"
    position: int = 0


@dataclass(frozen=True)
class Envelope:
    """One message on its way to one recipient; agencies are named by code, times are ISO 8601.

    `message_id` (a UUID) is permanent and belongs to the sender; `kind` as in `BUSINESS`; `relates_to` is the id of the
    message that is recalled, updated or replaced, `reason` why. `opening` is the sender's own receipt for a wish that
    needs consent (13): with it begins the chain that the answer ends.
    """

    message_id: str
    sender: str
    recipient: str
    facts: Mapping[str, Any]
    files: tuple[FileSent, ...]
    kind: str = "new"
    relates_to: str = ""
    reason: str = ""
    opening: Mapping[str, str] | None = None

    @cached_property
    def manifest(self) -> bytes:
        """What fixes the content, for every recipient the same."""
        content = asdict(self)
        del content["recipient"], content["opening"]
        return canonical({"format": FORMAT, **content})

    @cached_property
    def manifest_sha256(self) -> str:
        """The name of this content: the same message with other bytes has another."""
        return digest(self.manifest)
