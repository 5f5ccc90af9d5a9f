"""Deadlines of cases (hạn xử lý): set by a procedure, in working days or to a day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app.domain.cases.contracts import DAY, TRUTH, WORD, mapping
from app.domain.cases.models import Task
from app.domain.cases.operations import Asked, Offers, Params
from app.domain.documents import queries as documents
from app.domain.orgunits import calendar
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Invalid

DEADLINES = Offers("cases")


@DEADLINES.operation(
    takes=mapping(
        {},
        {
            "days": {"type": "integer", "minimum": 0, "maximum": calendar.LONGEST},
            "day": DAY,
            "step": WORD,
            "document": TRUTH,
        },
    ),
    gives=mapping({"due_on": DAY}),
)
def set_deadline(asked: Asked) -> Params | None:
    """Set when the open tasks (of one step, if it is named) are due, and with `document` the document too.

    The answer is the day, so that steps still to come can be due on it.
    """
    due = _due(asked.params)
    query = select(Task).where(Task.case_id == asked.case.id, Task.closed_at.is_(None))
    if "step" in asked.params:
        query = query.where(Task.node == asked.params["step"])
    for task in db.session.scalars(query):
        task.due_at = due
    day = clock.office_day(due)
    if asked.params.get("document"):
        documents.locked(asked.document_id).due_on = day
    return {"due_on": day.isoformat()}


def _due(params: Params) -> datetime:
    """Working days from now, or the end of a day that is not over."""
    if ("days" in params) == ("day" in params):
        raise Invalid("deadline.days_or_day")
    if "days" in params:
        return calendar.deadline_after(int(params["days"]), clock.now())
    given: Any = params["day"]
    day = date.fromisoformat(given)
    if day < clock.office_day():
        raise Invalid("deadline.in_past")
    return calendar.end_of(day)
