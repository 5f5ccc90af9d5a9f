"""What an agency's signatures in the corner of a page show (mẫu hiển thị chữ ký số): changed and looked at first."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.domain.signatures import displays
from app.kernel import clock
from app.kernel.errors import Invalid, Missing
from app.web import forms
from app.web.i18n import t
from app.web.session import current_actor, signed_in
from signing import display
from signing.cases import Case
from signing.display import DEFAULTS, Display, Shown
from signing.errors import SigningRefused

bp = Blueprint("displays", __name__, url_prefix="/units/<unit_code>/displays")


@bp.get("")
@signed_in
def show(unit_code: str) -> ResponseReturnValue:
    """The templates of an agency, each as it looks. Raises Missing."""
    return _page(_unit(unit_code), {}, {})


@bp.post("")
@signed_in
def change(unit_code: str) -> ResponseReturnValue:
    """Look at what was typed, keep it, or take the usual again. Raises Missing."""
    actor, unit = current_actor(), _unit(unit_code)
    case, act = request.form.get("case", ""), request.form.get("act", "")
    if case not in displays.NEEDED:
        raise Missing("display.missing")
    try:
        typed = None if act == "default" else _typed(Case(case))
        if act != "preview":
            displays.change(actor, unit, case, None if typed is None else typed.packed())
    except Invalid as refusal:
        return _page(unit, {}, {case: t(next(iter(refusal.fields.values()))[0])}), 422
    if act == "preview" and typed is not None:
        return _page(unit, {case: typed}, {})
    flash(t("display.kept"), "done")
    return redirect(url_for(".show", unit_code=unit.code), 303)


def _unit(code: str) -> Unit:
    unit = orgunits.unit_by_code(code)
    if not unit.is_agency or not displays.may_change(current_actor(), unit):
        raise Missing("unit.missing")
    return unit


def _typed(case: Case) -> Display:
    """What was typed. Errors: Invalid with `fields`."""
    lines = [line.strip() for line in forms.tidy(request.form.get("lines", "")).split("\n") if line.strip()]
    size = forms.whole(request.form.get("size", "").strip())
    try:
        return display.unpacked({"lines": lines, "size": size, "picture": DEFAULTS[case].picture})
    except SigningRefused as refusal:
        raise Invalid("form.invalid", fields={"lines": (refusal.code, {})}) from refusal


def _page(unit: Unit, typed: dict[str, Display], wrong: dict[str, str]) -> str:
    own = displays.of(unit.id)
    values = {"reference": f"15/{unit.abbreviation}-VP", "form": "SAO Y", "agency": unit.name}
    return render_template(
        "displays.html",
        unit=unit,
        cases=[_case(Case(name), own, typed, values) for name in displays.NEEDED],
        wrong=wrong,
        lines=request.form.get("lines", ""),
    )


def _case(
    case: Case, own: dict[str, dict[str, Any]], typed: dict[str, Display], values: dict[str, str]
) -> dict[str, Any]:
    kept = display.unpacked(own[case.value]) if case.value in own else DEFAULTS[case]
    shown = typed.get(case.value, kept)
    return {
        "name": case.value,
        "own": case.value in own,
        "tried": case.value in typed,
        "display": shown,
        "lines": Shown(shown, values).lines(clock.now()),
        "needed": sorted(displays.NEEDED[case.value]),
    }
