"""Where a page is printed on, seen and not read: scans and outlined letters leave no text to search."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pypdfium2 as pdfium
from PIL import Image

from signing.pagetext import Box, visible

_SCALE = 1.5
"""Pixels per point: enough for a hairline to be seen."""
_MOST_PIXELS = 4_000_000
_CONTRAST = 48
"""Grey levels from the ground on which something counts as ink: pale watermarks and the grain of scans do not."""


@dataclass(frozen=True)
class Ink:
    """A page in two colours, white where something is printed, with the box that it shows."""

    image: Image.Image
    crop: Box

    def bounds(self, area: Box) -> Box | None:
        """The smallest box around all that is printed within an area, None where nothing is."""
        left, top_edge = self.crop[0], self.crop[3]
        across = self.image.width / (self.crop[2] - left)
        down = self.image.height / (top_edge - self.crop[1])
        window = (
            max(math.floor((area[0] - left) * across), 0),
            max(math.floor((top_edge - area[3]) * down), 0),
            min(math.ceil((area[2] - left) * across), self.image.width),
            min(math.ceil((top_edge - area[1]) * down), self.image.height),
        )
        if window[0] >= window[2] or window[1] >= window[3]:
            return None
        found = self.image.crop(window).getbbox()
        if found is None:
            return None
        return (
            left + (window[0] + found[0]) / across,
            top_edge - (window[1] + found[3]) / down,
            left + (window[0] + found[2]) / across,
            top_edge - (window[1] + found[1]) / down,
        )

    def amount(self, area: Box) -> float:
        """How much of an area is printed on, in square points."""
        left, top_edge = self.crop[0], self.crop[3]
        across = self.image.width / (self.crop[2] - left)
        down = self.image.height / (top_edge - self.crop[1])
        window = (
            round((area[0] - left) * across),
            round((top_edge - area[3]) * down),
            round((area[2] - left) * across),
            round((top_edge - area[1]) * down),
        )
        return self.image.crop(window).histogram()[255] / (across * down)


def ink(document: pdfium.PdfDocument, index: int) -> Ink:
    """Draw one page and keep what differs from its ground."""
    page = document[index]
    try:
        width, height = page.get_size()
        scale = min(_SCALE, (_MOST_PIXELS / max(width * height, 1)) ** 0.5)
        bitmap = page.render(scale=scale, grayscale=True)
        try:
            image = bitmap.to_pil().convert("L")
        finally:
            bitmap.close()
        histogram = image.histogram()
        ground = histogram.index(max(histogram))
        levels = [255 if abs(level - ground) > _CONTRAST else 0 for level in range(256)]
        return Ink(image.point(levels), visible(page))
    finally:
        page.close()
