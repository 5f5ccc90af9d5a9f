"""Two forms side by side, field by field: what was added, removed, and changed in which respect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.procedures import formconditions, formkinds, formlayout, patches
from app.domain.procedures.formcontent import LANGUAGES, copied, label

Part = tuple[str, Any, Any]


@dataclass(frozen=True)
class FieldChange:
    """A field that differs: `what` is added, removed or changed, `parts` what of it, before and after."""

    what: str
    name: str
    labels: Mapping[str, str]
    parts: tuple[Part, ...]


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldChange]:
    """The fields that differ, in the order of the new form; what was removed comes last."""
    one, other = copied(old), copied(new)
    names = [name for section in formlayout.sections(other["schema"]) for name in section.fields]
    gone = [name for name in one["schema"]["properties"] if name not in names]
    found = (_change(one, other, name) for name in [*names, *gone])
    return [change for change in found if change is not None]


def _change(old: Mapping[str, Any], new: Mapping[str, Any], name: str) -> FieldChange | None:
    before, after = (_described(form, name) if name in form["schema"]["properties"] else None for form in (old, new))
    what = "added" if before is None else "removed" if after is None else "changed"
    before, after = before or {}, after or {}
    parts = tuple(
        (part, before.get(part), after.get(part))
        for part in dict.fromkeys([*after, *before])
        if not patches.same(before.get(part), after.get(part))
    )
    source = new if what != "removed" else old
    labels = {language: label(source, name, language) for language in LANGUAGES}
    return FieldChange(what, name, labels, parts) if parts else None


def _described(form: Mapping[str, Any], name: str) -> dict[str, Any]:
    """All that can be said about a field, by what it is."""
    schema = form["schema"]
    spec = schema["properties"][name]
    shown = formconditions.condition(spec)
    found: dict[str, Any] = {
        "kind": formkinds.kind(spec),
        "required": formconditions.is_required(schema, name),
        "condition": None
        if shown is None
        else [label(form, shown.field), *(_word(form, shown.field, "vi", value) for value in shown.values)],
        "width": spec.get("x-ui", {}).get("width"),
        "section": formlayout.section_of(schema, name) or None,
    }
    for language in LANGUAGES:
        said = form["texts"][language].get("fields", {}).get(name, {})
        found |= {f"{part}_{language}": said.get(part) for part in ("label", "hint")}
        found[f"choices_{language}"] = [_word(form, name, language, value) for value in formkinds.choices(spec)] or None
    rest = {key: value for key, value in spec.items() if key not in ("type", "enum", "items", "x-ui")}
    return {part: value for part, value in {**found, **rest}.items() if value not in (None, False)}


def _word(form: Mapping[str, Any], name: str, language: str, value: Any) -> Any:
    """What a choice is called; its value when it has no word."""
    said = form["texts"][language].get("fields", {}).get(name, {}).get("options", {})
    return said.get(value, value) if isinstance(value, str) else value
