"""One field in the form builder: its line in the list, and everything its own form asks for."""

from dataclasses import dataclass
from typing import Any

from app.domain.actors.actor import Actor
from app.domain.procedures import formconditions, formkinds, formlayout, formuses, patterns
from app.domain.procedures.building import Worked
from app.domain.procedures.formcontent import LANGUAGES, label
from app.domain.procedures.formsaying import LIMITS
from app.web import i18n
from app.web.i18n import t
from app.web.placenames import Names

BLANK_CHOICES = 3


@dataclass(frozen=True)
class Row:
    """One field of the list."""

    name: str
    label: str
    kind: str
    required: bool
    condition: str
    state: str
    origin: str


def row(form: Worked, name: str, names: Names) -> Row:
    """The line of a field in the list."""
    schema = form.content["schema"]
    spec = schema["properties"][name]
    state = form.state(name)
    return Row(
        name=name,
        label=label(form.content, name, i18n.locale()),
        kind=formkinds.kind(spec),
        required=formconditions.is_required(schema, name),
        condition=_condition(form, name),
        state=state,
        origin=names.place(form.origin(name)) if state != "own" else "",
    )


def _condition(form: Worked, name: str) -> str:
    """When a field is shown, in words."""
    spec = form.content["schema"]["properties"][name]
    shown = formconditions.condition(spec)
    if shown is None:
        return t("builder.when.special") if "show_if" in spec.get("x-ui", {}) else ""
    values = ", ".join(_choice(form, shown.field, value) for value in shown.values)
    return t("builder.when", field=label(form.content, shown.field, i18n.locale()), values=values)


def _choice(form: Worked, name: str, value: Any) -> str:
    if value is True:
        return t("answer.yes")
    texts = form.content["texts"]
    said = [texts.get(one, {}).get("fields", {}).get(name, {}).get("options", {}) for one in (i18n.locale(), "vi")]
    return str(next((one[value] for one in said if value in one), value))


def editing(actor: Actor, form: Worked, name: str) -> dict[str, Any]:
    """All that the form for one field needs."""
    schema = form.content["schema"]
    spec = schema["properties"][name]
    kind = formkinds.kind(spec)
    texts = {one: form.content["texts"][one].get("fields", {}).get(name, {}) for one in LANGUAGES}
    values = [str(one) for one in formkinds.choices(spec)]
    pattern = spec.get("pattern", "")
    shown = formconditions.condition(spec)
    return {
        "name": name,
        "spec": spec,
        "kind": kind,
        "texts": texts,
        "required": formconditions.is_required(schema, name),
        "section": formlayout.section_of(schema, name),
        "limits": LIMITS.get(kind, ()),
        "options": [(one, {lang: texts[lang].get("options", {}).get(one, "") for lang in LANGUAGES}) for one in values],
        "blanks": BLANK_CHOICES,
        "chosen": kind in formkinds.CHOSEN,
        "patterns": patterns.READY,
        "pattern": pattern,
        "own_pattern": bool(pattern) and pattern not in patterns.READY.values(),
        "steering": _steering(form, name),
        "when": set() if shown is None else {(shown.field, value) for value in shown.values},
        "is_special": shown is None and "show_if" in spec.get("x-ui", {}),
        "is_kept": formkinds.is_kept(schema, form.draft.key, name),
        "may_rename": not any(
            name in one.get("schema", {}).get("properties", {}) for one in (form.behind, form.published)
        ),
        "asking": formuses.asking(actor, form.draft.key, name),
    }


def _steering(form: Worked, name: str) -> list[tuple[str, str, list[tuple[Any, str]]]]:
    """The fields that can decide whether another is shown, and their values in words."""
    found = []
    for one, spec in form.content["schema"]["properties"].items():
        kind = formkinds.kind(spec)
        if kind in formkinds.STEERING and one != name:
            values = [True] if kind == "yes_no" else formkinds.choices(spec)
            found.append((one, label(form.content, one, i18n.locale()), [(v, _choice(form, one, v)) for v in values]))
    return found
