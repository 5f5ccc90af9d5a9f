"""Which rows of a decision table match the same data, and which data no row, found by trying the values that matter."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice, pairwise
from typing import Any

from app.engine.decisions import Column, Table
from app.engine.unary import Cell
from app.kernel.errors import Invalid

ELSE = "\x00"
"""Stands for every text that no cell names; after a text, for every longer one that begins with it."""
MOST_TRIALS = 400_000
"""How often a value is put to a test of a cell, in all columns together: a table of strangers must not cost minutes."""
MOST_STEPS = 20_000
When = tuple[Any, ...]
"""A value for each input; None where any will do."""


@dataclass(frozen=True)
class Overlap:
    """Two rows (from 1) that certainly match some data together."""

    first: int
    second: int
    when: When


@dataclass(frozen=True)
class _Tried:
    """The values that were put to a column; for each cell those that pass, as the bits of a number."""

    values: list[Any]
    masks: list[int]

    def first(self, mask: int) -> Any:
        """The first of some values; None when it is all of them."""
        return None if mask == (1 << len(self.values)) - 1 else self.values[(mask & -mask).bit_length() - 1]


def overlaps(table: Table) -> Iterator[Overlap]:
    """Pairs of rows that overlap; rows that ask for other data are not judged."""
    columns = _tried(table, if_asking=False)
    for one, two in combinations(range(len(table.rules)), 2):
        both = [column.masks[one] & column.masks[two] for column in columns]
        if all(both):
            when = tuple(column.first(mask) for column, mask in zip(columns, both, strict=True))
            yield Overlap(one + 1, two + 1, when)


def gaps(table: Table, most: int) -> list[When]:
    """Data that certainly no row matches, the plainest first; rows that ask for other data may match anything."""
    groups = [_by_rows(column, len(table.rules)) for column in _tried(table, if_asking=True)]
    found = islice(_uncovered(groups, len(table.rules)), most)
    return sorted(found, key=lambda when: sum(value is not None for value in when))


def tests(table: Table) -> int:
    """How many tests there are in all cells together."""
    return sum(len(cell.tests) for rule in table.rules for cell in rule.tests)


def _uncovered(groups: list[dict[int, Any]], rows: int) -> Iterator[When]:
    """Every way to let the rows drop out one after the other, each set of those left looked at once."""
    waiting: list[tuple[When, int]] = [((), (1 << rows) - 1)]
    seen = set()
    for _ in range(MOST_STEPS):
        if not waiting:
            return
        when, left = waiting.pop()
        if not left:
            yield when + (None,) * (len(groups) - len(when))
        elif len(when) < len(groups) and (len(when), left) not in seen:
            seen.add((len(when), left))
            choices = groups[len(when)]
            shown = {left & rows: None if len(choices) == 1 else value for rows, value in reversed(choices.items())}
            waiting += [((*when, value), rows) for rows, value in shown.items()]


def _by_rows(column: _Tried, rows: int) -> dict[int, Any]:
    """One value, the first, for each set of rows (as bits) that let it pass."""
    found: dict[int, Any] = {}
    for place, value in enumerate(column.values):
        passing = sum(1 << row for row in range(rows) if column.masks[row] >> place & 1)
        found.setdefault(passing, value)
    return found


def _tried(table: Table, *, if_asking: bool) -> list[_Tried]:
    """What passes where; in cells that ask for other data everything or nothing does."""
    most = MOST_TRIALS // max(1, tests(table))
    return [
        _column(column, [rule.tests[place] for rule in table.rules], max(20, most), if_asking)
        for place, column in enumerate(table.inputs)
    ]


def _column(column: Column, cells: list[Cell], most: int, if_asking: bool) -> _Tried:
    values = [value for value in _values(column, cells)[:most] if _passes(column.allowed, value)]
    everything = (1 << len(values)) - 1
    masks: dict[Cell, int] = {}
    for cell in cells:
        if cell not in masks:
            masks[cell] = (everything if if_asking else 0) if cell.asks else _mask(cell, values)
    return _Tried(values, [masks[cell] for cell in cells])


def _mask(cell: Cell, values: list[Any]) -> int:
    return sum(1 << index for index, value in enumerate(values) if _passes(cell, value))


def _passes(cell: Cell, value: Any) -> bool:
    try:
        return cell.holds(value, {})
    except Invalid:  # a text among numbers: such data cannot occur beside this cell
        return False


def _values(column: Column, cells: list[Cell]) -> list[Any]:
    """What the cells name, and a value between, below and above them."""
    named = [value for cell in (column.allowed, *cells) for value in cell.values]
    numbers = {sign * value for value in named if type(value) in {int, float} for sign in (1, -1)}
    texts = sorted({value for value in named if isinstance(value, str)})
    values: list[Any] = [True, False, *_around(sorted(numbers), column.kind), *texts, ELSE]
    values += [text + ELSE for text in texts]
    kinds = {"string": str, "date": str, "boolean": bool}
    if column.kind in kinds:
        return [value for value in values if isinstance(value, kinds[column.kind])]
    if column.kind in {"number", "integer"}:
        return [value for value in values if not isinstance(value, bool | str)]
    return values


def _around(numbers: list[Any], kind: str) -> list[Any]:
    if kind == "integer":
        return sorted({int(number) + step for number in numbers for step in (-1, 0, 1)} | {0})
    between = [(one + two) / 2 for one, two in pairwise(numbers)]
    ends = [numbers[0] - 1, numbers[-1] + 1] if numbers else [0]
    return [*numbers, *between, *ends]
