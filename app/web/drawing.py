"""The page of the editor of diagrams, diagrams as files, and the earlier states of a draft."""

from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors import queries as actors
from app.domain.procedures import drafts, editing, layers, patches, queries, states
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft
from app.engine.child import Reader
from app.engine.differences import Difference, differences
from app.engine.xml import BPMN
from app.kernel.errors import Conflict, Missing, OfficeError
from app.web import assets, diagrams, errors, placenames
from app.web.diagrams import Picture
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("drawing", __name__, url_prefix="/procedures")
TYPES: Final = {"bpmn": "application/xml", "svg": "image/svg+xml", "pdf": "application/pdf"}
NOTHING: Final = f'<definitions xmlns="{BPMN}"/>'
DRAWN: Final = (("diagram",), ("dmn",))
EDITOR: Final = "vendor/editor"
FILES: Final = "<any(bpmn, svg, pdf):suffix>"


@bp.get("/drafts/<uuid:draft_id>/diagram")
@signed_in
def show(draft_id: UUID) -> ResponseReturnValue:
    """The diagram of a draft in the editor; as a picture where there is no script or no room.

    A place that inherits its diagram is first told what drawing its own costs (`?own=1` is the answer).
    """
    draft, names = _draft(draft_id), placenames.names()
    found, problem = _opened(draft)
    return render_template(
        "drawing.html",
        draft=draft,
        names=names,
        origin=found.origin if found else None,
        is_asking=bool(found and found.origin) and request.args.get("own") != "1",
        picture=_picture(found.xml) if found else None,
        problem=problem,
        bundle=_bundle(),
    )


@bp.get(f"/drafts/<uuid:draft_id>/diagram.{FILES}")
@signed_in
def draft_as(draft_id: UUID, suffix: str) -> ResponseReturnValue:
    """The diagram of a draft as a file: BPMN for other tools, SVG, or PDF to print."""
    draft, names = _draft(draft_id), placenames.names()
    note = t("drawing.note.draft", place=names.place(draft.place))
    return _file(editing.opened(draft).xml, suffix, f"{draft.key}-draft", (names.title(draft.kind, draft.key), note))


@bp.get(f"/versions/<uuid:version_id>/diagram.{FILES}")
@signed_in
def version_as(version_id: UUID, suffix: str) -> ResponseReturnValue:
    """The diagram of a published version as a file, upon what stands behind its place today."""
    found, names = queries.visible_version(current_actor(), version_id), placenames.names()
    shown = editing.shown(Subject(found.kind, found.key, found.place), found.content)
    note = t("drawing.note.version", place=names.place(found.place), number=found.number)
    return _file(shown.xml, suffix, f"{found.key}-{found.number}", (names.title(found.kind, found.key), note))


@bp.get("/drafts/<uuid:draft_id>/history")
@signed_in
def history(draft_id: UUID) -> ResponseReturnValue:
    """The earlier states of a draft: when, by whom, and how much was changed since."""
    draft = drafts.visible_draft(current_actor(), draft_id)
    kept = states.of(draft_id)
    until = [draft.row_version, *(one.number for one in kept)]
    inherited = _inherited(draft)
    sizes = [_size(draft_id, one.number, newer, inherited) for one, newer in zip(kept, until, strict=False)]
    people = actors.names(who for who in (draft.changed_by, *(one.changed_by for one in kept)) if who is not None)
    return render_template(
        "draft_history.html",
        draft=draft,
        rows=list(zip(kept, sizes, strict=True)),
        people=people,
        names=placenames.names(),
    )


@bp.get("/drafts/<uuid:draft_id>/history/<int:number>")
@signed_in
def state(draft_id: UUID, number: int) -> ResponseReturnValue:
    """An earlier state beside what the draft is now."""
    draft = drafts.visible_draft(current_actor(), draft_id)
    return _state_page(draft, number)


@bp.post("/drafts/<uuid:draft_id>/history/<int:number>")
@signed_in
def restore(draft_id: UUID, number: int) -> ResponseReturnValue:
    """Make an earlier state what the draft is now."""
    actor, seen = current_actor(), request.form.get("row_version", "")
    row_version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else 0  # noqa: PLR2004 - a small number
    draft = drafts.visible_draft(actor, draft_id)
    try:
        editing.restore(actor, draft_id, number, row_version=row_version)
    except Conflict as refusal:
        return _state_page(draft, number, wrong=errors.sentence(refusal)), errors.status_of(refusal)
    flash(t("drawing.restored"), "done")
    return redirect(url_for("layers.draft", draft_id=draft_id), 303)


def _draft(draft_id: UUID) -> LayerDraft:
    """A draft of something that is drawn; forms and tables have editors of their own."""
    found = drafts.visible_draft(current_actor(), draft_id)
    if found.kind != "procedure":
        raise Missing("draft.no_diagram")
    return found


def _opened(draft: LayerDraft) -> tuple[editing.Opened | None, str]:
    """What the editor opens, or why it cannot: then a file can still be uploaded over it."""
    try:
        return editing.opened(draft), ""
    except OfficeError as error:
        return None, errors.sentence(error)


def _bundle() -> bool:
    """Whether the editor is there: it is built apart from the rest."""
    return (assets.FOLDER / EDITOR / "editor.js").is_file()


def _picture(xml: str) -> Picture | None:
    """The diagram as people see it without an editor; None while it has no drawing."""
    try:
        return diagrams.framed(_svg(xml, t("case.diagram")), ())
    except OfficeError:
        return None


def _kept_picture(draft: LayerDraft, content: Any) -> Picture | None:
    """An earlier state as it would have run: with the steps that the place and those above it put in."""
    try:
        return _picture(editing.shown(Subject(draft.kind, draft.key, draft.place), content).xml)
    except OfficeError:
        return None


@lru_cache(maxsize=32)
def _svg(xml: str, title: str) -> str:
    with Reader() as reader:
        return str(reader.ask("draw", xml.encode(), title=title)["svg"])


def _file(xml: str, suffix: str, name: str, heading: tuple[str, str]) -> Response:
    """A diagram as a file to keep. A BPMN file carries its drawing, so that it opens elsewhere as it looks here."""
    content: str | bytes = xml
    if suffix != "bpmn":
        content = _svg(xml, heading[0])
    if suffix == "pdf":
        from app.gateways import sheet  # noqa: PLC0415 - its library takes 35 MB of every process, and few print

        content = sheet.printed(str(content), *heading)
    answer = Response(content, mimetype=TYPES[suffix])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    return answer


def _inherited(draft: LayerDraft) -> str:
    """The diagram a draft has while it says none itself."""
    above = layers.thing(drafts.behind(Subject(draft.kind, draft.key, draft.place)), draft.kind, draft.key)
    return NOTHING if above is None else str(above.content.get("diagram") or NOTHING)


@lru_cache(maxsize=1024)
def _size(draft_id: UUID, number: int, until: int, inherited: str) -> tuple[int, int]:
    """How many elements and how many other values differ between two states; states never change."""
    old, new = (states.content(draft_id, one) for one in (number, until))
    return len(_elements(old, new, inherited)), len(_values(old, new))


def _elements(old: Any, new: Any, inherited: str) -> list[Difference]:
    try:
        return differences(*(str(one.get("diagram") or inherited).encode() for one in (old, new)))
    except OfficeError:
        return []


def _values(old: Any, new: Any) -> list[patches.Path]:
    """What differs besides what is drawn; that something is drawn at all counts."""
    changed = sorted(patches.changed(old, new))
    return [path for path in changed if path not in DRAWN or not (path[0] in old and path[0] in new)]


def _written(path: patches.Path, value: Any) -> str:
    return t("part.drawn") if value and path in DRAWN else placenames.written(value)


def _state_page(draft: LayerDraft, number: int, *, wrong: str = "") -> str:
    kept, inherited = states.state(draft.id, number), _inherited(draft)
    old, new = patches.leaves(kept.content), patches.leaves(draft.content)
    lines = [
        (placenames.part(patches.dotted(one)), *(_written(one, side.get(one, "")) for side in (new, old)))
        for one in _values(draft.content, kept.content)
    ]
    people = actors.names([one for one in (kept.changed_by,) if one is not None])
    return render_template(
        "draft_state.html",
        draft=draft,
        state=kept,
        who=people.get(kept.changed_by, "") if kept.changed_by else "",
        lines=lines,
        changes=_elements(draft.content, kept.content, inherited) if draft.kind == "procedure" else [],
        picture=_kept_picture(draft, kept.content) if draft.kind == "procedure" else None,
        wrong=wrong,
        names=placenames.names(),
    )
