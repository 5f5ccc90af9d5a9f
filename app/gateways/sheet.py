"""A drawing as one page of PDF: lines stay lines and letters letters, so that it prints sharp and can be searched."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fpdf import FPDF
from fpdf.enums import TextMode
from fpdf.svg import SVGObject
from lxml import etree

from app.gateways.letter import FAMILY, FONTS

_SVG: Final = "{http://www.w3.org/2000/svg}"
_DRAWN: Final = frozenset({"svg", "g", "rect", "circle", "path", "polyline"})
_SHEETS: Final = ((842.0, 595.0), (1191.0, 842.0), (1684.0, 1191.0), (2384.0, 1684.0), (3370.0, 2384.0))
"""A4 to A0, lying, in points."""
_MARGIN, _HEAD, _READABLE = 28.0, 40.0, 0.6
_SIZE: Final = {"name": 12.0, "label": 11.0}
_ARROW: Final = 8.0
_TURNED = re.compile(r"translate\((\S+) (\S+)\) rotate\(-90\)")
_INK, _PAPER = "#000000", "#ffffff"


@dataclass(frozen=True)
class _Place:
    """Where a drawing stands on its page, and how large."""

    scale: float
    left: float
    top: float

    def at(self, x: str | None, y: str | None) -> tuple[float, float]:
        """A point of the drawing as a point of the page."""
        return self.left + float(x or 0) * self.scale, self.top + float(y or 0) * self.scale


def printed(svg: str, title: str, note: str) -> bytes:
    """The page of a drawing of our own renderer, as wide as the smallest of A4 to A0 on which it can be read."""
    root = etree.fromstring(svg.encode())
    left, top, width, height = map(float, root.get("viewBox", "0 0 1 1").split())
    page, scale = _fitting(width, height)
    place = _Place(scale, _MARGIN - left * scale, _MARGIN + _HEAD - top * scale)
    sheet = FPDF(unit="pt", format=page)
    sheet.set_margin(0)
    for style, name in {"": "Regular", "B": "Bold"}.items():
        sheet.add_font(FAMILY, style, FONTS / f"VBSerif-{name}.ttf")
    sheet.set_lang("vi")
    sheet.set_title(title)
    sheet.set_auto_page_break(False)
    sheet.add_page()
    _heading(sheet, title, note)
    SVGObject(etree.tostring(_lines(root, place, page), encoding="unicode")).draw_to_page(sheet)
    for text in root.iter(f"{_SVG}text"):
        _write(sheet, text, place)
    return bytes(sheet.output())


def _fitting(width: float, height: float) -> tuple[tuple[float, float], float]:
    for page in _SHEETS:
        scale = min((page[0] - 2 * _MARGIN) / width, (page[1] - 2 * _MARGIN - _HEAD) / height, 1.0)
        if scale >= _READABLE:
            break
    return (page[0], min(page[1], 2 * _MARGIN + _HEAD + height * scale)), scale


def _heading(sheet: FPDF, title: str, note: str) -> None:
    for text, style, size, y in ((title, "B", 14, _MARGIN + 10), (note, "", 10, _MARGIN + 26)):
        sheet.set_font(FAMILY, style, size)
        room, words = sheet.epw - 2 * _MARGIN, _known(sheet, text)
        while len(words) > 1 and sheet.get_string_width(words) > room:
            words = words[: -max(len(words) // 20, 2)] + "…"
        sheet.text(_MARGIN, y, words)


def _lines(root: etree._Element, place: _Place, page: tuple[float, float]) -> etree._Element:
    """Everything but letters, in the coordinates of the page, arrowheads as triangles."""
    sheet = etree.Element(f"{_SVG}svg", viewBox=f"0 0 {page[0]:g} {page[1]:g}")
    group = etree.SubElement(sheet, f"{_SVG}g")
    group.set("transform", f"translate({place.left:g} {place.top:g}) scale({place.scale:g})")
    _copy(root, group)
    return sheet


def _copy(source: etree._Element, target: etree._Element) -> None:
    for child in source:
        if etree.QName(child).localname not in _DRAWN:
            continue
        made = etree.SubElement(target, child.tag)
        for name, value in child.attrib.items():
            if name != "marker-end":
                made.set(name, _INK if value == "currentColor" else value)
        _copy(child, made)
        if child.get("marker-end") is not None:
            etree.SubElement(target, f"{_SVG}path", d=_head(child.get("points", "")), fill=_INK, stroke="none")


def _head(points: str) -> str:
    """The arrowhead at the end of a line."""
    path = [tuple(map(float, point.split(","))) for point in points.split()]
    (x1, y1), (x2, y2) = path[-2:]
    turn = math.atan2(y2 - y1, x2 - x1)
    wings = [(x2 - _ARROW * math.cos(turn + side), y2 - _ARROW * math.sin(turn + side)) for side in (0.42, -0.42)]
    return f"M{x2:g} {y2:g}" + "".join(f"L{x:g} {y:g}" for x, y in wings) + "Z"


def _write(sheet: FPDF, text: etree._Element, place: _Place) -> None:
    size = _SIZE.get(text.get("class", ""), _SIZE["name"]) * place.scale
    sheet.set_font(FAMILY, "", size)
    turned = _TURNED.match(text.get("transform", ""))
    for row, x, y in _rows(text):
        words = _known(sheet, row)
        half = sheet.get_string_width(words) / 2
        if turned is not None:
            middle = place.at(turned[1], turned[2])
            with sheet.rotation(90, *middle):
                sheet.text(middle[0] - half, middle[1], words)
            continue
        left, base = place.at(x, y)
        if text.get("stroke") not in (None, "none"):  # a rim of paper lifts it off lines
            with sheet.local_context(text_mode=TextMode.STROKE, draw_color=_PAPER, line_width=2.5 * place.scale):
                sheet.text(left - half, base, words)
        sheet.text(left - half, base, words)


def _rows(text: etree._Element) -> Iterator[tuple[str, str | None, str | None]]:
    """The rows of a text, each with its middle on the line it stands on."""
    for row in (text, *text):
        if row.text:
            yield row.text, row.get("x"), row.get("y")


def _known(sheet: FPDF, text: str) -> str:
    """The text in letters that the font has; names in other scripts lose no length."""
    letters = sheet.fonts[FAMILY.lower()].cmap  # type: ignore[union-attr]
    return "".join(letter if ord(letter) in letters else "?" for letter in text)
