"""What a form (biểu mẫu) may be: a JSON Schema 2020-12 whose fields can be drawn, and texts no page breaks on."""

from collections.abc import Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

from app.domain.procedures import patterns
from app.kernel.errors import Invalid

MOST_FIELDS: Final = 300
MOST_CHOICES: Final = 500
LONGEST: Final[Mapping[str, int]] = {"label": 200, "hint": 500, "option": 200, "title": 200, "intro": 2000}
"""How long the texts of a form may be."""
NAME: Final = "^[a-z][a-z0-9_]{0,63}$"
OURS: Final = "csrf_token"
WIDTHS: Final = ("full", "half", "third", "two-thirds")
_REFERENCES: Final = ("$ref", "$dynamicRef")
_WORD: Final = {"type": "string", "maxLength": 200}
_NAMES: Final = {"type": "array", "items": _WORD}
_CHOICES: Final = {"type": "array", "maxItems": MOST_CHOICES}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _texts(longest: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": longest}


_HINTS: Final = _object(
    **dict.fromkeys(("widget", "options", "accept", "primary"), _WORD),
    width={"enum": WIDTHS},
    rows={"type": "integer", "minimum": 1, "maximum": 40},
    show_if=_object(properties={"type": "object", "additionalProperties": {"type": "object"}}),
)
_FIELD: Final = _object(
    enum=_CHOICES,
    oneOf={**_CHOICES, "items": {"type": "object"}},
    items=_object(enum=_CHOICES),
    title=_WORD,
    **{"x-ui": _HINTS},
)
_SCHEMA: Final = {
    "required": ["type", "properties"],
    **_object(
        type={"const": "object"},
        properties={
            "type": "object",
            "maxProperties": MOST_FIELDS,
            "propertyNames": {"pattern": NAME, "not": {"const": OURS}},
            "additionalProperties": _FIELD,
        },
        **{
            "x-layout": {"type": "array", "items": {"anyOf": [_WORD, _object(fields=_NAMES, key=_WORD, title=_WORD)]}},
            "x-rules": {
                "type": "array",
                "items": {"required": ["any_of"], **_object(any_of={**_NAMES, "minItems": 1})},
            },
            "x-tells": _NAMES,
            "x-writes": _WORD,
        },
    ),
}
_TEXTS: Final = {
    "type": "object",
    "additionalProperties": _object(
        title=_texts(LONGEST["title"]),
        submit=_texts(LONGEST["label"]),
        intro=_texts(LONGEST["intro"]),
        sections={"type": "object", "additionalProperties": _texts(LONGEST["label"])},
        fields={
            "type": "object",
            "additionalProperties": _object(
                label=_texts(LONGEST["label"]),
                hint=_texts(LONGEST["hint"]),
                options={"type": "object", "additionalProperties": _texts(LONGEST["option"])},
            ),
        },
    ),
}
_SHAPE: Final = Draft202012Validator(_SCHEMA)
_WORDING: Final = Draft202012Validator(_TEXTS)


def check(content: Mapping[str, Any]) -> None:
    """Refuse a form that could not be drawn, filled in or judged in little time.

    Invalid as `check_drawable`, "form.unsteady" or "form.choices".
    """
    check_drawable(content)
    schema = content.get("schema", {})
    patterns.check_all(schema)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise Invalid("form.schema", path=_path(error)) from error
    for name, field in schema["properties"].items():
        if [] in (field.get("enum"), field.get("oneOf"), field.get("items", {}).get("enum")):
            raise Invalid("form.choices", field=name)


def check_drawable(content: Mapping[str, Any]) -> None:
    """Refuse what no page could draw: Invalid "form.schema" or "form.texts" with the path of what is wrong."""
    schema, texts = content.get("schema", {}), content.get("texts", {})
    for error in _SHAPE.iter_errors(schema):
        raise Invalid("form.schema", path=_path(error))
    for error in _WORDING.iter_errors(texts):
        raise Invalid("form.texts", path=_path(error))
    if _refers(schema):
        raise Invalid("form.schema", path="$ref")


def _path(error: ValidationError | SchemaError) -> str:
    """Where something is wrong; a part that is missing, or may not be there, is part of the path."""
    path = [str(part) for part in error.absolute_path]
    return ".".join(path or (["properties"] if error.validator == "required" else []))


def _refers(part: Any) -> bool:
    """Whether a schema leads elsewhere: to a file or an address that the server would open, or round in a circle."""
    if isinstance(part, Mapping):
        return any(isinstance(part.get(key), str) for key in _REFERENCES) or any(map(_refers, part.values()))
    return isinstance(part, list) and any(map(_refers, part))
