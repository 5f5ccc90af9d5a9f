"""From a form's schema to what a page draws: sections of fields, each with its label, its choices and what is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Flask

from app.web.i18n import locale, t

Texts = Mapping[str, Any]
FEW = 5
LONG = 200
MANY = "many"
ALIASES = {
    "units": MANY,
    "unit": MANY,
    "unit_picker": MANY,
    "posts": MANY,
    "post": MANY,
    "post_picker": MANY,
    "picker": MANY,
    "multiselect": MANY,
    "checkboxes": MANY,
    "checkbox_group": MANY,
    "urgency": "radio",
    "decision": "radio",
    "buttons": "radio",
}
WIDGETS = frozenset({"text", "textarea", "date", "select", "radio", "checkbox", "file", "number", MANY})


@dataclass(frozen=True)
class Option:
    """One thing to choose."""

    value: str
    label: str
    group: str = ""
    hint: str = ""


@dataclass(frozen=True)
class FieldShown:
    """One field as it is drawn. `value` is what was typed; `error` a sentence, or nothing."""

    name: str
    widget: str
    label: str
    hint: str
    value: Any
    required: bool
    error: str
    options: tuple[Option, ...]
    spec: Mapping[str, Any]
    ui: Mapping[str, Any]
    given: Mapping[str, Any] | None
    show_when: str

    @property
    def described_by(self) -> str:
        """The ids of the hint and of the error, for a screen reader."""
        hint = [f"h-{self.name}"] if self.hint else []
        return " ".join([*hint, *([f"e-{self.name}"] if self.error else [])])

    @property
    def groups(self) -> list[tuple[str, list[Option]]]:
        """The choices under their headings, in the order given."""
        return [(name, list(found)) for name, found in groupby(self.options, key=lambda one: one.group)]

    def has(self, value: str) -> bool:
        """Whether a choice is taken."""
        if isinstance(self.value, (list, tuple, set, frozenset)):
            return value in {str(one) for one in self.value}
        return self.value is not None and str(self.value) == value


@dataclass(frozen=True)
class Section:
    """Fields under one heading."""

    title: str
    fields: tuple[FieldShown, ...]


@dataclass(frozen=True)
class Filled:
    """A form and everything known about it when it is drawn."""

    schema: Mapping[str, Any]
    texts: Texts
    answers: Mapping[str, Any]
    wrong: Mapping[str, Any]
    choices: Mapping[str, Sequence[Any]]
    given: Mapping[str, Any]


def init_app(app: Flask) -> None:
    """Let the form template ask."""
    app.jinja_env.globals.update(form_sections=sections, form_problems=problems, form_texts=picked_texts)


def sections(filled: Mapping[str, Any]) -> list[Section]:
    """The sections of a form in the order of its layout; fields the layout forgets come last."""
    form = Filled(**filled)
    layout = [part if isinstance(part, Mapping) else {"fields": [part]} for part in form.schema.get("x-layout", ())]
    named = [name for part in layout for name in part.get("fields", ())]
    rest = [name for name in form.schema.get("properties", {}) if name not in named]
    parts = [*layout, {"fields": rest}] if rest else layout
    found = [Section(_title(form, part), tuple(_fields(form, part.get("fields", ())))) for part in parts]
    return [section for section in found if section.fields]


def problems(filled: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The lines of the error summary: the id to jump to ("" when there is none) and the sentence."""
    form = Filled(**filled)
    known = form.schema.get("properties", {})
    ordered = [*(name for name in known if name in form.wrong), *(name for name in form.wrong if name not in known)]
    return [(f"f-{name}" if name in known else "", _summary(form, name, name in known)) for name in ordered]


def picked_texts(texts: Texts) -> Texts:
    """The texts in the reader's language, whether or not they come by language; Vietnamese when there are none."""
    if "vi" in texts or "en" in texts:
        chosen: Texts = texts.get(locale()) or texts.get("vi") or texts.get("en") or {}
        return chosen
    return texts


def _title(form: Filled, part: Mapping[str, Any]) -> str:
    key = str(part.get("key") or part.get("id") or part.get("section") or "")
    titles = picked_texts(form.texts).get("sections", {})
    return str(titles.get(key) or part.get("title") or "")


def _fields(form: Filled, names: Iterable[str]) -> Iterable[FieldShown]:
    known = form.schema.get("properties", {})
    return (_field(form, name, known[name]) for name in names if name in known)


def _field(form: Filled, name: str, spec: Mapping[str, Any]) -> FieldShown:
    ui = spec.get("x-ui", {})
    text = _text(form, name)
    options = tuple(_options(spec, text, form.choices.get(name)))
    return FieldShown(
        name=name,
        widget=_widget(spec, ui, options),
        label=str(text.get("label") or spec.get("title") or name),
        hint=str(text.get("hint") or ""),
        value=form.answers.get(name, spec.get("default")),
        required=name in form.schema.get("required", ()) or bool(ui.get("required")),
        error=_sentence(form, name),
        options=options,
        spec=spec,
        ui=ui,
        given=form.given.get(name),
        show_when=_show_when(ui.get("show_if")),
    )


def _text(form: Filled, name: str) -> Mapping[str, Any]:
    texts = picked_texts(form.texts)
    found = texts.get("fields", texts).get(name, {})
    return found if isinstance(found, Mapping) else {"label": found}


def _options(spec: Mapping[str, Any], text: Mapping[str, Any], given: Sequence[Any] | None) -> Iterable[Option]:
    if given is not None:
        return [Option(one.value, one.label, one.group, one.hint) for one in given]
    source = spec.get("items", spec) if spec.get("type") == "array" else spec
    labels = text.get("options", {})
    titles = {str(one["const"]): one.get("title", "") for one in source.get("oneOf", ()) if "const" in one}
    values = [str(value) for value in source.get("enum", ())] or list(titles)
    return [Option(value, str(labels.get(value) or titles.get(value) or value)) for value in values]


def _widget(spec: Mapping[str, Any], ui: Mapping[str, Any], options: Sequence[Option]) -> str:
    """The control a field is drawn with; one that takes a single value is never drawn as a list of boxes."""
    named = str(ui.get("widget", ""))
    widget = ALIASES.get(named, named)
    many = spec.get("type") == "array"
    if widget in WIDGETS and (widget != MANY or many):
        return widget
    if many:
        return MANY
    if options or widget == MANY:
        return "select" if len(options) > FEW or widget == MANY else "radio"
    return _plain(spec)


def _plain(spec: Mapping[str, Any]) -> str:
    kind = spec.get("type")
    if spec.get("format") == "date":
        return "date"
    if kind == "boolean":
        return "checkbox"
    if kind in ("integer", "number"):
        return "number"
    return "textarea" if spec.get("maxLength", 0) > LONG else "text"


def _sentence(form: Filled, name: str) -> str:
    problem = form.wrong.get(name)
    return t(problem[0], field=name, **problem[1]) if problem else ""


def _summary(form: Filled, name: str, known: bool) -> str:
    sentence = _sentence(form, name)
    if not known:
        return sentence
    label = _text(form, name).get("label") or name
    return f"{label}: {sentence[:1].lower()}{sentence[1:]}"


def _show_when(rule: Any) -> str:
    """A `show_if` of one field and its values, as `name=a|b`; app.js hides the field while it does not hold."""
    if not isinstance(rule, Mapping) or not rule.get("properties"):
        return ""
    name, wanted = next(iter(rule["properties"].items()))
    values = wanted.get("enum", [wanted.get("const")])
    return f"{name}={'|'.join('true' if value is True else str(value) for value in values)}"
