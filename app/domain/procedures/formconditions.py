"""When a field is shown (điều kiện hiển thị), and the rules of JSON Schema that ask for it only then."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Content = dict[str, Any]


@dataclass(frozen=True)
class Condition:
    """A field is shown while another one has one of these values."""

    field: str
    values: tuple[Any, ...]

    @property
    def rule(self) -> dict[str, Any]:
        """The condition as `x-ui.show_if` says it."""
        one = {"const": self.values[0]} if len(self.values) == 1 else {"enum": list(self.values)}
        return {"properties": {self.field: one}}

    @property
    def when(self) -> dict[str, Any]:
        """The condition as `if` says it: a field that is absent has none of the values."""
        return {**self.rule, "required": [self.field]}


def condition(field: Mapping[str, Any]) -> Condition | None:
    """The condition of a field; None without one, and for one this builder did not make."""
    return read(field.get("x-ui", {}).get("show_if"))


def read(rule: Any) -> Condition | None:
    """A condition as `show_if` or `if` say it; None for what says anything else."""
    named = rule.get("properties") if isinstance(rule, Mapping) else None
    if not isinstance(named, Mapping) or len(named) != 1:
        return None
    name, wanted = next(iter(named.items()))
    if not isinstance(wanted, Mapping) or set(wanted) - {"const", "enum"} or len(wanted) != 1:
        return None
    return Condition(name, (wanted["const"],) if "const" in wanted else tuple(wanted["enum"]))


def depending(schema: Mapping[str, Any], name: str) -> list[str]:
    """The fields that are shown or asked for according to what this one says."""
    fields = schema.get("properties", {})
    shown = [one for one, field in fields.items() if name in _watched(field.get("x-ui", {}).get("show_if"))]
    asked = [one for rule in rules(schema) if name in _watched(rule.get("if")) for one in _asked(rule)]
    return list(dict.fromkeys([*shown, *(one for one in asked if one != name)]))


def is_required(schema: Mapping[str, Any], name: str) -> bool:
    """Whether a field must be filled in, at least while it is shown."""
    if name in schema.get("required", ()):
        return True
    mine = condition(schema["properties"][name])
    return mine is not None and any(read(rule.get("if")) == mine and name in _asked(rule) for rule in rules(schema))


def settle(schema: Content, name: str, wanted: Condition | None, *, required: bool) -> None:
    """Show a field only under a condition, or always, and ask for it exactly while it is shown."""
    field = schema["properties"][name]
    if condition(field) == wanted and is_required(schema, name) == required:
        return
    forget(schema, name)
    hints = dict(field.get("x-ui", {}))
    if condition(field) is not None:  # one that cannot be read here is left to those who wrote it
        del hints["show_if"]
    field["x-ui"] = hints if wanted is None else {**hints, "show_if": wanted.rule}
    if required:
        ask(schema, name, wanted)


def forget(schema: Content, name: str) -> None:
    """Ask for a field no more: neither always nor under its own condition. Rules of other kinds stay as they are."""
    mine = condition(schema["properties"][name])
    if name in schema.get("required", ()):
        schema["required"] = [one for one in schema["required"] if one != name]
    found = rules(schema)
    if mine is not None and any(read(rule.get("if")) == mine and name in _asked(rule) for rule in found):
        kept = (_without(rule, name) if read(rule.get("if")) == mine else rule for rule in found)
        _keep(schema, [rule for rule in kept if rule is not None])


def ask(schema: Content, name: str, wanted: Condition | None) -> None:
    """Ask for a field always, or only under a condition."""
    if wanted is None:
        schema["required"] = [*schema.get("required", ()), name]
        return
    found = rules(schema)
    for rule in found:
        if read(rule.get("if")) == wanted and set(rule) == {"if", "then"} and set(rule["then"]) == {"required"}:
            rule["then"] = {"required": [*_asked(rule), name]}
            break
    else:
        found.append({"if": wanted.when, "then": {"required": [name]}})
    _keep(schema, found)


def renamed(part: Any, old: str, new: str) -> Any:
    """A part of a schema in which a field is called otherwise, as far as it is named as a field."""
    if isinstance(part, Mapping):
        names = {"properties": _keys, "required": _items, "any_of": _items, "x-tells": _items}
        return {
            key: names[key](value, old, new) if key in names else renamed(value, old, new)
            for key, value in part.items()
        }
    return [renamed(one, old, new) for one in part] if isinstance(part, list) else part


def _keys(part: Any, old: str, new: str) -> Any:
    if not isinstance(part, Mapping):
        return part
    return {new if key == old else key: renamed(value, old, new) for key, value in part.items()}


def _items(part: Any, old: str, new: str) -> Any:
    return [new if one == old else one for one in part] if isinstance(part, list) else part


def _without(rule: Content, name: str) -> Content | None:
    rest = [one for one in _asked(rule) if one != name]
    if rest == _asked(rule):
        return rule
    return {**rule, "then": {**rule["then"], "required": rest}} if rest or set(rule["then"]) > {"required"} else None


def rules(schema: Mapping[str, Any]) -> list[Content]:
    """Every `if` and `then` of a form: its own, and those of `allOf`."""
    own = [{key: schema[key] for key in ("if", "then", "else") if key in schema}] if "if" in schema else []
    return [*own, *(dict(one) for one in schema.get("allOf", ()) if isinstance(one, Mapping))]


def _keep(schema: Content, kept: list[Content]) -> None:
    """One rule stands in the form itself, as people write it; of several all stand in `allOf`."""
    for key in ("if", "then", "else", "allOf"):
        schema.pop(key, None)
    if len(kept) == 1 and "if" in kept[0]:
        schema.update(kept[0])
    elif kept:
        schema["allOf"] = kept


def _asked(rule: Mapping[str, Any]) -> list[str]:
    found = rule.get("then", {}).get("required", ()) if isinstance(rule.get("then"), Mapping) else ()
    return list(found)


def _watched(rule: Any) -> set[str]:
    named = rule.get("properties") if isinstance(rule, Mapping) else None
    return set(named) if isinstance(named, Mapping) else set()
