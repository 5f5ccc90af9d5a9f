"""Decision tables: what the rows that match come to, by each hit policy of DMN."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.engine import expressions
from app.engine.unary import ANYTHING, Cell, same
from app.kernel.errors import Invalid

_DATE = len("2026-01-05")
Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """An input: the expression of its value, its type, and what values there are."""

    text: str
    kind: str = "any"
    allowed: Cell = ANYTHING

    def value(self, names: Mapping[str, Any]) -> Any:
        """What the input is now; None when nobody has filled it in."""
        given = typed(expressions.evaluate(self.text, names), self.kind)
        if given is not None and not self.allowed.holds(given, names):
            raise Invalid("decision.value", value=str(given)[:100])
        return given


@dataclass(frozen=True)
class Output:
    """A result: its name, its type, its possible values with the most important first, and what it is by default."""

    name: str
    kind: str = "any"
    order: tuple[Any, ...] = ()
    default: str | None = None

    def value(self, text: str, names: Mapping[str, Any]) -> Any:
        """What a cell of the result comes to."""
        value = typed(expressions.evaluate(text, names), self.kind)
        if self.order and not any(same(value, one) for one in self.order):
            raise Invalid("decision.value", value=str(value)[:100])
        return value

    def rank(self, value: Any) -> int:
        """How important a value is, 0 being the most."""
        return next((index for index, one in enumerate(self.order) if same(one, value)), len(self.order))


@dataclass(frozen=True)
class Rule:
    """A row: a cell for each input, and the expression of each result."""

    tests: tuple[Cell, ...]
    results: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A decision table that was found to be right."""

    inputs: tuple[Column, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    policy: str

    def decide(self, names: Mapping[str, Any]) -> Any:
        """What the table says about some data.

        The value of the result, a mapping when there are several, or a list of those when the policy gives every
        match; null when no row matches. Invalid when the rows contradict each other or a value has the wrong type.
        """
        rows = [
            {out.name: out.value(text, names) for out, text in zip(self.outputs, rule.results, strict=True)}
            for rule in (self.rules[place] for place in self.matching(names))
        ]
        if not rows and self.policy in SINGLE:
            return self._plain(self._default(names))
        return POLICIES[self.policy](self, rows)

    def matching(self, names: Mapping[str, Any]) -> list[int]:
        """The places (from 0) of the rows that match some data."""
        given = [column.value(names) for column in self.inputs]
        return [
            place
            for place, rule in enumerate(self.rules)
            if all(cell.holds(value, names) for cell, value in zip(rule.tests, given, strict=True))
        ]

    def _default(self, names: Mapping[str, Any]) -> Row | None:
        if all(out.default is None for out in self.outputs):
            return None
        return {out.name: None if out.default is None else out.value(out.default, names) for out in self.outputs}

    def _plain(self, row: Row | None) -> Any:
        return row if row is None or len(self.outputs) > 1 else next(iter(row.values()))

    def _by_rank(self, rows: list[Row]) -> list[Row]:
        return sorted(rows, key=lambda row: [out.rank(row[out.name]) for out in self.outputs if out.order])

    def unique(self, rows: list[Row]) -> Any:
        """The only match."""
        if len(rows) > 1:
            raise Invalid("decision.several")
        return self._plain(rows[0])

    def first(self, rows: list[Row]) -> Any:
        """The match that stands highest."""
        return self._plain(rows[0])

    def any(self, rows: list[Row]) -> Any:
        """Any match: all say the same."""
        if not all(same(row[name], value) for row in rows for name, value in rows[0].items()):
            raise Invalid("decision.disagree")
        return self._plain(rows[0])

    def priority(self, rows: list[Row]) -> Any:
        """The most important match."""
        return self._plain(self._by_rank(rows)[0])

    def all(self, rows: list[Row]) -> list[Any]:
        """All matches as they stand in the table."""
        return [self._plain(row) for row in rows]

    def ranked(self, rows: list[Row]) -> list[Any]:
        """All matches, the most important first."""
        return self.all(self._by_rank(rows))

    def number(self, rows: list[Row]) -> int:
        """How many matches there are."""
        return len(rows)

    def total(self, rows: list[Row]) -> Any:
        """The sum of all matches."""
        return _numbers(self.all(rows), sum)

    def least(self, rows: list[Row]) -> Any:
        """The smallest match."""
        return _numbers(self.all(rows), min)

    def greatest(self, rows: list[Row]) -> Any:
        """The greatest match."""
        return _numbers(self.all(rows), max)


def typed(value: Any, kind: str) -> Any:
    """A value if it is of a type or null; Invalid "decision.type" otherwise."""
    if value is not None and not TYPES[kind](value):
        raise Invalid("decision.type", value=str(value)[:100], type=kind)
    return value


def _numbers(values: list[Any], fold: Callable[[list[Any]], Any]) -> Any:
    """Nothing was matched, nothing is the sum: that differs from a sum of zero."""
    for value in values:
        if not _is_number(value):
            raise Invalid("decision.type", value=str(value)[:100], type="number")
    return fold(values) if values else None


def _is_date(value: Any) -> bool:
    """Whether a text is a day as ISO writes it: dates are compared as texts, and others would compare wrongly."""
    if not isinstance(value, str) or len(value) != _DATE:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return value[4] == value[7] == "-"


def _is_number(value: Any) -> bool:
    return type(value) in {int, float}


TYPES: Mapping[str, Callable[[Any], bool]] = {
    "any": lambda _value: True,
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "date": _is_date,
    "number": _is_number,
    "integer": lambda value: type(value) is int,
}
SINGLE = frozenset({"UNIQUE", "FIRST", "ANY", "PRIORITY"})
RANKED = frozenset({"PRIORITY", "OUTPUT ORDER"})
NUMERIC = frozenset({"COLLECT SUM", "COLLECT MIN", "COLLECT MAX"})
POLICIES: Mapping[str, Callable[[Table, list[Row]], Any]] = {
    "UNIQUE": Table.unique,
    "FIRST": Table.first,
    "ANY": Table.any,
    "PRIORITY": Table.priority,
    "RULE ORDER": Table.all,
    "OUTPUT ORDER": Table.ranked,
    "COLLECT": Table.all,
    "COLLECT COUNT": Table.number,
    "COLLECT SUM": Table.total,
    "COLLECT MIN": Table.least,
    "COLLECT MAX": Table.greatest,
}
