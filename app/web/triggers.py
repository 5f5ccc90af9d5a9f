"""Where a procedure begins by itself (tự khởi động): which units have switched it on, and when its time comes."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.cases import triggers
from app.domain.orgunits import queries as orgunits
from app.web.cases import procedure_title
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("triggers", __name__, url_prefix="/procedures")


@bp.get("/<key>/triggers")
@signed_in
def show(key: str) -> ResponseReturnValue:
    """The starts of one procedure that need no person, at each unit that I look after."""
    boards = triggers.boards(current_actor(), key)
    return render_template(
        "triggers.html", key=key, title=procedure_title(key, boards[0].texts if boards else {}), boards=boards
    )


@bp.post("/<key>/triggers/<uuid:unit_id>")
@signed_in
def switch(key: str, unit_id: UUID) -> ResponseReturnValue:
    """Switch them on or off at one unit."""
    actor = current_actor()
    triggers.require_publisher(actor)
    on = request.form.get("act") == "on"
    act = triggers.switch_on if on else triggers.switch_off
    act(actor, key, unit_id)
    said = "triggers.switched_on" if on else "triggers.switched_off"
    flash(t(said, unit=orgunits.unit(unit_id).short_name), "done")
    return redirect(url_for(".show", key=key), 303)
