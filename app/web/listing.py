"""Which part of a list a page shows; everything that decides it stands in the address."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

from app.domain.documents.rules import folded

R = TypeVar("R")
LONGEST_SEARCH = 100
FURTHEST = 100_000


@dataclass(frozen=True)
class Part(Generic[R]):
    """Some rows of a list, from `offset` on and at most `limit`."""

    rows: list[R]
    offset: int
    limit: int


def part(read: Callable[[int, int], list[R]], limit: int) -> Part[R]:
    """The rows the address asks for; `read` takes offset and limit."""
    start = offset()
    return Part(read(start, limit), start, limit)


def offset() -> int:
    """Where the reader is in the list; nonsense is the start."""
    return number("offset", lowest=0, highest=FURTHEST) or 0


def number(name: str, *, lowest: int, highest: int) -> int | None:
    """A number of the address; None when it is absent or nonsense."""
    text = request.args.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(highest))):
        return None
    value = int(text)
    return value if lowest <= value <= highest else None


def typed() -> str:
    """What is searched for, as it was typed."""
    return " ".join(request.args.get("q", "")[:LONGEST_SEARCH].split())


def searched() -> str:
    """What is searched for, without marks and capitals: `tiem phong` finds `Tiêm phòng`."""
    return folded(typed())
