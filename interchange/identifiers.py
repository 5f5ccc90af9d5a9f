"""Identifiers of agencies in both schemes (QCVN 102:2016 and QĐ 20/2020/QĐ-TTg), as they occur on the wire.

A conversion is by form alone: an agency that was renumbered is found in the directory, not here.
"""

import re
from dataclasses import dataclass

from interchange.errors import ExchangeRefused

LONGEST = 35
"""Letters of an identifier (QĐ 20/2020, Đ4)."""
QCVN102, QD20, REVERSED, REGISTRATION = "qcvn102", "qd20", "reversed", "registration"
_DEEPEST = 4
_QCVN102 = re.compile(r"([0-9][0-9A-Z]{2})\.([0-9A-Z]{2})\.([0-9A-Z]{2})\.([A-Z][0-9]{2})")
_QD20 = re.compile(r"[A-Z][0-9]{2}(?:\.[0-9A-Z]+)*")
_REVERSED = re.compile(r"(?:[0-9A-Z]+\.)+[A-Z][0-9]{2}")
_REGISTRATION = re.compile(r"[0-9]{10}(?:-[0-9]{3})?|[0-9]{12}")
_WIDTHS = (3, 2, 2, 3)
"""Letters of the groups V, Z, Y and M of QCVN 102, level 4 first."""


@dataclass(frozen=True)
class AgencyCode:
    """An identifier as it is written, its scheme, and its groups from level 1 down."""

    text: str
    scheme: str
    groups: tuple[str, ...]

    @property
    def level(self) -> int:
        """1 for a ministry or province, and so on down."""
        return len(self.groups)

    @property
    def key(self) -> tuple[str, ...]:
        """What is the same in both schemes: groups without zeros in front."""
        return tuple(one.lstrip("0") or "0" for one in self.groups)

    def is_same_as(self, other: "AgencyCode") -> bool:
        """Whether both write the same identifier, in whichever scheme."""
        return self.key == other.key

    def is_within(self, other: "AgencyCode") -> bool:
        """Whether this is an agency below another one, or that one itself."""
        return self.key[: other.level] == other.key


def parse(text: str) -> AgencyCode:
    """Read an identifier; small letters and spaces around are forgiven. Errors: ExchangeRefused "identifier.wrong"."""
    clean = text.strip().upper()
    if len(clean) > LONGEST:
        raise ExchangeRefused("identifier.wrong", what=text[:LONGEST])
    old = _QCVN102.fullmatch(clean)
    if old:
        return AgencyCode(clean, QCVN102, _without_empty(old.groups()[::-1]))
    if _QD20.fullmatch(clean):
        return AgencyCode(clean, QD20, tuple(clean.split(".")))
    if _REVERSED.fullmatch(clean):
        return AgencyCode(clean, REVERSED, tuple(clean.split(".")[::-1]))
    if _REGISTRATION.fullmatch(clean):
        return AgencyCode(clean, REGISTRATION, (clean,))
    raise ExchangeRefused("identifier.wrong", what=text)


def _without_empty(groups: tuple[str, ...]) -> tuple[str, ...]:
    """Without the zeros at the end, which say that there is no such level."""
    last = max(place for place, one in enumerate(groups) if place == 0 or one.strip("0"))
    return groups[: last + 1]


def as_qd20(one: AgencyCode) -> AgencyCode:
    """The same left to right: H26.19.01. Errors: ExchangeRefused "identifier.inconvertible"."""
    if one.scheme == QD20:
        return one
    return _converted(one, ".".join(one.groups), QD20)


def as_qcvn102(one: AgencyCode) -> AgencyCode:
    """The same right to left, in thirteen letters: 000.01.19.H26. Errors: "identifier.inconvertible"."""
    if one.scheme == QCVN102:
        return one
    given = [group.lstrip("0") for group in one.groups[::-1]]
    filled = [""] * (_DEEPEST - len(given)) + given
    if len(filled) > _DEEPEST:
        raise ExchangeRefused("identifier.inconvertible", what=one.text)
    return _converted(one, ".".join(group.zfill(width) for group, width in zip(filled, _WIDTHS, strict=True)), QCVN102)


def _converted(one: AgencyCode, text: str, scheme: str) -> AgencyCode:
    """What was written, if it reads as the same."""
    try:
        found = parse(text)
    except ExchangeRefused as wrong:
        raise ExchangeRefused("identifier.inconvertible", what=one.text) from wrong
    if found.scheme != scheme or not found.is_same_as(one):
        raise ExchangeRefused("identifier.inconvertible", what=one.text)
    return found
