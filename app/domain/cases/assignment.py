"""Who does a step (phân công): from what a diagram says to a post or a role that somebody holds today, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.domain.cases import fallback
from app.domain.cases.models import Case, Incident, Task
from app.domain.cases.seats import Found, Nobody, Seats
from app.engine.declarations import Node
from app.engine.runtime import HumanTask
from app.engine.vocabulary import HUMAN
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Invalid, OfficeError


@dataclass(frozen=True)
class Assigned:
    """Where a task goes; `why` is a sentence of the catalogue, `nobody` what was wrong when it is the fallback."""

    unit_id: UUID
    role: str | None
    post_id: UUID | None
    why: dict[str, Any]
    nobody: Nobody | None = None
    wanted: Any = field(default=None)


def resolve(case: Case, human: HumanTask) -> Assigned:
    """Who does a step of a case; never an error: what nobody can do goes to the fallback, with the reason.

    Costs one statement for the first step of a transaction that is done within the agency.
    """
    unit_id, wanted = _unit(human.unit) or case.unit_id, described(human)
    return _assigned(case, unit_id, wanted)


def described(human: HumanTask) -> Any:
    """What a diagram says about who does a step, as one description."""
    if human.performer is not None:
        return human.performer
    if human.post:
        return {"by": "post", "post": human.post}
    if human.role:
        return {"by": "role", "role": human.role, "unit": human.unit}
    return None


def problems(nodes: Iterable[Node]) -> list[OfficeError]:
    """The steps for people of a diagram that name nobody, neither themselves nor by their lane; each is a `node`."""
    steps = (node for node in nodes if node.kind in HUMAN and not (node.task and node.task.names_somebody))
    return [Invalid("diagram.nobody", node=node.id) for node in steps]


def report(task: Task, assigned: Assigned) -> Incident:
    """The incident of a task that went to the fallback: the case runs on, but somebody should know."""
    nobody = assigned.nobody or Nobody("assign.nobody_named")
    return Incident(
        case_id=task.case_id,
        act="assign",
        reference=str(task.id),
        node=task.node,
        code=nobody.code,
        detail=nobody.values,
        told={"performer": assigned.wanted},
    )


def settle(task_id: UUID, *, by: UUID | None = None, how: str = "moved") -> None:
    """Close the incident of a task that has been given to somebody. Belongs inside a transaction that has its case."""
    query = db.select(Incident).where(Incident.act == "assign", Incident.reference == str(task_id))
    for incident in db.session.scalars(query.where(Incident.closed_at.is_(None))):
        incident.closed_at, incident.closed_by, incident.how = clock.now(), by, how


def try_again(task: Task, wanted: Any) -> bool:
    """Give a task that went to the fallback to whoever it was for, if there is somebody now."""
    assigned = _assigned(task.case, task.unit_id, wanted)
    if assigned.nobody is not None:
        return False
    task.role, task.unit_id, task.post_id, task.why = assigned.role, assigned.unit_id, assigned.post_id, assigned.why
    return True


def _assigned(case: Case, unit_id: UUID, wanted: Any) -> Assigned:
    seats = Seats(case, unit_id)
    found = seats.find(wanted)
    if isinstance(found, Found):
        return Assigned(found.unit_id or unit_id, found.role, found.post_id, found.why)
    other = fallback.find(seats)
    why = {"code": "why.fallback", "values": {**found.values, "reason": found.code}}
    return Assigned(other.unit_id or case.unit_id, other.role, other.post_id, why, found, wanted)


def _unit(given: Any) -> UUID | None:
    try:
        return UUID(str(given)) if given else None
    except ValueError:
        return None
