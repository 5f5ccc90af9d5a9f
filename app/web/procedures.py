"""Procedures (quy trình): which unit has which version, why it is as it is, and saying something for a unit."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.domain.actors.actor import Actor
from app.domain.cases import queries as cases
from app.domain.cases import rollouts
from app.domain.cases.incidents import OPERATE
from app.domain.cases.migration import MIGRATE
from app.domain.orgunits.collation import order
from app.domain.procedures import drafts, layers, pilots, places, queries
from app.domain.procedures.drafts import Subject
from app.domain.procedures.queries import Explained
from app.engine import diagram
from app.engine.declarations import describe
from app.engine.overriding import references
from app.kernel.errors import Invalid, Missing
from app.web import errors, placenames
from app.web.diagrams import Picture, across
from app.web.i18n import t
from app.web.listing import part
from app.web.placenames import Names
from app.web.session import current_actor, signed_in

bp = Blueprint("procedures", __name__, url_prefix="/procedures")
PAGE = 100


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """Unit, procedure, version, origin, drift and open cases at a glance; what waits to be settled comes first."""
    actor, names = current_actor(), placenames.names()
    chosen = {name: request.args.get(name, "")[:64] for name in ("unit", "level", "key")}
    rows = queries.overview(actor, **chosen)
    return render_template(
        "procedures.html",
        part=part(lambda offset, limit: rows[offset : offset + limit], PAGE),
        chosen=chosen,
        units=[(one.code, one.short_name) for one in queries.visible_agencies(actor, names.known)],
        keys=_titled({row.key for row in rows} | ({chosen["key"]} - {""}), names),
        open_cases=cases.open_counts(),
        operates=bool(actor.places(OPERATE)),
        notices=queries.open_notices(actor),
        drafts=queries.drafts(actor),
        names=names,
        editable=names.editable(actor),
        again=lambda offset: url_for(".index", offset=offset or None, **_filled(chosen)),
    )


@bp.get("/<key>")
@signed_in
def show(key: str) -> ResponseReturnValue:
    """One procedure, form or table: its versions at every place, drafts, and what waits to be settled."""
    actor, names = current_actor(), placenames.names()
    kind = request.args.get("kind", "procedure")
    found = queries.versions(actor, kind, key)
    if not found or kind not in layers.KINDS:
        raise Missing("procedure.missing")
    shelves: dict[str, list[Any]] = {}
    for version in filter(lambda one: names.is_here(one.place), found):
        shelves.setdefault(version.place, []).append(version)
    return render_template(
        "procedure.html",
        key=key,
        kind=kind,
        title=names.title(kind, key),
        may_migrate=bool(actor.places(MIGRATE)),
        operates=bool(actor.places(OPERATE)),
        shelves=shelves,
        tried=pilots.of(one.id for one in found),
        rollouts=rollouts.recent(actor, key) if kind == "procedure" else [],
        drafts=[one for one in queries.drafts(actor) if (one.kind, one.key) == (kind, key)],
        notices=[one for one in queries.open_notices(actor) if (one.kind, one.key) == (kind, key)],
        names=names,
        editable=names.editable(actor),
    )


@bp.get("/<key>/<unit_code>")
@signed_in
def explain(key: str, unit_code: str) -> ResponseReturnValue:
    """A procedure as a unit has it, each part with the place it comes from."""
    actor, names = current_actor(), placenames.names()
    found = queries.explain(actor, key, unit_code)
    steps = {} if found.found is None else {one.id: one.name or one.id for one in describe(found.found.bpmn)}
    return render_template(
        "procedure_unit.html",
        found=found,
        problem="" if found.problem is None else errors.sentence(found.problem),
        names=names,
        title=names.title("procedure", key),
        part=partial(_part, steps),
        written=placenames.written,
        picture=_picture(found, names),
        forms=_forms(found),
        steps=steps,
        may_edit=places.may(actor, "procedures.edit", f"units/{found.unit.code}", names.known),
    )


@bp.post("/<key>/<unit_code>")
@signed_in
def override(key: str, unit_code: str) -> ResponseReturnValue:
    """Say parameters, forms and deadlines otherwise for one unit: into its draft, which never runs by itself."""
    actor = current_actor()
    found = queries.explain(actor, key, unit_code)
    about = Subject("procedure", key, f"units/{found.unit.code}")
    draft = drafts.draft_about(about) if _may(actor, about.place) else None
    content = _overridden(found, drafts.published(about) if draft is None else dict(draft.content))
    kept = drafts.save_draft(actor, about, content, row_version=None if draft is None else draft.row_version)
    return redirect(url_for("layers.draft", draft_id=kept.id), 303)


def _part(steps: Mapping[str, str], path: str) -> str:
    """What a value is called; a step is called as it is drawn."""
    section, _, rest = path.partition(".")
    step, _, more = rest.partition(".")
    known = section in ("forms", "steps") and step in steps
    return placenames.part(".".join(filter(None, (section, steps[step], more))) if known else path)


def _filled(chosen: dict[str, str]) -> dict[str, Any]:
    return {name: value for name, value in chosen.items() if value}


def _titled(keys: set[str], names: Names) -> list[tuple[str, str]]:
    return sorted(((key, names.title("procedure", key)) for key in keys), key=lambda one: order(one[1]))


def _may(actor: Actor, place: str) -> bool:
    return places.may(actor, "procedures.edit", place, places.chart())


def _overridden(found: Explained, content: dict[str, Any]) -> dict[str, Any]:
    """The content with what was typed and differs from what is effective."""
    now = {leaf.path: leaf.value for leaf in found.leaves}
    for name, text in request.form.items():
        section, _, rest = name.partition(".")
        typed = text.strip()
        if section not in ("parameters", "forms") or not rest or not typed or typed == str(now.get(name, "")):
            continue
        content[section] = {**(content.get(section) or {}), rest: _like(now.get(name), typed, name)}
    return content


def _like(known: Any, typed: str, name: str) -> Any:
    """What was typed, as a number where there was one."""
    if isinstance(known, bool) or not isinstance(known, int):
        return typed
    if not typed.isascii() or not typed.isdigit():
        raise Invalid("layer.content", path=name)
    return int(typed)


def _picture(found: Explained, names: Names) -> Picture | None:
    """The diagram, with a badge at each step that a place other than the diagram's own speaks of. Safe markup: ours."""
    whole = found.found
    if whole is None:
        return None
    origins = {leaf.path: leaf.place for leaf in found.leaves}
    badges: dict[str, str] = {}
    for path, place in origins.items():
        section, _, rest = path.partition(".")
        if section in ("steps", "forms") and place != origins.get("diagram"):
            badges[rest.partition(".")[0]] = names.place(place)[:14]
    drawn = diagram.render(whole.bpmn, badges=badges, title=t("case.diagram"))
    return Picture(Markup(drawn), across(drawn), ())  # noqa: S704 - our own renderer escapes every name


def _forms(found: Explained) -> list[tuple[str, str]]:
    """The steps of the diagram, and the form of each."""
    if found.found is None:
        return []
    return [(step, found.found.forms.get(step, "")) for step in references(found.found.bpmn).steps]
