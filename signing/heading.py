"""Where number, day and month go on the first page (NĐ 30/2020, Phụ lục I: ô 3, 4).

The printed words show the place: "Số:" at the start of a line on the left, "ngày ... tháng ... năm" on the right. What
is typed there already is refused: two numbers on one paper are worse than none. A document without these words gets a
line of its own in the top margin, or on a page added for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

import pypdfium2 as pdfium

from signing.errors import SigningRefused
from signing.ink import ink
from signing.lettering import LEAST
from signing.pagetext import COLUMN_GAP, Box, Glyph, Line, PageText, italic, line_of, read
from signing.placement import FALLBACK_SIZE, SIDE, Full, Heading, Label, Slot

_HEAD = 0.55
"""Number and date stand above this part of the first page's height."""
_RIGHT = 0.38
"""The column of the date starts to the right of this part of the page's width."""
_NUMBER_WIDTH, _WIDEST_GAP, _WORD_GAP = 36.0, 120.0, 26.0
_NUMBER_GAP, _DATE_GAP = 0.94, 0.6
"""Narrower blanks, in parts of the letters' size, do not take four digits or two that can be read."""
_MOST_AIR = 2.0
_CAP_HEIGHT = 0.67
"""Height of a capital letter in parts of the font size, for Times and its kin."""
_LEADERS = "._…·-"
_BLANK = rf"[{re.escape(_LEADERS)}]*"
_NUMBER = re.compile(rf"(số:?){_BLANK}(?=/)")
_NUMBER_ALONE = re.compile(rf"số:{_BLANK}")
_NUMBER_TYPED = re.compile(rf"số:{_BLANK}\d+[a-zđ]{{0,3}}?{_BLANK}")
_DATES = (
    re.compile(rf"(ngày){_BLANK}(tháng){_BLANK}(năm|20)"),
    re.compile(rf"(ngày){_BLANK}(/){_BLANK}(/)"),
)
_DATE_TYPED = re.compile(rf"ngày{_BLANK}(\d*){_BLANK}(?:tháng|/){_BLANK}(\d*){_BLANK}(?:năm|/)")
_FALLBACK_HEIGHTS = range(26, 64, 4)


def heading(document: pdfium.PdfDocument, year: int, spare: int | None = None) -> Heading:
    """Number, day and month; `spare` is the index of an added page, if there is one.

    Errors: SigningRefused("source.number_*" | "source.date_*"), Full.
    """
    page = read(document, 0)
    lines = _head(page)
    number = _number(page, lines)
    date = _date(document, page, lines)
    labels: list[Label] = []
    if number is None or date is None:
        at, crop, free = _free_line(document, page, spare, (number is None, date is None))
        if number is None:
            x = crop[0] + SIDE
            labels.append(Label(at, x, free, "Số:"))
            number = replace(_slot(x + 24, x + 24 + _NUMBER_WIDTH, free, FALLBACK_SIZE), page=at)
        if date is None:
            right = crop[2] - SIDE
            labels += [
                Label(at, right - 142, free, "ngày", italic=True),
                Label(at, right - 94, free, "tháng", italic=True),
                Label(at, right - 41, free, f"năm {year}", italic=True, width=SIDE + 38),
            ]
            day = _slot(right - 115, right - 96, free, FALLBACK_SIZE, slanted=True)
            month = _slot(right - 62, right - 43, free, FALLBACK_SIZE, slanted=True)
            date = (replace(day, page=at), replace(month, page=at))
    return Heading(number, date[0], date[1], tuple(labels))


def _head(page: PageText) -> list[Line]:
    """The lines above the addressees, or above the middle of a page that has none."""
    floor = page.crop[1] + _HEAD * (page.crop[3] - page.crop[1])
    addressed = [run.baseline for run in page.runs if run.text.startswith("kínhgửi") and run.baseline > floor]
    floor = max(addressed, default=floor)
    return [line for line in page.lines if line.baseline > floor]


def _number(page: PageText, lines: list[Line]) -> Slot | None:
    """A blank before the notation, as the decree has it, else a blank with nothing after it."""
    tails = [tail for line in lines for tail in _starting(page, line)]
    for accepts in (_before_notation, _typed, _alone):
        for tail in tails:
            found = accepts(tail)
            if found is not None:
                return found
    return None


def _starting(page: PageText, line: Line) -> Iterator[Line]:
    """The rest of a line from each place on the left where a column begins with "Số"."""
    before = float("-inf")
    for place, glyph in enumerate(line.glyphs):
        if glyph.box[0] - before > COLUMN_GAP and glyph.box[0] < page.middle:
            tail = line_of(line.glyphs[place:])
            if tail.text.startswith("số"):
                yield tail
        before = glyph.box[2]


def _before_notation(tail: Line) -> Slot | None:
    match = _NUMBER.match(tail.text)
    if match is None:
        return None
    word, slash = tail.span(0, match.end(1)), tail.span(match.end(), match.end() + 1)[0]
    left, right = word[-1].box[2], slash.box[0]
    if right - left > _WIDEST_GAP:
        return None
    size = _size(tail.glyphs[: tail.places[match.end()] + 5])
    if right - left < _NUMBER_GAP * size:
        raise SigningRefused("source.number_gap")
    return _slot(*_aired(left, right, 4 * size), word[0].baseline, size)


def _typed(tail: Line) -> None:
    """Refuse a number that is printed already."""
    match = _NUMBER_TYPED.match(tail.text)
    if match is None:
        return
    last, after = tail.span(0, match.end())[-1], tail.text[match.end() : match.end() + 1]
    follows = tail.span(match.end(), match.end() + 1)[0].box[0] if after else float("inf")
    if after == "/" or follows - last.box[2] > COLUMN_GAP:
        raise SigningRefused("source.number_typed")


def _alone(tail: Line) -> Slot | None:
    match = _NUMBER_ALONE.match(tail.text)
    if match is None:
        return None
    colon = tail.span(0, 3)[-1]
    follows = next((g.box[0] for g in tail.glyphs[tail.places[match.end() - 1] + 1 :]), float("inf"))
    left = colon.box[2] + _MOST_AIR
    if follows - left < _NUMBER_WIDTH:
        return None
    return _slot(left, left + _NUMBER_WIDTH, colon.baseline, _size(tail.glyphs[:3]))


def _date(document: pdfium.PdfDocument, page: PageText, lines: list[Line]) -> tuple[Slot, Slot] | None:
    """A date that the column breaks into two lines is read as one."""
    column = _right_column(page, lines)
    starts = {run.glyphs[0] for line in lines for run in line.runs()}
    for match in re.finditer("ngày", column.text):
        before = column.text[: match.start()][-1:]
        if before != "," and column.span(match.start(), match.end())[0] not in starts:
            continue
        typed = _DATE_TYPED.match(column.text, match.start())
        if typed is not None and any(typed.groups()):
            raise SigningRefused("source.date_typed")
        for pattern in _DATES:
            words = pattern.match(column.text, match.start())
            if words is not None:
                return _date_slots(document, page, [column.span(*words.span(at)) for at in (1, 2, 3)])
    return None


def _right_column(page: PageText, lines: list[Line]) -> Line:
    """All letters of the right-hand column in reading order."""
    left = page.crop[0] + _RIGHT * (page.crop[2] - page.crop[0])
    glyphs: list[Glyph] = []
    for line in lines:
        for run in line.runs():
            if run.box[0] > left:
                glyphs += run.glyphs
    return line_of(tuple(glyphs))


def _date_slots(document: pdfium.PdfDocument, page: PageText, words: list[tuple[Glyph, ...]]) -> tuple[Slot, Slot]:
    size = _size([glyph for word in words for glyph in word])
    slanted = italic(document, page.index, words[0][0])
    day, month = (
        _date_slot(before[-1], after[0], page.crop[2], size, slanted=slanted) for before, after in pairwise(words)
    )
    return day, month


def _date_slot(before: Glyph, after: Glyph, edge: float, size: float, *, slanted: bool) -> Slot:
    left, right = before.box[2], after.box[0]
    if left > right or abs(before.baseline - after.baseline) > size:
        # The blank hangs over the end of a line.
        right = min(left + _WORD_GAP, edge - _MOST_AIR)
    if right - left < _DATE_GAP * size:
        raise SigningRefused("source.date_gap")
    return _slot(*_aired(left, right, 2 * size), before.baseline, size, slanted=slanted)


def _aired(left: float, right: float, widest: float) -> tuple[float, float]:
    """A gap without some air on both sides, as much as the digits (each half as wide as high) can spare."""
    air = min(max((right - left - LEAST * widest / 2) / 2, 0.3), _MOST_AIR)
    return left + air, right - air


def _size(glyphs: Iterable[Glyph]) -> float:
    """Font size told from the tallest letter without accent: the size in the file may be 1 under a scaling matrix."""
    plain = (glyph for glyph in glyphs if glyph.char.isascii() and glyph.char.isalnum())
    tall = max((glyph.box[3] - glyph.baseline for glyph in plain), default=0.0)
    return min(max(tall / _CAP_HEIGHT, 9.0), 16.0)


def _slot(left: float, right: float, baseline: float, size: float, *, slanted: bool = False) -> Slot:
    bottom = baseline - 0.25 * size
    box = (round(left, 1), round(bottom, 2), round(right, 1), round(bottom + 1.25 * size, 2))
    return Slot(0, box, round(size, 1), slanted)


def _free_line(
    document: pdfium.PdfDocument, page: PageText, spare: int | None, lacks: tuple[bool, bool]
) -> tuple[int, Box, float]:
    """A page, its visible part and a baseline near its top edge where nothing is printed; `lacks`: number, date."""
    number, date = lacks
    seen, (left, _, right, top) = ink(document, 0), page.crop
    wanted = [(left + SIDE, left + SIDE + 24 + _NUMBER_WIDTH)] if number else []
    wanted += [(right - SIDE - 142, right - 3)] if date else []
    for distance in _FALLBACK_HEIGHTS:
        line: tuple[Box, ...] = tuple((x, top - distance - 5, to, top - distance + 13) for x, to in wanted)
        if not any(seen.bounds(area) for area in line):
            return 0, page.crop, top - distance
    if spare is None:
        raise Full
    crop = read(document, spare).crop
    return spare, crop, crop[3] - _FALLBACK_HEIGHTS[-1]
