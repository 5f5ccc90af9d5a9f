"""Everything the page of the form builder shows: fields in order with their origin, a preview, uses and versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from flask import render_template, request
from werkzeug.datastructures import FileStorage, MultiDict

from app.domain.actors.actor import Actor
from app.domain.cases import queries as cases
from app.domain.procedures import (
    formdiff,
    formkinds,
    formlayout,
    forms,
    formshape,
    formuses,
    queries,
)
from app.domain.procedures.building import Worked
from app.domain.procedures.formcontent import LANGUAGES, label
from app.kernel.errors import Invalid, OfficeError
from app.web import builderfield, choices, decisions, errors, i18n, placenames
from app.web import forms as posted_forms
from app.web.formtexts import Pinned
from app.web.i18n import has, t
from app.web.placenames import Names

PHONE = "phone"


@dataclass(frozen=True)
class Attempt:
    """An act that was not taken: what was typed, why not, and what it would change in the form as it is by now."""

    word: str
    name: str
    typed: MultiDict[str, str]
    refusal: OfficeError
    mine: tuple[formdiff.FieldChange, ...] = ()

    @property
    def wrong(self) -> Mapping[str, tuple[str, dict[str, Any]]]:
        """What is wrong, by input."""
        return self.refusal.fields if isinstance(self.refusal, Invalid) else {}

    @property
    def sentence(self) -> str:
        """Why the act was not taken."""
        named = next(iter(self.wrong.values()), None)
        return errors.sentence(self.refusal) if named is None else t(named[0], **named[1])


@dataclass(frozen=True)
class Tried:
    """The preview as somebody filled it in: the answers, what is wrong with them, what the procedure would be told."""

    answers: Mapping[str, Any]
    wrong: forms.Wrong
    told: Mapping[str, Any]


def render(actor: Actor, form: Worked, attempt: Attempt | None = None, tried: Tried | None = None) -> str:
    """The page; `attempt` is shown again so that nothing typed is lost."""
    names = placenames.names()
    opened = request.args.get("field", "")
    if attempt is not None and attempt.word in ("change", "rename"):
        opened = attempt.name
    return render_template(
        "builder.html",
        form=form,
        draft=form.draft,
        sections=[
            (part, [builderfield.row(form, name, names) for name in part.fields])
            for part in formlayout.sections(_schema(form))
        ],
        removed=[(name, label(form.behind, name)) for name in form.removed],
        editing=builderfield.editing(actor, form, opened) if opened in _schema(form)["properties"] else None,
        open_section=request.args.get("section", ""),
        attempt=attempt,
        undoable=_undoable(form),
        names=names,
        width=width(),
        preview=_preview(actor, form, names, tried),
        tried=tried,
        uses=formuses.uses(actor, form.draft.key),
        open_tasks=_open_tasks(actor, form, names),
        versions=queries.versions(actor, "form", form.draft.key),
        changes=formdiff.changes(form.published, form.content),
        json=orjson.dumps(dict(form.said), option=orjson.OPT_INDENT_2).decode(),
        kinds=[kind for kind in formkinds.KINDS if kind != "file" or not forms.file_fields(_schema(form))],
        ready=[(name, _ready_label(name)) for name in formkinds.READY if name not in _schema(form)["properties"]],
        languages=LANGUAGES,
        **words(),
    )


def words() -> dict[str, Any]:
    """How the tables of differences say what they say."""
    return {"part_name": _part_name, "part_value": _part_value, "language": i18n.locale()}


def tried(form: Worked, posted: MultiDict[str, str], files: Mapping[str, FileStorage]) -> Tried:
    """What a person would have answered. Nothing is judged by a form that could not be published: Invalid."""
    formshape.check(form.content)
    schema = _schema(form)
    answers = posted_forms.answers(schema, posted)
    answers.pop("row_version", None)
    has_file = any(files[name].filename for name in forms.file_fields(schema) if name in files)
    wrong = forms.validate(schema, answers, has_file=has_file)
    return Tried(answers, wrong, forms.told(schema, forms.said(schema, answers)))


def width() -> str:
    """How wide the preview is: of a phone, or of a desk."""
    return PHONE if PHONE in (request.args.get("width"), request.form.get("_width")) else ""


def row_version() -> int:
    """The draft somebody saw when they began."""
    text = request.form.get("row_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - a small number


def _schema(form: Worked) -> Any:
    return form.content["schema"]


def _undoable(form: Worked) -> str:
    """The last act in words."""
    word, _, name = form.undoable.partition(":")
    key = f"builder.did.{word}"
    return t(key, name=name) if word and has(key) else ""


def _preview(actor: Actor, form: Worked, names: Names, tried: Tried | None) -> dict[str, Any]:
    """The form as staff see it, or the sentence why it cannot be shown yet."""
    try:
        formshape.check(form.content)
    except Invalid as refusal:
        named = label(form.content, str(refusal.data.get("field", "")))
        return {"why": t(refusal.code, **{**refusal.data, "field": named})}
    pinned = Pinned(_schema(form), form.content["texts"])
    laid = decisions.lay_out(pinned)
    unit_id = _unit(form.draft.place, names)
    wrong = dict(tried.wrong) if tried else {}
    if laid.decision in wrong:
        wrong[str(laid.decision)] = ("task.decide", {})
    filled = {
        "texts": pinned.texts,
        "answers": dict(tried.answers) if tried else {},
        "wrong": wrong,
        "choices": {} if unit_id is None else choices.for_form(_schema(form), actor, unit_id),
        "given": {},
    }
    return {"laid": laid, "filled": filled, "title": pinned.texts.get("title", form.draft.key)}


def _unit(place: str, names: Names) -> UUID | None:
    """For whom the choices of the preview are: the agency itself, else the first one of the level, else any."""
    kind, _, code = place.partition("/")
    if kind == "units":
        return names.known.unit(code).id
    agencies = sorted((one for one in names.known.units.values() if one.is_agency), key=lambda one: one.name)
    alike = [one for one in agencies if kind != "levels" or one.level_code == code]
    return next((one.id for one in [*alike, *agencies]), None)


def _open_tasks(actor: Actor, form: Worked, names: Names) -> int:
    """How many tasks are being done with the form at the agencies an actor sees."""
    seen = {one.id for one in queries.visible_agencies(actor, names.known)}
    return sum(count for unit, count in cases.open_tasks_of_form(form.draft.key).items() if unit in seen)


def _ready_label(name: str) -> str:
    found = formkinds.ready(name)
    texts = {} if found is None else found.texts
    return str(texts.get(i18n.locale(), {}).get("label") or texts.get("vi", {}).get("label") or name)


def _part_name(part: str) -> str:
    key = f"builder.part.{part}"
    return t(key) if has(key) else part


def _part_value(part: str, value: Any) -> str:
    if value is None:
        return t("part.unsaid")
    return t(f"builder.kind.{value}") if part == "kind" and value else placenames.written(value)
