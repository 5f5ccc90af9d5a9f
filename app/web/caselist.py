"""The cases of a procedure as a list (danh sách hồ sơ): found by any field, exported, and acted on together."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.cases import answers, bulk, manyacts, seeking, troubles
from app.domain.cases.models import Case, Task
from app.domain.cases.seeking import Sought
from app.domain.documents.rules import URGENCIES
from app.domain.orgunits import queries as orgunits
from app.kernel import clock
from app.kernel.errors import Invalid, Missing
from app.web import diagrams, filters, formtexts, listing, manypages, operating, placenames, sought, trouble
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("caselist", __name__, url_prefix="/procedures")
MOST_ROWS = 10_000
BATCH = 500
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = ("reference", "subject", "unit", "version", "steps", "performers", "state", "due", "started", "ended")


@dataclass(frozen=True)
class Row:
    """One case of the list; `subject` only for those who may read documents there."""

    case: Case
    subject: str
    readable: bool
    steps: str
    performers: str
    state: str
    due: Any


@bp.get("/<key>/cases/list")
@signed_in
def show(key: str) -> ResponseReturnValue:
    """The cases that a filter finds, open and finished; everything that decides it stands in the address."""
    actor, names = current_actor(), placenames.names()
    seeking.require(actor)
    wanted = sought.sought(key)
    part = listing.part(lambda offset, limit: seeking.found(actor, wanted, offset=offset, limit=limit), seeking.PAGE)
    versions = seeking.versions(actor, Sought(key))
    known = answers.fields(key)
    return render_template(
        "caselist.html",
        key=key,
        title=names.title("procedure", key),
        wanted=wanted,
        is_nonsense=sought.is_nonsense(wanted),
        said=None if wanted.answer is None else sought.written(wanted.answer),
        count=seeking.count(actor, wanted),
        part=part,
        rows=rows(actor, part.rows),
        places=seeking.places(actor, key),
        posts=_posts(actor, wanted),
        versions=versions,
        steps=operating.step_names(one for one, _ in versions),
        fields=sorted(((one.name, sought.label(one), one.kind) for one in known.values()), key=lambda one: one[1]),
        causes=[(one.key, trouble.cause(one.key)) for one in troubles.by_cause(actor, troubles.Wanted(procedure=key))],
        urgencies=URGENCIES,
        states=seeking.STATES,
        acts=manyacts.OFFERED,
        kept=sought.kept(),
        offset_address=lambda offset: sought.address("caselist.show", key, offset=offset or None),
    )


@bp.get("/<key>/cases.csv")
@signed_in
def export(key: str) -> ResponseReturnValue:
    """The same cases as a table for other programs, at most MOST_ROWS; no cell is a formula there."""
    actor, wanted = current_actor(), sought.sought(key)
    seeking.require(actor)
    if sought.is_nonsense(wanted):
        raise Invalid("seek.value_wrong")
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow([t(f"seek.column.{name}") for name in COLUMNS])
    for offset in range(0, MOST_ROWS, BATCH):
        some = seeking.found(actor, wanted, offset=offset, limit=BATCH)
        sheet.writerows(map(_cells, rows(actor, some)))
        if len(some) < BATCH:
            break
    answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"ho-so-{clock.office_day():%Y%m%d}.csv")
    return answer


@bp.get("/<key>/cases/bulk")
@signed_in
def preview(key: str) -> ResponseReturnValue:
    """What an act on chosen cases would come to, case by case, before anything is done."""
    return _preview(key, request.args, {})


@bp.post("/<key>/cases/bulk")
@signed_in
def begin(key: str) -> ResponseReturnValue:
    """Begin an act on exactly the cases that were seen."""
    actor = current_actor()
    seeking.require(actor)
    chosen = manypages.chosen(key, request.form, reason=request.form.get("reason", ""))
    try:
        made = manyacts.begin(actor, chosen, expected=request.form.get("expected", 0, type=int))
    except Invalid as refusal:
        if not refusal.fields:
            raise
        return _preview(key, request.form, dict(refusal.fields)), 422
    return redirect(url_for("operations.follow", bulk_id=made.id), 303)


@bp.post("/cases/acts/<uuid:bulk_id>/undo")
@signed_in
def undo(bulk_id: UUID) -> ResponseReturnValue:
    """Take an act on many back where nobody has acted since."""
    made = manyacts.undo(current_actor(), bulk_id, reason=request.form.get("reason", "") or t("bulk.undo.reason"))
    return redirect(url_for("operations.follow", bulk_id=made.id), 303)


def rows(actor: Actor, cases: list[Case]) -> list[Row]:
    """Cases as a list shows them; two statements however many there are."""
    waiting = seeking.open_tasks([one.id for one in cases])
    return [_row(actor, one, waiting.get(one.id, [])) for one in cases]


def _row(actor: Actor, case: Case, tasks: list[Task]) -> Row:
    readable = actor.may("documents.read", at=case.unit_id)
    dues = [one.due_at for one in tasks if one.due_at is not None]
    state = "suspended" if case.suspended_at is not None and case.ended_at is None else case.status
    return Row(
        case,
        case.document.subject if readable else "",
        readable,
        "; ".join(dict.fromkeys(formtexts.step_name(one.form_sha256, one.name) for one in tasks)),
        "; ".join(dict.fromkeys(diagrams.waits_for(one) for one in tasks)),
        state,
        min(dues, default=None),
    )


def _cells(row: Row) -> list[str]:
    case = row.case
    moments = (row.due, case.started_at, case.ended_at)
    written = ("" if one is None else f"{one.astimezone(clock.OFFICE_ZONE):%d/%m/%Y %H:%M}" for one in moments)
    version = filters.day(case.version.at)
    texts = (case.document.reference, row.subject, case.unit.name, version, row.steps, row.performers)
    return [harmless(one) for one in (*texts, t(f"seek.state.{row.state}"), *written)]


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, and that breaks no line."""
    flat = " ".join(text.split())
    return f"'{flat}" if flat.startswith(FORMULA) else flat


def _posts(actor: Actor, wanted: Sought) -> list[tuple[UUID, str]]:
    """The posts of the agency that is asked for, or of one's own."""
    units = {wanted.unit_id} if wanted.unit_id is not None else {seat.agency_id for seat in actor.seats}
    return [(post.id, post.title) for unit in units for post in orgunits.posts_of_agency(unit)]


def _preview(key: str, source: Mapping[str, str], wrong: dict[str, Any]) -> str:
    actor, names = current_actor(), placenames.names()
    seeking.require(actor)
    chosen = manypages.chosen(key, source, reason=source.get("reason", "").strip() or t("bulk.try.reason"))
    if chosen.act not in manyacts.OFFERED:
        raise Missing("bulk.unknown_act", act=chosen.act)
    about = manyacts.pairs(actor, chosen)[: bulk.MOST_CASES]
    lacks = manypages.lacks(chosen)
    tried = [] if lacks else manyacts.rehearse(actor, chosen, about)
    return render_template(
        "cases_bulk.html",
        key=key,
        title=names.title("procedure", key),
        chosen=chosen,
        count=len(about),
        cases=len({case_id for case_id, _ in about}),
        lacks=lacks,
        outcomes=manypages.outcomes(tried),
        tried=len(tried),
        stopped=manypages.stopped(actor, tried),
        steps=manypages.steps(actor, chosen, [case_id for case_id, _ in about]),
        posts=manypages.posts(actor, chosen, [case_id for case_id, _ in about]),
        carried=manypages.carried(source),
        wrong=wrong,
        typed=source,
    )
