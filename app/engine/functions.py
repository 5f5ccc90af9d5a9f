"""The functions that expressions may call: pure, total on the data they expect, and few; `today` asks the clock."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from inspect import Parameter, signature
from math import inf
from typing import Any

from app.engine import worktime
from app.kernel import clock

MOST_ITEMS = 10_000
"""How long a list or text may be that a function goes through."""


def lookup(of: Any, key: Any) -> Any:
    """The value under a key of a mapping or a place of a list; None where there is none.

    Raises TypeError for everything else, so that no attribute of a Python object is ever reached.
    """
    if of is None:
        return None
    if isinstance(of, Mapping):
        return of.get(key)
    if isinstance(of, list) and type(key) is int:
        return of[key] if -len(of) <= key < len(of) else None
    raise TypeError(type(of).__name__)


def number(value: Any) -> int | float:
    """The value itself when it is a number; TypeError for text, lists and truth values."""
    if type(value) is int or type(value) is float:
        return value
    raise TypeError(type(value).__name__)


def arity(function: Callable[..., Any]) -> tuple[int, float]:
    """How many arguments a function takes, at least and at most."""
    given = signature(function).parameters.values()
    least = sum(one.default is Parameter.empty and one.kind is not Parameter.VAR_POSITIONAL for one in given)
    has_no_end = any(one.kind is Parameter.VAR_POSITIONAL for one in given)
    return least, inf if has_no_end else len(given)


def _length(of: Any) -> int:
    return 0 if of is None else len(_sized(of))


def _sized(of: Any) -> Sequence[Any] | Mapping[Any, Any]:
    if not isinstance(of, str | list | Mapping):
        raise TypeError(type(of).__name__)
    if len(of) > MOST_ITEMS:
        raise ValueError(len(of))
    return of


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError(type(value).__name__)


def _integer(value: Any) -> int:
    if isinstance(value, str | int | float):
        return int(value)
    raise TypeError(type(value).__name__)


def _items(of: Any) -> list[Any]:
    if of is None:
        return []
    if not isinstance(of, list):
        raise TypeError(type(of).__name__)
    if len(of) > MOST_ITEMS:
        raise ValueError(len(of))
    return of


def _pluck(items: Any, key: Any) -> list[Any]:
    return [lookup(item, key) for item in _items(items)]


def _unique(items: Any) -> list[Any]:
    found: list[Any] = []
    seen: set[str] = set()
    for item in _items(items):
        if repr(item) not in seen:
            seen.add(repr(item))
            found.append(item)
    return found


def _contains(within: Any, item: Any) -> bool:
    return within is not None and item in _sized(within)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def _round(value: Any, digits: Any = 0) -> int | float:
    places = _integer(digits)
    if not 0 <= places <= 10:  # noqa: PLR2004 - what people write
        raise ValueError(places)
    return round(number(value), places) if places else round(number(value))


def _day(value: Any) -> date:
    """The day of a date or of a moment that begins with one."""
    return date.fromisoformat(_text(value)[:10])


def _add_days(day: Any, days: Any) -> str:
    return (_day(day) + timedelta(days=_integer(days))).isoformat()


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "len": _length,
    "str": _text,
    "int": _integer,
    "abs": lambda value: abs(number(value)),
    "min": lambda value, *values: min(number(one) for one in (value, *values)),
    "max": lambda value, *values: max(number(one) for one in (value, *values)),
    "round": _round,
    "lower": lambda text: _text(text).lower(),
    "upper": lambda text: _text(text).upper(),
    "trim": lambda text: _text(text).strip(),
    "startswith": lambda text, start: _text(text).startswith(_text(start)),
    "endswith": lambda text, end: _text(text).endswith(_text(end)),
    "contains": _contains,
    "is_empty": _is_empty,
    "count": lambda items, value: _items(items).count(value),
    "total": lambda items: sum(number(item) for item in _items(items)),
    "join": lambda items, between: _text(between).join(_text(item) for item in _items(items)),
    "pluck": _pluck,
    "unique": _unique,
    "all_true": lambda items: all(_items(items)),
    "any_true": lambda items: any(_items(items)),
    "today": lambda: clock.office_day().isoformat(),
    "add_days": _add_days,
    "working_days": lambda days: worktime.text(_integer(days)),
    "days_between": lambda first, last: (_day(last) - _day(first)).days,
    "weekday": lambda day: _day(day).isoweekday(),
    "year": lambda day: _day(day).year,
}
EXAMPLES: Mapping[str, tuple[tuple[str, Any], ...]] = {
    "len": (("len(['a', 'b'])", 2), ("len('số')", 2)),
    "str": (("'Số ' + str(12)", "Số 12"),),
    "int": (("int('12') + 1", 13),),
    "abs": (("abs(3 - 5)", 2),),
    "min": (("min(3, 5)", 3),),
    "max": (("max(3, 5)", 5),),
    "round": (("round(10 / 4)", 2), ("round(10 / 3, 2)", 3.33)),
    "lower": (("lower('UBND')", "ubnd"),),
    "upper": (("upper('ubnd')", "UBND"),),
    "trim": (("trim('  gấp ')", "gấp"),),
    "startswith": (("startswith('UBND xã', 'UBND')", True),),
    "endswith": (("endswith('12/UBND-VX', 'VX')", True),),
    "contains": (("contains(['CV', 'QĐ'], 'CV')", True), ("contains('công văn', 'văn')", True)),
    "is_empty": (("is_empty('  ')", True), ("is_empty(unknown_name)", True)),
    "count": (("count(['yes', 'no', 'yes'], 'yes')", 2),),
    "total": (("total([1, 2, 3])", 6),),
    "join": (("join(['A', 'B'], '; ')", "A; B"),),
    "pluck": (("pluck([{'ok': true}, {'ok': false}], 'ok')", [True, False]),),
    "unique": (("unique(['a', 'b', 'a'])", ["a", "b"]),),
    "all_true": (("all_true([true, true])", True),),
    "any_true": (("any_true([false, true])", True),),
    "today": (("len(today())", 10),),
    "add_days": (("add_days('2026-02-27', 2)", "2026-03-01"),),
    "working_days": (("working_days(3)", "working 3 days"),),
    "days_between": (("days_between('2026-01-01', '2026-01-31')", 30),),
    "weekday": (("weekday('2026-01-05')", 1),),
    "year": (("year('2026-01-05')", 2026),),
}
"""What each function does, shown: texts and their values."""
