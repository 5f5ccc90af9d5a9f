"""Two versions side by side: what changed in the diagram, in values, in rows of a table and fields of a form."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.procedures import comparing, patches, places, queries
from app.domain.procedures.comparing import DRAWN, Comparison, Side
from app.engine import marking
from app.engine.comparing import MOVED, Change, Row, rows, table
from app.engine.differences import ADDED, REMOVED
from app.engine.marking import Caption, Mark
from app.kernel.errors import OfficeError
from app.web import listing, placenames
from app.web.diagrams import Picture, framed
from app.web.i18n import has, t
from app.web.placenames import Names
from app.web.session import current_actor, signed_in

bp = Blueprint("comparing", __name__, url_prefix="/procedures")
OLD, NEW = "old", "new"


@dataclass(frozen=True)
class Sheet:
    """One of several drawings on a page; `prefix` begins the ids of its elements."""

    prefix: str
    title: str
    picture: Picture | None


@dataclass(frozen=True)
class Heads:
    """What a comparison is about: its title, what it says first, the way back, and what each side is called."""

    title: str
    lead: str
    back: tuple[str, str]
    old: str
    new: str


@bp.get("/versions/<uuid:version_id>/compare")
@signed_in
def version(version_id: UUID) -> ResponseReturnValue:
    """A version beside another one of its place, or the one before."""
    actor, names = current_actor(), placenames.names()
    against = listing.number("against", lowest=0, highest=1_000_000)
    found = queries.visible_version(actor, version_id)
    comparison, other = comparing.versions(actor, version_id, against)
    title = names.title(found.kind, found.key)
    heads = Heads(
        title=t("compare.title", title=title),
        lead=t("compare.lead", place=names.place(found.place)),
        back=(url_for("layers.version", version_id=version_id), t("version.number", number=found.number)),
        old=t("version.nothing") if other is None else t("version.number", number=other.number),
        new=t("version.number", number=found.number),
    )
    choices = [
        one.number
        for one in queries.versions(actor, found.kind, found.key)
        if one.place == found.place and one.id != version_id
    ]
    undo = other if other is not None and other.number < found.number and _may(names, found.place) else None
    return _page(comparison, heads, names, others=choices, other=other, undo=undo)


@bp.get("/drafts/<uuid:draft_id>/compare")
@signed_in
def draft(draft_id: UUID) -> ResponseReturnValue:
    """A draft beside what its place says today."""
    names = placenames.names()
    comparison, found = comparing.draft(current_actor(), draft_id)
    title = names.title(found.kind, found.key)
    heads = Heads(
        title=t("compare.title", title=title),
        lead=t("compare.lead", place=names.place(found.place)),
        back=(url_for("layers.draft", draft_id=draft_id), t("draft.title", key=title)),
        old=t("compare.published"),
        new=t("compare.draft"),
    )
    return _page(comparison, heads, names)


@bp.get("/<key>/<unit_code>/compare")
@signed_in
def above(key: str, unit_code: str) -> ResponseReturnValue:
    """A procedure as a unit has it beside how the unit above it has it."""
    names = placenames.names()
    comparison, code = comparing.with_above(current_actor(), key, unit_code)
    heads = Heads(
        title=t("compare.title", title=names.title("procedure", key)),
        lead=t("compare.above", unit=names.place(f"units/{unit_code}"), above=names.place(f"units/{code}")),
        back=(url_for("procedures.explain", key=key, unit_code=unit_code), names.place(f"units/{unit_code}")),
        old=names.place(f"units/{code}"),
        new=names.place(f"units/{unit_code}"),
    )
    return _page(comparison, heads, names)


def sheet(prefix: str, title: str, xml: bytes | None, marks: Mapping[str, Mark]) -> Sheet:
    """A drawing with marks; without a picture where there is nothing drawn."""
    if xml is None:
        return Sheet(prefix, title, None)
    try:
        return Sheet(prefix, title, framed(marking.marked(xml, marks, Caption(title, prefix)), ()))
    except OfficeError:
        return Sheet(prefix, title, None)


def marks(changes: Collection[Change], *, leave: str) -> dict[str, Mark]:
    """A mark for each change, but those that one side does not have; what only moved is no matter for words."""
    words = {one.what: "" if one.what == MOVED else t(f"difference.{one.what}") for one in changes}
    return {one.id: Mark(one.what, words[one.what]) for one in changes if one.what != leave}


def said(names: Names, part: str, text: str) -> str:
    """What an element says about one thing, as people read it."""
    if not text:
        return t("part.unsaid")
    if part == "task.form":
        return t("compare.form", title=names.title("form", text), key=text)
    if has(f"part.{text}"):
        return placenames.part(text)
    key = f"{part.removeprefix('task.')}.{text}"
    return t(key) if part == "task.role" and has(key) else placenames.written(text)


def changes(comparison: Comparison) -> list[Change]:
    """What is said differently in the diagrams; what only moved on the sheet is left out."""
    return [one for one in comparison.elements if one.what != MOVED]


def picture(comparison: Comparison) -> Picture | None:
    """The newer diagram as it runs, with a mark at what differs; None without one, or without a drawing."""
    marked = marks(changes(comparison), leave=REMOVED)
    return sheet(NEW, t("case.diagram"), comparison.new.diagram, marked).picture


def lines(comparison: Comparison, names: Names) -> list[tuple[str, str, str]]:
    """Every other value: what it is called, before and after."""
    return [
        (_called(path, comparison), _value(names, path, old), _value(names, path, new))
        for path, old, new in comparison.values
    ]


def _page(comparison: Comparison, heads: Heads, names: Names, **more: Any) -> str:
    found = comparison.elements
    return render_template(
        "compare.html",
        heads=heads,
        names=names,
        changes=changes(comparison),
        moved=[one for one in found if one.what == MOVED],
        sheets=[
            sheet(OLD, heads.old, comparison.old.diagram, marks(found, leave=ADDED)),
            sheet(NEW, heads.new, comparison.new.diagram, marks(found, leave=REMOVED)),
        ],
        lines=lines(comparison, names),
        table=_table(comparison.old, comparison.new),
        said=lambda part, text: said(names, part, text),
        against=request.args.get("against", ""),
        **more,
    )


def _called(path: patches.Path, comparison: Comparison) -> str:
    """What a value is called; a field of a form by its label."""
    if path[:2] == ("schema", "properties") and len(path) > 2:  # noqa: PLR2004 - a field and something about it
        label = _label(comparison, path[2])
        return ": ".join(filter(None, (t("compare.field", field=label), ".".join(path[3:]))))
    return placenames.part(patches.dotted(path))


def _label(comparison: Comparison, field: str) -> str:
    for side in (comparison.new, comparison.old):
        found = side.content.get("texts", {}).get("vi", {}).get("fields", {}).get(field, {}).get("label")
        if found:
            return str(found)
    return field


def _value(names: Names, path: patches.Path, value: Any) -> str:
    if value is None:
        return ""
    if path in DRAWN:
        return t("part.drawn")
    return names.title("form", str(value)) if path[0] == "forms" else placenames.written(value)


def _table(old: Side, new: Side) -> tuple[Row, list[tuple[str, Row, Row]]] | None:
    """The rows of two decision tables beside each other under the columns of the new one; None when there are none."""
    before, after = _read(old), _read(new)
    if not (before or after):
        return None
    return (after or before)[0], rows(before[1:], after[1:])


def _read(side: Side) -> list[Row]:
    try:
        return table(str(side.content["dmn"]).encode()) if side.content.get("dmn") else []
    except OfficeError:
        return []


def _may(names: Names, place: str) -> bool:
    return places.may(current_actor(), "procedures.publish", place, names.known)
