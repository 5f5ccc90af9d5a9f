"""A photographed or scanned signature or seal made fit for documents: nothing but ink, in the colour that is asked for.

NĐ 30/2020, Phụ lục I: a person's is blue, a seal red, both PNG with transparent ground. Needs Pillow alone.
"""

from __future__ import annotations

import colorsys
import io
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, ImageChops, ImageFilter, ImageMath, ImageOps, ImageStat

from signing.errors import SigningRefused

LARGEST_FILE = 12 * 2**20
_MOST_PIXELS = 50_000_000
"""More than the best phones take."""
_WORKING, _KEPT = 1400, 600
"""Pixels of the longer side while working, and in the end: more only makes every copy of the document heavier."""
_SMALLEST = {"signature": (90, 30), "seal": (150, 150)}
"""Pixels of what is left after cropping: fewer look torn on paper."""
_COARSE = 96
"""Pixels of the longer side at which the light on the paper is looked at."""
_GRAIN, _FULL = 34, 150
"""How much darker than the paper counts as ink at all, and as nothing but ink (0 to 255)."""
_FAINTEST, _SOLID = 70, 110
_LEAST, _MOST = 0.0008, 0.5
"""Which part of a picture may be ink: less is a speck, more is no sheet of white paper."""
_DARK, _MOSTLY = 70, 0.8
"""Paper is brighter than this, and there is at least so much of it."""
_GREY = 0.22
"""Saturation below which ink counts as black."""
_ROUND = 1.15
_MARGIN = 4


class Colour(StrEnum):
    """What ink looks like."""

    BLUE = "blue"
    RED = "red"
    BLACK = "black"
    OTHER = "other"


WANTED = {"signature": Colour.BLUE, "seal": Colour.RED}
TINT = {"signature": (26, 63, 168), "seal": (208, 16, 30)}


@dataclass(frozen=True)
class Cleaned:
    """A picture ready for use: PNG with transparent ground, its pixels, and the colour the ink had."""

    png: bytes
    width: int
    height: int
    colour: Colour


def clean(data: bytes, what: str, *, tint: bool = False) -> Cleaned:
    """Keep the ink of a picture (PNG or JPEG) of a "signature" or a "seal"; `tint` gives it the colour it must have.

    Errors: SigningRefused("appearance.too_large" | "not_an_image" | "too_small" | "empty" | "no_contrast" |
    "not_round" | "wrong_colour" with `colour`).
    """
    sheet = _levelled(_opened(data))
    ink = _ink(sheet)
    box = _edges(ink)
    sheet, ink = sheet.crop(box), ink.crop(box)
    if any(side < least for side, least in zip(ink.size, _SMALLEST[what], strict=True)):
        raise SigningRefused("appearance.too_small")
    if what == "seal" and not 1 / _ROUND <= ink.width / ink.height <= _ROUND:
        raise SigningRefused("appearance.not_round")
    shade = _shade(sheet, ink)
    colour = _colour(shade)
    if colour is not WANTED[what] and not tint:
        raise SigningRefused("appearance.wrong_colour", colour=colour.value)
    picture = Image.new("RGB", ink.size, TINT[what] if tint else shade)
    picture.putalpha(ink)
    picture.thumbnail((_KEPT, _KEPT), Image.Resampling.LANCZOS)
    kept = io.BytesIO()
    picture.save(kept, "PNG", optimize=True)
    return Cleaned(kept.getvalue(), picture.width, picture.height, colour)


def _opened(data: bytes) -> Image.Image:
    """The picture the right way up, on white where it is transparent, no larger than needed."""
    if len(data) > LARGEST_FILE:
        raise SigningRefused("appearance.too_large")
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG"]) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise SigningRefused("appearance.too_large")
            opened.draft("RGB", (_WORKING, _WORKING))
            image = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise SigningRefused("appearance.not_an_image") from error
    image.thumbnail((_WORKING, _WORKING), Image.Resampling.LANCZOS)
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _levelled(image: Image.Image) -> Image.Image:
    """The same under even light: every colour as a part of what the paper around it shows.

    Errors: SigningRefused("appearance.no_contrast") when most of it is no paper.
    """
    coarse = image.copy()
    coarse.thumbnail((_COARSE, _COARSE), Image.Resampling.BOX)
    # What is brightest nearby is paper; strokes are thinner than this.
    paper = coarse.filter(ImageFilter.MaxFilter(11)).filter(ImageFilter.MedianFilter(5))
    if sum(paper.convert("L").histogram()[_DARK:]) < _MOSTLY * paper.width * paper.height:
        raise SigningRefused("appearance.no_contrast")
    light = paper.filter(ImageFilter.GaussianBlur(4)).resize(image.size, Image.Resampling.BICUBIC)
    bands = [_part(one, lit) for one, lit in zip(image.split(), light.split(), strict=True)]
    return Image.merge("RGB", bands)


def _part(band: Image.Image, light: Image.Image) -> Image.Image:
    found: Image.Image = ImageMath.lambda_eval(
        lambda use: use["min"](use["band"] * 255 / use["max"](use["light"], 1), 255), band=band, light=light
    ).convert("L")
    return found


def _ink(sheet: Image.Image) -> Image.Image:
    """How much of each point is ink. Errors: SigningRefused("appearance.empty" | "appearance.no_contrast")."""
    red, green, blue = sheet.split()
    depth = ImageChops.invert(ImageChops.darker(ImageChops.darker(red, green), blue))
    depth = depth.filter(ImageFilter.MedianFilter(3))
    seen = depth.histogram()
    points = depth.width * depth.height
    if sum(seen[_GRAIN:]) < _LEAST * points:
        raise SigningRefused("appearance.empty")
    if sum(seen[_FAINTEST:]) < _LEAST * points or sum(seen[_FAINTEST:]) > _MOST * points:
        raise SigningRefused("appearance.no_contrast")
    return depth.point([max(0, min(255, (level - _GRAIN) * 255 // (_FULL - _GRAIN))) for level in range(256)])


def _edges(ink: Image.Image) -> tuple[int, int, int, int]:
    """Where ink begins and ends; single specks do not count."""
    solid = ink.point([255 if level > _SOLID else 0 for level in range(256)])
    box = solid.filter(ImageFilter.MinFilter(3)).getbbox() or solid.getbbox()
    if box is None:
        raise SigningRefused("appearance.no_contrast")
    left, top, right, bottom = box
    return (
        max(left - _MARGIN, 0),
        max(top - _MARGIN, 0),
        min(right + _MARGIN, ink.width),
        min(bottom + _MARGIN, ink.height),
    )


def _shade(sheet: Image.Image, ink: Image.Image) -> tuple[int, int, int]:
    """The one colour of the ink: what its most solid points show on average."""
    least = min(int(str(ink.getextrema()[1])) - 20, 230)
    solid = ink.point([255 if level > least else 0 for level in range(256)])
    red, green, blue = ImageStat.Stat(sheet, solid).mean
    return round(red), round(green), round(blue)


def _colour(shade: tuple[int, int, int]) -> Colour:
    hue, saturation, _ = colorsys.rgb_to_hsv(*(part / 255 for part in shade))
    if saturation < _GREY:
        return Colour.BLACK
    if 0.53 <= hue <= 0.75:  # noqa: PLR2004  # from the blue of a biro to that of ink
        return Colour.BLUE
    return Colour.RED if hue >= 0.92 or hue <= 0.05 else Colour.OTHER  # noqa: PLR2004  # magenta and orange are not
