"""Print a code that cameras read (QR) into the margin of a page, before anything is signed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import segno

from signing.errors import SigningRefused
from signing.ink import ink
from signing.pagetext import Box
from signing.placement import MM
from signing.source import written

_SIDE, _EDGE, _AIR = 14 * MM, 4.5 * MM, 1.5 * MM
"""With its air the code fits the margins that the decree leaves: 20 mm below (NĐ 30/2020, Phụ lục I, mục I.3)."""
_INSET = 8 * MM
_SMALLEST_MODULE = 0.3 * MM
"""Below this, telephones do not read what an office printer prints."""


def stamp(source: Path, target: Path, text: str) -> bool:
    """Copy an unsigned PDF with a code in a lower corner where nothing is; whether a corner was free.

    Looks at the first page, then at the last, on the left, then on the right. Without a free corner no copy is made.
    Errors: SigningRefused("code.too_long" | "source.damaged").
    """
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    if _SIDE / len(rows) < _SMALLEST_MODULE:
        raise SigningRefused("code.too_long")
    try:
        found = _free_corner(source)
        if found is None:
            return False
        with pikepdf.open(source) as pdf, written(target):
            page = pdf.pages[found[0]]
            # The page may leave a changed coordinate system behind: shut its content in before drawing.
            page.contents_add(b"q", prepend=True)
            page.contents_add(b"Q\n" + _drawn(rows, found[1]))
            pdf.save(target, deterministic_id=True)
    except (pikepdf.PdfError, pdfium.PdfiumError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SigningRefused("source.damaged") from error
    return True


def _free_corner(source: Path) -> tuple[int, Box] | None:
    """A page and a square on it."""
    with pikepdf.open(source) as pdf:
        last = len(pdf.pages) - 1
        taken = {at: list(_fields(pdf.pages[at])) for at in {0, last} if not int(pdf.pages[at].get("/Rotate", 0)) % 360}
    document = pdfium.PdfDocument(source)
    try:
        for at in sorted(taken):
            seen = ink(document, at)
            for box in _corners(seen.crop):
                room = (box[0] - _AIR, box[1] - _AIR, box[2] + _AIR, box[3] + _AIR)
                if seen.bounds(room) is None and not any(_meet(room, field) for field in taken[at]):
                    return at, box
        return None
    finally:
        document.close()


def _corners(crop: Box) -> Iterator[Box]:
    bottom = crop[1] + _EDGE
    for left in (crop[0] + _INSET, crop[2] - _INSET - _SIDE):
        yield left, bottom, left + _SIDE, bottom + _SIDE


def _fields(page: pikepdf.Page) -> Iterator[Box]:
    """The places of what is filled in later."""
    for field in page.get("/Annots", []):
        left, bottom, right, top = (float(number) for number in field.Rect)
        yield min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _drawn(rows: list[bytes], box: Box) -> bytes:
    """Black squares on a white ground; neighbours of a row are one rectangle, so that no hairline parts them."""
    size = _SIDE / len(rows)
    parts = [f"q 1 g {_rectangle(box[0] - _AIR, box[1] - _AIR, _SIDE + 2 * _AIR, _SIDE + 2 * _AIR)} f 0 g"]
    for down, row in enumerate(rows):
        for start, length in _runs(row):
            parts.append(_rectangle(box[0] + start * size, box[3] - (down + 1) * size, length * size, size))
    return " ".join([*parts, "f Q"]).encode()


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    start = None
    for at, dark in enumerate((*row, 0)):
        if dark and start is None:
            start = at
        elif not dark and start is not None:
            yield start, at - start
            start = None


def _rectangle(left: float, bottom: float, width: float, height: float) -> str:
    return f"{left:.3f} {bottom:.3f} {width:.3f} {height:.3f} re"
