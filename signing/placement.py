"""Where number, date, personal signature and seal go (NĐ 30/2020, Phụ lục I: ô 3, 4, 7c, 8).

The printed words show the place: "Số:", "ngày ... tháng ... năm", the signer's name or title. A document without them
gets a block of its own in the top margin and a signature at the bottom right of its last page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium

from signing.pagetext import Box, Glyph, Line, PageText, around, fold, italic, read

MM = 72 / 25.4
SEAL = 36 * MM
SIGNATURE_WIDTH, SIGNATURE_HEIGHT = 125.0, 56.0
_LEAST_HEIGHT = 28.0
_NUMBER_WIDTH, _NUMBER_GAP, _WIDEST_GAP = 36.0, 12.0, 120.0
_DATE_GAP = 9.0
_HEAD = 0.55
"""Number and date stand above this part of the first page's height."""
_CAP_HEIGHT = 0.67
"""Height of a capital letter in parts of the font size, for Times and its kin."""
_LEADERS = "._…·-"
_DATE = re.compile(rf"ngày[{re.escape(_LEADERS)}]*tháng[{re.escape(_LEADERS)}]*năm")
_SIDE, _FOOT = 15 * MM, 14 * MM
_FALLBACK_SIZE = 13.0


@dataclass(frozen=True)
class Slot:
    """A place for a short text: `baseline` is measured from the bottom of the box, `size` in points."""

    page: int
    box: Box
    size: float
    italic: bool = False

    @property
    def baseline(self) -> float:
        """Distance from the bottom of the box to the line on which letters stand."""
        return 0.25 * self.size


@dataclass(frozen=True)
class Label:
    """Words that the document lacks; `width` is the most they may take, 0 for no limit; `centre` else left aligned."""

    page: int
    x: float
    baseline: float
    text: str
    size: float = _FALLBACK_SIZE
    bold: bool = False
    italic: bool = False
    centre: bool = False
    width: float = 0.0


@dataclass(frozen=True)
class Heading:
    """The slots of number, day and month with the labels that go with them."""

    number: Slot
    day: Slot
    month: Slot
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Closing:
    """The boxes of the personal signature and the seal with the labels that go with them."""

    page: int
    signature: Box
    seal: Box
    labels: tuple[Label, ...]


def heading(document: pdfium.PdfDocument, year: int) -> Heading:
    """Number, day and month on the first page."""
    page = read(document, 0)
    free = _free_baseline(page)
    number, labels = _number(page), []
    if number is None:
        x = page.crop[0] + _SIDE
        labels.append(Label(0, x, free, "Số:"))
        number = _slot(0, x + 24, x + 24 + _NUMBER_WIDTH, free, _FALLBACK_SIZE)
    date = _date(document, page)
    if date is None:
        right = page.crop[2] - _SIDE
        labels += [
            Label(0, right - 142, free, "ngày", italic=True),
            Label(0, right - 94, free, "tháng", italic=True),
            Label(0, right - 41, free, f"năm {year}", italic=True, width=_SIDE + 38),
        ]
        date = (
            _slot(0, right - 115, right - 96, free, _FALLBACK_SIZE, True),
            _slot(0, right - 62, right - 43, free, _FALLBACK_SIZE, True),
        )
    return Heading(number, date[0], date[1], tuple(labels))


def closing(document: pdfium.PdfDocument, name: str, title: str) -> Closing:
    """Signature and seal: above the printed name, else under the printed title, else at the end of the last page."""
    last = len(document) - 1
    found = _page_with(document, name)
    if found is not None:
        page, span = found
        return _closed(page, _above(page, around(span)))
    page = read(document, last)
    under = _last_span(page, title)
    if under is not None:
        return _closed(page, _below(page, around(under)))
    return _at_the_end(page, name, title)


def _closed(page: PageText, signature: Box, labels: tuple[Label, ...] = ()) -> Closing:
    signature = _inside(signature, page.crop)
    left, bottom, right, top = signature
    # The seal covers a third of the signature, on its left (NĐ 30/2020, Phụ lục I).
    seal_right, middle = left + (right - left) / 3, (bottom + top) / 2
    seal = (seal_right - SEAL, middle - SEAL / 2, seal_right, middle + SEAL / 2)
    return Closing(page.index, signature, _inside(seal, page.crop), labels)


def _inside(box: Box, crop: Box) -> Box:
    """The box moved, and only if it must be shrunk, into the visible page."""
    width, height = min(box[2] - box[0], crop[2] - crop[0]), min(box[3] - box[1], crop[3] - crop[1])
    left = min(max(box[0], crop[0]), crop[2] - width)
    bottom = min(max(box[1], crop[1]), crop[3] - height)
    return (round(left, 1), round(bottom, 1), round(left + width, 1), round(bottom + height, 1))


def _slot(page: int, left: float, right: float, baseline: float, size: float, slanted: bool = False) -> Slot:
    bottom = baseline - 0.25 * size
    box = (round(left, 1), round(bottom, 2), round(right, 1), round(bottom + 1.25 * size, 2))
    return Slot(page, box, round(size, 1), slanted)


def _size(glyph: Glyph) -> float:
    """Font size told from the height of a tall letter: the size in the file may be 1 under a scaling matrix."""
    return min(max((glyph.box[3] - glyph.baseline) / _CAP_HEIGHT, 9.0), 16.0)


def _head_lines(page: PageText) -> Iterator[Line]:
    floor = page.crop[1] + _HEAD * (page.crop[3] - page.crop[1])
    return (line for line in page.lines if line.glyphs[0].baseline > floor)


def _number(page: PageText) -> Slot | None:
    for line in _head_lines(page):
        for match in re.finditer("số:", line.text):
            word = line.span(match.start(), match.end())
            right = _next_letter(line, match.end())
            start = word[-1].box[2] + 2
            end = start + _NUMBER_WIDTH if right - start > _WIDEST_GAP else right - 1
            if end - start >= _NUMBER_GAP:
                # The plain "s" of "Số" has no accent that would make it look taller.
                return _slot(0, start, end, word[0].baseline, _size(word[0]))
    return None


def _next_letter(line: Line, start: int) -> float:
    """The left edge of the next letter that is no dot leader; far to the right when there is none."""
    for place in range(start, len(line.text)):
        glyph = line.glyphs[line.places[place]]
        if glyph.char not in _LEADERS:
            return glyph.box[0]
    return line.glyphs[-1].box[2] + 10 * _WIDEST_GAP


def _date(document: pdfium.PdfDocument, page: PageText) -> tuple[Slot, Slot] | None:
    for line in _head_lines(page):
        match = _DATE.search(line.text)
        if match is None:
            continue
        month = line.text.index("tháng", match.start())
        day_word = line.span(match.start(), match.start() + 4)
        month_word = line.span(month, month + 5)
        year_word = line.span(match.end() - 3, match.end())
        gaps = (
            (day_word[-1].box[2] + 1, month_word[0].box[0] - 1),
            (month_word[-1].box[2] + 1, year_word[0].box[0] - 1),
        )
        if min(right - left for left, right in gaps) < _DATE_GAP:
            continue
        tall = month_word[1]
        slanted = italic(document, page.index, tall)
        day, after = (_slot(0, left, right, tall.baseline, _size(tall), slanted) for left, right in gaps)
        return day, after
    return None


def _free_baseline(page: PageText) -> float:
    """A line near the top edge on which nothing is printed, else the topmost one."""
    top = page.crop[3]
    candidates = [top - distance for distance in range(26, 64, 4)]
    letters = [glyph.box for glyph in page.glyphs() if glyph.box[3] > candidates[-1] - 20]
    for baseline in candidates:
        if not any(box[1] < baseline + 13 and box[3] > baseline - 5 for box in letters):
            return baseline
    return candidates[0]


def _last_span(page: PageText, words: str) -> tuple[Glyph, ...] | None:
    """The lowest occurrence, one in the right half before any other: the left half lists the recipients."""
    needle = fold(words)
    if not needle:
        return None
    middle = (page.crop[0] + page.crop[2]) / 2
    spans = [
        line.span(match.start(), match.end())
        for line in page.lines
        for match in re.finditer(re.escape(needle), line.text)
    ]
    right = [span for span in spans if (span[0].box[0] + span[-1].box[2]) / 2 > middle]
    return next(reversed(right or spans), None)


def _page_with(document: pdfium.PdfDocument, name: str) -> tuple[PageText, tuple[Glyph, ...]] | None:
    """The last page that prints the name; letters are read only where a quick search hits, and on the last page."""
    last = len(document) - 1
    for index in range(last, -1, -1):
        if index == last or _mentions(document, index, name):
            page = read(document, index)
            span = _last_span(page, name)
            if span is not None:
                return page, span
    return None


def _mentions(document: pdfium.PdfDocument, index: int, name: str) -> bool:
    page = document[index]
    textpage = page.get_textpage()
    try:
        return bool(name.strip()) and textpage.search(name).get_next() is not None
    finally:
        textpage.close()
        page.close()


def _column(box: Box) -> tuple[float, float]:
    centre = (box[0] + box[2]) / 2
    return centre - SIGNATURE_WIDTH / 2, centre + SIGNATURE_WIDTH / 2


def _above(page: PageText, name: Box) -> Box:
    left, right = _column(name)
    over = [g.box[1] for g in page.glyphs() if g.box[1] > name[3] and g.box[2] > left and g.box[0] < right]
    floor, ceiling = name[3] + 3, min(over, default=page.crop[3]) - 3
    height = min(max(ceiling - floor, _LEAST_HEIGHT), SIGNATURE_HEIGHT)
    slack = max(min(ceiling - floor, 2 * SIGNATURE_HEIGHT) - height, 0)
    return (left, floor + slack / 2, right, floor + slack / 2 + height)


def _below(page: PageText, title: Box) -> Box:
    left, right = _column(title)
    under = [g.box[3] for g in page.glyphs() if g.box[3] < title[1] and g.box[2] > left and g.box[0] < right]
    ceiling, floor = title[1] - 3, max(under, default=page.crop[1]) + 3
    height = min(max(ceiling - floor, _LEAST_HEIGHT), SIGNATURE_HEIGHT)
    # The seal is taller than the signature: where there is room, keep it off the printed title.
    top = ceiling - min(max(ceiling - floor - height, 0), (SEAL - height) / 2)
    return (left, top - height, right, top)


def _at_the_end(page: PageText, name: str, title: str) -> Closing:
    """Under the last words of the page with title and name printed; in the corner without them if there is no room."""
    crop_left, crop_bottom, crop_right, crop_top = page.crop
    width = min(crop_right - crop_left, 230.0)
    centre = crop_right - _SIDE - width / 2
    floor = crop_bottom + _FOOT
    printed = [g.box[1] for g in page.glyphs() if g.box[2] > centre - width / 2 and g.box[1] > floor]
    top = min(printed, default=crop_top - 90) - 24
    left, right = centre - SIGNATURE_WIDTH / 2, centre + SIGNATURE_WIDTH / 2
    lowest = top - 6 - SEAL - 14
    if lowest < floor:
        return _closed(page, (left, floor, right, floor + SIGNATURE_HEIGHT))
    bottom = top - 6 - (SEAL + SIGNATURE_HEIGHT) / 2
    labels = (
        Label(page.index, centre, top, title.upper(), bold=True, centre=True, width=width),
        Label(page.index, centre, lowest, name, bold=True, centre=True, width=width),
    )
    return _closed(page, (left, bottom, right, bottom + SIGNATURE_HEIGHT), labels)
