"""Answers somebody might give to a form (dữ liệu mẫu): from its schema alone, so that a trial need not be typed."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.procedures.forms import file_fields
from app.kernel import clock
from app.web import decisions
from app.web.choices import Choice
from app.web.decisions import SENDING_BACK
from app.web.i18n import t

Choices = Mapping[str, Sequence[Choice]]


def answers(schema: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    """A plausible answer to every field that everybody fills in; a decision sends nothing back, files stay out."""
    left_out = {*file_fields(schema), decisions.decision_field(schema)}
    asked = {name: one for name, one in schema.get("properties", {}).items() if name not in left_out}
    found = {name: _answer(one, choices.get(name, ())) for name, one in asked.items() if not _waits(one)}
    return {name: value for name, value in found.items() if value is not None}


def decided(schema: Mapping[str, Any]) -> dict[str, str]:
    """The decision that lets work go on, of a form that asks for one."""
    name = decisions.decision_field(schema)
    if name is None:
        return {}
    field = schema["properties"][name]
    found = decisions.options(field)
    main = field.get("x-ui", {}).get("primary")
    return {name: main or next((one for one in found if one not in SENDING_BACK), found[0])} if found else {}


def _waits(field: Mapping[str, Any]) -> bool:
    """Whether a field is only asked for after another answer."""
    return "show_if" in field.get("x-ui", {})


def _answer(field: Mapping[str, Any], choices: Sequence[Choice]) -> Any:
    for known in ("default", "const"):
        if known in field:
            return field[known]
    if field.get("examples"):
        return field["examples"][0]
    if field.get("type") == "array":
        one = _answer(field.get("items", {}), choices)
        return None if one is None else [one]
    listed = [one.value for one in choices] or decisions.options(field)
    if listed:
        return listed[0]
    return _typed(field)


def _typed(field: Mapping[str, Any]) -> Any:
    kind, limits = field.get("type"), (field.get("minimum"), field.get("maximum"))
    if kind in ("integer", "number"):
        return next((one for one in limits if one is not None), 1)
    if kind == "boolean":
        return True
    if field.get("format") == "date":
        return clock.office_day().isoformat()
    if "pattern" in field or field.get("format") == "uuid":
        return None
    text = t("try.sample.text")
    longest = field.get("maxLength", len(text))
    return text.ljust(field.get("minLength", 0), "x")[:longest]
