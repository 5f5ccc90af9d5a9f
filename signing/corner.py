"""A signature at the top right of the first page: where it finds room, and how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
from pyhanko.pdf_utils import layout
from pyhanko.pdf_utils.content import PdfContent, ResourceType
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.stamp import StaticStampStyle

from signing import fonts
from signing.appearance import Appearance
from signing.display import Display
from signing.errors import SigningRefused
from signing.ink import ink
from signing.lettering import check, drawn, letter, width_of
from signing.pagetext import Box, visible
from signing.picture import Picture
from signing.placement import MM

WIDTH = 170.0
"""Points: the block of practice is 170 across."""
_TOP, _RIGHT, _AIR = 4 * MM, 8 * MM, 2.0
_LEADING = 1.2
_LEAST = 0.7
"""The smallest part of the size asked for: letters that are smaller nobody reads."""
_STEP = 2.0


@dataclass(frozen=True)
class Corner:
    """A place on the first page and the lines broken to its width, in letters of `size` points."""

    box: Box
    lines: tuple[str, ...]
    size: float
    picture: float


def corner(path: Path, display: Display, lines: Sequence[str]) -> Corner:
    """Room without ink at the top right of the first page: at the very top, else lower in the margin, else smaller.

    A picture hangs below the words and may lie over print, as a seal does on paper.
    Errors: SigningRefused("source.no_room" | "source.damaged" | "text.unknown_letter").
    """
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        raise SigningRefused("source.damaged") from error
    try:
        seen = ink(document, 0)
        page = document[0]
        try:
            crop = visible(page)
        finally:
            page.close()
    finally:
        document.close()
    for part in (1.0, 0.9, 0.8, _LEAST):
        block = _block(display, lines, part)
        words = block.size * _LEADING * len(block.lines)
        top, right = crop[3] - _TOP, crop[2] - _RIGHT
        left, lowest = right - WIDTH, crop[3] - (crop[3] - crop[1]) / 4
        while top - words > lowest:
            if seen.bounds((left - _AIR, top - words - _AIR, right + _AIR, top + _AIR)) is None:
                return Corner((left, top - words - block.picture, right, top), block.lines, block.size, block.picture)
            top -= _STEP
    raise SigningRefused("source.no_room")


class Block(PdfContent):
    """Lines, centred, over a picture if there is one."""

    def __init__(self, place: Corner, appearance: Appearance | None) -> None:
        """Take a place and what to show there."""
        left, bottom, right, top = place.box
        super().__init__(box=layout.BoxConstraints(right - left, top - bottom))
        self._place, self._appearance = place, appearance

    def render(self) -> bytes:
        """The operators that draw it."""
        width = self._place.box[2] - self._place.box[0]
        parts = []
        if self._appearance is not None and self._place.picture:
            parts.append(self._picture(self._appearance, width))
        for number, text in enumerate(reversed(self._place.lines)):
            line = letter(self._ensure_writer, text, fonts.REGULAR, self._place.size, width)
            baseline = self._place.picture + self._place.size * (0.3 + _LEADING * number)
            name = f"/VB{number}"
            self.set_resource(ResourceType.FONT, pdf_name(name), line.font)
            parts.append(drawn(line, (width - line.width) / 2, baseline).replace(b"/VB ", name.encode() + b" "))
        return b" ".join(parts)

    def _picture(self, appearance: Appearance, width: float) -> bytes:
        side = self._place.picture
        picture = Picture(appearance, side)
        picture.set_writer(self._ensure_writer)
        content = picture.render()
        self.import_resources(picture.resources)
        return b"q 1 0 0 1 %.3f 0 cm %s Q" % ((width - side) / 2, content)


def style(place: Corner, appearance: Appearance | None) -> StaticStampStyle:
    """The block as what a signature field shows."""
    return StaticStampStyle(
        background=Block(place, appearance),
        border_width=0,
        background_opacity=1.0,
        background_layout=layout.SimpleBoxLayoutRule(
            x_align=layout.AxisAlignment.ALIGN_MIN,
            y_align=layout.AxisAlignment.ALIGN_MIN,
            margins=layout.Margins.uniform(0),
            inner_content_scaling=layout.InnerScaling.NO_SCALING,
        ),
    )


@dataclass(frozen=True)
class _Broken:
    lines: tuple[str, ...]
    size: float
    picture: float


def _block(display: Display, lines: Sequence[str], part: float) -> _Broken:
    size = display.size * part
    broken = tuple(piece for line in lines for piece in _pieces(check(line, fonts.REGULAR), size))
    return _Broken(broken, size, display.picture * MM * part)


def _pieces(text: str, size: float) -> list[str]:
    """A line as several, none wider than the block unless it is one word."""
    pieces: list[str] = []
    for word in text.split():
        longer = f"{pieces[-1]} {word}" if pieces else word
        if pieces and width_of(longer, fonts.REGULAR, size) <= WIDTH:
            pieces[-1] = longer
        else:
            pieces.append(word)
    return pieces
