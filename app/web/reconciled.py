"""What comparisons of ledgers found, as people read it (đối soát): between which agencies, and what was done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.exchange.ledger import LedgerCheck
from app.domain.orgunits import queries as orgunits

SHOWN = 20
"""Differences of one day; the others are counted."""
_PARTS = 3


@dataclass(frozen=True)
class Line:
    """One difference: what it is about, the id of its message where it has one, and what was done about it."""

    about: str
    message_id: str
    act: str


@dataclass(frozen=True)
class Compared:
    """One comparison; `more` differences are not among the lines."""

    day: date
    entries: int
    differences: int
    lines: list[Line]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.differences - len(self.lines)


def compared(checks: Iterable[LedgerCheck]) -> list[Compared]:
    """Comparisons in the order in which they are given."""
    names = {unit.code: unit.short_name for unit in orgunits.every()}
    return [_compared(one, names) for one in checks]


def _compared(check: LedgerCheck, names: Mapping[str, str]) -> Compared:
    lines = [_line(entry, act, names) for entry, act in sorted(check.differences.items())[:SHOWN]]
    return Compared(check.day, check.entries, len(check.differences), lines)


def _line(entry: str, act: str, names: Mapping[str, str]) -> Line:
    """What another system calls an entry may be none, and is shown as it is."""
    parts = entry.split("/")
    if len(parts) != _PARTS:
        return Line(entry[:100], "", act)
    sender, message_id, recipient = parts
    return Line(f"{names.get(sender, sender)} → {names.get(recipient, recipient)}", message_id, act)
