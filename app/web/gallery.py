"""The gallery (thư viện quy trình): procedures with their pictures, what is in them, and taking one for one's place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.cases import queries as cases
from app.domain.procedures import effective, gallery, patches, places
from app.domain.procedures.effective import Effective
from app.domain.procedures.gallery import Card, Taking
from app.engine import diagram
from app.engine.declarations import Node, describe
from app.engine.vocabulary import HUMAN
from app.kernel.errors import Missing, OfficeError
from app.web import assets, diagrams, errors, i18n, placenames, scenariowords
from app.web.i18n import t
from app.web.importing import DRAFTER
from app.web.session import current_actor, signed_in

bp = Blueprint("gallery", __name__, url_prefix="/procedures/gallery")
_PARAMETER = re.compile(r"parameters\.([a-z][a-z0-9_]*)")


@dataclass(frozen=True)
class Step:
    """One step of a procedure in words."""

    name: str
    who: str
    form: str
    deadline: str


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """Every procedure as a card, for one level and with one word if that is asked for."""
    actor, names = current_actor(), placenames.names()
    level, word = request.args.get("level", "")[:64], request.args.get("word", "")[:100]
    using: dict[str, int] = {}
    for _unit, key in cases.open_counts():
        using[key] = using.get(key, 0) + 1
    return render_template(
        "gallery.html",
        cards=gallery.cards(actor, level=level, word=word),
        level=level,
        word=word,
        using=using,
        names=names,
        said=said,
        editable=names.editable(actor),
    )


@bp.get("/<key>")
@signed_in
def show(key: str) -> ResponseReturnValue:
    """All of one procedure: its picture, its steps and scenarios in words, one of its forms as people see it."""
    actor, names = current_actor(), placenames.names()
    one = gallery.card(actor, key, _place("place"))
    whole, problem = gallery.whole(one)
    nodes = () if whole is None else describe(whole.bpmn)
    called = {node.id: node.name or node.id for node in nodes}
    return render_template(
        "gallery_card.html",
        card=one,
        picture=_picture(one),
        steps=[] if whole is None else _steps(whole, nodes),
        problem="" if problem is None else errors.sentence(problem),
        form=None if whole is None else whole.pins.get(request.args.get("form", "")),
        scenarios=[
            (each, scenariowords.when(each, called), scenariowords.then(each, called)) for each in one.scenarios
        ],
        names=names,
        said=said,
        editable=names.editable(actor),
    )


@bp.get("/<key>/picture")
@signed_in
def picture(key: str) -> Response:
    """The drawing alone, named by its content in the address, so that a browser keeps it."""
    one = gallery.card(current_actor(), key, _place("place"))
    answer = Response(_drawn(one.drawn, _title(one)), mimetype="image/svg+xml")
    is_named = request.args.get("v") == one.sha256[:12]
    answer.headers["Cache-Control"] = assets.YEAR.replace("public", "private") if is_named else "no-store"
    return answer


@bp.get("/<key>/use")
@signed_in
def use(key: str) -> ResponseReturnValue:
    """Say first what a place would inherit and what it would have to say itself."""
    actor, names = current_actor(), placenames.names()
    one = gallery.card(actor, key, _place("place"))
    editable = names.editable(actor)
    if not editable:
        raise Missing("place.missing")
    target = request.args.get("for", "")[:120]
    found = gallery.taking(actor, key, one.place, target if target in dict(editable) else editable[-1][0])
    return render_template(
        "gallery_use.html",
        card=one,
        found=found,
        rows=_rows(found, names),
        names=names,
        said=said,
        editable=editable,
    )


@bp.post("/<key>/use")
@signed_in
def take(key: str) -> ResponseReturnValue:
    """Begin the draft; nothing runs before it is published."""
    source, place = request.form.get("place", places.COMMON)[:120], request.form.get("for", "")[:120]
    draft = gallery.take(current_actor(), key, source, place)
    flash(t("gallery.taken"), "done")
    return redirect(url_for("layers.draft", draft_id=draft.id), 303)


def said(content: Mapping[str, Any], name: str) -> str:
    """A text of a procedure in the reader's language, else in Vietnamese; some write one text for all."""
    found = content.get(name) or ""
    return str(found if isinstance(found, str) else found.get(i18n.locale()) or found.get(i18n.DEFAULT) or "")


def _place(name: str) -> str:
    return request.args.get(name, places.COMMON)[:120]


def _title(one: Card) -> str:
    return said(one.content, "title") or one.key


def _picture(one: Card) -> diagrams.Picture | None:
    try:
        return diagrams.framed(_drawn(one.drawn, _title(one)), ())
    except OfficeError:
        return None


@lru_cache(maxsize=256)
def _drawn(xml: bytes, title: str) -> str:
    return diagram.render(xml, title=title)


def _steps(whole: Effective, nodes: tuple[Node, ...]) -> list[Step]:
    people = [one for one in nodes if one.kind in HUMAN]
    return [
        Step(one.name or one.id, _who(one), whole.forms.get(one.id, ""), _deadline(one, whole.parameters))
        for one in people
    ]


def _who(node: Node) -> str:
    """Who does a step: a role by its name, whoever began it, or whom the case itself says."""
    task = node.task
    if task is None or not task.names_somebody:
        return ""
    if task.role is not None:
        return t(f"role.{task.role}") if i18n.has(f"role.{task.role}") else task.role
    if task.post == DRAFTER:
        return t("work.drafter")
    key = f"gallery.by.{task.post}"
    return t(key) if i18n.has(key) else t("gallery.chosen", by=task.post or task.performer)


def _deadline(node: Node, parameters: Mapping[str, Any]) -> str:
    """When a step is due: so many working days, or a day that somebody set, or whichever of them is known."""
    text = (node.task.deadline or "") if node.task is not None else ""
    return f" {t('gallery.or')} ".join(_due(part.strip(), parameters) for part in text.split(" or ")) if text else ""


def _due(text: str, parameters: Mapping[str, Any]) -> str:
    match = _PARAMETER.fullmatch(text)
    days = parameters.get(match[1]) if match is not None else int(text) if text.isdecimal() else None
    if isinstance(days, int) and not isinstance(days, bool):
        return t("gallery.days", count=days) if days else t("gallery.same_day")
    key = f"gallery.due.{text.replace('.', '_')}"
    return t(key) if i18n.has(key) else t("gallery.computed", by=text)


def _rows(found: Taking, names: placenames.Names) -> list[tuple[str, str, str]]:
    """What a place has of it today, value by value, with the place that said it."""
    if found.now is None:
        return []
    nodes = describe(effective.grown(found.now.content)) if found.now.content.get("diagram") else ()
    called = {node.id: node.name for node in nodes if node.name}
    return [
        (_part(path, called), _value(path, value, names), names.place(found.now.origins[path]))
        for path, value in sorted(patches.leaves(found.now.content).items())
        if path[0] in ("parameters", "forms", "steps", "diagram", "decisions", "called")
    ]


def _part(path: patches.Path, called: Mapping[str, str]) -> str:
    """What a value is called; a step is called as it is drawn."""
    return placenames.part(patches.dotted((path[0], *(called.get(one, one) for one in path[1:]))))


def _value(path: patches.Path, value: Any, names: placenames.Names) -> str:
    if path == ("diagram",):
        return t("part.drawn")
    return names.title("form", str(value)) if path[0] == "forms" else placenames.written(value)
