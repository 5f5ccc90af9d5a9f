"""The roads of a sent document to its recipients: which are shown, in which order, and how many reached an end."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from app.domain.cases.models import Call
from app.domain.exchange import following, recalling
from app.domain.exchange.following import Stand
from app.domain.exchange.statuses import FINAL
from app.domain.orgunits import collation
from app.web.trails import STANDINGS, Trail

SEND, FOLLOW = "exchange.send", "exchange.follow"
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


def shown(trails: Sequence[Trail]) -> Shown:
    """The recipients that the address asks for; nonsense in it asks for nothing."""
    asked = request.args
    view, status, sort = (asked.get(name, "") for name in ("view", "status", "sort"))
    standing = "" if status == _NONE else status
    known = status == _NONE or (status and status in STANDINGS)
    rows = [one for one in trails if one.standing == standing] if known else list(trails)
    down = "1" if asked.get("down") == "1" and sort in _ORDERS else ""
    if sort in _ORDERS:
        rows.sort(key=_ORDERS[sort], reverse=bool(down))
    chosen = {"view": view if view in VIEWS[1:] else "", "status": status if known else ""}
    return Shown(rows, {**chosen, "sort": sort if sort in _ORDERS else "", "down": down})


def badges(calls: Iterable[Call]) -> dict[str, str]:
    """How many recipients have the document and how many are done, for the steps that send and follow it."""
    asked = {call.operation: call for call in calls if call.operation in (SEND, FOLLOW)}
    if not asked:
        return {}
    message = recalling.sent(next(iter(asked.values())).case.document_id)
    found: Stand = {} if message is None else following.stand(message.id)
    every = sum(found.values())
    counts = {
        SEND: sum(n for (state, _status), n in found.items() if state in ("delivered", "recalled")),
        FOLLOW: sum(n for (_state, status), n in found.items() if status in FINAL),
    }
    return {call.node: f"{counts[name]}/{every}" for name, call in asked.items() if every}
