"""Setting a name into the space a diagram gives it, without a browser to measure letters."""

import unicodedata
from typing import Final

SIZE: Final = 12.0
LINE: Final = 14.5
_NARROW: Final = frozenset("iíìỉĩịjlItf.,:;'!|()[] ")
_WIDE: Final = frozenset("mwMWƠƯ@%&—…")


def width(text: str) -> float:
    """About how wide a text is, in units of the drawing; rather too wide than too narrow."""
    return SIZE * sum(_letter(letter) for letter in unicodedata.normalize("NFC", text))


def _letter(letter: str) -> float:
    if letter in _NARROW:
        return 0.32
    if letter in _WIDE:
        return 0.88
    return 0.68 if letter.isupper() else 0.56


def wrap(text: str, space: float, lines: int) -> list[str]:
    """The words of a text in at most so many lines of a width; what does not fit ends in an ellipsis."""
    rows: list[str] = []
    for word in text.split():
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and width(longer) <= space:
            rows[-1] = longer
        else:
            rows.append(word)
    kept = rows[: max(lines, 1)]
    if len(rows) > len(kept):
        kept[-1] += "…"
    return [_fitted(row, space) for row in kept]


def _fitted(row: str, space: float) -> str:
    """A single word may be longer than the line."""
    if width(row) <= space:
        return row
    while len(row) > 1 and width(row + "…") > space:
        row = row[:-1]
    return row.rstrip("…") + "…"
