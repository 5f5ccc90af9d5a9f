"""Turns (lượt): what only one job at a time may use, such as a token; whoever is not its turn comes back later."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.clock import now
from app.kernel.db import Model, command, database_now, db
from app.kernel.errors import Unavailable
from app.kernel.outbox import Claim, Job


class Turn(Model):
    """Whose turn it is: a claim of a job. It lasts as long as the job's lease, so that nobody waits for the dead."""

    __tablename__ = "turn"

    name: Mapped[str] = mapped_column(unique=True)
    job_id: Mapped[UUID]
    fence: Mapped[int]
    since: Mapped[datetime] = mapped_column(default=now)


@command
def take(claim: Claim, *names: str) -> None:
    """Take the turns of these names for a claim, all or none. Raises Unavailable "turn.taken" while another has one."""
    moment = database_now()
    for name in sorted(names):
        turn = db.session.scalar(select(Turn).where(Turn.name == name).with_for_update())
        if turn is None:
            db.session.add(Turn(name=name, job_id=claim.id, fence=claim.fence))
            db.session.flush()
            continue
        if turn.job_id != claim.id and _lasts(turn, moment):
            raise Unavailable("turn.taken", again_in=1)
        turn.job_id, turn.fence, turn.since = claim.id, claim.fence, moment


def _lasts(turn: Turn, moment: datetime) -> bool:
    query = select(Job.id).where(Job.id == turn.job_id, Job.fence == turn.fence, Job.state == "ready")
    return db.session.scalar(query.where(Job.lease_until >= moment)) is not None
