"""Operations (vận hành): incidents and their repair, acts on many of them, and work that was given up."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.cases import bulk, deadjobs, manyacts, queries, repairs, seeking, troubles
from app.domain.cases.incidents import OF_CALLS
from app.domain.procedures import queries as procedures
from app.domain.signatures import besides
from app.kernel.errors import Invalid, Missing
from app.web import diagrams, listing, placenames, trouble
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("operations", __name__, url_prefix="/operations")
ACTS = ("retry", "skip")
RENEWAL = "proofs.renew"
"""Work whose end in vain is told among the incidents: a proof that ages is lost for good."""


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """The incidents I operate, how many there are of each cause and at each step, and what was done to many."""
    actor, wanted, names = current_actor(), trouble.wanted(), placenames.names()
    troubles.require_operator(actor)
    found = besides.found(actor)
    shown = listing.part(lambda offset, limit: troubles.found(actor, wanted, offset=offset, limit=limit), troubles.PAGE)
    return render_template(
        "operations.html",
        wanted=wanted,
        part=shown,
        incidents=[trouble.line(one) for one in shown.rows],
        count=troubles.count(actor, wanted),
        causes=troubles.by_cause(actor, wanted),
        steps=trouble.steps(troubles.by_step(actor, wanted)),
        drawn=trouble.counted(actor, wanted),
        agencies=troubles.agencies(actor),
        bulks=bulk.recent(actor),
        procedures=[(key, names.title("procedure", key), number) for key, number in seeking.procedures(actor)],
        cause=trouble.cause,
        sees_jobs=bool(actor.places(deadjobs.OPERATE_SYSTEM)),
        again=trouble.address,
        besides=[(one, paper, trouble.cause(one.failure), trouble.helps_with(one.failure)) for one, paper in found],
        renewals=deadjobs.of_kind(actor, RENEWAL),
    )


@bp.post("/signatures/<uuid:request_id>")
@signed_in
def revive_signature(request_id: UUID) -> ResponseReturnValue:
    """Have a signature tried again that no case waits for."""
    besides.revive(current_actor(), request_id, reason=t("operations.besides.reason"))
    flash(t("signing.tried_again"), "done")
    return redirect(url_for(".index", _anchor="besides-title"), 303)


@bp.get("/incidents/<uuid:incident_id>")
@signed_in
def show(incident_id: UUID) -> ResponseReturnValue:
    """One incident: what happened, where, what the case knows there, and what can be done."""
    return _page(incident_id, {})


@bp.post("/incidents/<uuid:incident_id>")
@signed_in
def repair(incident_id: UUID) -> ResponseReturnValue:
    """Repair an incident in the way of the button that was pressed, and say what came of it."""
    actor = current_actor()
    repairs.visible(actor, incident_id)
    act = trouble.ACTS.get(request.form.get("act", ""))
    if act is None:
        raise Missing("incident.missing")
    try:
        outcome = act(actor, incident_id)
    except Invalid as refusal:
        if not refusal.fields:
            raise
        return _page(incident_id, dict(refusal.fields)), 422
    flash(t(f"outcome.{outcome}"), trouble.kind(outcome))
    return redirect(url_for(".show", incident_id=incident_id), 303)


@bp.get("/bulk")
@signed_in
def preview() -> ResponseReturnValue:
    """How many incidents an act on all of a filter would touch, before anything is done."""
    return _preview({})


@bp.post("/bulk")
@signed_in
def begin() -> ResponseReturnValue:
    """Begin an act on every incident of a filter, exactly as many as were seen."""
    actor, act = current_actor(), request.form.get("act", "")
    troubles.require_operator(actor)
    if act not in ACTS:
        raise Missing("bulk.unknown_act", act=act)
    try:
        made = troubles.repair_many(
            actor,
            act,
            trouble.wanted(request.form),
            expected=request.form.get("expected", 0, type=int),
            reason=request.form.get("reason", ""),
            words=trouble.words(request.form.get("words", ""), "words"),
        )
    except Invalid as refusal:
        if not refusal.fields:
            raise
        return _preview(dict(refusal.fields)), 422
    return redirect(url_for(".follow", bulk_id=made.id), 303)


@bp.get("/bulk/<uuid:bulk_id>")
@signed_in
def follow(bulk_id: UUID) -> ResponseReturnValue:
    """What became of each case of a bulk act so far."""
    actor = current_actor()
    made = bulk.visible(actor, bulk_id)
    outcome = request.args.get("outcome", "")
    part = listing.part(
        lambda offset, limit: bulk.items(actor, made, outcome=outcome, offset=offset, limit=limit), troubles.PAGE
    )
    may_publish = made.act == "migrate" and bool(actor.places("procedures.publish"))
    return render_template(
        "bulk.html",
        bulk=made,
        counts=bulk.counts(bulk_id),
        part=part,
        outcome=outcome,
        sentence=trouble.cause,
        follows="key" in made.spec and made.act in manyacts.OFFERED,
        undoable=made.act in manyacts.UNDONE_BY and made.ended_at is not None and made.undone_by is None,
        earlier=procedures.earlier(actor, str(made.spec["key"])) if may_publish else [],
        names=placenames.names(),
    )


@bp.get("/jobs")
@signed_in
def jobs() -> ResponseReturnValue:
    """Work that was given up after several attempts."""
    return _jobs({})


@bp.post("/jobs")
@signed_in
def revive() -> ResponseReturnValue:
    """Let the chosen work be tried again."""
    try:
        number = deadjobs.revive(current_actor(), trouble.chosen("job"), reason=request.form.get("reason", ""))
    except Invalid as refusal:
        return _jobs(dict(refusal.fields)), 422
    flash(t("jobs.revived", count=number), "done")
    return redirect(url_for(".jobs"), 303)


def _jobs(wrong: dict[str, Any]) -> str:
    actor = current_actor()
    part = listing.part(lambda offset, limit: deadjobs.found(actor, offset=offset, limit=limit), troubles.PAGE)
    return render_template("dead_jobs.html", part=part, wrong=wrong, sentence=trouble.cause)


def _page(incident_id: UUID, wrong: dict[str, Any]) -> str:
    actor = current_actor()
    incident = repairs.visible(actor, incident_id)
    case = incident.case
    names = trouble.names(case.version)
    return render_template(
        "incident.html",
        incident=incident,
        shown=trouble.line(incident),
        names=names,
        why=trouble.sentence(incident),
        helps=trouble.helps(incident),
        data=trouble.data(incident, open_to_me=queries.may_see(actor, case)),
        places=repairs.destinations(incident),
        diagram=diagrams.of_case(case) if trouble.is_drawn(case) else None,
        is_call=incident.act in OF_CALLS,
        sees_case=queries.may_see(actor, case),
        wrong=wrong,
        typed=request.form,
    )


def _preview(wrong: dict[str, Any]) -> str:
    actor = current_actor()
    troubles.require_operator(actor)
    source = request.form if request.method == "POST" else request.args
    act = source.get("act", "retry")
    if act not in ACTS:
        raise Missing("bulk.unknown_act", act=act)
    wanted = trouble.wanted(source)
    return render_template(
        "bulk_preview.html",
        act=act,
        wanted=wanted,
        count=troubles.count(actor, wanted),
        causes=troubles.by_cause(actor, wanted),
        cause=trouble.cause,
        some=[trouble.line(one) for one in troubles.found(actor, wanted, limit=10)],
        wrong=wrong,
        typed=request.form,
    )
