"""Patterns (khuôn mẫu) of text fields: only those that no answer, however long, can make slow."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.kernel.errors import Invalid

LONGEST: Final = 200
READY: Final[Mapping[str, str]] = {
    "digits": "^[0-9]{1,20}$",
    "identity": "^[0-9]{12}$",
    "telephone": "^0[0-9]{9,10}$",
    "tax_code": "^[0-9]{10}-?[0-9]{0,3}$",
    "postal_code": "^[0-9]{5}$",
    "agency_code": "^[A-Z0-9.]{1,35}$",
    "reference": "^[0-9]{1,6}/[A-ZĐ0-9./-]{1,40}$",
    "mail": "^[A-Za-z0-9._-]{1,64}@[A-Za-z0-9.-]{3,190}$",
}
"""Patterns to choose from, by the word for them."""
_PIECE: Final = re.compile(
    r"(?P<one>\[(?:\\[^A-Za-z0-9]|[^\]\\\[])+\]|\\[^A-Za-z0-9]|[^\\\[\](){}|.*+?^$])"
    r"(?P<times>[*+?]|\{[0-9]{1,4}(?:,[0-9]{0,4})?\})?"
)
_IN_CLASS: Final = re.compile(r"\\?(?P<first>.)(?:-\\?(?P<last>[^\]]))?", re.DOTALL)
_MEANT_FOR_SETS: Final = re.compile(r"--|&&|~~|\|\||^\[\^")
Ranges = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Piece:
    """Characters that may stand somewhere, whether at least one must, and whether it is open how many."""

    ranges: Ranges
    needed: bool
    varies: bool


def check(pattern: Any) -> None:
    """Refuse (Invalid "form.unsteady") what could be slow, and what is no pattern.

    A pattern is a row of characters and sets of them between `^` and `$`. What may come a varying number of times
    shares no character with what may follow it: so each text is read in one way only, in time that grows as it does.
    """
    if not isinstance(pattern, str) or len(pattern) > LONGEST or not _is_steady(pattern):
        raise Invalid("form.unsteady", pattern=str(pattern)[:LONGEST])
    try:
        re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise Invalid("form.unsteady", pattern=pattern) from error


def check_all(schema: Any) -> None:
    """Refuse every pattern of a schema that `check` refuses, wherever it stands."""
    for pattern in _patterns(schema):
        check(pattern)


def _patterns(part: Any) -> Iterator[Any]:
    if isinstance(part, Mapping):
        named, several = part.get("pattern"), part.get("patternProperties")
        yield from [named] if named is not None and not isinstance(named, Mapping) else []
        yield from several if isinstance(several, Mapping) else []
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _patterns(one)


def _is_steady(pattern: str) -> bool:
    if len(pattern) < len("^$") or not pattern.startswith("^") or not pattern.endswith("$"):
        return False
    pieces = _pieces(pattern[1:-1])
    return pieces is not None and not any(_meets_itself(pieces, at) for at, one in enumerate(pieces) if one.varies)


def _meets_itself(pieces: list[_Piece], at: int) -> bool:
    for follower in pieces[at + 1 :]:
        if _share(pieces[at].ranges, follower.ranges):
            return True
        if follower.needed:
            return False
    return False


def _pieces(text: str) -> list[_Piece] | None:
    found: list[_Piece] = []
    at = 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None or _MEANT_FOR_SETS.search(piece["one"]):
            return None
        found.append(_Piece(_ranges(piece["one"]), _is_needed(piece["times"]), _varies(piece["times"])))
        at = piece.end()
    return found


def _ranges(one: str) -> Ranges:
    inner = one[1:-1] if one.startswith("[") and len(one) > 1 else one
    return tuple((part["first"], part["last"] or part["first"]) for part in _IN_CLASS.finditer(inner))


def _is_needed(times: str | None) -> bool:
    return times is None or times == "+" or (times.startswith("{") and int(re.findall("[0-9]+", times)[0]) > 0)


def _varies(times: str | None) -> bool:
    return times is not None and (times in "*+?" or "," in times)


def _share(one: Ranges, other: Ranges) -> bool:
    return any(a <= last and first <= b for a, b in one for first, last in other)
