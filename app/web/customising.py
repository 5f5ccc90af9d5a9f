"""The page on which a place makes a procedure its own: weakest first, each with what it costs later."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.access import queries as access
from app.domain.procedures import customising, patches, places, queries
from app.domain.procedures.customising import Customised, Word, written
from app.domain.procedures.drafts import Subject
from app.engine import marking
from app.engine.declarations import Node
from app.engine.marking import Caption, Mark
from app.kernel.errors import Conflict, Invalid, OfficeError
from app.web import errors, placenames
from app.web.comparing import said
from app.web.diagrams import Picture, framed
from app.web.i18n import t
from app.web.placenames import Names
from app.web.session import current_actor

EDITORS = {"procedure": "diagram", "form": "form", "decision": "table"}
SHORT = 12


def address(key: str, place: str, **more: Any) -> str:
    """Where a procedure is looked at as a place has it."""
    section, _, code = place.partition("/")
    if section == "units":
        return url_for("procedures.explain", key=key, unit_code=code, **more)
    return url_for("procedures.explain_level", key=key, level_code=code or section, **more)


def page(key: str, place: str, typed: Mapping[str, str] | None = None, wrong: str = "") -> str:
    """A procedure as a place has it; `typed` and `wrong` when what somebody typed could not be kept."""
    actor, names = current_actor(), placenames.names()
    custom = customising.seen(actor, key, place)
    nodes = {node.id: node for node in custom.nodes}
    step = nodes.get(request.values.get("step", ""))
    return render_template(
        "procedure_unit.html",
        custom=custom,
        names=names,
        title=names.title("procedure", key),
        problem="" if custom.problem is None else errors.sentence(custom.problem),
        wrong=wrong,
        typed=typed or {},
        picture=_picture(custom, names, step),
        leaves=_leaves(custom, {node.id: node.name or node.id for node in custom.nodes}),
        steps=[(node, custom.step(node)) for node in custom.nodes if custom.step(node)],
        step=step,
        roles=[(one.code, said(names, "task.role", one.code)) for one in access.roles()],
        printed=placenames.written,
        forms=sorted(((one, names.title("form", one)) for one in queries.titles("form")), key=lambda one: one[1]),
        may_edit=places.may(actor, "procedures.edit", place, names.known),
        show=lambda word: _shown(names, word),
        written=written,
        address=address,
        part=placenames.part,
        above=_above(names, place),
    )


def take(key: str, place: str) -> ResponseReturnValue:
    """Keep what was typed in the draft of the place, or open the editor of what it makes its own."""
    actor, form = current_actor(), request.form
    custom = customising.seen(actor, key, place)
    act, _, what = form.get("act", "").partition(":")
    if act == "open":
        subject, _, named = what.partition(":")
        made = customising.take_over(actor, Subject(subject, key if subject == "procedure" else named, place))
        return redirect(f"{url_for('layers.draft', draft_id=made.id)}/{EDITORS.get(subject, '')}", 303)
    if act in ("add", "out"):
        return _grow(custom, act, what)
    typed = {name: text[:500] for name, text in form.items() if name.partition(".")[0] in customising.SECTIONS}
    if act == "restore":
        typed = {**typed, what: ""}
    try:
        kept = customising.say(actor, custom, typed, row_version=_row_version(custom))
    except (Invalid, Conflict) as refusal:
        return page(key, place, typed, errors.sentence(refusal)), errors.status_of(refusal)
    if act == "":
        return redirect(url_for("layers.draft", draft_id=kept.id), 303)
    flash(t("customise.kept"), "done")
    return redirect(address(key, place, step=form.get("step") or None) + ("#step" if form.get("step") else ""), 303)


def _grow(custom: Customised, act: str, step: str) -> ResponseReturnValue:
    """Put a step in behind another one, or take out one that this place put in."""
    actor, row_version = current_actor(), _row_version(custom)
    words = {name.removeprefix("add."): text[:500] for name, text in request.form.items() if name.startswith("add.")}
    try:
        if act == "add":
            kept = customising.put_in(actor, custom, words, row_version=row_version)
        else:
            kept = customising.take_out(actor, custom, step, row_version=row_version)
    except (Invalid, Conflict) as refusal:
        typed = {f"add.{name}": text for name, text in words.items()}
        return page(custom.key, custom.place, typed, errors.sentence(refusal)), errors.status_of(refusal)
    flash(t("customise.kept"), "done")
    return redirect(url_for("layers.draft", draft_id=kept.id), 303)


def _row_version(custom: Customised) -> int | None:
    """The draft the page was made from; a page that does not say goes on with what there is."""
    now = None if custom.draft is None else custom.draft.row_version
    text = request.form.get("row_version")
    if text is None:
        return now
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 - a small number


def _picture(custom: Customised, names: Names, step: Node | None) -> Picture | None:
    """The diagram: what is the place's own is bright, what it inherits is dim and says where it is from."""
    if custom.found is None:
        return None
    marks = {
        node.id: _mark(custom, names, node) for node in custom.nodes if node.kind not in ("process", "participant")
    }
    if step is not None and step.id in marks:
        marks[step.id] = Mark(f"{marks[step.id].kind} shown", marks[step.id].word)
    links = {
        node.id: address(custom.key, custom.place, step=node.id) + "#step" for node in custom.nodes if node.id in marks
    }
    try:
        return framed(marking.marked(custom.found.bpmn, marks, Caption(t("case.diagram")), links), ())
    except OfficeError:
        return None


def _mark(custom: Customised, names: Names, node: Node) -> Mark:
    origin = custom.origin(node.id)
    is_step = bool(custom.step(node)) or node.kind == "callActivity"
    word = names.place(origin.removeprefix(places.LIBRARY)) if is_step and origin else ""
    return Mark("own" if origin == custom.place else "inherited", word)


def _leaves(custom: Customised, steps: Mapping[str, str]) -> list[tuple[str, patches.Path, Any, str]]:
    """Every value with its origin; a step is called as it is drawn."""
    found = sorted(patches.leaves(custom.whole.content).items())
    return [(_part(path, steps), path, value, custom.whole.origins[path]) for path, value in found]


def _part(path: patches.Path, steps: Mapping[str, str]) -> str:
    if path[0] in ("forms", "steps") and path[1:2] and path[1] in steps:
        return placenames.part(".".join((path[0], steps[path[1]], *map(placenames.element_part, path[2:]))))
    return placenames.part(patches.dotted(path))


def _shown(names: Names, word: Word, *, inherited: bool = False) -> str:
    """A word about a step or a parameter as people read it."""
    value = word.inherited if inherited else word.value
    if word.path[0] == "forms":
        return names.title("form", str(value)) if value else ""
    if word.path[0] == "steps":
        return said(names, f"task.{word.path[-1]}", str(value)) if value else ""
    return placenames.written(value)


def _above(names: Names, place: str) -> str:
    """Whose word a place inherits first, in words."""
    chain = names.known.seen_from(place)
    return next(
        (names.place(one) for one in chain if one != place and not one.startswith(places.LIBRARY)), t("place.common")
    )
