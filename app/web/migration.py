"""Moving running cases to another version (chuyển phiên bản hồ sơ đang xử lý): tried first, then done, and undone."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.domain.cases import migration, moves, queries
from app.domain.cases.migration import Rehearsal, Verdict, Wanted
from app.domain.cases.models import Case
from app.domain.orgunits import queries as orgunits
from app.domain.procedures.models import ProcedureVersion
from app.kernel.errors import Invalid, Missing
from app.web import trouble
from app.web.cases import procedure_title
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("migration", __name__, url_prefix="/procedures")
TRIED = 500
"""How many cases a page tries by itself; more are tried by a worker."""
SHOWN = 50
CHOICE = "choice:"


@dataclass(frozen=True)
class Line:
    """One agency: how many of its cases move, stay and are blocked, and why those are."""

    unit_id: UUID
    name: str
    counts: Mapping[str, int]
    reasons: list[tuple[str, int]]


@bp.get("/<key>/migration")
@signed_in
def preview(key: str) -> ResponseReturnValue:
    """What would become of the open cases of a procedure, agency by agency; nothing moves."""
    return _page(key, request.args, {})


@bp.post("/<key>/migration")
@signed_in
def begin(key: str) -> ResponseReturnValue:
    """Begin the move, or the trial on all cases, in the background."""
    try:
        made = moves.begin(
            current_actor(),
            _wanted(key, request.form),
            reason=request.form.get("reason", ""),
            only_try=request.form.get("act") == moves.TRY,
        )
    except Invalid as refusal:
        if not refusal.fields:
            raise
        return _page(key, request.form, dict(refusal.fields)), 422
    return redirect(url_for("operations.follow", bulk_id=made.id), 303)


@bp.post("/migrations/<uuid:bulk_id>/undo")
@signed_in
def undo(bulk_id: UUID) -> ResponseReturnValue:
    """Take a move back."""
    older = request.form.get("version_id", "")
    try:
        version_id = UUID(older) if older else None
    except ValueError as error:
        raise Missing("version.missing") from error
    reason = request.form.get("reason", "") or t("migration.undo.reason")
    made = moves.undo_all(current_actor(), bulk_id, reason=reason, version_id=version_id)
    flash(t("migration.undoing"), "done")
    return redirect(url_for("operations.follow", bulk_id=made.id), 303)


def _page(key: str, given: MultiDict[str, str], wrong: Mapping[str, object]) -> str:
    actor = current_actor()
    wanted = _wanted(key, given)
    problem = None
    try:
        tried = migration.rehearse(actor, wanted, TRIED)
    except Invalid as refusal:
        problem, wanted = refusal.code, Wanted(key, wanted.to, units=wanted.units)
        tried = migration.rehearse(actor, wanted, TRIED)
    sources, versions = migration.sources(actor, key), migration.versions(key)
    return render_template(
        "migration.html",
        key=key,
        title=procedure_title(key, versions[0].texts if versions else {}),
        wanted=wanted,
        versions=versions,
        agencies=_agencies(sources, wanted),
        questions=migration.open_questions(actor, wanted),
        lines=_lines(tried),
        totals=tried.of(),
        tried=tried,
        blocked=_shown(tried),
        problem=problem,
        wrong=wrong,
        typed=given,
        cause=trouble.cause,
    )


def _wanted(key: str, given: MultiDict[str, str]) -> Wanted:
    choices = {name.removeprefix(CHOICE): to for name, to in given.items() if name.startswith(CHOICE) and to}
    units = frozenset(_id(one) for one in given.getlist("unit"))
    return Wanted(key, _id(given["to"]) if given.get("to") else None, choices, units or None)


def _id(text: str) -> UUID:
    """An id that was sent; nonsense is nobody's id."""
    try:
        return UUID(text)
    except ValueError as nonsense:
        raise Missing("unit.missing") from nonsense


def _agencies(sources: list[tuple[UUID, ProcedureVersion, int]], wanted: Wanted) -> list[tuple[UUID, str, int, bool]]:
    """The agencies with open cases, how many, and whether they are chosen."""
    counts: dict[UUID, int] = {}
    for unit_id, _version, count in sources:
        counts[unit_id] = counts.get(unit_id, 0) + count
    units = orgunits.units(counts)
    chosen = wanted.units or frozenset()
    return [(one, units[one].name, number, one in chosen) for one, number in counts.items()]


def _lines(tried: Rehearsal) -> list[Line]:
    units = orgunits.units(tried.units)
    return [
        Line(
            one,
            units[one].name,
            tried.of(one),
            [(_sentence(code, node), count) for (code, node), count in tried.reasons(one)],
        )
        for one in tried.units
    ]


def _shown(tried: Rehearsal) -> list[tuple[Verdict, Case, str, bool]]:
    """The cases that stay behind, those that may be read with a link."""
    actor = current_actor()
    found = [one for one in tried.verdicts if one.word == migration.BLOCKED][:SHOWN]
    cases = {one.case_id: queries.case(one.case_id) for one in found}
    return [
        (one, cases[one.case_id], _sentence(one.code, one.node), queries.may_see(actor, cases[one.case_id]))
        for one in found
    ]


def _sentence(code: str, node: str) -> str:
    said = trouble.cause(code)
    return t("migration.at", why=said, node=node) if node else said
