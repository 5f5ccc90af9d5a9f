"""Work that was given up after several attempts: looked at and revived by whoever operates the installation."""

from collections.abc import Iterable
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.cases.bulk import require_reason
from app.domain.cases.events import JobRevived
from app.kernel import events, outbox
from app.kernel.db import command, db
from app.kernel.errors import Forbidden
from app.kernel.outbox import Job

OPERATE_SYSTEM = "system.operate"


def require(actor: Actor) -> None:
    """Refuse whoever does not operate the installation: jobs are of all agencies together."""
    if not actor.places(OPERATE_SYSTEM):
        raise Forbidden("actor.not_permitted", permission=OPERATE_SYSTEM)


def found(actor: Actor, *, offset: int = 0, limit: int = 100) -> list[Job]:
    """What was given up, oldest first."""
    require(actor)
    return outbox.dead(offset=offset, limit=limit)


def of_kind(actor: Actor, kind: str) -> list[Job]:
    """What was given up of one kind of work, oldest first; nothing for whoever does not operate the installation."""
    if not actor.places(OPERATE_SYSTEM):
        return []
    return outbox.dead(kind=kind)


@command
def revive(actor: Actor, job_ids: Iterable[UUID], *, reason: str) -> int:
    """Let work that was given up be tried again; how many jobs that were. Whoever was faster counts as done."""
    require(actor)
    said, revived = require_reason(reason), 0
    for job_id in sorted(set(job_ids)):
        job = db.session.get(Job, job_id)
        if job is not None and job.state == "dead":
            outbox.revive(job_id)
            events.record(JobRevived(about=str(job_id), kind=job.kind, reason=said), actor=actor.name)
            revived += 1
    return revived
