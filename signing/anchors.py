"""Find the printed title and name between which a person signs (NĐ 30/2020, Phụ lục I: ô 7a, 7b).

Sentences, lists of recipients, tables and footers name the same persons: what counts is a title or a name that is all
there is on a line of its column. Annexes bring forms with titles of their own and are looked at last.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium

from signing.ink import Ink, ink
from signing.pagetext import Box, Line, PageText, enclosing, fold, read, words
from signing.placement import FOOT

WIDTH = 125.0
"""Of a signature, and of the column that must be free for it."""
LEAST_HEIGHT = 28.0
AIR = 2.0
LEAST_ROOM, PLENTY = LEAST_HEIGHT + 2 * AIR, 40.0
_UNDER = 4.0
"""The dots under letters and an underline belong to the words, even if the file does not say which letters they are."""
_EDGE = 0.05
"""Headers and footers stand in this part of the page's height."""
_NEXT_LINE, _FURTHER = 30.0, 45.0
_TITLE_TO_NAME = 200.0
_NOTHING = "(?!)"
_CAPACITY = re.compile(r"(tm|kt|tl|tuq|q)\.")
"""Thay mặt, ký thay, thừa lệnh, thừa ủy quyền, quyền (NĐ 30/2020, Phụ lục I, phần I, mục II.7)."""
_ANNEX = re.compile(r"(phụlục|mẫusố|biểumẫu|biểusố)")
_FIRST_LINES = 3


@dataclass(frozen=True)
class Sheet:
    """A page as it is read and as it is seen."""

    document: pdfium.PdfDocument
    page: PageText
    annex: bool

    @functools.cached_property
    def ink(self) -> Ink:
        """What is printed, drawn when it is first asked for."""
        return ink(self.document, self.page.index)

    def below(self, box: Box) -> tuple[float, float]:
        """From where to where nothing is printed under some words."""
        left, right = column(box)
        bottom = self.page.crop[1]
        seen = self.ink.bounds((left, bottom, right, box[1] - _UNDER))
        return max(seen[3] + AIR if seen else bottom, bottom + FOOT), box[1] - AIR

    def above(self, box: Box) -> tuple[float, float]:
        """From where to where nothing is printed over some words."""
        left, right = column(box)
        top = self.page.crop[3]
        seen = self.ink.bounds((left, box[3] + 1, right, top))
        return box[3] + AIR, min(seen[1] - AIR if seen else top, top - FOOT)

    def lines(self) -> Iterator[Line]:
        """The lines of every column without headers and footers."""
        _, bottom, _, top = self.page.crop
        edge = _EDGE * (top - bottom)
        return (run for run in self.page.runs if bottom + edge < run.baseline < top - edge)

    def side(self, line: Line) -> int | None:
        """On the right 0, elsewhere 1, where the recipients are listed None."""
        if line.centre > self.page.middle:
            return 0
        return None if any(run.text.startswith("nơinhận") for run in self.page.runs) else 1


@dataclass(frozen=True)
class Anchor:
    """Printed words and the page on which they stand."""

    sheet: Sheet
    box: Box


class Sheets:
    """The pages of a document, read and drawn only when they are asked for."""

    def __init__(self, document: pdfium.PdfDocument) -> None:
        self._document = document
        self._known: dict[int, Sheet] = {}
        texts = [words(document, index) for index in range(len(document))]
        self._folded = [fold(text) for text in texts]
        self.body = next((at for at, text in enumerate(texts) if at and _annexed(text)), len(texts))
        """How many pages stand before the first annex."""

    def __len__(self) -> int:
        return len(self._folded)

    def sheet(self, index: int) -> Sheet:
        """One page."""
        if index not in self._known:
            self._known[index] = Sheet(self._document, read(self._document, index), annex=index >= self.body)
        return self._known[index]

    def printing(self, pattern: str) -> Iterator[Sheet]:
        """The pages on which something is printed, last first."""
        return (self.sheet(at) for at in reversed(range(len(self))) if re.search(pattern, self._folded[at]))


def title_anchor(sheets: Sheets, title: str) -> Anchor | None:
    """The title under which to sign: below a capacity rather than alone, with room under it rather than without."""
    needle = re.escape(fold(title)) or _NOTHING
    found = []
    for sheet in sheets.printing(f"{needle}|{_CAPACITY.pattern}"):
        for line in sheet.lines():
            worth = _worth(sheet, line, needle)
            side = sheet.side(line) if worth is not None else None
            if worth is None or side is None:
                continue
            anchor = Anchor(sheet, worth.box)
            floor, ceiling = sheet.below(anchor.box)
            order = (sheet.annex, side, worth.quality, ceiling - floor < LEAST_ROOM, -sheet.page.index, line.baseline)
            found.append((order, anchor))
    return min(found, key=lambda one: one[0])[1] if found else None


def name_anchor(sheets: Sheets, name: str, title: str) -> Anchor | None:
    """The name over which to sign: below the title rather than alone."""
    needle = fold(name)
    if not needle:
        return None
    found = []
    for sheet in sheets.printing(re.escape(needle)):
        for line in sheet.lines():
            side = sheet.side(line) if line.text == needle else None
            if side is None:
                continue
            floor, ceiling = sheet.above(line.box)
            under = _under_title(sheet, line, fold(title))
            if under or ceiling - floor >= LEAST_ROOM:
                order = (sheet.annex, side, not under, -sheet.page.index, line.baseline)
                found.append((order, Anchor(sheet, line.box)))
    return min(found, key=lambda one: one[0])[1] if found else None


@dataclass(frozen=True)
class _Worth:
    quality: int
    box: Box


def _worth(sheet: Sheet, line: Line, needle: str) -> _Worth | None:
    """How surely somebody signs under a line (0 is best), and the box of all that belongs to it."""
    if re.fullmatch(rf"(?:q\.|quyền)?(?:{needle})", line.text) is None:
        return _block(sheet, line)
    box = enclosing(line.box, *(note.box for note in _next(sheet, line) if note.text.startswith("(")))
    floor, ceiling = sheet.below(box)
    if any(_CAPACITY.match(above.text) for above in _over(sheet, line, _FURTHER)) or _CAPACITY.match(line.text):
        return _Worth(0, box)
    if line.upper and ceiling - floor >= LEAST_ROOM:
        return _Worth(2, box)
    return _Worth(3, box) if ceiling - floor >= PLENTY else None


def _block(sheet: Sheet, line: Line) -> _Worth | None:
    """A capacity with whatever title stands under it."""
    if not line.upper or _CAPACITY.match(line.text) is None:
        return None
    lowest = line
    while (under := next((one for one in _next(sheet, lowest) if one.upper), None)) is not None:
        lowest = under
    floor, ceiling = sheet.below(lowest.box)
    return _Worth(1, lowest.box) if ceiling - floor >= LEAST_ROOM else None


def _next(sheet: Sheet, line: Line) -> list[Line]:
    """What stands on the next line of the same column."""
    return [one for one in sheet.page.runs if 0 < line.baseline - one.baseline < _NEXT_LINE and _share(one, line)]


def _over(sheet: Sheet, line: Line, distance: float) -> list[Line]:
    return [one for one in sheet.page.runs if 0 < one.baseline - line.baseline < distance and _share(one, line)]


def _under_title(sheet: Sheet, name: Line, title: str) -> bool:
    over = min(_over(sheet, name, _TITLE_TO_NAME), key=lambda one: one.baseline, default=None)
    return over is not None and (over.text == title or _CAPACITY.match(over.text) is not None or _capped(sheet, over))


def _capped(sheet: Sheet, line: Line) -> bool:
    return line.upper and any(_CAPACITY.match(one.text) for one in _over(sheet, line, _FURTHER))


def _share(one: Line, other: Line) -> bool:
    """Whether two lines stand in the same column."""
    return one.box[0] < other.box[2] and other.box[0] < one.box[2]


def _annexed(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    return any(_ANNEX.match(fold(line)) for line in lines[:_FIRST_LINES])


def column(box: Box) -> tuple[float, float]:
    """Left and right edge of a signature over or under some words."""
    centre = (box[0] + box[2]) / 2
    return centre - WIDTH / 2, centre + WIDTH / 2
