"""Writing TOML, which the interpreter only reads: tables, texts, numbers, lists; the same value is the same text."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
Value = Mapping[str, Any]


def written(value: Value) -> str:
    """A document that `tomllib` gives back as it was. TOML has no null: see `sayable`."""
    return "\n".join(_table(value, ())).strip("\n") + "\n"


def sayable(value: Value) -> tuple[dict[str, Any], dict[str, Any]]:
    """A value in two parts: what TOML can say, and the leaves that it cannot. `joined` makes it whole again."""
    said: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for key, one in value.items():
        if isinstance(one, Mapping):
            said[key], left = sayable(one)
            if left:
                rest[key] = left
        else:
            (rest if _holds_null(one) else said)[key] = one
    return said, rest


def joined(one: Value, other: Value) -> dict[str, Any]:
    """Two values in one; where both speak, the second is right."""
    found = dict(one)
    for key, value in other.items():
        both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = joined(found[key], value) if both else value
    return found


def _holds_null(value: Any) -> bool:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return value is None or any(map(_holds_null, inner))


def _table(value: Value, at: tuple[str, ...]) -> Iterator[str]:
    plain = {key: one for key, one in value.items() if not isinstance(one, Mapping)}
    tables = {key: one for key, one in value.items() if isinstance(one, Mapping)}
    if at and (plain or not tables):
        yield f"\n[{'.'.join(map(_key, at))}]"
    for key in sorted(plain):
        yield f"{_key(key)} = {_inline(plain[key])}"
    for key in sorted(tables):
        yield from _table(tables[key], (*at, key))


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_inline(one)}" for key, one in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
