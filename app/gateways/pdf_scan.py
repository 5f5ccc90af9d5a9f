"""Measuring paper: how sharp a scan is, whether it has colour, how large it is printed, where a document ends."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
from pypdfium2 import raw

MM = 72 / 25.4
COVERS = 0.8
"""A picture of a page covers at least so much of it."""
GREYS = frozenset({raw.FPDF_COLORSPACE_DEVICEGRAY, raw.FPDF_COLORSPACE_CALGRAY})
INK = 200
"""The grey level below which something counts as printed."""
ONE_COLOUR = 8
"""Bits of a pixel that are not enough for colours."""


def measured(source: Path) -> bytes:
    """Version, and for each page its sides (mm), the resolution of its picture (0 without one), and its colour."""
    with pikepdf.open(source, attempt_recovery=False, suppress_warnings=True) as pdf:
        version = str(pdf.pdf_version)
    with pypdfium2.PdfDocument(source) as document:
        pages = [_page(document[number]) for number in range(len(document))]
    return json.dumps({"version": version, "pages": pages}).encode()


def ends_at(source: Path) -> float:
    """How high above the bottom the last thing printed on the last page is, in points."""
    with pypdfium2.PdfDocument(source) as document:
        page = document[len(document) - 1]
        image = page.render(scale=1, grayscale=True).to_pil().convert("L")
        inked = image.point([255 if level < INK else 0 for level in range(256)]).getbbox()
        return float(page.get_size()[1] - (0 if inked is None else inked[3]))


def _page(page: Any) -> dict[str, Any]:
    width, height = page.get_size()
    sides = {"width": round(width / MM), "height": round(height / MM)}
    for picture in _pictures(page):
        left, bottom, right, top = picture.get_bounds()
        if (right - left) * (top - bottom) < COVERS * width * height:
            continue
        found = picture.get_metadata()
        colour = found.colorspace not in GREYS and found.bits_per_pixel > ONE_COLOUR
        return {**sides, "dpi": round(min(found.horizontal_dpi, found.vertical_dpi)), "colour": colour}
    return {**sides, "dpi": 0, "colour": False}


def _pictures(page: Any) -> Iterator[Any]:
    yield from page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4)
