"""What a signature looks like on paper (NĐ 30/2020, Phụ lục I).

A person's is the blue image of the handwritten one, an agency's the red image of its seal at real size, both PNG with
transparent ground and without text. The demonstration draws its own, marked as a trial.
"""

from __future__ import annotations

import functools
import hashlib
import io
import math
import random
import unicodedata
import zlib
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from signing import fonts
from signing.errors import SigningRefused

BLUE, RED = (20, 50, 170, 255), (208, 16, 30, 255)
_CLEAR = (255, 255, 255, 0)
_LARGEST = 600
"""Pixels per side: more only makes every copy of the document heavier."""
_MOST_PIXELS = 25_000_000
_SMOOTH = 3
"""Draw this much larger, then reduce: Pillow's lines have no soft edges."""


@dataclass(frozen=True)
class Appearance:
    """An image with transparent ground, stretched over the signature field; `demo` when it was drawn here."""

    image: Image.Image
    demo: bool = False

    @functools.cached_property
    def planes(self) -> tuple[bytes, bytes]:
        """Colours (RGB) and opacity, row by row, deflated once for all documents that show the picture."""
        opaque = self.image.convert("RGBA")
        return zlib.compress(opaque.convert("RGB").tobytes()), zlib.compress(opaque.getchannel("A").tobytes())

    @classmethod
    def from_png(cls, data: bytes) -> Appearance:
        """A person's scanned signature or an agency's seal, as uploaded. Errors: SigningRefused("appearance.*")."""
        try:
            with Image.open(io.BytesIO(data), formats=["PNG"]) as opened:
                if opened.width * opened.height > _MOST_PIXELS:
                    raise SigningRefused("appearance.too_large")
                image = opened.convert("RGBA")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise SigningRefused("appearance.not_png") from error
        image.thumbnail((_LARGEST, _LARGEST))
        return cls(image)

    def smaller(self, part: float) -> Appearance:
        """The same picture in the middle of a field of which it takes only a part of the width and height."""
        width, height = (round(side / part) for side in self.image.size)
        ground = Image.new("RGBA", (width, height), _CLEAR)
        ground.paste(self.image, ((width - self.image.width) // 2, (height - self.image.height) // 2))
        return Appearance(ground)


@functools.lru_cache(maxsize=64)
def demo_signature(key_id: str) -> Appearance:
    """A blue stroke that no person owns, different for each key, marked as a trial."""
    width, height = 480 * _SMOOTH, 215 * _SMOOTH
    image = Image.new("RGBA", (width, height), _CLEAR)
    draw = ImageDraw.Draw(image)
    chance = random.Random(hashlib.sha256(key_id.encode()).digest())  # noqa: S311  # a picture, no secret
    _stroke(draw, _handwriting(chance, width, height))
    font = ImageFont.truetype(fonts.BOLD, 34 * _SMOOTH)
    draw.text((width * 0.98, height * 0.99), "BẢN THỬ", font=font, fill=BLUE, anchor="rb")
    return Appearance(image.resize((480, 215), Image.Resampling.LANCZOS), demo=True)


@functools.lru_cache(maxsize=64)
def demo_seal(agency: str) -> Appearance:
    """A red round seal of 36 mm with the agency's name on its ring, marked as a trial."""
    side = 425 * _SMOOTH
    image = Image.new("RGBA", (side, side), _CLEAR)
    draw = ImageDraw.Draw(image)
    middle = side / 2
    for radius, width in ((0.495, 0.018), (0.462, 0.006), (0.315, 0.008)):
        _circle(draw, middle, radius * side, width * side)
    _star(draw, middle, middle - 0.09 * side, 0.12 * side)
    for text, y, size in (("BẢN THỬ - DEMO", 0.60, 0.058), ("KHÔNG CÓ GIÁ TRỊ", 0.67, 0.042), ("PHÁP LÝ", 0.72, 0.042)):
        font = ImageFont.truetype(fonts.BOLD, size * side)
        draw.text((middle, y * side), text, font=font, fill=RED, anchor="mm")
    _ring(image, unicodedata.normalize("NFC", agency).upper(), 0.39 * side)
    return Appearance(image.resize((425, 425), Image.Resampling.LANCZOS), demo=True)


def _handwriting(chance: random.Random, width: int, height: int) -> list[tuple[float, float]]:
    """A curve that leans and loops: the sum of three waves drawn from the key."""
    tall, wide, quick = chance.uniform(0.2, 0.32), chance.uniform(0.05, 0.09), chance.uniform(3.5, 6.0)
    phases = [chance.uniform(0, math.tau) for _ in range(3)]
    points = []
    for step in range(400):
        t = step / 399
        fade = 1 - 0.6 * t
        y = 0.48 + fade * tall * math.sin(math.tau * quick * t + phases[0])
        y += 0.08 * math.sin(math.tau * 1.3 * t + phases[1])
        x = 0.1 + 0.78 * t + wide * math.sin(math.tau * quick * t + phases[2]) + 0.05 * (0.5 - y)
        points.append((x * width, y * height))
    points += [(width * (0.9 - 0.7 * s / 40), height * (0.72 + 0.08 * math.sin(s / 9))) for s in range(40)]
    return points


def _stroke(draw: ImageDraw.ImageDraw, points: list[tuple[float, float]]) -> None:
    for place, (x, y) in enumerate(points):
        half = _SMOOTH * (2.2 + 1.1 * math.sin(place / 11))
        draw.ellipse((x - half, y - half, x + half, y + half), fill=BLUE)
        if place:
            draw.line([points[place - 1], (x, y)], fill=BLUE, width=round(2 * half))


def _circle(draw: ImageDraw.ImageDraw, middle: float, radius: float, width: float) -> None:
    box = (middle - radius, middle - radius, middle + radius, middle + radius)
    draw.ellipse(box, outline=RED, width=round(width))


def _star(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    points = []
    for place in range(10):
        reach = radius if place % 2 == 0 else radius * 0.4
        angle = math.pi * place / 5 - math.pi / 2
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    draw.polygon(points, fill=RED)


def _ring(image: Image.Image, text: str, radius: float) -> None:
    """Letters along a circle, reading clockwise over the top; long names get smaller letters."""
    size = 0.075 * image.width
    font = ImageFont.truetype(fonts.BOLD, size)
    available = math.tau * radius * 0.86
    length = font.getlength(text)
    if length > available:
        font = ImageFont.truetype(fonts.BOLD, size * available / length)
        length = font.getlength(text)
    along = -length / 2
    for letter in text:
        advance = font.getlength(letter)
        _turned(image, letter, font, (along + advance / 2) / radius, radius)
        along += advance


def _turned(image: Image.Image, letter: str, font: ImageFont.FreeTypeFont, angle: float, radius: float) -> None:
    side = round(font.size * 2.4)
    tile = Image.new("RGBA", (side, side), _CLEAR)
    ImageDraw.Draw(tile).text((side / 2, side / 2 + font.size * 0.33), letter, font=font, fill=RED, anchor="ms")
    tile = tile.rotate(-math.degrees(angle), resample=Image.Resampling.BICUBIC)
    x = image.width / 2 + radius * math.sin(angle) - side / 2
    y = image.height / 2 - radius * math.cos(angle) - side / 2
    image.alpha_composite(tile, (round(x), round(y)))
