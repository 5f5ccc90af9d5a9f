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
from signing.ink import Ink, ink
from signing.lettering import check, drawn, letter, width_of
from signing.pagetext import Box, enclosing
from signing.picture import Picture
from signing.placement import MM

WIDTH = 170.0
"""Points: the block of practice is 170 across."""
_TOP, _RIGHT, _AIR = 4 * MM, 8 * MM, 2.0
_LEADING = 1.2
_LEAST = 0.7
"""The smallest part of the size asked for: letters that are smaller nobody reads."""
_STEP, _WIDE_STEP = 2.0, 4.0
_HARDLY = 20.0
"""Square points: one letter more or less covered is no reason to move a picture."""


@dataclass(frozen=True)
class Corner:
    """A place on the first page for lines broken to its width, in letters of `size` points, and for a picture."""

    words: Box
    lines: tuple[str, ...]
    size: float
    picture: Box | None

    @property
    def box(self) -> Box:
        """All of it."""
        return self.words if self.picture is None else enclosing(self.words, self.picture)


def corner(path: Path, display: Display, lines: Sequence[str]) -> Corner:
    """Room without ink at the top right of the first page: at the very top, else lower in the margin, else smaller.

    A picture of a real size cannot always keep off what is printed: below the words it lies where it covers least, as a
    seal on paper would.
    Errors: SigningRefused("source.no_room" | "source.damaged" | "text.unknown_letter").
    """
    seen = _seen(path)
    for part in (1.0, 0.9, 0.8, _LEAST):
        size = display.size * part
        broken = tuple(piece for line in lines for piece in _pieces(check(line, fonts.REGULAR), size))
        words = _words(seen, size * _LEADING * len(broken))
        if words is not None:
            picture = _picture(seen, words, display.picture * MM) if display.picture else None
            return Corner(words, broken, size, picture)
    raise SigningRefused("source.no_room")


def _seen(path: Path) -> Ink:
    """What is printed on the first page."""
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        raise SigningRefused("source.damaged") from error
    try:
        return ink(document, 0)
    finally:
        document.close()


def _words(seen: Ink, height: float) -> Box | None:
    """A free place for lines so high altogether."""
    edge, ceiling = seen.crop[2] - _RIGHT, seen.crop[3] - _TOP
    while ceiling - height > _lowest(seen):
        box = (edge - WIDTH, ceiling - height, edge, ceiling)
        if seen.bounds((box[0] - _AIR, box[1] - _AIR, box[2] + _AIR, box[3] + _AIR)) is None:
            return box
        ceiling -= _STEP
    return None


def _lowest(seen: Ink) -> float:
    """Where the corner ends: a quarter of the page below its upper edge."""
    _, bottom, _, top = seen.crop
    return top - (top - bottom) / 4


def _picture(seen: Ink, words: Box, side: float) -> Box:
    """Where a square covers least print: below the words, still in the corner, rather high and right."""
    down = max((words[1] - side - _lowest(seen)) // _WIDE_STEP, 0)
    across = max((WIDTH - side) // _WIDE_STEP, 0)
    places: list[Box] = [
        (words[2] - x - side, words[1] - y - side, words[2] - x, words[1] - y)
        for y in (_WIDE_STEP * step for step in range(int(down) + 1))
        for x in (_WIDE_STEP * step for step in range(int(across) + 1))
    ]
    return min(places, key=lambda box: seen.amount(box) // _HARDLY)


class Block(PdfContent):
    """Lines, centred, and a picture if there is one."""

    def __init__(self, place: Corner, appearance: Appearance | None) -> None:
        """Take a place and what to show there."""
        left, bottom, right, top = place.box
        super().__init__(box=layout.BoxConstraints(right - left, top - bottom))
        self._place, self._appearance = place, appearance

    def render(self) -> bytes:
        """The operators that draw it."""
        left, bottom, _, _ = self._place.box
        within = self._place.words
        parts = [self._picture(left, bottom)]
        for number, text in enumerate(reversed(self._place.lines)):
            line = letter(self._ensure_writer, text, fonts.REGULAR, self._place.size, WIDTH)
            baseline = within[1] - bottom + self._place.size * (0.3 + _LEADING * number)
            name = f"/VB{number}"
            self.set_resource(ResourceType.FONT, pdf_name(name), line.font)
            start = within[0] - left + (WIDTH - line.width) / 2
            parts.append(drawn(line, start, baseline).replace(b"/VB ", name.encode() + b" "))
        return b" ".join(parts)

    def _picture(self, left: float, bottom: float) -> bytes:
        place = self._place.picture
        if self._appearance is None or place is None:
            return b""
        picture = Picture(self._appearance, place[2] - place[0])
        picture.set_writer(self._ensure_writer)
        content = picture.render()
        self.import_resources(picture.resources)
        return b"q 1 0 0 1 %.3f %.3f cm %s Q" % (place[0] - left, place[1] - bottom, content)


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
