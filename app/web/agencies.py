"""Looking an agency up by any identifier (tra cứu mã định danh), and saying who took over from one."""

from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.exchange import directory, peers, successors
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.kernel.errors import Invalid, Missing
from app.web import forms
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("agencies", __name__, url_prefix="/exchange/agencies")
LONGEST = 100


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """The agency of an identifier, its dated identifiers and who carries to it; successors that are known."""
    peers.require_operator(current_actor())
    code = request.args.get("code", "").strip()[:LONGEST]
    found = _found(code) if code else None
    return render_template(
        "exchange_agencies.html",
        code=code,
        found=found,
        is_over=found is not None and orgunits.is_over(found),
        heir=orgunits.successor(found) if found else None,
        identifiers=orgunits.identifiers(found.id) if found else [],
        peer=peers.of_agency(found.id) if found else None,
        is_here=found is not None and found.id in orgunits.at_work(),
        known=successors.known(),
        agencies=orgunits.agencies(),
    )


@bp.post("/successors")
@signed_in
def name_successor() -> ResponseReturnValue:
    """Say who took over from an agency, and from which day on."""
    unit, heir = _chosen("unit"), _chosen("successor")
    try:
        since = date.fromisoformat(forms.day(request.form.get("since", "").strip()))
    except ValueError as nonsense:
        raise Invalid("succession.wrong") from nonsense
    successors.name(current_actor(), unit, heir, since)
    flash(t("exchange.succession.kept"), "done")
    return redirect(url_for(".index", _anchor="succession-title"), 303)


def _found(code: str) -> Unit | None:
    try:
        return directory.find(code)
    except Missing:
        return None


def _chosen(field: str) -> UUID:
    try:
        return UUID(request.form.get(field, ""))
    except ValueError as nonsense:
        raise Invalid("succession.wrong") from nonsense
