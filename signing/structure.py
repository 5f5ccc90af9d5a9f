"""Does every reader see the same document? The checks of a file that come before any signature is looked at.

Viewers repair what is broken, each in its own way; an attacker who appends a broken part can have it shown by a viewer
and overlooked by a verifier. So the last bytes must be the trailer that everybody finds, and a second reader, told not
to repair anything, must find the same root and the same number of pages.
"""

from __future__ import annotations

import hashlib
import mmap
import re
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pikepdf

from signing.reasons import Reason
from signing.unseen import unseen

_TAIL = re.compile(rb"startxref[ \t\r\n]{1,8}(\d{1,12})[ \t\r\n]{1,8}%%EOF[ \t\r\n]{0,8}\Z")
"""Nothing can be hidden in a few line breaks."""
_TAIL_LENGTH = 2048
_LONGEST_TRAILER = 65_536
_OBJECT = re.compile(rb"\d\s+\d+\s+obj\b")
_HEAD = 1024
"""Where viewers look for the first line."""


@dataclass(frozen=True)
class Limits:
    """The most that one verification may cost; a file beyond it is indeterminate. Sizes in bytes."""

    size: int = 200_000_000
    objects: int = 500_000
    revisions: int = 64
    signatures: int = 32
    seconds: float = 60.0


@dataclass(frozen=True)
class Structure:
    """What the second reader saw: `start` is the offset of the last cross-reference table, `root` an object number.

    `unseen` counts against signed files only: an unsigned one promises nothing. `sha256` is empty for a file that is
    too large to be read.
    """

    sha256: str
    size: int
    pages: int = 0
    start: int = -1
    root: int = -1
    reasons: tuple[Reason, ...] = ()
    unseen: tuple[Reason, ...] = ()


def measured(source: Path, limits: Limits) -> Structure:
    """The size and digest of a file; not read at all when it is none, or too large. Errors: OSError without a file.

    Opened, a pipe would wait for a writer for ever, and a device could do anything.
    """
    about = source.stat()
    if not stat.S_ISREG(about.st_mode):
        return Structure("", 0, reasons=(Reason.NOT_A_FILE,))
    if about.st_size > limits.size:
        return Structure("", about.st_size, reasons=(Reason.TOO_LARGE,))
    if about.st_size == 0:
        return Structure(hashlib.sha256().hexdigest(), 0, reasons=(Reason.FILE_EMPTY,))
    with source.open("rb") as stream:
        return Structure(hashlib.file_digest(stream, "sha256").hexdigest(), stream.tell())


def examine(source: Path, limits: Limits) -> Structure:
    """Measure a file and read it once without repairs. Errors: OSError when there is no file."""
    seen = measured(source, limits)
    if seen.reasons:
        return seen
    with source.open("rb") as stream:
        stream.seek(max(seen.size - _TAIL_LENGTH, 0))
        tail = stream.read()
    found = _TAIL.search(tail, max(tail.rfind(b"startxref"), 0))
    if found is None:
        reason = Reason.FILE_TAIL if _mentions_signature(source) else _unreadable(source)
        return replace(seen, reasons=(reason,))
    return _second_reader(source, replace(seen, start=int(found[1])), limits)


def disagreements(reader: Any, seen: Structure) -> tuple[Reason, ...]:
    """What pyHanko's reader sees differently."""
    root = reader.trailer.raw_get("/Root")
    same = (
        reader.last_startxref == seen.start
        and root.reference.idnum == seen.root
        and int(reader.root["/Pages"]["/Count"]) == seen.pages
    )
    if not same:
        return (Reason.READERS_DISAGREE,)
    return (Reason.FILE_HYBRID,) if reader.xrefs.hybrid_xrefs_present else ()


def has_loose_end(reader: Any, size: int) -> bool:
    """Whether objects stand behind the last cross-reference table: only a viewer that repairs would show them."""
    last = reader.xrefs.get_xref_container_info(reader.xrefs.total_revisions - 1)
    if size - last.end_location > _LONGEST_TRAILER:
        return True
    reader.stream.seek(last.end_location)
    rest = reader.stream.read()
    return rest.count(b"trailer") > 1 or rest.count(b"startxref") > 1 or _OBJECT.search(rest) is not None


def begins_as_pdf(source: Path) -> bool:
    """Whether the first line is where it belongs: offsets are counted from there."""
    with source.open("rb") as stream:
        return stream.read(5) == b"%PDF-"


def _second_reader(source: Path, seen: Structure, limits: Limits) -> Structure:
    reasons: list[Reason] = []
    pages, root = 0, -1
    hidden: tuple[Reason, ...] = ()
    try:
        # By its content, not by its name: that may be in letters of another age.
        with source.open("rb") as stream, pikepdf.open(stream, attempt_recovery=False, suppress_warnings=True) as pdf:
            if int(pdf.trailer.get("/Size", 0)) > limits.objects:
                reasons.append(Reason.TOO_COMPLEX)
            else:
                pages, root, hidden = len(pdf.pages), pdf.Root.objgen[0], unseen(pdf)
            if pdf.is_encrypted:
                reasons.append(Reason.FILE_ENCRYPTED)
            # Honest files of other programs are untidy too: that is no proof of an attack, nor of its absence.
            if pdf.get_warnings() or not begins_as_pdf(source):
                reasons.append(Reason.FILE_IRREGULAR)
    except pikepdf.PasswordError:
        reasons.append(Reason.FILE_ENCRYPTED)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        reasons.append(_no_pdf(source))
    return replace(seen, pages=pages, root=root, reasons=tuple(reasons), unseen=hidden)


def _no_pdf(source: Path) -> Reason:
    return Reason.READERS_DISAGREE if _mentions_signature(source) else _unreadable(source)


def _unreadable(source: Path) -> Reason:
    with source.open("rb") as stream:
        return Reason.FILE_UNREADABLE if b"%PDF-" in stream.read(_HEAD) else Reason.NOT_A_PDF


def _mentions_signature(source: Path) -> bool:
    """Whether a signature can be in the file at all: its dictionary is never compressed."""
    with source.open("rb") as stream:
        try:
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return data.find(b"/ByteRange") >= 0
        except ValueError:
            return False
