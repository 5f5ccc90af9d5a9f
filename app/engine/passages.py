"""Whether the tokens of a case can still come together where a diagram wants them to."""

from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.engine.joins import EndJoin, ParallelGateway, TokenJoin
from app.engine.scopes import LIVING, active
from app.kernel.errors import Invalid


def check(top: Any) -> None:
    """Refuse (Invalid "migration.join") a case that would wait for ever at a join, or would leave one at once."""
    for flow in active(top):
        living = [task for task in flow.tasks.values() if task.has_state(LIVING)]
        waiting = [task for task in living if isinstance(task.task_spec, TokenJoin) and task.state == TaskState.WAITING]
        for task in waiting:
            join = task.task_spec
            if not isinstance(join, EndJoin) and join.may_fire(task):
                raise Invalid("migration.join", node=join.bpmn_id)
        for join in _parallel(flow.spec):
            if _starves(join, living):
                raise Invalid("migration.join", node=join.bpmn_id)


def _parallel(spec: Any) -> list[Any]:
    known: list[Any] | None = spec.__dict__.get("_parallel_joins")
    if known is None:
        gateways = (one for one in spec.task_specs.values() if isinstance(one, ParallelGateway))
        known = spec.__dict__["_parallel_joins"] = [one for one in gateways if len(one.inputs) > 1]
    return known


def _starves(join: Any, living: list[Any]) -> bool:
    """Whether some ways into a join have a token or can get one, and others can not."""
    arrived = {
        task.parent.task_spec.name for task in living if task.task_spec is join and task.state == TaskState.WAITING
    }
    places = {task.task_spec.name for task in living if task.task_spec is not join}
    filled = [one.name in arrived or not places.isdisjoint(join.upstream(one.name)) for one in join.inputs]
    return any(filled) and not all(filled)
