"""Following a publication (theo dõi ban hành): how far it has come, unit by unit, and one button back."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.cases import planning, rolling, rollouts
from app.domain.cases.rollouts import OPEN, Rollout
from app.domain.orgunits import queries as orgunits
from app.domain.procedures import drafts
from app.domain.procedures.drafts import Subject
from app.kernel.errors import Conflict, Invalid
from app.web import errors, placenames
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("rollouts", __name__, url_prefix="/procedures")


@bp.get("/rollouts/<uuid:rollout_id>")
@signed_in
def follow(rollout_id: UUID) -> ResponseReturnValue:
    """How far a publication has come, unit by unit, and the way back."""
    return _progress(rollouts.visible(current_actor(), rollout_id))


@bp.post("/rollouts/<uuid:rollout_id>")
@signed_in
def change(rollout_id: UUID) -> ResponseReturnValue:
    """Give it to everybody, take it back, or take it off the calendar."""
    actor, word = current_actor(), request.form.get("_act", "")
    found = rollouts.visible(actor, rollout_id)
    acts: dict[str, Callable[[], Rollout]] = {
        "widen": lambda: rolling.widen(actor, rollout_id),
        "undo": lambda: rolling.undo(actor, rollout_id, request.form.get("reason", "") or t("rollout.undo.reason")),
        "cancel": lambda: rolling.cancel(actor, rollout_id),
    }
    if word not in acts:
        return _progress(found), 400
    try:
        made = acts[word]()
    except (Invalid, Conflict) as refusal:
        return _progress(rollouts.visible(actor, rollout_id), errors.sentence(refusal)), errors.status_of(refusal)
    flash(t(f"rollout.done.{word}"), "done")
    if made.state == OPEN:
        return redirect(url_for("publishing.show", draft_id=made.draft_id, step="way"), 303)
    return redirect(url_for(".follow", rollout_id=rollout_id), 303)


def _progress(rollout: Rollout, refusal: str = "") -> str:
    names, told = placenames.names(), rollouts.moved(rollout)
    units = orgunits.units(told)
    lines = sorted(((units[one].name, counts) for one, counts in told.items()), key=lambda line: line[0])
    every = sum(sum(counts.values()) for counts in told.values())
    left = sum(counts.get("", 0) for counts in told.values())
    return render_template(
        "rollout.html",
        rollout=rollout,
        plan=planning.of(rollout),
        names=names,
        title=names.title("procedure", rollout.key),
        lines=lines,
        every=every,
        left=left,
        pilots=", ".join(names.place(f"units/{one}") for one in planning.of(rollout).units),
        refusal=refusal,
        again=drafts.draft_about(Subject("procedure", rollout.key, rollout.place)),
    )
