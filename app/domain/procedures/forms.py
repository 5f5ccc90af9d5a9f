"""The rules of a form: what a person filled in is checked here, whichever door it came through."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from app.kernel.text import is_blank, is_readable

MAX_BYTES = 200_000
Wrong = dict[str, tuple[str, dict[str, Any]]]
_NAMED: Final = frozenset(
    (
        *("required", "minLength", "maxLength", "pattern", "minimum", "maximum"),
        *("format", "type", "enum", "maxItems", "uniqueItems"),
    )
)
_OTHERWISE: Final = {"additionalProperties": "unknown_field", "oneOf": "enum", "const": "enum", "minItems": "required"}
checker = FormatChecker(("date",))


@checker.checks("uuid", raises=ValueError)
def _is_id(value: object) -> bool:
    """One way to write an id only, so that the same one twice is seen to be the same."""
    return not isinstance(value, str) or str(UUID(value)) == value


def said(schema: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers without the fields that show nothing: spaces in a required field are no answer."""
    known = schema.get("properties", {})
    return {
        name: value
        for name, value in answers.items()
        if not (name in known and isinstance(value, str) and is_readable(value) and is_blank(value))
    }


def told(schema: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """What the engine is told: all answers, or of a form that others keep (`x-writes`) those that `x-tells` names.

    What is not answered is told as empty: a list without items, or nothing.
    """
    if "x-writes" not in schema:
        return dict(answers)
    fields = schema.get("properties", {})
    empty: dict[str, list[Any]] = {name: [] for name, field in fields.items() if field.get("type") == "array"}
    return {name: answers.get(name, empty.get(name)) for name in schema.get("x-tells", ())}


def validate(schema: Mapping[str, Any], answers: Mapping[str, Any], *, has_file: bool = False) -> Wrong:
    """What is wrong with the answers: field name to message key and the values of its sentence; {} when all is well."""
    if len(json.dumps(answers, ensure_ascii=True)) > MAX_BYTES:
        return {"": ("form.too_large", {})}
    wrong: Wrong = {}
    answers = said(schema, answers)
    for error in Draft202012Validator(schema, format_checker=checker).iter_errors(answers):
        for name in _names(error, answers):
            wrong.setdefault(name, (f"form.{_kind(error)}", _values(error)))
    for name, value in answers.items():
        if not _is_clean(value) or (_is_one_line(schema, name) and _has_lines(value)):
            wrong[name] = ("form.characters", {})
    for rule in schema.get("x-rules", ()):
        wanted = rule["any_of"]
        if not any(has_file if _is_file(schema, name) else answers.get(name) for name in wanted):
            wrong.setdefault(wanted[0], ("form.any_of", {}))
    return wrong


def file_fields(schema: Mapping[str, Any]) -> list[str]:
    """The fields of a form that take a file."""
    return [name for name in schema.get("properties", {}) if _is_file(schema, name)]


def _is_file(schema: Mapping[str, Any], name: str) -> bool:
    ui = schema["properties"].get(name, {}).get("x-ui", {})
    return bool(ui.get("widget") == "file")


def _is_one_line(schema: Mapping[str, Any], name: str) -> bool:
    """Whether a field is a line of text: `$` in its pattern would let a line break at the end pass."""
    field = schema.get("properties", {}).get(name, {})
    return "pattern" in field or field.get("x-ui", {}).get("widget") == "text"


def _has_lines(value: Any) -> bool:
    return isinstance(value, str) and "".join(value.splitlines()) != value


def _names(error: ValidationError, answers: Mapping[str, Any]) -> list[str]:
    if error.validator == "required":
        wanted: list[str] = list(error.validator_value)  # type: ignore[arg-type]
        return [name for name in wanted if name not in answers]
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        return [name for name in answers if name not in known]
    return [str(error.path[0])] if error.path else [""]


def _kind(error: ValidationError) -> str:
    name = str(error.validator)
    if name == "format" and error.validator_value == "uuid":
        return "enum"  # ids are never typed: one that is none was not among the choices
    return _OTHERWISE.get(name, name if name in _NAMED else "invalid")


def _values(error: ValidationError) -> dict[str, Any]:
    limit = error.validator_value
    return {"limit": limit} if isinstance(limit, int) and not isinstance(limit, bool) else {}


def _is_clean(value: Any) -> bool:
    """Whether all text of an answer can be read; what cannot breaks databases, PDF and XML further down."""
    if isinstance(value, list):
        return all(_is_clean(item) for item in value)
    return not isinstance(value, str) or is_readable(value)
