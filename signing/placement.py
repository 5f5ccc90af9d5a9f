"""What is placed on a document: slots for short texts, boxes for signatures, and words that it lacks."""

from __future__ import annotations

from dataclasses import dataclass

from signing.pagetext import Box

MM = 72 / 25.4
SIDE, FOOT = 15 * MM, 14 * MM
"""Room kept to the left and right of what is added, and below it."""
FALLBACK_SIZE = 13.0


class Full(Exception):
    """A document leaves no room for what it lacks: it gets a page more."""


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
    size: float = FALLBACK_SIZE
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
