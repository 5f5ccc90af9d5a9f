"""Cases (hồ sơ xử lý): beginning one, and following it on its diagram."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.cases import drafting, incidents, queries, reminding
from app.domain.cases.models import Case
from app.domain.orgunits.collation import order
from app.kernel.errors import Missing
from app.web import answered, diagrams, formtexts, history, i18n, offers, taskpage
from app.web.i18n import t
from app.web.session import current_actor, signed_in

DAILY = "outgoing_document"
"""What people begin most, offered first."""
bp = Blueprint("cases", __name__, url_prefix="/cases")


@bp.get("/start")
@signed_in
def choose() -> ResponseReturnValue:
    """Which procedures I may start, and in which of my posts."""
    actor = current_actor()
    startable = [
        (key, procedure_title(key, texts), drafting.seats(actor, texts))
        for key, texts in drafting.offered(actor).items()
    ]
    startable.sort(key=lambda one: (one[0] != DAILY, order(one[1])))
    return render_template("case_start.html", startable=startable)


@bp.post("/start")
@signed_in
def start() -> ResponseReturnValue:
    """Start a procedure and go to its first step."""
    actor = current_actor()
    post = _id("post_id")
    case = drafting.start_outgoing(actor, procedure=request.form.get("procedure", DAILY), post_id=post)
    return redirect(first_step(actor, case), 303)


@bp.get("/<uuid:case_id>")
@signed_in
def show(case_id: UUID) -> ResponseReturnValue:
    """One case: where it is, who did what, and what comes next."""
    actor = current_actor()
    case = queries.visible_case(actor, case_id)
    tasks, calls = queries.tasks_of(case.id), queries.calls_of(case.id)
    told = history.of_case(case, tasks)
    return render_template(
        "case.html",
        case=case,
        title=procedure_title(case.version.key, case.version.texts),
        history=told,
        strip=diagrams.strip(tasks, calls, told),
        diagram=diagrams.picture(case, tasks, calls),
        slip=taskpage.slip(case),
        answered=answered.steps(tasks),
        withdrawable=offers.withdrawable(actor, case, tasks),
        may_suspend=offers.may_suspend(actor, case),
        mendable=incidents.open_ones(case.id) if actor.may("cases.operate", at=case.unit_id) else [],
        task_name=formtexts.task_name,
        urgeable=case.ended_at is None and actor.may("documents.read", at=case.unit_id),
    )


@bp.post("/<uuid:case_id>/urge")
@signed_in
def urge(case_id: UUID) -> ResponseReturnValue:
    """Remind whoever has the open tasks of a case (đôn đốc)."""
    count = reminding.urge(current_actor(), case_id, words=request.form.get("words", ""))
    flash(t("urge.done", count=count), "done")
    return redirect(url_for(".show", case_id=case_id), 303)


@bp.get("/<uuid:case_id>/diagram.svg")
@signed_in
def diagram(case_id: UUID) -> ResponseReturnValue:
    """The diagram alone, to print or to put beside other things."""
    case = queries.visible_case(current_actor(), case_id)
    answer = Response(diagrams.of_case(case).svg, mimetype="image/svg+xml")
    answer.cache_control.no_cache = True
    answer.cache_control.private = True
    return answer


def procedure_title(key: str, texts: Mapping[str, Any]) -> str:
    """What a procedure (quy trình) is called in the reader's language, by what it says of itself."""
    titles = texts.get("title", {})
    return str(titles.get(i18n.locale()) or titles.get(i18n.DEFAULT) or key)


def first_step(actor: Actor, case: Case) -> str:
    """The address of the first step of a new case for whoever does it, for others that of the case."""
    mine = [task for task in queries.tasks_of(case.id) if task.closed_at is None and queries.may_perform(actor, task)]
    if mine:
        return url_for("tasks.show", task_id=mine[0].id)
    flash(t("case.started"), "done")
    return url_for("cases.show", case_id=case.id)


def _id(name: str) -> UUID | None:
    """An id that was posted; nonsense is nobody's id."""
    text = request.form.get(name, "")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as nonsense:
        raise Missing("post.missing") from nonsense
