"""Put a line of text into a PDF with the vendored font, at an exact baseline."""

from __future__ import annotations

import functools
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from pyhanko.pdf_utils.font.opentype import GlyphAccumulator

from signing.errors import SigningRefused

LEAST = 0.7
"""The smallest letters, in parts of the size of those around them: smaller ones look like another text."""
NARROWEST = 0.75
"""The narrowest letters, in parts of their own width."""


@dataclass(frozen=True)
class Lettering:
    """`operators` set the text from the current point under a font named /VB; `width` in points; `font` a resource.

    `stretch` is the width of the letters in parts of their own.
    """

    operators: bytes
    width: float
    size: float
    font: Any
    stretch: float = 1.0


@functools.cache
def _advances(font: str) -> dict[int, int]:
    """Advance widths by code point, in thousandths of the em."""
    with TTFont(font, lazy=True) as opened:
        widths = opened["hmtx"]
        return {code: widths[glyph][0] for code, glyph in opened.getBestCmap().items()}


@functools.cache
def _program(font: str) -> bytes:
    return Path(font).read_bytes()


def width_of(text: str, font: str, size: float) -> float:
    """The width in points, without kerning."""
    return sum(_advances(font)[ord(one)] for one in text) * size / 1000


def check(text: str, font: str) -> str:
    """The composed text. Errors: SigningRefused("text.unknown_letter"): a missing letter would be drawn as nothing."""
    text = unicodedata.normalize("NFC", text)
    if any(ord(letter) not in _advances(font) for letter in text):
        raise SigningRefused("text.unknown_letter")
    return text


def fitted(natural: float, size: float, limit: float) -> tuple[float, float]:
    """Size and stretch of a line so wide that it goes into `limit`: first smaller, then narrower, at last both."""
    fits = min(limit / natural, 1.0)
    stretch = max(min(fits / LEAST, 1.0), NARROWEST)
    return size * fits / stretch, stretch


def letter(writer: Any, text: str, font: str, size: float, limit: float = 0.0) -> Lettering:
    """Shape a line; one wider than `limit` points (if given) gets smaller letters, then narrower ones.

    Errors: SigningRefused.
    """
    text = check(text, font)
    size, stretch = fitted(width_of(text, font, size), size, limit) if limit else (size, 1.0)
    together = writer.prepare_object_stream() if writer.stream_xrefs else None
    program = io.BytesIO(_program(font))  # the library's own factory would leave the file open
    engine = GlyphAccumulator(writer, program, size, bcp47_lang_code="vi", obj_stream=together)
    shaped = engine.shape(text)
    width = abs(shaped.x_advance) * size * stretch
    return Lettering(shaped.graphics_ops, width, size, engine.as_resource(), stretch)


def drawn(lettering: Lettering, x: float, baseline: float) -> bytes:
    """The content stream that sets the text at a point, in black; its font resource must be called /VB."""
    narrowed = b"%.1f Tz " % (100 * lettering.stretch) if lettering.stretch < 1 else b""
    head = b"q 0 g BT /VB %.3f Tf %s%.3f %.3f Td " % (lettering.size, narrowed, x, baseline)
    return head + lettering.operators + b" ET Q"
