"""Work that went to the fallback, given back: once somebody holds the post or the role it was for."""

from uuid import UUID

from sqlalchemy import select

from app.domain.cases import assignment, queries
from app.domain.cases.models import Incident
from app.kernel.db import command, db

AT_ONCE = 200


def waiting() -> list[UUID]:
    """The incidents of work that nobody could be found for, oldest first."""
    query = select(Incident.id).where(Incident.act == "assign", Incident.closed_at.is_(None))
    return list(db.session.scalars(query.order_by(Incident.opened_at).limit(AT_ONCE)))


@command
def mend(incident_id: UUID) -> bool:
    """Look again for whoever a task was for; True when its incident is over, also because the work is done."""
    incident = db.session.get(Incident, incident_id)
    if incident is None or incident.closed_at is not None:
        return False
    queries.locked_case(incident.case_id)
    task = queries.locked_task(UUID(incident.reference))
    over = task.closed_at is not None or assignment.try_again(task, incident.told.get("performer"))
    if over:
        assignment.settle(task.id, how="mended")
    return over
