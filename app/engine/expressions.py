"""The language of conditions, deadlines and parameters: one expression of a small, closed subset of Python.

The text is parsed, each node is checked against an allow-list and turned into a closure; nothing is ever handed to
`eval`. A name that nobody set is None, `x.y` is a look-up in a mapping, and what is not listed here is refused.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from app.engine.diagnosis import parsed, refused, unknown_function
from app.engine.functions import FUNCTIONS, arity, lookup, number
from app.engine.performers import PERFORMERS
from app.kernel.errors import Invalid

MAX_LENGTH = 1_000
MAX_NODES = 200
MAX_DEPTH = 40
MAX_INTEGER = 10**18
MAX_SIZE = 10_000

Names = Mapping[str, Any]
Formula = Callable[[Names], Any]

_WRONG_VALUES = (TypeError, ValueError, ZeroDivisionError, OverflowError, RecursionError)
_CONSTANTS = {"true": True, "false": False, "null": None}  # as people who know other notations write them


@dataclass(frozen=True)
class _Scope:
    """What is being compiled: the text, how deep, and whether it may say who does a step."""

    text: str
    performer: bool
    depth: int = 0

    @property
    def functions(self) -> Mapping[str, Callable[..., Any]]:
        return {**FUNCTIONS, **PERFORMERS} if self.performer else FUNCTIONS


def check(text: str, *, performer: bool = False) -> None:
    """Refuse a text that is not an expression of the language (Invalid "expression.*" with `at` and `found`).

    With `performer` it may also call the functions that say who does a step.
    """
    _compiled(text, performer)


def evaluate(text: str, names: Names, *, performer: bool = False) -> Any:
    """The value of an expression; Invalid "expression.*" when the values do not fit it."""
    try:
        return _bounded(_compiled(text, performer)(names))
    except _WRONG_VALUES as error:
        raise Invalid("expression.values", text=text, at=1, found=text[:40]) from error


def names(text: str) -> frozenset[str]:
    """The names of data that a checked expression asks for."""
    found = {node.id for node in ast.walk(parsed(text)) if isinstance(node, ast.Name)}
    return frozenset(found - FUNCTIONS.keys() - _CONSTANTS.keys() - functions(text))


def functions(text: str) -> frozenset[str]:
    """The names of the functions that a checked expression calls."""
    calls = (node.func for node in ast.walk(parsed(text)) if isinstance(node, ast.Call))
    return frozenset(function.id for function in calls if isinstance(function, ast.Name))


def lookups(text: str) -> frozenset[tuple[str, str]]:
    """Where a checked expression looks into data: pairs of a name and the key that is looked up in it."""
    nodes = (node for node in ast.walk(parsed(text)) if isinstance(node, ast.Attribute))
    return frozenset((node.value.id, node.attr) for node in nodes if isinstance(node.value, ast.Name))


def constants(text: str) -> list[Any]:
    """The values that are written out in a checked expression."""
    nodes = list(ast.walk(parsed(text)))
    named = [_CONSTANTS[node.id] for node in nodes if isinstance(node, ast.Name) and node.id in _CONSTANTS]
    return named + [node.value for node in nodes if isinstance(node, ast.Constant)]


@lru_cache(maxsize=4096)
def _compiled(text: str, performer: bool) -> Formula:
    if len(text) > MAX_LENGTH:
        raise Invalid("expression.too_long", limit=MAX_LENGTH)
    tree = parsed(text)
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise Invalid("expression.too_long", limit=MAX_NODES)
    return _compile(tree, _Scope(text, performer))


def _compile(node: ast.expr, scope: _Scope) -> Formula:
    build = _BUILDERS.get(type(node))
    if build is None or scope.depth > MAX_DEPTH:
        raise refused(scope.text, node, "expression.not_allowed", what=type(node).__name__)
    formula = build(node, replace(scope, depth=scope.depth + 1))
    return _located(node, scope.text, formula) if isinstance(node, _MAY_FAIL) else formula


def _located(node: ast.expr, text: str, formula: Formula) -> Formula:
    """The same formula, whose refusal of values says where it stands."""

    def compute(names: Names) -> Any:
        try:
            return formula(names)
        except _WRONG_VALUES as error:
            raise refused(text, node, "expression.values") from error

    return compute


def _bounded(value: Any) -> Any:
    """Refuse a value that could grow without end when it is fed back into data."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise Invalid("expression.too_large", limit=MAX_INTEGER)
    if isinstance(value, float) and not math.isfinite(value):
        raise Invalid("expression.too_large", limit=MAX_INTEGER)
    if isinstance(value, str | list) and len(value) > MAX_SIZE:
        raise Invalid("expression.too_large", limit=MAX_SIZE)
    return value


def _constant(node: ast.Constant, scope: _Scope) -> Formula:
    value = node.value
    if value is not None and type(value) not in {str, int, float, bool}:
        raise refused(scope.text, node, "expression.not_allowed", what=type(value).__name__)
    _bounded(value)
    return lambda _names: value


def _name(node: ast.Name, scope: _Scope) -> Formula:
    key = _public(node, node.id, scope)
    if key in _CONSTANTS:
        value = _CONSTANTS[key]
        return lambda _names: value
    return lambda names: names.get(key)


def _attribute(node: ast.Attribute, scope: _Scope) -> Formula:
    of, key = _compile(node.value, scope), _public(node, node.attr, scope)
    return lambda names: lookup(of(names), key)


def _subscript(node: ast.Subscript, scope: _Scope) -> Formula:
    of, key = _compile(node.value, scope), _compile(node.slice, scope)
    return lambda names: lookup(of(names), key(names))


def _list(node: ast.List | ast.Tuple, scope: _Scope) -> Formula:
    items = [_compile(item, scope) for item in node.elts]
    return lambda names: [item(names) for item in items]


def _dict(node: ast.Dict, scope: _Scope) -> Formula:
    pairs = []
    for key, value in zip(node.keys, node.values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            raise refused(scope.text, node, "expression.not_allowed", what="key")
        pairs.append((key.value, _compile(value, scope)))
    return lambda names: {key: value(names) for key, value in pairs}


def _choice(node: ast.IfExp, scope: _Scope) -> Formula:
    test, then, other = (_compile(part, scope) for part in (node.test, node.body, node.orelse))
    return lambda names: then(names) if test(names) else other(names)


def _boolean(node: ast.BoolOp, scope: _Scope) -> Formula:
    parts = [_compile(part, scope) for part in node.values]
    stops_at = isinstance(node.op, ast.Or)

    def decide(names: Names) -> Any:
        """Gives the operand that decides, as Python does: `deputy or head` names a post."""
        value: Any = None
        for part in parts:
            value = part(names)
            if bool(value) is stops_at:
                break
        return value

    return decide


def _unary(node: ast.UnaryOp, scope: _Scope) -> Formula:
    of = _compile(node.operand, scope)
    if isinstance(node.op, ast.Not):
        return lambda names: not of(names)
    if isinstance(node.op, ast.USub):
        return lambda names: _bounded(-number(of(names)))
    raise refused(scope.text, node, "expression.not_allowed", what=type(node.op).__name__)


def _arithmetic(node: ast.BinOp, scope: _Scope) -> Formula:
    left, right = _compile(node.left, scope), _compile(node.right, scope)
    if isinstance(node.op, ast.Add):
        return lambda names: _sum(left(names), right(names))
    combine = _ARITHMETIC.get(type(node.op))
    if combine is None:
        raise refused(scope.text, node, "expression.not_allowed", what=type(node.op).__name__)
    return lambda names: _bounded(combine(number(left(names)), number(right(names))))


def _sum(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        return _bounded(left + right)
    if isinstance(left, list) and isinstance(right, list):
        return _bounded(left + right)
    return _bounded(number(left) + number(right))


def _comparison(node: ast.Compare, scope: _Scope) -> Formula:
    operands = [_compile(part, scope) for part in (node.left, *node.comparators)]
    tests = [_COMPARISONS.get(type(op)) for op in node.ops]
    if None in tests:
        raise refused(scope.text, node, "expression.not_allowed", what="comparison")
    known = [test for test in tests if test is not None]

    def compare(names: Names) -> bool:
        values = [operand(names) for operand in operands]
        return all(test(one, two) for test, one, two in zip(known, values, values[1:], strict=False))

    return compare


def _call(node: ast.Call, scope: _Scope) -> Formula:
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise refused(scope.text, node, "expression.not_allowed", what="call")
    function = scope.functions.get(node.func.id)
    if function is None:
        raise unknown_function(scope.text, node, node.func.id, scope.functions)
    least, most = arity(function)
    if not any(isinstance(one, ast.Starred) for one in node.args) and not least <= len(node.args) <= most:
        raise refused(scope.text, node, "expression.arguments", name=node.func.id, least=least)
    arguments = [_compile(argument, scope) for argument in node.args]
    return lambda names: _bounded(function(*(argument(names) for argument in arguments)))


def _public(node: ast.expr, name: str, scope: _Scope) -> str:
    if name.startswith("_"):
        raise refused(scope.text, node, "expression.not_allowed", what=name)
    return name


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Nothing is smaller or greater than what nobody has filled in yet."""
    return lambda one, two: one is not None and two is not None and test(one, two)


def _within(one: Any, two: Any) -> bool:
    return two is not None and one in two


_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.eq,  # `is` as written by people means equal; identity has no meaning for data
    ast.IsNot: operator.ne,
    ast.Lt: _ordered(operator.lt),
    ast.LtE: _ordered(operator.le),
    ast.Gt: _ordered(operator.gt),
    ast.GtE: _ordered(operator.ge),
    ast.In: _within,
    ast.NotIn: lambda one, two: not _within(one, two),
}
_MAY_FAIL = (ast.Call, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Attribute, ast.Subscript)
_BUILDERS: Mapping[type[ast.expr], Callable[[Any, _Scope], Formula]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.List: _list,
    ast.Tuple: _list,
    ast.Dict: _dict,
    ast.IfExp: _choice,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _unary,
    ast.BinOp: _arithmetic,
    ast.Compare: _comparison,
    ast.Call: _call,
}
