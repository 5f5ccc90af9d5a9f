"""What was asked for beside a step: joint signers who must have spoken before it ends, opinions that need not."""

from sqlalchemy import select, update

from app.domain.cases.models import Task
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Conflict, Invalid

COSIGN, OPINION = "cosign", "opinion"


def settle(task: Task) -> None:
    """Let a locked step end: Invalid when it is none, Conflict while its case rests or a joint signer has not spoken.

    Opinions that are still open are closed with it.
    """
    if task.kind != "step":
        raise Invalid("task.not_a_step")
    require_awake(task)
    waiting = [one for one in of(task) if one.closed_at is None] if task.asks else []
    if any(one.kind == COSIGN for one in waiting):
        raise Conflict("task.cosigners_open", name=task.name)
    for one in waiting:
        one.closed_at = clock.now()


def require_awake(task: Task) -> None:
    """Refuse what would be done in a case that rests."""
    if task.case.suspended_at is not None:
        raise Conflict("case.suspended")


def close(task: Task) -> None:
    """End all that was asked for beside a step that goes another way."""
    open_ones = update(Task).where(Task.parent_id == task.id, Task.closed_at.is_(None))
    db.session.execute(open_ones.values(closed_at=clock.now()))


def of(task: Task) -> list[Task]:
    """All that was asked for beside a step, oldest first."""
    return list(db.session.scalars(select(Task).where(Task.parent_id == task.id).order_by(Task.opened_at)))
