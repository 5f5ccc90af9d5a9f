"""What a layer may say: the shape of each kind, checked before anything of it is kept."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator

from app.engine.inserting import AFTER
from app.engine.overriding import DECLARED
from app.kernel.errors import Invalid, TooLarge
from app.kernel.text import is_readable

MAX_BYTES: Final = 3_000_000
DEEPEST: Final = 30
MOST_ADDED: Final = 50
_WORD: Final = "^[a-z][a-z0-9_]{0,63}$"
_NODE: Final = "^[A-Za-z_][A-Za-z0-9_.-]{0,99}$"
_TEXT: Final = {"type": ["string", "null"]}
_KEY: Final = {"type": ["string", "null"], "pattern": _WORD}
_WORDS: Final = {"type": ["object", "string", "null"], "additionalProperties": _TEXT}


def _map(names: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": ["object", "null"], "propertyNames": {"pattern": names}, "additionalProperties": values}


def _only(**properties: Any) -> dict[str, Any]:
    return {"type": ["object", "null"], "properties": properties, "additionalProperties": False}


_SHAPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "procedure": _only(
        title={**_WORDS, "type": ["object", "null"]},
        description=_WORDS,
        legal_basis=_WORDS,
        starts_with={"enum": ["person", "arrival", "call", "message", "timer", "signal", None]},
        document=_only(direction=_TEXT, type=_TEXT, subject=_TEXT),
        parameters=_map(_WORD, {}),
        forms=_map(_NODE, _KEY),
        added={**_map(_NODE, _only(**dict.fromkeys((AFTER, *DECLARED, "name"), _TEXT))), "maxProperties": MOST_ADDED},
        steps=_map(_NODE, _only(**dict.fromkeys((*DECLARED, "name"), _TEXT))),
        decisions=_map(_WORD, _KEY),
        called=_map(_NODE, _KEY),
        texts={"type": ["object", "null"]},
        scenarios=_map("^.{1,300}$", _TEXT),
        diagram=_TEXT,
    ),
    "form": _only(schema={"type": ["object", "null"]}, texts=_map("", {"type": ["object", "null"]})),
    "decision": _only(dmn=_TEXT),
}


def check(kind: str, content: Any) -> None:
    """Refuse what no layer of a kind may say: Invalid "layer.kind" or "layer.content" with its path, TooLarge."""
    if kind not in _SHAPES:
        raise Invalid("layer.kind")
    if not isinstance(content, Mapping) or not _is_readable(content):
        raise Invalid("layer.content", path="")
    if len(json.dumps(content)) > MAX_BYTES:
        raise TooLarge("layer.too_large", limit=MAX_BYTES)
    for error in Draft202012Validator(_SHAPES[kind]).iter_errors(content):
        raise Invalid("layer.content", path=".".join(map(str, error.absolute_path)))


def is_key(text: str) -> bool:
    """Whether a text may name a procedure, a form or a table."""
    return re.fullmatch(_WORD, text) is not None


def _is_readable(value: Any, depth: int = 0) -> bool:
    """Whether all its text can be kept, and it is no deeper than a form ever is."""
    if depth > DEEPEST:
        return False
    if isinstance(value, Mapping):
        return all(is_readable(str(name)) and _is_readable(one, depth + 1) for name, one in value.items())
    if isinstance(value, list):
        return all(_is_readable(one, depth + 1) for one in value)
    return not isinstance(value, str) or is_readable(value)
