"""Acts on a step that is somebody's own, other than ending it."""

from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.cases import beside, queries
from app.domain.cases.commands import require_performer
from app.domain.cases.models import Task
from app.kernel.errors import Invalid


def own_step(actor: Actor, task_id: UUID) -> Task:
    """An open step that is this actor's to do, with its case, both ours alone.

    Raises Missing, Forbidden and Conflict as completing it would, Invalid for what was only asked for beside a step.
    """
    task = queries.locked_task(task_id)
    require_performer(actor, task)
    beside.require_awake(task)
    if task.kind != "step":
        raise Invalid("task.not_a_step")
    return task
