"""Where the personal signature and the seal go (NĐ 30/2020, Phụ lục I: ô 7c, 8).

Between the printed title and name; a document without them gets a title of its own under its last words. A signature
never covers what is printed: a title without room under it is refused, so that its author leaves some, and a document
that is full to its last line gets a page more.
"""

from __future__ import annotations

import pypdfium2 as pdfium

from signing.anchors import AIR, LEAST_ROOM, PLENTY, WIDTH, Anchor, Sheet, Sheets, column, name_anchor, title_anchor
from signing.errors import SigningRefused
from signing.pagetext import Box
from signing.placement import FOOT, MM, SIDE, Closing, Full, Label

SEAL = 36 * MM
"""An agency's seal is shown at its real size."""
HEIGHT = 56.0
_SEAL_STEP = 2.0
_FOOTER = 20 * MM
"""Below this stands a footer, however far above the last words end."""
_TOP, _BEFORE, _LINE = 90.0, 20.0, 14.0
_BLOCK = 230.0

Room = tuple[float, float]
"""Where nothing is printed: from below, to above."""


def closing(document: pdfium.PdfDocument, name: str, title: str, spare: int | None = None) -> Closing:
    """Above the printed name, under the printed title or at the end; `spare` is the index of an added page.

    Errors: SigningRefused("source.no_room"), Full.
    """
    sheets = Sheets(document)
    under, over = title_anchor(sheets, title), name_anchor(sheets, name, title)
    if over is not None:
        return _over_name(over, under)
    if under is not None:
        return _under_title(sheets, under)
    return _at_the_end(sheets.sheet(sheets.body - 1 if spare is None else spare), name, title)


def _over_name(name: Anchor, title: Anchor | None) -> Closing:
    """The name may have gone over to the next page: then the title's page is the better one, if there is room."""
    if title is not None and title.sheet.page.index == name.sheet.page.index - 1:
        room = title.sheet.below(title.box)
        if room[1] - room[0] >= PLENTY:
            return _closed(title.sheet, _hung(title.box, room))
    floor, ceiling = name.sheet.above(name.box)
    ceiling = min(ceiling, floor + 2 * HEIGHT)
    height = _height((floor, ceiling))
    slack = (ceiling - floor - height) / 2
    left, right = column(name.box)
    return _closed(name.sheet, (left, floor + slack, right, floor + slack + height))


def _under_title(sheets: Sheets, title: Anchor) -> Closing:
    """At the foot of a page there may be no room: the name, and the place over it, stand on the next one."""
    floor, ceiling = title.sheet.below(title.box)
    after = title.sheet.page.index + 1
    if ceiling - floor < LEAST_ROOM and floor <= title.sheet.page.crop[1] + FOOT and after < len(sheets):
        name = next((line for line in sheets.sheet(after).lines() if _beneath(line.box, title.box)), None)
        if name is not None:
            return _over_name(Anchor(sheets.sheet(after), name.box), None)
    return _closed(title.sheet, _hung(title.box, (floor, ceiling)))


def _beneath(box: Box, title: Box) -> bool:
    """Whether words are centred under others."""
    return abs(box[0] + box[2] - title[0] - title[2]) < WIDTH / 2


def _height(room: Room) -> float:
    """As high as there is room, within limits."""
    if room[1] - room[0] < LEAST_ROOM - 2 * AIR:
        raise SigningRefused("source.no_room")
    return min(room[1] - room[0], HEIGHT)


def _hung(title: Box, room: Room) -> Box:
    """Under a title. The seal is taller than the signature: where there is room, keep it off the printed words."""
    left, right = column(title)
    height = _height(room)
    top = room[1] - min(room[1] - room[0] - height, (SEAL - height) / 2)
    return (left, top - height, right, top)


def _closed(sheet: Sheet, signature: Box, labels: tuple[Label, ...] = ()) -> Closing:
    crop = sheet.page.crop
    signature = _inside(signature, crop)
    left, bottom, right, top = signature
    # The seal covers a third of the signature, on its left (NĐ 30/2020, Phụ lục I); higher or lower, where less is
    # printed under it.
    edge, middle, reach = left + (right - left) / 3, (bottom + top) / 2, (SEAL - (top - bottom)) / 2
    steps = range(-int(reach / _SEAL_STEP), int(reach / _SEAL_STEP) + 1)
    places = [_inside(_seal(edge, middle + _SEAL_STEP * step), crop) for step in sorted(steps, key=abs)]
    seal = min(places, key=lambda box: round(sheet.ink.amount(box)))
    return Closing(sheet.page.index, signature, seal, labels)


def _seal(right: float, middle: float) -> Box:
    return (right - SEAL, middle - SEAL / 2, right, middle + SEAL / 2)


def _inside(box: Box, crop: Box) -> Box:
    """The box moved, and only if it must be shrunk, into the visible page."""
    width, height = min(box[2] - box[0], crop[2] - crop[0]), min(box[3] - box[1], crop[3] - crop[1])
    left = min(max(box[0], crop[0]), crop[2] - width)
    bottom = min(max(box[1], crop[1]), crop[3] - height)
    return (round(left, 1), round(bottom, 1), round(left + width, 1), round(bottom + height, 1))


def _at_the_end(sheet: Sheet, name: str, title: str) -> Closing:
    """Under the last words of a page (before the annexes, or an added one), with title and name printed."""
    crop_left, crop_bottom, crop_right, crop_top = sheet.page.crop
    width = min(crop_right - crop_left, _BLOCK)
    centre = crop_right - SIDE - width / 2
    across = (min(centre - width / 2, centre - WIDTH / 6 - SEAL), centre + width / 2)
    foot = crop_bottom + _FOOTER
    footer = sheet.ink.bounds((across[0], crop_bottom, across[1], foot))
    printed = sheet.ink.bounds((across[0], foot, across[1], crop_top))
    top = (printed[1] if printed else crop_top - _TOP) - _BEFORE
    lowest = top - 6 - SEAL - (_LINE if name else 0)
    if lowest < max(crop_bottom + FOOT, footer[3] + AIR if footer else crop_bottom):
        raise Full
    bottom = top - 6 - (SEAL + HEIGHT) / 2
    signature = (centre - WIDTH / 2, bottom, centre + WIDTH / 2, bottom + HEIGHT)
    labels = (
        Label(sheet.page.index, centre, top, title.upper(), bold=True, centre=True, width=width),
        Label(sheet.page.index, centre, lowest, name, bold=True, centre=True, width=width),
    )
    return _closed(sheet, signature, labels)
