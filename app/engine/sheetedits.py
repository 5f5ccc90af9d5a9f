"""Acts on the rows and columns of a decision table: what is not there any more is left alone."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from app.engine.sheets import INPUT, Field, Line, Sheet

T = TypeVar("T")
Edit = Callable[[Sheet, int], Sheet]


def edited(sheet: Sheet, what: str, act: str, key: str) -> Sheet:
    """The table after an act on a row or a column; the same table when there is no such act or thing."""
    acts, keys = (
        (ROWS, [one.id for one in sheet.lines]) if what == "row" else (COLUMNS, [one.id for one in sheet.fields])
    )
    return acts[act](sheet, keys.index(key)) if act in acts and key in keys else sheet


def with_row(sheet: Sheet) -> Sheet:
    """One more row at the end."""
    return _below(sheet, len(sheet.lines) - 1)


def with_column(sheet: Sheet, part: str) -> Sheet:
    """One more input or output after the others of its kind."""
    at = len(sheet.of(INPUT)) if part == INPUT else len(sheet.fields)
    name = sheet.fresh(part)
    made = Field(name, part, "" if part == INPUT else name)
    lines = [replace(one, cells=_put(one.cells, at, "-" if part == INPUT else "")) for one in sheet.lines]
    return replace(sheet, fields=_put(sheet.fields, at, made), lines=tuple(lines))


def _below(sheet: Sheet, at: int) -> Sheet:
    cells = tuple("-" if one.part == INPUT else "" for one in sheet.fields)
    return replace(sheet, lines=_put(sheet.lines, at + 1, Line(sheet.fresh("rule"), cells)))


def _copy(sheet: Sheet, at: int) -> Sheet:
    return replace(sheet, lines=_put(sheet.lines, at + 1, replace(sheet.lines[at], id=sheet.fresh("rule"))))


def _moved(by: int) -> Edit:
    return lambda sheet, at: replace(sheet, lines=_swapped(sheet.lines, at, at + by))


def _remove(sheet: Sheet, at: int) -> Sheet:
    return replace(sheet, lines=(*sheet.lines[:at], *sheet.lines[at + 1 :]))


def _remove_column(sheet: Sheet, at: int) -> Sheet:
    """The last of its kind stays: a table without inputs or without outputs decides nothing."""
    if len(sheet.of(sheet.fields[at].part)) == 1:
        return sheet
    lines = [replace(one, cells=(*one.cells[:at], *one.cells[at + 1 :])) for one in sheet.lines]
    return replace(sheet, fields=(*sheet.fields[:at], *sheet.fields[at + 1 :]), lines=tuple(lines))


def _moved_column(by: int) -> Edit:
    def move(sheet: Sheet, at: int) -> Sheet:
        to = at + by
        if not 0 <= to < len(sheet.fields) or sheet.fields[to].part != sheet.fields[at].part:
            return sheet
        lines = [replace(one, cells=_swapped(one.cells, at, to)) for one in sheet.lines]
        return replace(sheet, fields=_swapped(sheet.fields, at, to), lines=tuple(lines))

    return move


def _put(items: tuple[T, ...], at: int, one: T) -> tuple[T, ...]:
    return (*items[:at], one, *items[at:])


def _swapped(items: tuple[T, ...], one: int, two: int) -> tuple[T, ...]:
    if not 0 <= two < len(items):
        return items
    found = list(items)
    found[one], found[two] = found[two], found[one]
    return tuple(found)


ROWS: Mapping[str, Edit] = {
    "below": _below,
    "copy": _copy,
    "up": _moved(-1),
    "down": _moved(1),
    "remove": _remove,
}
COLUMNS: Mapping[str, Edit] = {
    "left": _moved_column(-1),
    "right": _moved_column(1),
    "remove": _remove_column,
}
