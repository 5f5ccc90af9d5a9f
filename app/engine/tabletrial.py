"""Trying a decision table on data that somebody types: which rows match, and what the table says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.engine import expressions, unary
from app.engine.decisions import Table
from app.engine.sheets import INPUT, Sheet
from app.kernel.errors import OfficeError

_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class Trial:
    """The rows (from 1) that match, and what comes of them; `error` when the table cannot say."""

    rows: tuple[int, ...] = ()
    result: Any = None
    error: OfficeError | None = None


def asked(sheet: Sheet) -> dict[str, str]:
    """The data a table asks for, with a dot where it looks inside, and the type of each as far as it is known."""
    kinds = {one.text: one.kind for one in sheet.of(INPUT)}
    return {name: kinds.get(name, "any") for text in _texts(sheet) for name in _paths(text)}


def try_out(table: Table, given: Mapping[str, str], kinds: Mapping[str, str]) -> Trial:
    """What a table says about some data, typed as texts."""
    names: dict[str, Any] = {}
    for path, text in given.items():
        name, _, key = path.partition(".")
        value = value_of(text, kinds.get(path, "any"))
        names[name] = {**names.get(name, {}), key: value} if key else value
    rows: tuple[int, ...] = ()
    try:
        rows = tuple(place + 1 for place in table.matching(names))
        return Trial(rows, table.decide(names))
    except OfficeError as error:
        return Trial(rows, None, error)


def value_of(text: str, kind: str) -> Any:
    """A value as it was typed: a word for texts and days, else what the text says as an expression, else the text."""
    text = text.strip()
    if not text:
        return None
    if kind in {"string", "date"}:
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
    if text in _TRUTH:
        return _TRUTH[text]
    try:
        return text if expressions.names(text) else expressions.evaluate(text, {})
    except OfficeError:
        return text


def _texts(sheet: Sheet) -> Iterator[str]:
    """Every expression of a table; a test of an input is one too, and a text that is none asks for nothing."""
    yield from (one.text if one.part == INPUT else one.default for one in sheet.fields)
    for line in sheet.lines:
        for column, text in zip(sheet.fields, line.cells, strict=True):
            yield from _tests(text) if column.part == INPUT else (text,)


def _tests(text: str) -> Iterator[str]:
    try:
        yield from (test.text for test in unary.cell(text).tests)
    except OfficeError:
        return


def _paths(text: str) -> Iterator[str]:
    try:
        inside = expressions.lookups(text)
        yield from sorted(f"{name}.{key}" for name, key in inside)
        yield from sorted(expressions.names(text) - {name for name, _key in inside} - {unary.INPUT})
    except OfficeError:
        return
