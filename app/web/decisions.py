"""Decisions (quyết định) as buttons: `Đồng ý` beside the form, `Từ chối` behind a fold with the reasons it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.web import i18n
from app.web.forms import Schema
from app.web.formtexts import Pinned

SENDING_BACK = frozenset({"return", "refuse"})


@dataclass(frozen=True)
class Button:
    """One way to end a task: the verb on it, and what it posts."""

    name: str
    value: str
    label: str
    primary: bool


@dataclass(frozen=True)
class Branch:
    """A button that asks for more (a refusal and its reasons): what it asks stands with it, folded away."""

    button: Button
    schema: Schema


@dataclass(frozen=True)
class Laid:
    """A form laid out: `schema` is what everyone fills in, `whole` that and what the branches ask."""

    decision: str | None
    whole: Schema
    schema: Schema
    buttons: list[Button]
    branches: list[Branch]


def lay_out(form: Pinned) -> Laid:
    """Take the decision out of a form and make buttons of it, those that send work back first."""
    decision = decision_field(form.schema)
    if decision is None:
        done = Button("_done", "1", str(form.texts.get("submit") or i18n.t("task.complete")), primary=True)
        return Laid(None, form.schema, form.schema, [done], [])
    made = _buttons(form, decision)
    asked = {one.value: _asked_by(form.schema, decision, one.value) for one in made if not one.primary}
    folded = [one for one in made if asked.get(one.value)]
    gone = {decision, *(name for names in asked.values() for name in names)}
    every = [name for name in form.schema["properties"] if name != decision]
    kept = [name for name in every if name not in gone]
    branches = [Branch(one, _only(form.schema, asked[one.value], decision)) for one in folded]
    buttons = sorted((one for one in made if one not in folded), key=lambda one: one.primary)
    whole, schema = (_only(form.schema, names, decision) for names in (every, kept))
    return Laid(decision, whole, schema, buttons, branches)


def decided(form: Pinned, answers: Mapping[str, Any]) -> str:
    """The decision somebody took, in the words of its button; "" when the form asks for none."""
    decision = decision_field(form.schema)
    value = answers.get(decision) if decision is not None else None
    return _label(form, str(decision), str(value)) if value else ""


def sent_back(form: Pinned, answers: Mapping[str, Any]) -> bool:
    """Whether somebody decided to send the work back."""
    decision = decision_field(form.schema)
    return decision is not None and answers.get(decision) == "return"


def decision_field(schema: Schema) -> str | None:
    """The field whose values are the buttons of the form, if it has one."""
    for name, field in schema.get("properties", {}).items():
        widget = field.get("x-ui", {}).get("widget")
        if widget in ("decision", "buttons") or name.endswith("_decision"):
            return str(name)
    return None


def options(field: Mapping[str, Any]) -> list[str]:
    """The values a field may take, in the order of its schema."""
    if "enum" in field:
        return [str(value) for value in field["enum"]]
    return [str(one["const"]) for one in field.get("oneOf", ()) if "const" in one]


def _buttons(form: Pinned, decision: str) -> list[Button]:
    field = form.schema["properties"][decision]
    main = field.get("x-ui", {}).get("primary")
    return [
        Button(
            decision, value, _label(form, decision, value), value == main or (not main and value not in SENDING_BACK)
        )
        for value in options(field)
    ]


def _label(form: Pinned, name: str, value: str) -> str:
    field = form.texts.get("fields", {}).get(name, {})
    return str(field.get("options", {}).get(value, value))


def _asked_by(schema: Schema, decision: str, value: str) -> list[str]:
    """The fields that only one decision asks for (`x-ui.show_if`)."""
    found = []
    for name, field in schema["properties"].items():
        rule = field.get("x-ui", {}).get("show_if", {}).get("properties", {}).get(decision, {})
        if rule.get("const", None) == value or rule.get("enum") == [value]:
            found.append(name)
    return found


def _only(schema: Schema, names: list[str], decision: str) -> Schema:
    """A schema of some of the fields; none of them waits for the decision any more, its buttons stand beside them."""
    fields = {name: _freed(schema["properties"][name], decision) for name in names}
    required = [name for name in schema.get("required", ()) if name in fields]
    layout = [_section(part, fields) for part in schema.get("x-layout", ())]
    return {**schema, "properties": fields, "required": required, "x-layout": layout}


def _freed(field: Mapping[str, Any], decision: str) -> Mapping[str, Any]:
    hints = field.get("x-ui", {})
    if decision not in hints.get("show_if", {}).get("properties", {}):
        return field
    return {**field, "x-ui": {name: hint for name, hint in hints.items() if name != "show_if"}}


def _section(part: Any, fields: Mapping[str, Any]) -> Any:
    if not isinstance(part, Mapping):
        return part
    return {**part, "fields": [name for name in part.get("fields", ()) if name in fields]}
