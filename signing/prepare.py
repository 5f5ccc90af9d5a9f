"""Put every field into an unsigned document before the first signature."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Layout:
    """What the document prints, so that the fields can be placed by it; `year` is printed only by the fallback block."""

    signer_name: str
    signer_title: str = ""
    year: int | None = None


@dataclass(frozen=True)
class Prepared:
    """Where the fields went: page indexes from 0, boxes (left, bottom, right, top) in points of PDF user space."""

    pages: int
    number_page: int
    number_box: Box
    day_box: Box
    month_box: Box
    signature_page: int
    signature_box: Box
    seal_box: Box
    anchored: bool


def prepare(source: Path, target: Path, layout: Layout) -> Prepared:
    """Copy an unsigned normalised PDF with all its fields added. Errors: SigningRefused("source.*")."""
    raise NotImplementedError
