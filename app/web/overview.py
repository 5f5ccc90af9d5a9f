"""The table of all units and procedures: which rows are asked for, in which order, and drift in words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request

from app.domain.orgunits.collation import order
from app.domain.procedures import patches
from app.domain.procedures.models import LayerNotice
from app.domain.procedures.queries import Row
from app.web import placenames
from app.web.i18n import t
from app.web.placenames import Names

SHOWN = ("all", "own", "drift", "conflict", "broken")
TOLD = 2
"""How many differences are named; the others are counted."""
Opened = Mapping[tuple[UUID, str], int]


@dataclass(frozen=True)
class Table:
    """The rows as they were asked for; `chosen` says what was asked: `show`, `sort`, and `down` for the other way."""

    rows: list[Row]
    chosen: Mapping[str, str]

    def sorting(self, column: str) -> str:
        """How a column is sorted, in the words of `aria-sort`."""
        if self.chosen["sort"] != column:
            return "none"
        return "descending" if self.chosen["down"] else "ascending"

    def other_way(self, column: str) -> dict[str, str]:
        """What to ask for to sort by a column, or by the same one the other way."""
        return {"sort": column, "down": "1" if self.sorting(column) == "ascending" else ""}


def table(found: Iterable[Row], notices: Iterable[LayerNotice], opened: Opened, names: Names) -> Table:
    """The rows that the address asks for; nonsense in it asks for nothing."""
    asked = request.args
    show = asked.get("show", "") if asked.get("show", "") in SHOWN else ""
    disputed = {(one.key, one.place) for one in notices if one.outcome == "conflict"}
    keep: dict[str, Callable[[Row], bool]] = {
        "own": lambda row: row.speaks,
        "drift": lambda row: bool(row.differs),
        "conflict": lambda row: (row.key, f"units/{row.unit.code}") in disputed,
        "broken": lambda row: bool(row.problem),
    }
    keys: dict[str, Callable[[Row], Any]] = {
        "unit": lambda row: order(row.unit.short_name),
        "key": lambda row: order(names.title("procedure", row.key)),
        "version": lambda row: row.version or 0,
        "origin": lambda row: order(names.place(row.head.place)),
        "drift": lambda row: row.drift,
        "open": lambda row: opened.get((row.unit.id, row.key), 0),
    }
    sort, down = asked.get("sort", ""), "1" if asked.get("down") == "1" else ""
    rows = list(filter(keep.get(show), found))
    if sort in keys:
        rows.sort(key=keys[sort], reverse=bool(down))
    return Table(rows, {"show": show, "sort": sort if sort in keys else "", "down": down})


def differing(row: Row) -> str:
    """What differs from the unit above, in words: the first differences by name, the others counted."""
    named = ", ".join(dict.fromkeys(_called(path) for path in row.differs[:TOLD]))
    more = row.drift - TOLD
    return t("overview.differs.more", named=named, count=more) if more > 0 else t("overview.differs", named=named)


def _called(path: patches.Path) -> str:
    """A step is told by what is said about it; which step, the comparison shows."""
    return placenames.part(path[0] if path[0] in ("steps", "forms", "added") else patches.dotted(path))
