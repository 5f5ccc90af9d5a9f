"""Proofreading a decision table while it is written: every cell that is wrong, then what is wrong with the whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from app.engine import dmn, expressions, unary
from app.engine.decisions import SINGLE, TYPES, Output, Table
from app.engine.dmnwriting import written
from app.engine.overlaps import Overlap, When, gaps, overlaps
from app.engine.sheets import INPUT, OUTPUT, Field, Sheet
from app.kernel.errors import Invalid, OfficeError

MOST_TOLD = 20
MOST_GAPS = 6


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: a cell (`line` and `field`), a `part` of a column's head, or the whole."""

    error: OfficeError
    field: str = ""
    line: str = ""
    part: str = ""


@dataclass(frozen=True)
class Proof:
    """What was found; `table` is there when nothing is wrong, `judged` says whether its rows were compared."""

    problems: tuple[Problem, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    gaps: tuple[When, ...] = ()
    table: Table | None = None
    judged: bool = False

    def at(self, line: str, column: str, part: str = "") -> OfficeError | None:
        """What is wrong with one place."""
        return next(
            (one.error for one in self.problems if (one.line, one.field, one.part) == (line, column, part)), None
        )


@lru_cache(maxsize=32)
def proofread(sheet: Sheet) -> Proof:
    """Everything that can be said about a table before it decides anything."""
    found = tuple(_places(sheet)) if len(sheet.lines) <= dmn.MAX_RULES else ()
    if found:
        return Proof(found)
    xml = written(sheet)
    try:
        table = dmn.read(xml)
    except OfficeError as error:
        loose = _loose(sheet) if error.code == "decision.overlap" else None
        if loose is None:
            return Proof((Problem(error),))
        return Proof((Problem(error),), _several(loose), judged=True)
    together = _several(table) if table.policy == "ANY" else ()
    return Proof((), together, tuple(_open(table)), table, judged=True)


def cell(column: Field, text: str) -> OfficeError | None:
    """What is wrong with the text of a cell; None when it can be read."""
    try:
        if column.part == INPUT:
            unary.cell(text)
        else:
            _check_result(column, text)
    except OfficeError as error:
        return error
    return None


def _check_result(column: Field, text: str) -> None:
    if text in {"", "-"}:
        return
    expressions.check(text)
    if not expressions.names(text):
        Output(column.text, column.kind if column.kind in TYPES else "any", _values(column)).value(text, {})


def _values(column: Field) -> tuple[Any, ...]:
    try:
        return tuple(expressions.evaluate(f"[{column.allowed}]", {})) if column.allowed else ()
    except OfficeError:  # told about at the head of the column
        return ()


def _places(sheet: Sheet) -> Iterator[Problem]:
    for place, column in enumerate(sheet.fields):
        yield from _head(column)
        for line in sheet.lines:
            error = cell(column, line.cells[place])
            if error is not None:
                yield Problem(error, column.id, line.id)


def _head(column: Field) -> Iterator[Problem]:
    """What is wrong with a column before any row."""
    if column.kind not in TYPES:
        yield Problem(Invalid("table.unknown_kind", kind=column.kind), column.id, part="kind")
    if column.part == OUTPUT and not column.text:
        yield Problem(Invalid("table.unnamed"), column.id, part="text")
    for part, check in _checks(column):
        try:
            check()
        except OfficeError as error:
            yield Problem(error, column.id, part=part)


def _checks(column: Field) -> Iterator[tuple[str, Callable[[], object]]]:
    if column.part == INPUT:
        yield "text", partial(expressions.check, column.text)
        yield "allowed", partial(unary.cell, column.allowed)
    else:
        yield "allowed", partial(expressions.check, f"[{column.allowed}]")
        yield "default", partial(_check_result, column, column.default)


def _loose(sheet: Sheet) -> Table | None:
    """The same table, its rows not held against each other."""
    try:
        return dmn.read(written(replace(sheet, policy="FIRST")))
    except OfficeError:
        return None


def _several(table: Table) -> tuple[Overlap, ...]:
    """The rows that match together, and may not: all of them, or with ANY those that say different things."""
    found = []
    for one in overlaps(table):
        first, second = (table.rules[place - 1].results for place in (one.first, one.second))
        if table.policy != "ANY" or first != second:
            found.append(one)
        if len(found) == MOST_TOLD:
            break
    return tuple(found)


def _open(table: Table) -> list[When]:
    """What no row says anything about, where that leaves a case without an answer."""
    has_default = any(output.default is not None for output in table.outputs)
    return gaps(table, MOST_GAPS) if table.policy in SINGLE and not has_default else []
