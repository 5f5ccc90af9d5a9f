"""The clock of a case (tính thời hạn): stopping it while somebody outside owes an answer, and letting it run on."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.domain.cases import queries, standstill, wording
from app.domain.cases.models import Case, Task
from app.kernel.errors import Invalid
from app.web import filters
from app.web.cases import procedure_title
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("deadlines", __name__, url_prefix="/cases")


@bp.app_template_filter()
def due_of(task: Task) -> Markup:
    """The deadline of a task; one that stands still says so."""
    if task.due_at is None and task.term is not None and task.case.paused_at is not None:
        return Markup('<span class="due due-none">{}</span>').format(t("due.paused"))
    return filters.due(task.due_at)


@bp.get("/<uuid:case_id>/clock")
@signed_in
def show(case_id: UUID) -> ResponseReturnValue:
    """Whether the deadlines of a case run, and when they stood still."""
    return _page(queries.visible_case(current_actor(), case_id))


@bp.post("/<uuid:case_id>/clock")
@signed_in
def switch(case_id: UUID) -> ResponseReturnValue:
    """Stop them for a reason, or let them run on."""
    actor, reason = current_actor(), request.form.get("reason", "")
    case = queries.visible_case(actor, case_id)
    if request.form.get("act") == "resume":
        standstill.resume(actor, case_id)
        flash(t("clock.resumed"), "done")
        return redirect(url_for(".show", case_id=case_id), 303)
    try:
        standstill.pause(actor, case_id, reason=reason)
    except Invalid as refusal:
        code, values = refusal.fields["reason"]
        return _page(case, reason=reason[: wording.LONGEST], wrong=t(code, **values)), 422
    flash(t("clock.stopped"), "done")
    return redirect(url_for(".show", case_id=case_id), 303)


def _page(case: Case, *, reason: str = "", wrong: str = "") -> str:
    actor = current_actor()
    tasks = [one for one in queries.tasks_of(case.id) if one.closed_at is None and one.term is not None]
    return render_template(
        "clock.html",
        case=case,
        title=procedure_title(case.version.key, case.version.texts),
        tasks=[(one, due_of(one)) for one in tasks],
        pauses=standstill.of_case(case.id),
        may=case.ended_at is None and standstill.may(actor, case),
        longest=wording.LONGEST,
        reason=reason,
        wrong=wrong,
    )
