"""The functions that expressions may call: pure, total on the data they expect, and few."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from app.engine import worktime


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


def _length(of: Any) -> int:
    return 0 if of is None else len(_sized(of))


def _sized(of: Any) -> Sequence[Any] | Mapping[Any, Any]:
    if isinstance(of, str | list | Mapping):
        return of
    raise TypeError(type(of).__name__)


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
    if isinstance(of, list):
        return of
    raise TypeError(type(of).__name__)


def _pluck(items: Any, key: Any) -> list[Any]:
    return [lookup(item, key) for item in _items(items)]


def _contains(within: Any, item: Any) -> bool:
    return within is not None and item in _sized(within)


def _add_days(day: Any, days: Any) -> str:
    return (date.fromisoformat(_text(day)[:10]) + timedelta(days=_integer(days))).isoformat()


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "len": _length,
    "str": _text,
    "int": _integer,
    "abs": lambda value: abs(number(value)),
    "min": lambda *values: min(number(value) for value in values),
    "max": lambda *values: max(number(value) for value in values),
    "lower": lambda text: _text(text).lower(),
    "upper": lambda text: _text(text).upper(),
    "startswith": lambda text, start: _text(text).startswith(_text(start)),
    "endswith": lambda text, end: _text(text).endswith(_text(end)),
    "contains": _contains,
    "count": lambda items, value: _items(items).count(value),
    "pluck": _pluck,
    "all_true": lambda items: all(_items(items)),
    "any_true": lambda items: any(_items(items)),
    "add_days": _add_days,
    "working_days": lambda days: worktime.text(_integer(days)),
}
