"""Places for initials (ký nháy): small boxes behind the last words of the text, or beside the list of recipients.

No decree knows them. Practice puts the drafter's behind the last word ("./.") and those of whoever checked after it.
"""

from __future__ import annotations

import pypdfium2 as pdfium

from signing.errors import SigningRefused
from signing.ink import ink
from signing.pagetext import Box, Line, PageText, read
from signing.placement import FOOT, SIDE

WIDTH, HEIGHT = 44.0, 17.0
MOST = 6
_GAP, _AIR, _STEP = 3.0, 1.0, 4.0
_END = "./."


def boxes(document: pdfium.PdfDocument, page: int, taken: tuple[Box, ...], count: int) -> list[Box]:
    """Boxes on the page of the signature, `taken` left free. Errors: SigningRefused("source.no_room")."""
    text, seen = read(document, page), ink(document, page)
    free: list[Box] = []

    def fits(box: Box) -> bool:
        left, bottom, right, top = box
        inside = left >= text.crop[0] + SIDE / 2 and right <= text.crop[2] - SIDE / 2 and bottom >= text.crop[1] + FOOT
        apart = all(_apart(box, other) for other in (*taken, *free))
        return inside and apart and seen.bounds((left - _AIR, bottom, right + _AIR, top)) is None

    candidates = _candidates(_ends(text), text.crop)
    for _ in range(count):
        box = next((one for one in candidates if fits(one)), None)
        if box is None:
            raise SigningRefused("source.no_room")
        free.append(box)
    return free


def _ends(text: PageText) -> list[Line]:
    """The last words of the text, if any, and the head of the list of recipients."""
    heads = [run for run in text.runs if run.text.startswith("nơinhận")][-1:]
    last = [run for run in text.runs if run.text.endswith(_END)]
    if heads and not last:
        last = [run for run in text.runs if run.baseline > heads[0].box[3] and run.box[0] < text.middle]
    return last[-1:] + heads


def _candidates(ends: list[Line], crop: Box) -> list[Box]:
    """Behind the last words first, one after the other; else from the foot of the page upwards, at its left."""
    found = []
    for end in ends:
        left = end.box[2] + 2 * _GAP
        found += [_box(left + place * (WIDTH + _GAP), end.baseline - HEIGHT / 4) for place in range(MOST)]
    bottom = crop[1] + FOOT
    while bottom < crop[3] - HEIGHT:
        found += [_box(crop[0] + SIDE + place * (WIDTH + _GAP), bottom) for place in range(MOST)]
        bottom += _STEP
    return found


def _box(left: float, bottom: float) -> Box:
    return (round(left, 1), round(bottom, 1), round(left + WIDTH, 1), round(bottom + HEIGHT, 1))


def _apart(one: Box, other: Box) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
