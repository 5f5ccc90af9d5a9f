"""The roads of a sent document to its recipients: which are shown, in which order, and how many reached an end."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from app.domain.cases.models import Call
from app.domain.documents.models import Document
from app.domain.exchange.statuses import FINAL
from app.domain.orgunits import collation
from app.web import trails
from app.web.trails import STANDINGS, Trail

_COUNTED: Mapping[str, Callable[[Trail], bool]] = {
    "exchange.send": lambda trail: trail.delivery.delivered_at is not None,
    "exchange.follow": lambda trail: trail.delivery.status in FINAL,
}
VIEWS = ("table", "tree")
_NONE = "none"
_ORDERS: Mapping[str, Callable[[Trail], Any]] = {
    "unit": lambda trail: collation.order(trail.delivery.recipient.short_name),
    "status": lambda trail: STANDINGS.index(trail.standing),
}


@dataclass(frozen=True)
class Shown:
    """The recipients as they were asked for; `chosen` says what was asked: `view`, `status`, `sort` and `down`."""

    trails: list[Trail]
    chosen: Mapping[str, str]

    def sorting(self, column: str) -> str:
        """How a column is sorted, in the words of `aria-sort`."""
        if self.chosen["sort"] != column:
            return "none"
        return "descending" if self.chosen["down"] else "ascending"

    def asking(self, **other: str) -> dict[str, str]:
        """What to ask for to see the same but for something."""
        return {name: value for name, value in {**self.chosen, **other}.items() if value}

    def other_way(self, column: str) -> dict[str, str]:
        """What to ask for to sort by a column, or by the same one the other way."""
        return self.asking(sort=column, down="1" if self.sorting(column) == "ascending" else "")


def shown(found: Sequence[Trail]) -> Shown:
    """The recipients that the address asks for; nonsense in it asks for nothing."""
    asked = request.args
    view, status, sort = (asked.get(name, "") for name in ("view", "status", "sort"))
    standing = "" if status == _NONE else status
    known = status == _NONE or (status and status in STANDINGS)
    rows = [one for one in found if one.standing == standing] if known else list(found)
    down = "1" if asked.get("down") == "1" and sort in _ORDERS else ""
    if sort in _ORDERS:
        rows.sort(key=_ORDERS[sort], reverse=bool(down))
    chosen = {"view": view if view in VIEWS[1:] else "", "status": status if known else ""}
    return Shown(rows, {**chosen, "sort": sort if sort in _ORDERS else "", "down": down})


def of_calls(document: Document, calls: Iterable[Call]) -> list[Trail]:
    """The recipients, once the diagram of a case has begun to send its document; nobody for all other cases."""
    return trails.of_document(document) if any(call.operation in _COUNTED for call in calls) else []


def badges(found: Sequence[Trail], calls: Iterable[Call]) -> dict[str, str]:
    """How many recipients have the document and how many said their last word, at the steps that send and follow."""
    counts = {name: sum(map(holds, found)) for name, holds in _COUNTED.items()}
    return {one.node: f"{counts[one.operation]}/{len(found)}" for one in calls if found and one.operation in _COUNTED}
