"""Sets (bộ quy trình): what a place says as one archive, and an archive looked at before it becomes drafts."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.procedures import patches, sets
from app.domain.procedures.sets import CHANGING, Line, Listing
from app.engine.differences import Difference, differences
from app.kernel import archive
from app.kernel.errors import Conflict, Invalid, TooLarge
from app.web import errors, placenames
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("sets", __name__, url_prefix="/procedures/sets")
DRAWN = (("diagram",), ("dmn",))


@dataclass(frozen=True)
class Shown:
    """One line of a listing as a page shows it: what differs by value, and in the diagram by element."""

    line: Line
    title: str
    why: str
    chosen: bool
    values: list[tuple[str, str, str]]
    elements: list[Difference]


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    """What can be taken away, and where something can be brought."""
    return _page()


@bp.get("/export")
@signed_in
def export() -> ResponseReturnValue:
    """All that one place says, as an archive."""
    place = request.args.get("place", "")[:120]
    answer = Response(archive.packed(sets.exported(current_actor(), place)), mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{place.replace('/', '-')}.zip")
    return answer


@bp.post("")
@signed_in
def look() -> ResponseReturnValue:
    """List what an archive says beside what the place says; nothing is changed by it."""
    given = request.files.get("file")
    try:
        content = _carried() if given is None else given.stream.read(archive.MAX_BYTES + 1)
        return _listing(content, _listed(content))
    except (Invalid, TooLarge) as refusal:
        return _page(errors.sentence(refusal)), errors.status_of(refusal)


@bp.post("/drafts")
@signed_in
def bring() -> ResponseReturnValue:
    """Make drafts of what was chosen, all of them or none; what somebody wrote meanwhile is not overwritten."""
    actor, content = current_actor(), _carried()
    try:
        listing = _listed(content)
        chosen = [one for one in listing.lines if one.name in request.form.getlist("chosen")]
        made = sets.bring(actor, listing.place, chosen, {one.name: _seen(one.name) for one in chosen})
    except (Invalid, TooLarge, Conflict) as refusal:
        return _listing(content, _listed(content), errors.sentence(refusal)), errors.status_of(refusal)
    flash(t("set.brought", count=len(made)), "done")
    return redirect(url_for("procedures.index"), 303)


def _listed(content: bytes) -> Listing:
    form = request.form
    files = sets.opened(content)
    return sets.listed(current_actor(), files, form.get("place", "")[:120], form.get("source", "")[:120])


def _page(wrong: str = "") -> str:
    actor, names = current_actor(), placenames.names()
    return render_template(
        "sets.html",
        readable=[(one, names.place(one)) for one in sets.readable(actor)],
        editable=names.editable(actor),
        limit=archive.MAX_BYTES,
        wrong=wrong,
    )


def _listing(content: bytes, listing: Listing, wrong: str = "") -> str:
    names = placenames.names()
    return render_template(
        "set_listing.html",
        listing=listing,
        shown=[_shown(one, names) for one in listing.lines],
        carried=base64.b64encode(zlib.compress(content, 9)).decode(),
        names=names,
        wrong=wrong,
    )


def _shown(line: Line, names: placenames.Names) -> Shown:
    item = line.item
    drawn = [str(one.get("diagram") or "").encode() for one in (line.now, line.then)]
    return Shown(
        line,
        names.title(item.kind, item.key),
        "" if item.problem is None else errors.sentence(item.problem),
        line.name in request.form.getlist("chosen") or (line.state in CHANGING and line.draft is None),
        _values(line.now, line.then) if line.now else [],
        differences(*drawn) if all(drawn) and drawn[0] != drawn[1] else [],
    )


def _values(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    before, after = patches.leaves(now), patches.leaves(then)
    shown = sorted(path for path in patches.changed(now, then) if path not in DRAWN)
    return [
        (
            placenames.part(patches.dotted(one)),
            placenames.written(before.get(one, "")),
            placenames.written(after.get(one, "")),
        )
        for one in shown
    ]


def _seen(name: str) -> int | None:
    """The version of the draft that the page showed beside an item; none when there was none."""
    text = request.form.get(f"seen:{name}", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 - a small number


def _carried() -> bytes:
    """The archive that the page carried. Invalid "archive.broken" for what is none, or unfolds into too much."""
    try:
        text = base64.b64decode(request.form.get("set", ""), validate=True)
        found = zlib.decompressobj().decompress(text, archive.MAX_BYTES + 1)
    except (ValueError, zlib.error) as error:
        raise Invalid("archive.broken") from error
    return found
