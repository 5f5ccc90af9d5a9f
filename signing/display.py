"""What a signature in the corner of a page shows (NĐ 30/2020, Phụ lục I): templates that a unit may change.

Person and agency sign the main document with a picture between title and name and a seal over a third of it; those are
placed by what is printed. The other cases stand at the top right of the first page: an annex in a file of its own shows
number and time, a copy its form, the agency and the time, both without a picture; a scan the seal, the agency and the
time. Letters are those of a Times, 10 points, upright, black.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from signing.cases import Case
from signing.errors import SigningRefused

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
PLACEHOLDERS = frozenset({"reference", "form", "agency", "time"})
"""Số và ký hiệu, hình thức sao, tên cơ quan, thời gian ký."""
_MOST_LINES, _LONGEST_LINE = 4, 120
_SMALLEST, _LARGEST = 8.0, 14.0
_WIDEST_PICTURE = 45.0


def _check(line: str) -> None:
    """Only plain placeholders that are known: a format could reach into objects."""
    try:
        parts = list(string.Formatter().parse(line))
    except ValueError as error:
        raise SigningRefused("display.placeholder") from error
    for _, name, form, conversion in parts:
        if name is not None and (name not in PLACEHOLDERS or form or conversion):
            raise SigningRefused("display.placeholder", name=name)


@dataclass(frozen=True)
class Display:
    """A template: `lines` with placeholders, `size` of letters in points, `picture` width in millimetres (0: none)."""

    lines: tuple[str, ...]
    size: float = 10.0
    picture: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what could not be shown. Errors: SigningRefused("display.*")."""
        if not 1 <= len(self.lines) <= _MOST_LINES or any(len(line) > _LONGEST_LINE for line in self.lines):
            raise SigningRefused("display.lines")
        if not _SMALLEST <= self.size <= _LARGEST or not 0 <= self.picture <= _WIDEST_PICTURE:
            raise SigningRefused("display.size")
        for line in self.lines:
            _check(line)

    def packed(self) -> dict[str, Any]:
        """As values that JSON can carry."""
        return {"lines": list(self.lines), "size": self.size, "picture": self.picture}


def unpacked(plain: Mapping[str, Any]) -> Display:
    """A template out of plain values. Errors: SigningRefused("display.*")."""
    try:
        lines = tuple(str(line) for line in plain["lines"])
        return Display(lines, float(plain["size"]), float(plain["picture"]))
    except (KeyError, TypeError, ValueError) as error:
        raise SigningRefused("display.unreadable") from error


DEFAULTS: Mapping[Case, Display] = {
    Case.ATTACHMENT: Display(("{reference}; {time}",)),
    Case.COPY: Display(("{form}; {agency}; {time}",)),
    Case.DIGITISED: Display(("{agency}", "{time}"), picture=36.0),
}
"""The decree separates the parts by semicolons; a line that is too long is broken between words."""


@dataclass(frozen=True)
class Shown:
    """A template with the values for one signature: `values` by placeholder, without the time, which is of signing."""

    display: Display
    values: Mapping[str, str] = field(default_factory=dict)

    def lines(self, signed_at: datetime) -> list[str]:
        """The lines as they are printed; the time by ISO 8601 with the offset of Việt Nam.

        Errors: SigningRefused("display.value_missing"): an empty place would be signed as it is.
        """
        time = signed_at.astimezone(VIETNAM).isoformat(timespec="seconds")
        known = {name: value for name, value in {**self.values, "time": time}.items() if value.strip()}
        try:
            return [line.format_map(known) for line in self.display.lines]
        except KeyError as error:
            raise SigningRefused("display.value_missing", name=str(error.args[0])) from error
