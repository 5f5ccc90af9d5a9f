"""Do two independent readers see the same file? Attacks on signed PDF live in the difference."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import pikepdf
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.verdict import Outcome

_SPACE = rb"[ \t\r\n\x00\x0c]*"
_TAIL = re.compile(rb"startxref" + _SPACE + rb"(\d+)" + _SPACE + rb"%%EOF" + _SPACE + rb"\Z")
_MOST_SIGNATURES = 50


@dataclass(frozen=True)
class Agreed:
    """A file both readers agree on; `warnings` when one of them had to look away."""

    reader: PdfFileReader
    pages: int
    warnings: bool


class Unreadable(Exception):
    """The file cannot be judged; `reason` is a catalogue key."""

    def __init__(self, reason: str, outcome: Outcome = Outcome.INDETERMINATE) -> None:
        super().__init__(reason)
        self.reason, self.outcome = reason, outcome


def agree(data: bytes) -> Agreed:
    """Read with qpdf and with pyHanko, strictly. Errors: Unreadable."""
    start = _start_of_last_table(data)
    pages, warnings = _by_qpdf(data)
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=True)
        counted = int(reader.root["/Pages"]["/Count"])
        signatures = len(reader.embedded_signatures)
    except (PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise Unreadable("document.unreadable") from error
    if reader.last_startxref != start or counted != pages:
        raise Unreadable("document.ambiguous", Outcome.INVALID)
    if signatures > _MOST_SIGNATURES:
        raise Unreadable("document.too_many_signatures")
    return Agreed(reader, pages, warnings)


def _start_of_last_table(data: bytes) -> int:
    """Where the last cross-reference table is said to be; nothing may follow the end of the file."""
    at = data.rfind(b"startxref")
    found = _TAIL.match(data[at:]) if at >= 0 else None
    if found is None:
        raise Unreadable("document.truncated_or_extended", Outcome.INVALID)
    return int(found.group(1))


def _by_qpdf(data: bytes) -> tuple[int, bool]:
    try:
        with pikepdf.open(io.BytesIO(data), attempt_recovery=False, suppress_warnings=True) as pdf:
            return len(pdf.pages), bool(pdf.get_warnings())
    except pikepdf.PasswordError as error:
        raise Unreadable("document.encrypted") from error
    except (pikepdf.PdfError, ValueError, TypeError) as error:
        raise Unreadable("document.unreadable") from error
