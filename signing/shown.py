"""What a filled field shows, letter by letter: the value beside it, and the text for copying, could say otherwise.

The letters are those of the vendored fonts: their numbers, outlines and widths are compared, so a font of somebody
else's that draws a 9 for a 5 shows nothing here. Those fonts may grow, but no letter in them may ever change.
"""

from __future__ import annotations

import functools
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pikepdf
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from pyhanko.pdf_utils.decode_limits import DecodePurpose

from signing import fonts
from signing.lettering import NARROWEST

_PRINTED = 4
"""Flags of an annotation that is seen on the screen and on paper."""
_OF_APPEARANCE = {"/Type", "/Subtype", "/FormType", "/BBox", "/Resources", "/Length", "/Filter"}
_OF_FONT_FILE = {"head", "hhea", "maxp", "OS/2", "hmtx", "cmap", "loca", "glyf", "name", "post", "gasp", "GlyphOrder"}
"""Without the tables that hold programs: these could move the outlines while they are drawn."""
_LINE = re.compile(r"(BMC )?q g BT Tf (Tz )?Td (BDC )?TJ (Td )?(EMC )?ET Q( EMC)?")
"""All that an appearance may do, as PDF operators: one line of letters, and nothing before, between or behind it."""
_SMALLEST, _WIDEST_KERN, _EDGE, _ROUNDING = 5.0, 250.0, 1.5, 0.1


@dataclass(frozen=True)
class _Line:
    """The line that an appearance draws: letters by number in a font, and the text that is copied from it, if named."""

    codes: tuple[int, ...]
    copied: str | None
    font: str
    size: float
    x: float
    y: float
    stretch: float


def shows(field: Any, text: str) -> bool:
    """Whether a field shows exactly this text, in black, inside its box, on screen and on paper."""
    try:
        return field["/F"] == _PRINTED and _appearance_shows(field, unicodedata.normalize("NFC", text))
    except MemoryError:
        raise
    except Exception:  # hostile files raise whatever they like; none of it shows the text
        return False


def _appearance_shows(field: Any, text: str) -> bool:
    left, bottom, right, top = (float(side) for side in field["/Rect"])
    stream = field["/AP"]["/N"]
    box = [float(side) for side in stream["/BBox"]]
    resources = stream["/Resources"]
    if set(field["/AP"]) != {"/N"} or not set(stream) <= _OF_APPEARANCE or set(resources) != {"/Font"}:
        return False
    if any(abs(a - b) > _ROUNDING for a, b in zip(box, (0, 0, right - left, top - bottom), strict=True)):
        return False
    line = _read(stream.read_data(DecodePurpose.GENERIC))
    if line is None or line.copied not in (None, text) or line.size < _SMALLEST:
        return False
    width = _width(resources["/Font"][line.font], line.codes, text)
    if width is None:
        return False
    end = line.x + width * line.stretch * line.size / 1000
    return line.x >= -_EDGE and end <= right - left + _EDGE and 0 <= line.y <= top - bottom - line.size / 2


def _read(content: bytes) -> _Line | None:
    """The one black line that a content stream draws; None when it does anything else."""
    with pikepdf.Pdf.new() as pdf:
        steps = list(pikepdf.parse_content_stream(pikepdf.Stream(pdf, content)))
        if not _LINE.fullmatch(" ".join(str(step.operator) for step in steps)):
            return None
        given: dict[str, Any] = {str(step.operator): step.operands for step in reversed(steps)}
        marked = given["BDC"][1] if "BDC" in given else {}
        codes = _codes_of(given["TJ"][0])
        if float(given["g"][0]) != 0 or codes is None or not set(marked.keys()) <= {"/ActualText", "/Lang"}:
            return None
        copied = str(marked["/ActualText"]) if "/ActualText" in marked else None
        (font, size), (x, y) = given["Tf"], given["Td"]
        stretch = float(given["Tz"][0]) / 100 if "Tz" in given else 1.0
        if not NARROWEST - _ROUNDING <= stretch <= 1:
            return None
        return _Line(codes, copied, str(font), float(size), float(x), float(y), stretch)


def _codes_of(parts: Iterable[Any]) -> tuple[int, ...] | None:
    """The numbers of the letters; kerning moves them a little, never past each other."""
    codes: list[int] = []
    for part in parts:
        if isinstance(part, pikepdf.String):
            data = bytes(part)
            codes += (int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
        elif abs(float(part)) > _WIDEST_KERN:
            return None
    return tuple(codes)


def _width(font: Any, codes: tuple[int, ...], text: str) -> float | None:
    """The width of these letters in thousandths of the size, if they are ours and read as the text."""
    inner = font["/DescendantFonts"][0]
    if (font["/Encoding"], inner["/Subtype"], inner["/CIDToGIDMap"]) != ("/Identity-H", "/CIDFontType2", "/Identity"):
        return None
    data = inner["/FontDescriptor"]["/FontFile2"].read_data(DecodePurpose.GENERIC)
    ours = _same(data, codes, text)
    if ours is None:
        return None
    widths = _widths(inner["/W"])
    advances = [ours["hmtx"][ours.getGlyphName(code)][0] for code in codes]
    return sum(advances) if [widths[code] for code in codes] == advances else None


@functools.lru_cache(maxsize=64)
def _same(data: bytes, codes: tuple[int, ...], text: str) -> TTFont | None:
    """The font of ours whose letters these are. Asked again for every revision that still shows them."""
    with TTFont(io.BytesIO(data), lazy=True) as embedded:
        if not set(embedded.keys()) <= _OF_FONT_FILE:
            return None
        for name in (fonts.REGULAR, fonts.ITALIC, fonts.BOLD):
            ours = _ours(name)
            if _codes(ours, text) == codes and _letters(embedded, codes) == _letters(ours, codes):
                return ours
    return None


@functools.cache
def _ours(name: str) -> TTFont:
    return TTFont(name, lazy=True)


def _codes(font: TTFont, text: str) -> tuple[int, ...]:
    known = font.getBestCmap()
    return tuple(font.getGlyphID(known[ord(letter)]) for letter in text)


def _letters(font: TTFont, codes: Iterable[int]) -> list[Any]:
    """The size of the font, then the outline of each letter with the program that comes with it, if there is one."""
    glyphs, found = font.getGlyphSet(), [font["head"].unitsPerEm]
    for name in (font.getGlyphName(code) for code in codes):
        pen = DecomposingRecordingPen(glyphs)
        glyphs[name].draw(pen)
        program = getattr(font["glyf"][name], "program", None)
        found.append((pen.value, b"" if program is None else bytes(program.getBytecode())))
    return found


def _widths(entries: Any) -> dict[int, float]:
    """The widths of letters by number, from the first of the two forms of /W: a number and the widths from there."""
    found: dict[int, float] = {}
    for at in range(0, len(entries), 2):
        found |= {int(entries[at]) + step: float(width) for step, width in enumerate(entries[at + 1])}
    return found
