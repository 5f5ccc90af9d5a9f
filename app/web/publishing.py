"""Publishing a draft step by step (ban hành): seen, checked, tried, weighed, decided and told, then done."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.domain.cases import impact, planning, rolling, rollouts
from app.domain.cases.migration import MIGRATE
from app.domain.cases.rollouts import OPEN
from app.domain.procedures import suite
from app.engine.child import Reader
from app.kernel.clock import OFFICE_ZONE
from app.kernel.errors import Conflict, Invalid
from app.web import errors, forms, placenames, stages
from app.web.i18n import t
from app.web.session import current_actor, signed_in
from app.web.stages import Desk, Wrong

bp = Blueprint("publishing", __name__, url_prefix="/procedures")
CHOICE = "choice:"


@bp.get("/drafts/<uuid:draft_id>/publishing")
@signed_in
def show(draft_id: UUID) -> ResponseReturnValue:
    """One step of publishing a draft; what has been published already is followed instead."""
    return _begun(draft_id) or _page(_desk(draft_id))


@bp.post("/drafts/<uuid:draft_id>/publishing")
@signed_in
def act(draft_id: UUID) -> ResponseReturnValue:
    """Keep a decision, run what is to be run, or publish."""
    begun = _begun(draft_id)
    if begun is not None:
        flash(t("rollout.begun"), "late")
        return begun
    word, _, name = request.form.get("_act", "").partition(":")
    done = _ACTS.get(word)
    desk = _desk(draft_id)
    if done is None:
        return _page(desk), 400
    try:
        return redirect(done(desk, name), 303)
    except (Invalid, Conflict) as refusal:
        fields = dict(refusal.fields) if isinstance(refusal, Invalid) else {}
        said = "" if fields else errors.sentence(refusal)
        step = "summary" if word == "publish" and not {*fields} & {"how", "units", "at"} else desk.step
        return _page(_desk(draft_id, step, fields, said)), errors.status_of(refusal)


def _begun(draft_id: UUID) -> Response | None:
    """Where a publication that has begun is followed: pages that were opened before it lead there, too."""
    rollout = rollouts.of_draft(draft_id)
    if rollout is None or rollout.state == OPEN:
        return None
    return redirect(url_for("rollouts.follow", rollout_id=rollouts.visible(current_actor(), rollout.id).id), 303)


def _desk(draft_id: UUID, step: str = "", wrong: Wrong | None = None, refusal: str = "") -> Desk:
    draft = suite.visible(current_actor(), draft_id)
    wanted = step or request.values.get("step", "")
    shown = wanted if wanted in stages.STEPS else next(iter(stages.STEPS))
    return Desk(current_actor(), draft, rollouts.of_draft(draft_id), shown, wrong or {}, refusal)


def _page(desk: Desk) -> str:
    names = placenames.names()
    return render_template(
        f"publishing_{desk.step}.html",
        desk=desk,
        draft=desk.draft,
        plan=desk.plan,
        typed=request.form if desk.wrong or desk.refusal else {},
        names=names,
        title=names.title("procedure", desk.draft.key),
        steps=list(stages.STEPS),
        cause=stages.cause,
        may_move=bool(desk.actor.places(MIGRATE)),
        **stages.STEPS[desk.step](desk),
    )


def _here(desk: Desk, step: str) -> str:
    return url_for(".show", draft_id=desk.draft.id, step=step)


def _prove(desk: Desk, _name: str) -> str:
    with Reader() as reader:
        planning.prove(desk.actor, desk.draft.id, reader.ask)
    return _here(desk, "scenarios")


def _accept(desk: Desk, name: str) -> str:
    with Reader() as reader:
        suite.accept(desk.actor, desk.draft.id, name, reader.ask)
    return _prove(desk, "")


def _drop(desk: Desk, name: str) -> str:
    suite.drop(desk.actor, desk.draft.id, name)
    return _here(desk, "scenarios")


def _foresee(desk: Desk, _name: str) -> str:
    given = request.form
    choices = {key.removeprefix(CHOICE): to for key, to in given.items() if key.startswith(CHOICE) and to}
    planning.decide(desk.actor, desk.draft.id, _turn(), {"choices": choices})
    impact.ask(desk.actor, desk.draft.id, choices)
    return _here(desk, "affected")


def _decide_way(desk: Desk, _name: str) -> str:
    given = request.form
    how = given.get("how", planning.NOW)
    chosen = {"how": how, "cases": given.get("cases", planning.STAY), "at": _moment() if how == planning.LATER else ""}
    units = given.getlist("unit") if how == planning.FIRST else []
    planning.decide(desk.actor, desk.draft.id, _turn(), {**chosen, "units": units})
    return _here(desk, "summary")


def _decide_words(desk: Desk, _name: str) -> str:
    words = {name: forms.tidy(request.form.get(name, "")) for name in planning.LONGEST}
    planning.decide(desk.actor, desk.draft.id, _turn(), words)
    return _here(desk, "summary")


def _publish(desk: Desk, _name: str) -> str:
    _decide_words(desk, "")
    made = rolling.publish(desk.actor, desk.draft.id)
    return url_for("rollouts.follow", rollout_id=made.id)


def _turn() -> int:
    text = request.form.get("_turn", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1  # noqa: PLR2004 - a small number


def _moment() -> str:
    """The day and the time that were typed, in the office's time; Invalid on `at` when they are none."""
    day, time = forms.day(forms.tidy(request.form.get("day", ""))), forms.tidy(request.form.get("time", ""))
    try:
        return datetime.fromisoformat(f"{day}T{time or '00:00'}").replace(tzinfo=OFFICE_ZONE).isoformat()
    except ValueError as nonsense:
        raise Invalid("form.invalid", fields={"at": ("form.format", {})}) from nonsense


_ACTS: Mapping[str, Callable[[Desk, str], str]] = {
    "prove": _prove,
    "accept": _accept,
    "drop": _drop,
    "foresee": _foresee,
    "way": _decide_way,
    "words": _decide_words,
    "publish": _publish,
}
