"""Where work goes that nobody can be found for: to whom the procedure names, else to whoever runs the registry."""

from typing import Any

from app.domain.cases.seats import Found, Nobody, Seats
from app.domain.orgunits import desks
from app.domain.procedures.models import ProcedureVersion
from app.kernel.db import db

CLERK = "clerk"


def find(seats: Seats) -> Found:
    """The procedure's `fallback_post` or `fallback_role`, the head of the agency's clerks, a clerk, its chairman.

    When none of them is there either, the clerks: the next one to be appointed finds the work.
    """
    agency = seats.case.unit_id
    tries: list[Any] = [*_named(seats), *_over_the_clerks(seats)]
    tries += [{"by": "role", "role": CLERK, "unit": str(agency)}, {"by": "head", "unit": str(agency)}]
    for one in tries:
        found = seats.find(one)
        if not isinstance(found, Nobody):
            return found
    return Found({}, role=CLERK, unit_id=agency)


def _named(seats: Seats) -> list[Any]:
    version = db.session.get_one(ProcedureVersion, seats.case.version_id)
    post, role = (version.parameters.get(name) for name in ("fallback_post", "fallback_role"))
    return [*([{"by": "post", "post": post}] if post else []), *([{"by": "role", "role": role}] if role else [])]


def _over_the_clerks(seats: Seats) -> list[Any]:
    """The heads of the divisions in which clerks sit."""
    clerks = [desk for desk in desks.of(seats.case.unit_id) if desk.role == CLERK]
    return [{"by": "head", "unit": str(desk.unit_id)} for desk in clerks if desk.unit_id != seats.case.unit_id]
