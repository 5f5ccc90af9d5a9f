"""What a digitised paper has to be (NĐ 30/2020, Phụ lục I: PDF 1.4 or later, colour, 200 dpi, scale 100 %)."""

from pathlib import Path
from typing import Any

from app.gateways import pdf
from app.kernel.errors import Invalid

LEAST_DPI = 200
ROUNDING = 2
"""Dots per inch lost by scanners that round the sides of a page."""
A4 = (210, 297)
TOLERANCE = 6
"""Millimetres by which a sheet may lie in the scanner otherwise than it is."""
_OLDEST = (1, 4)


def require_faithful(path: Path) -> None:
    """Refuse a scan that does not show the paper as the decree wants it.

    Errors: Invalid "scan.old_format", "scan.not_a_scan", "scan.low_resolution", "scan.not_colour", "scan.not_full_size"
    with the page, counted from 1; else as `pdf.inspect`.
    """
    found = pdf.measured(path)
    if tuple(int(part) for part in str(found["version"]).split(".")) < _OLDEST:
        raise Invalid("scan.old_format", version=found["version"])
    for number, page in enumerate(found["pages"], 1):
        _require(page, number)


def _require(page: dict[str, Any], number: int) -> None:
    if not page["dpi"]:
        raise Invalid("scan.not_a_scan", page=number)
    if page["dpi"] < LEAST_DPI - ROUNDING:
        raise Invalid("scan.low_resolution", page=number, dpi=page["dpi"], least=LEAST_DPI)
    if not page["colour"]:
        raise Invalid("scan.not_colour", page=number)
    sides = sorted((page["width"], page["height"]))
    if any(abs(side - whole) > TOLERANCE for side, whole in zip(sides, A4, strict=True)):
        raise Invalid("scan.not_full_size", page=number, width=page["width"], height=page["height"])
