"""The cells of a decision table: short tests of one input, in our expression language.

`-` lets everything pass; `> 5`, `[1..10]` and `"a", "b"` test the input; `not(...)` turns a test round. Everything
else is an expression: one that asks for `input` is a condition, any other is the value that the input must have.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.engine import expressions
from app.kernel.errors import Invalid

INPUT = "input"
_COMPARISON = re.compile(r"(<=|>=|!=|==|<|>|=)\s*(.+)", re.DOTALL)
_RANGE = re.compile(r"([\[\](])([^\[\],]+?)\.\.([^\[\],]+)([\])\[])\s*(?=,|$)")
_NOT = re.compile(r"not\s*\((.*)\)", re.DOTALL)
_OPERATORS = {"=": "=="}


@dataclass(frozen=True)
class Condition:
    """One of the tests of a cell; `is_value` says that the input must equal (or be among) what the text gives."""

    text: str
    is_value: bool

    def holds(self, names: Mapping[str, Any]) -> bool:
        """Whether the input passes."""
        value = expressions.evaluate(self.text, names)
        if not self.is_value:
            return bool(value)
        given = names[INPUT]
        return same(given, value) or (isinstance(value, list) and any(same(given, one) for one in value))


@dataclass(frozen=True)
class Cell:
    """A cell: the input passes when one of its tests holds, or none does if it is `negated`; no tests let all pass."""

    tests: tuple[Condition, ...] = ()
    negated: bool = False

    def holds(self, given: Any, names: Mapping[str, Any]) -> bool:
        """Whether a value passes, the other data being what they are."""
        if not self.tests:
            return True
        known = {**names, INPUT: given}
        return any(test.holds(known) for test in self.tests) is not self.negated

    @property
    def asks(self) -> frozenset[str]:
        """The names that the cell asks for besides its input."""
        return frozenset().union(*(expressions.names(test.text) for test in self.tests)) - {INPUT}

    @property
    def values(self) -> list[Any]:
        """The values that stand in the cell."""
        return [value for test in self.tests for value in expressions.constants(test.text)]


ANYTHING = Cell()


@lru_cache(maxsize=4096)
def cell(text: str) -> Cell:
    """The cell of a text; Invalid "expression.*" when it is none."""
    text = text.strip()
    if len(text) > expressions.MAX_LENGTH:
        raise Invalid("expression.too_long", limit=expressions.MAX_LENGTH)
    if text in {"", "-"}:
        return ANYTHING
    turned = _NOT.fullmatch(text)
    parts = _parts(turned[1]) if turned is not None else None
    if turned is not None and parts is not None:
        return Cell(tuple(_test(part) for part in parts), negated=True)
    return Cell(tuple(_test(part) for part in _parts(text) or [text]))


def same(one: Any, two: Any) -> bool:
    """Equality that tells true from 1."""
    return bool(one == two) and isinstance(one, bool) is isinstance(two, bool)


def _test(text: str) -> Condition:
    span = _RANGE.fullmatch(text)
    if span is not None:
        return _range(*span.groups())
    comparison = _COMPARISON.fullmatch(text)
    if comparison is not None:
        operator, bound = comparison.groups()
        expressions.check(bound)
        test = Condition(f"{INPUT} {_OPERATORS.get(operator, operator)} ({bound})", is_value=False)
    else:
        expressions.check(text)
        test = Condition(text, is_value=INPUT not in expressions.names(text))
    expressions.check(test.text)
    return test


def _range(left: str, low: str, high: str, right: str) -> Condition:
    for bound in (low, high):
        expressions.check(bound)
    from_, to = ">=" if left == "[" else ">", "<=" if right == "]" else "<"
    text = f"{INPUT} {from_} ({low}) and {INPUT} {to} ({high})"
    expressions.check(text)
    return Condition(text, is_value=False)


def _parts(text: str) -> list[str] | None:
    """The parts between commas that stand outside of quotes and brackets; None when a bracket closes too early."""
    parts, start, at, depth, quote = [], 0, 0, 0, ""
    while at < len(text):
        letter = text[at]
        span = None if quote or depth or text[start:at].strip() else _RANGE.match(text, at)
        if span is not None:
            at = span.end()
            continue
        if quote:
            at += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
        else:
            depth += (letter in "([{") - (letter in ")]}")
            if depth < 0:
                return None
        at += 1
    return [*parts, text[start:].strip()]
