"""Read the text of a page with the place of every letter, in points of PDF user space."""

from __future__ import annotations

import ctypes
import functools
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""

_SAME_LINE = 1.5
"""Points by which the baselines of one printed line may differ."""
COLUMN_GAP = 14.0
"""Points between two letters from which on they stand in different columns: justified words are closer."""


@dataclass(frozen=True)
class Glyph:
    """One visible letter, composed (NFC), with its box and baseline."""

    char: str
    box: Box
    baseline: float
    index: int


@dataclass(frozen=True)
class Line:
    """The letters of one baseline from left to right; `text` has no spaces and is case folded."""

    glyphs: tuple[Glyph, ...]
    text: str
    places: tuple[int, ...]
    """For every character of `text`, the index of its glyph: folding may turn one letter into two."""

    def span(self, start: int, end: int) -> tuple[Glyph, ...]:
        """The glyphs behind text[start:end]."""
        return self.glyphs[self.places[start] : self.places[end - 1] + 1]

    @functools.cached_property
    def box(self) -> Box:
        """The smallest box around its letters."""
        return around(self.glyphs)

    @property
    def centre(self) -> float:
        """The middle between left and right."""
        return (self.box[0] + self.box[2]) / 2

    @property
    def baseline(self) -> float:
        """The height on which its letters stand."""
        return self.glyphs[0].baseline

    @property
    def upper(self) -> bool:
        """Whether it is written in capital letters, as titles are."""
        return "".join(glyph.char for glyph in self.glyphs).isupper()

    def runs(self) -> Iterator[Line]:
        """What stands in each column."""
        start = 0
        for end in range(1, len(self.glyphs) + 1):
            if end == len(self.glyphs) or self.glyphs[end].box[0] - self.glyphs[end - 1].box[2] > COLUMN_GAP:
                yield line_of(self.glyphs[start:end])
                start = end


@dataclass(frozen=True)
class PageText:
    """The lines of a page from top to bottom and its crop box."""

    index: int
    crop: Box
    lines: tuple[Line, ...]

    @property
    def middle(self) -> float:
        """Half way from left to right."""
        return (self.crop[0] + self.crop[2]) / 2

    @functools.cached_property
    def runs(self) -> tuple[Line, ...]:
        """The lines of every column, from top to bottom."""
        return tuple(run for line in self.lines for run in line.runs())


def fold(text: str) -> str:
    """The form in which needles are compared: composed, without white space, case folded."""
    return "".join(unicodedata.normalize("NFC", text).casefold().split())


def around(glyphs: tuple[Glyph, ...]) -> Box:
    """The smallest box around some letters."""
    return enclosing(*(glyph.box for glyph in glyphs))


def enclosing(*boxes: Box) -> Box:
    """The smallest box around some boxes."""
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def visible(page: Any) -> Box:
    """The part of a page that is shown: its boxes may be inherited and name their corners in any order."""
    left, bottom, right, top = (float(side) for side in page.get_bbox())
    return (left, bottom, right, top)


def words(document: pdfium.PdfDocument, index: int) -> str:
    """The text of one page without the places of its letters, much faster than `read`."""
    page = document[index]
    textpage = page.get_textpage()
    try:
        return str(textpage.get_text_range(errors="replace"))
    finally:
        textpage.close()
        page.close()


def read(document: pdfium.PdfDocument, index: int) -> PageText:
    """The text of one page."""
    page = document[index]
    textpage = page.get_textpage()
    try:
        return PageText(index, visible(page), tuple(_lines(list(_glyphs(textpage)))))
    finally:
        textpage.close()
        page.close()


def italic(document: pdfium.PdfDocument, index: int, glyph: Glyph) -> bool:
    """Whether a letter is set in an italic font, judged by the name of the font."""
    page = document[index]
    textpage = page.get_textpage()
    try:
        name = ctypes.create_string_buffer(200)
        flags = ctypes.c_int()
        pdfium_c.FPDFText_GetFontInfo(textpage.raw, glyph.index, name, len(name), ctypes.byref(flags))
        lowered = name.value.lower()
        return b"italic" in lowered or b"oblique" in lowered
    finally:
        textpage.close()
        page.close()


def _glyphs(textpage: Any) -> Iterator[Glyph]:
    x, y = ctypes.c_double(), ctypes.c_double()
    for index in range(textpage.count_chars()):
        char = chr(pdfium_c.FPDFText_GetUnicode(textpage.raw, index))
        if char.isspace() or not char.isprintable():
            continue
        pdfium_c.FPDFText_GetCharOrigin(textpage.raw, index, ctypes.byref(x), ctypes.byref(y))
        yield Glyph(char, textpage.get_charbox(index), y.value, index)


def _lines(glyphs: list[Glyph]) -> Iterator[Line]:
    glyphs.sort(key=lambda glyph: -glyph.baseline)
    row: list[Glyph] = []
    for glyph in glyphs:
        if row and row[0].baseline - glyph.baseline > _SAME_LINE:
            yield _line(row)
            row = []
        row.append(glyph)
    if row:
        yield _line(row)


def _line(row: list[Glyph]) -> Line:
    composed: list[Glyph] = []
    for glyph in sorted(row, key=lambda one: (one.box[0], one.index)):
        if composed and unicodedata.combining(glyph.char[0]):
            composed[-1] = _compose(composed[-1], glyph)
        else:
            composed.append(glyph)
    return line_of(tuple(composed))


def line_of(glyphs: tuple[Glyph, ...]) -> Line:
    """A line of letters that are in order already."""
    text, places = "", []
    for place, glyph in enumerate(glyphs):
        folded = fold(glyph.char)
        text += folded
        places += [place] * len(folded)
    return Line(glyphs, text, tuple(places))


def _compose(base: Glyph, mark: Glyph) -> Glyph:
    char = unicodedata.normalize("NFC", base.char + mark.char)
    return Glyph(char, around((base, mark)), base.baseline, base.index)
