"""Procedures (quy trình): which unit has which version, why it is as it is, and saying something for a unit."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.cases import queries as cases
from app.domain.cases import rollouts
from app.domain.cases.incidents import OPERATE
from app.domain.cases.migration import MIGRATE
from app.domain.orgunits.collation import order
from app.domain.procedures import layers, pilots, queries
from app.domain.procedures.places import COMMON
from app.kernel.errors import Missing
from app.web import customising, overview, placenames
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
    open_cases = cases.open_counts()
    notices = queries.open_notices(actor)
    table = overview.table(queries.overview(actor, **chosen), notices, open_cases, names)
    return render_template(
        "procedures.html",
        part=part(lambda offset, limit: table.rows[offset : offset + limit], PAGE),
        table=table,
        differing=overview.differing,
        chosen=chosen,
        units=[(one.code, one.short_name) for one in queries.visible_agencies(actor, names.known)],
        keys=_titled({row.key for row in table.rows} | ({chosen["key"]} - {""}), names),
        open_cases=open_cases,
        operates=bool(actor.places(OPERATE)),
        notices=notices,
        drafts=queries.drafts(actor),
        names=names,
        editable=names.editable(actor),
        again=lambda offset, **other: url_for(
            ".index", **_filled({**chosen, **table.chosen, **other, "offset": offset})
        ),
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
    """A procedure as a unit has it: what is its own, what it inherits, and how it is made its own."""
    return customising.page(key, f"units/{unit_code}")


@bp.post("/<key>/<unit_code>")
@signed_in
def override(key: str, unit_code: str) -> ResponseReturnValue:
    """Say something otherwise for one unit: into its draft, which never runs by itself."""
    return customising.take(key, f"units/{unit_code}")


@bp.get("/<key>/levels/<level_code>")
@signed_in
def explain_level(key: str, level_code: str) -> ResponseReturnValue:
    """The same for every unit of a level, or what is common to all."""
    return customising.page(key, _level(level_code))


@bp.post("/<key>/levels/<level_code>")
@signed_in
def override_level(key: str, level_code: str) -> ResponseReturnValue:
    """Say something otherwise for a level, or in common: into its draft."""
    return customising.take(key, _level(level_code))


def _level(code: str) -> str:
    return COMMON if code == COMMON else f"levels/{code}"


def _filled(chosen: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in chosen.items() if value}


def _titled(keys: set[str], names: Names) -> list[tuple[str, str]]:
    return sorted(((key, names.title("procedure", key)) for key in keys), key=lambda one: order(one[1]))
