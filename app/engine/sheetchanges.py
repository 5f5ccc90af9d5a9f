"""What one decision table says differently from another: row by row, whatever the rows are called."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from app.engine.sheets import Field, Line, Sheet

Cells = tuple[str, ...]
"""The texts of a row, its note last; empty where there is no such row."""


@dataclass(frozen=True)
class RowChange:
    """A row that was added, removed or changed; `number` is its place in the newer table, or where it stood."""

    what: str
    number: int
    before: Cells = ()
    after: Cells = ()


@dataclass(frozen=True)
class Changes:
    """How a table differs from an older one. Columns that differ are told by their titles, old and new."""

    rows: tuple[RowChange, ...]
    columns: tuple[tuple[str, str], ...]
    policy: tuple[str, str] | None

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.rows or self.columns or self.policy)


def changes(old: Sheet, new: Sheet) -> Changes:
    """What is different in the newer table."""
    columns = tuple(
        (_head(one), _head(two)) for one, two in zip_longest(old.fields, new.fields) if _said(one) != _said(two)
    )
    policy = None if old.policy == new.policy else (old.policy, new.policy)
    return Changes(tuple(_rows(_texts(old), _texts(new))), columns, policy)


def _rows(old: list[Cells], new: list[Cells]) -> Iterator[RowChange]:
    for what, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        pairs = zip_longest(old[old_from:old_to], new[new_from:new_to], fillvalue=())
        for place, (before, after) in enumerate(pairs):
            kind = "changed" if before and after else "added" if after else "removed"
            yield RowChange(kind, (new_from if after else old_from) + place + 1, before, after)


def _texts(sheet: Sheet) -> list[Cells]:
    return [_cells(line) for line in sheet.lines]


def _cells(line: Line) -> Cells:
    return (*line.cells, line.note)


def _said(column: Field | None) -> Cells:
    return () if column is None else tuple(text for name, text in vars(column).items() if name != "id")


def _head(column: Field | None) -> str:
    """A column in one line: what it is called, what it asks, its type and its values."""
    if column is None:
        return ""
    parts = [
        column.title,
        column.text if column.text != column.title else "",
        column.kind,
        column.allowed,
        column.default,
    ]
    return " · ".join(filter(None, parts))
