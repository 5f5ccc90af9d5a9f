"""The editor of decision tables (bảng quyết định): works without a script; cells are looked at as they change."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.procedures import decisiontables, drafts, queries, tablerows
from app.domain.procedures.decisiontables import Opened
from app.domain.procedures.models import LayerDraft
from app.engine import proofreading, sheets, tabletrial
from app.engine.dmnwriting import written
from app.engine.sheetchanges import Changes, changes
from app.engine.sheets import Sheet
from app.engine.tabletrial import Trial
from app.kernel.errors import Conflict, Invalid, Missing, OfficeError, TooLarge
from app.web import errors, placenames, tableforms, tablewords
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("tables", __name__, url_prefix="/procedures")
REFUSED = (Invalid, Conflict, TooLarge)


@dataclass(frozen=True)
class Shown:
    """What a page shows beside the table that is kept: what was typed and not taken, why, and what a trial said."""

    typed: Sheet | None = None
    wrong: OfficeError | None = None
    trial: Trial | None = None


@bp.get("/drafts/<uuid:draft_id>/table")
@signed_in
def show(draft_id: UUID) -> ResponseReturnValue:
    """The table of a draft, or the one it inherits, ready to be written in."""
    return _page(_draft(draft_id), Shown())


@bp.post("/drafts/<uuid:draft_id>/table")
@signed_in
def save(draft_id: UUID) -> ResponseReturnValue:
    """Keep what was typed and do what the button says; what is refused is shown as it was typed."""
    wanted, lines = request.form.get("do", "save"), tableforms.lost(request.form)
    try:
        found = _draft(draft_id)
    except Missing:
        if not lines:
            raise
        return render_template("table_lost.html", lines=lines), HTTPStatus.NOT_FOUND
    opened = _opened(found)[0] or Opened(sheets.blank(found.key), b"")
    typed = tableforms.typed(opened.sheet, request.form)
    if wanted == "try":
        return _page(found, Shown(typed, trial=_trial(typed)))
    try:
        _keep(found, typed, wanted)
    except REFUSED as refusal:
        return _page(found, Shown(typed, refusal)), errors.status_of(refusal)
    made = tableforms.edited(typed, wanted)
    row = tableforms.touched(typed, made, wanted) if wanted.startswith("row|") else ""
    where = tableforms.page_of(made, row) if row else request.form.get("page", "1")
    if not row:
        flash(t("draft.saved"), "done")
    return redirect(url_for(".show", draft_id=draft_id, page=where, _anchor=f"row-{row}" if row else None), 303)


@bp.get("/drafts/<uuid:draft_id>/table/cell")
@signed_in
def check(draft_id: UUID) -> ResponseReturnValue:
    """What is wrong with a cell as it was just typed; nothing when it can be read."""
    sheet = (_opened(_draft(draft_id))[0] or Opened(sheets.blank(""), b"")).sheet
    found = [error for one in tableforms.cell_of(sheet, request.args) if (error := proofreading.cell(*one)) is not None]
    return render_template("table_cell.html", error=errors.sentence(found[0]) if found else "")


@bp.post("/drafts/<uuid:draft_id>/table/file")
@signed_in
def take(draft_id: UUID) -> ResponseReturnValue:
    """Take a file: a whole table in DMN, or the rows of one as CSV."""
    found, upload = _draft(draft_id), request.files.get("file")
    data = upload.stream.read() if upload is not None else b""
    is_rows = upload is not None and (upload.filename or "").lower().endswith((".csv", ".txt"))
    try:
        if is_rows:
            sheet = tablerows.from_csv(decisiontables.of_draft(found).sheet, data)
            decisiontables.save(current_actor(), found, sheet, _row_version())
        else:
            taken = written(sheets.opened(data), data, found.key)
            decisiontables.replace(current_actor(), found, taken, _row_version())
    except REFUSED as refusal:
        return _page(found, Shown(wrong=refusal)), errors.status_of(refusal)
    flash(t("draft.saved"), "done")
    return redirect(url_for(".show", draft_id=draft_id), 303)


@bp.get("/drafts/<uuid:draft_id>/table.dmn")
@signed_in
def document(draft_id: UUID) -> ResponseReturnValue:
    """The whole table as a file that other tools read."""
    found = _draft(draft_id)
    opened = decisiontables.of_draft(found)
    return _file(opened.xml or written(opened.sheet, b"", found.key), f"{found.key}.dmn", "application/xml")


@bp.get("/drafts/<uuid:draft_id>/table.csv")
@signed_in
def rows(draft_id: UUID) -> ResponseReturnValue:
    """The rows as a file for spreadsheets."""
    found = _draft(draft_id)
    return _file(tablerows.to_csv(decisiontables.of_draft(found).sheet), f"{found.key}.csv", "text/csv")


@bp.get("/versions/<uuid:version_id>/table")
@signed_in
def version(version_id: UUID) -> ResponseReturnValue:
    """A published table, and which rows differ from another version of its place."""
    actor = current_actor()
    found = queries.visible_version(actor, version_id)
    if found.kind != decisiontables.KIND:
        raise Missing("version.missing")
    others = [one for one in queries.versions(actor, found.kind, found.key) if one.place == found.place]
    older = [one for one in others if one.number < found.number]
    wanted = request.args.get("against", "")
    other = next((one for one in others if str(one.number) == wanted and one.id != found.id), next(iter(older), None))
    sheet, before = decisiontables.read(found.content), decisiontables.read(other.content) if other else None
    return render_template(
        "table_version.html",
        version=found,
        other=other,
        others=[one for one in others if one.id != found.id],
        sheet=sheet,
        changes=changes(before, sheet) if sheet and before else None,
        names=placenames.names(),
        words=tablewords,
    )


def _keep(found: LayerDraft, typed: Sheet, wanted: str) -> None:
    actor, number = current_actor(), _row_version()
    if wanted == "inherit":
        decisiontables.inherit(actor, found, number)
    elif wanted == "purge":
        decisiontables.replace(actor, found, sheets.purged(decisiontables.of_draft(found).xml), number)
    else:
        decisiontables.save(actor, found, tableforms.edited(typed, wanted), number)


def _page(found: LayerDraft, shown: Shown) -> str:
    opened, unreadable = _opened(found)
    kept = opened.sheet if opened is not None else sheets.blank(found.key)
    sheet = shown.typed or kept
    proof = proofreading.proofread(sheet)
    names = placenames.names()
    is_stale = shown.wrong is not None and shown.wrong.code == "draft.stale"
    return render_template(
        "table.html",
        draft=found,
        sheet=sheet,
        own=decisiontables.PART in found.content,
        origin=names.place(opened.origin) if opened is not None and opened.origin else "",
        behind=_behind(found, names),
        page=tableforms.page(sheet, request.values.get("page", "")),
        proof=proof,
        columns_open=opened is None or not opened.xml or any(one.field and not one.line for one in proof.problems),
        unreadable=unreadable,
        wrong="" if shown.wrong is None else errors.sentence(shown.wrong),
        theirs=changes(kept, sheet) if is_stale else None,
        changes=_since(found, kept),
        strange=[] if opened is None or not opened.xml else sheets.strange(opened.xml),
        asked_by=decisiontables.asked_by(current_actor(), found.key),
        asked=tabletrial.asked(sheet),
        given=tableforms.tried(request.form),
        trial=shown.trial,
        names=names,
        words=tablewords,
        sentence=errors.sentence,
    )


def _trial(sheet: Sheet) -> Trial:
    """What the table as typed says about the row that is tried."""
    table = proofreading.proofread(sheet).table
    if table is None:
        return Trial(error=Invalid("table.not_ready"))
    return tabletrial.try_out(table, tableforms.tried(request.form), tabletrial.asked(sheet))


def _behind(found: LayerDraft, names: placenames.Names) -> str:
    """The place whose table would hold if this place said nothing; empty when there is none."""
    try:
        other = decisiontables.inherited(found)
    except REFUSED:
        return ""
    return names.place(other.origin) if other is not None else ""


def _since(found: LayerDraft, kept: Sheet) -> Changes | None:
    """What the draft says differently from what is in effect for its place."""
    try:
        now = decisiontables.published(found) or decisiontables.inherited(found)
    except REFUSED:
        return None
    return None if now is None else changes(now.sheet, kept)


def _opened(found: LayerDraft) -> tuple[Opened | None, str]:
    """The table of a draft; or why it cannot be read."""
    try:
        return decisiontables.of_draft(found), ""
    except REFUSED as refusal:
        return None, errors.sentence(refusal)


def _draft(draft_id: UUID) -> LayerDraft:
    found = drafts.visible_draft(current_actor(), draft_id)
    if found.kind != decisiontables.KIND:
        raise Missing("draft.missing")
    return found


def _file(data: bytes, name: str, kind: str) -> Response:
    answer = Response(data, content_type=f"{kind}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _row_version() -> Any:
    text = request.form.get("row_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - a small number
