"""An agency as a directory lists it (danh bạ liên thông): dated identifiers, and keys to check its receipts with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from interchange.errors import ExchangeRefused

SCHEMES = ("eoffice", "qd20", "qcvn102")
"""Our own code, QĐ 20/2020/QĐ-TTg, QCVN 102:2016/BTTTT."""
_PLAIN = ("name", "parent", "successor", "email", "abbreviation", "place")
LONGEST, MOST = 500, 100
YEARS = range(1900, 3000)
"""Within these no day before or after is out of reach, whatever the zone."""


@dataclass(frozen=True)
class Identifier:
    """A code in one scheme, valid from and to a day (ISO 8601; empty is open)."""

    scheme: str
    code: str
    valid_from: str = ""
    valid_to: str = ""


@dataclass(frozen=True)
class PublicKey:
    """A public exchange key (base64), valid from and to a moment (ISO 8601; empty is open)."""

    public: str
    valid_from: str = ""
    valid_to: str = ""


@dataclass(frozen=True)
class Listed:
    """One agency; `parent` and `successor` are codes of others, `valid_to` the day it ended, `email` its mailbox.

    `abbreviation` is what its notations call it, `place` where its documents are dated.
    """

    name: str
    identifiers: tuple[Identifier, ...]
    keys: tuple[PublicKey, ...] = ()
    parent: str = ""
    successor: str = ""
    valid_to: str = ""
    email: str = ""
    abbreviation: str = ""
    place: str = ""


def read_listed(value: Any) -> Listed:
    """An agency from JSON of another system. Errors: ExchangeRefused "directory.wrong"."""
    if not isinstance(value, dict):
        raise ExchangeRefused("directory.wrong")
    plain = {name: _line(value.get(name, "")) for name in _PLAIN}
    identifiers = tuple(Identifier(**_dated(one, "scheme", "code")) for one in _several(value.get("identifiers")))
    keys = tuple(PublicKey(**_dated(one, "public", moment=True)) for one in _several(value.get("keys", [])))
    if not identifiers or any(one.scheme not in SCHEMES or not one.code for one in identifiers):
        raise ExchangeRefused("directory.wrong")
    return Listed(identifiers=identifiers, keys=keys, valid_to=_day(value.get("valid_to") or ""), **plain)


def _several(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST:
        raise ExchangeRefused("directory.wrong")
    return value


def _dated(value: Any, *names: str, moment: bool = False) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ExchangeRefused("directory.wrong")
    read = _moment if moment else _day
    days = {name: read(value.get(name) or "") for name in ("valid_from", "valid_to")}
    return {**{name: _line(value.get(name)) for name in names}, **days}


def _line(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        raise ExchangeRefused("directory.wrong")
    return value


def _day(value: Any) -> str:
    return _checked(date.fromisoformat, value)


def _moment(value: Any) -> str:
    """A moment, with the zone without which nobody knows when it is."""
    text = _checked(datetime.fromisoformat, value)
    if text and datetime.fromisoformat(text).tzinfo is None:
        raise ExchangeRefused("directory.wrong")
    return text


def _checked(read: Callable[[Any], date], value: Any) -> str:
    try:
        found = read(value) if value else None
    except (TypeError, ValueError) as nonsense:
        raise ExchangeRefused("directory.wrong") from nonsense
    if found is not None and found.year not in YEARS:
        raise ExchangeRefused("directory.wrong")
    return found.isoformat() if found else ""
