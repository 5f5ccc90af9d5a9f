"""Which rows of a decision table can match the same data, found by trying the values that matter."""

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any

from app.engine.decisions import Column, Table
from app.engine.unary import Cell
from app.kernel.errors import Invalid

_ELSE = "\x00"  # stands for every text that no cell names


def overlaps(table: Table) -> Iterator[tuple[int, int]]:
    """Pairs of rows (from 1) that certainly match some data together; rows that ask for other data are not judged."""
    masks = [_masks(column, [rule.tests[place] for rule in table.rules]) for place, column in enumerate(table.inputs)]
    for one, two in combinations(range(len(table.rules)), 2):
        if all(mask[one] & mask[two] for mask in masks):
            yield one + 1, two + 1


def _masks(column: Column, cells: list[Cell]) -> list[int]:
    """For each cell of a column the values that pass, as the bits of a number; 0 when that cannot be known."""
    values = [value for value in _values(column, cells) if _passes(column.allowed, value)]
    return [_mask(cell, values) for cell in cells]


def _mask(cell: Cell, values: list[Any]) -> int:
    if cell.asks:
        return 0
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
    values: list[Any] = [True, False, *_around(sorted(numbers), column.kind), *texts, _ELSE]
    values += [text + _ELSE for text in texts]
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
