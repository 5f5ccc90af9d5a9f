"""The calendar of working days (lịch làm việc): holidays, and weekend days worked in exchange."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.orgunits import commands, queries
from app.kernel import clock
from app.kernel.errors import Invalid
from app.web import forms, listing
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("calendar", __name__, url_prefix="/calendar")


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    """The special days of one year."""
    return _page({}, {})


@bp.post("")
@signed_in
def change() -> ResponseReturnValue:
    """Name a day, or make it like any other again."""
    typed = {name: request.form.get(name, "") for name in ("day", "name", "kind")}
    try:
        day = _day(typed["day"])
        if request.form.get("act") == "free":
            commands.free_day(current_actor(), day)
        else:
            commands.name_day(current_actor(), day, is_working=typed["kind"] == "working", name=typed["name"])
    except Invalid as refusal:
        return _page(typed, {name: t(code, **values) for name, (code, values) in refusal.fields.items()}), 422
    flash(t("calendar.changed"), "done")
    return redirect(url_for(".show", year=day.year), 303)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(forms.day(text.strip()))
    except ValueError as nonsense:
        raise Invalid("form.invalid", fields={"day": ("form.format", {})}) from nonsense


def _page(typed: dict[str, str], wrong: dict[str, str]) -> str:
    year = listing.number("year", lowest=commands.FIRST.year, highest=commands.LAST.year) or clock.office_day().year
    return render_template(
        "calendar.html",
        year=year,
        days=queries.special_days(year),
        may=commands.may_change(current_actor()),
        typed=typed,
        wrong=wrong,
        longest=commands.LONGEST_NAME,
    )
