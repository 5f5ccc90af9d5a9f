"""A case as it stood at a moment of its past (xem hồ sơ tại thời điểm), for whoever follows up what went wrong."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.cases import past, queries
from app.domain.cases.models import Call, Case, Task
from app.domain.cases.past import Moment, Past
from app.engine import diagram
from app.kernel.errors import Invalid, Missing
from app.web import answered, diagrams, formtexts, history, sought, trouble
from app.web.cases import procedure_title
from app.web.diagrams import Picture
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("backthen", __name__, url_prefix="/cases")


@dataclass(frozen=True)
class Choice:
    """A moment to look at the case: after what, when, and whether it is the one that is shown."""

    id: UUID
    name: str
    at: datetime
    chosen: bool


@bp.get("/<uuid:case_id>/then")
@signed_in
def show(case_id: UUID) -> ResponseReturnValue:
    """A case right after one of its steps: the way so far, what was open, what was answered by then, what had happened.

    What was answered and written is only for those who may read the case itself. Nothing can be done here.
    """
    actor = current_actor()
    case = past.visible(actor, case_id)
    moments = past.moments(case)
    then = _then(case, moments)
    reads = queries.may_see(actor, case)
    told = history.of_case(case, queries.tasks_of(case.id)) if then is not None and reads else None
    return render_template(
        "case_then.html",
        case=case,
        title=procedure_title(case.version.key, case.version.texts),
        reads=reads,
        choices=[
            Choice(one.done.id, _name(one.done), one.at, then is not None and one == then.moment) for one in moments
        ],
        then=then,
        name="" if then is None else _name(then.moment.done),
        open=[] if then is None else [*map(_name, then.open), *map(_name, then.calls_open)],
        stuck=[] if then is None else [(trouble.cause(one.code), one.opened_at) for one in then.incidents],
        picture=None if then is None else _picture(case, then),
        answered=answered.steps(then.done) if then is not None and reads else [],
        lines=[] if told is None or then is None else [one for one in told.loud if one.at < then.moment.until],
    )


def _then(case: Case, moments: list[Moment]) -> Past | None:
    """What the address asks for, else the last moment; None for a case in which nothing has been done."""
    asked = request.args.get("after", "")
    if not asked:
        return past.as_it_stood(case, moments[-1].done.id) if moments else None
    done_id = sought.uuid(asked)
    if done_id is None:
        raise Missing("case.moment_missing")
    return past.as_it_stood(case, done_id)


def _name(done: Task | Call) -> str:
    return formtexts.task_name(done) if isinstance(done, Task) else diagrams.operation(done.operation)


def _picture(case: Case, then: Past) -> Picture | None:
    """The diagram as it stood: what was done, where the case was, what was late or stuck by then."""
    states = dict.fromkeys([*(one.node for one in then.done), *(one.node for one in then.calls_done)], "done")
    for task in then.open:
        late = task.due_at is not None and task.due_at < then.moment.at
        states[task.node] = "late" if late else "current"
    states |= {call.node: "current" for call in then.calls_open}
    states |= {incident.node: "error" for incident in then.incidents}
    try:
        drawing = diagram.render(case.version.bpmn, states, title=t("then.diagram"), words=diagrams.words())
    except Invalid:
        return None  # nobody has drawn it
    return diagrams.framed(drawing, ())
