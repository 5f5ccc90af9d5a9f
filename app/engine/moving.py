"""Taking a token away from where it waits and putting it elsewhere, and changing what all tokens know.

A token keeps its line: it goes on below the task that it left, so that the joins and boundary events above it find
it as before. What hung on the task it left (timers at its edge, instances, a sub-process) goes with that.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.util.task import TaskState

from app.engine import regions, steering
from app.engine.catching import EventGateway, withdraw
from app.engine.instances import SequentialInstances, own_names
from app.engine.joins import EndJoin, TokenJoin
from app.engine.lineage import ancestors
from app.engine.loops import Loop
from app.engine.scopes import LIVING, Snapshot, active, armed
from app.engine.specs import ServiceTask
from app.kernel.errors import Conflict


def move(top: Any, task_id: str, to_node: str, data: Mapping[str, Any]) -> Any:
    """Put one token elsewhere in its process or sub-process; gives the task it left.

    Conflict "engine.move" with `reason` when the task does not wait (gone) or the node is out of reach (far).
    """
    left = _left(_living(top, task_id, to_node))
    entrance = _places(left).get(to_node)
    if entrance is None:
        raise Conflict("engine.move", node=to_node, reason="far")
    _put([left], entrance, deepcopy(left.parent.data) | data)
    return left


def reachable(top: Any, task_id: str) -> tuple[str, ...]:
    """The nodes that `move` can put the token of a task at, in alphabetical order."""
    return tuple(sorted(_places(_left(_living(top, task_id, None)))))


def retract(top: Any, task_ids: Sequence[str], to_node: str) -> Any:
    """Put the tokens of tasks that one step opened back to a node before their ways parted, as one token.

    A step that opened nothing, for its token waits at a join, is named itself.

    What came to a join since, without anybody's help, comes back with them; so does a sub-process in which nothing
    else is open. Conflict "engine.move": gone, far, `shared` when somebody else's work would go with them, or
    `instances` when the node is one of several instances, of which only all could be begun anew.
    """
    tasks = [_parked(top, task_id) or _living(top, task_id, to_node) for task_id in task_ids]
    if not tasks:
        raise Conflict("engine.move", node=to_node, reason="gone")
    lefts = _level_of(top, tasks, to_node)
    if isinstance(_drawn(lefts[0].workflow.spec, to_node), LoopTask) or _is_one_in_turn(top, lefts[0].workflow):
        raise Conflict("engine.move", node=to_node, reason="instances")
    _require_alone(top, lefts, tasks, to_node)
    line = _line(lefts)
    for place in line:
        below = _others_below(place, lefts)
        if isinstance(place.task_spec, Snapshot) or not all(_is_parked(one) for one in below):
            raise Conflict("engine.move", node=to_node, reason="shared")
        entrance = _led_from(place, lefts, to_node)
        if entrance is not None:
            withdraw(below)
            _put(lefts, entrance, deepcopy((line[0] if len(lefts) > 1 else lefts[0].parent).data))
            return lefts[0]
    raise Conflict("engine.move", node=to_node, reason="far")


def amend(top: Any, changes: Mapping[str, Any], gone: Collection[str]) -> None:
    """Change names in what everybody knows, as if it had always been so; then no branch counts it as its own change.

    Conflict "engine.amend" for a name that instances which run now are counted by.
    """
    for flow in active(top):
        for task in flow.tasks.values():
            if task.has_state(TaskState.PREDICTED_MASK | TaskState.FUTURE):
                continue  # it knows nothing yet
            held = own_names(task) & (changes.keys() | set(gone))
            if held:
                raise Conflict("engine.amend", node=task.task_spec.bpmn_id, name=min(held))
            task.data = {name: value for name, value in task.data.items() if name not in gone} | deepcopy(dict(changes))


def standing(top: Any) -> Iterator[tuple[Any, Any]]:
    """The tasks where tokens wait and can be moved from, outer ones first, each with the one it stands inside."""
    callers: dict[UUID, Any] = {}
    for flow in active(top):
        caller = None if flow.parent_task_id is None else callers.get(flow.parent_task_id)
        for task in flow.tasks.values():
            if _holds_token(task):
                left = _left(task)
                callers[task.id] = left
                if left is task:
                    yield task, caller


def _holds_token(task: Any) -> bool:
    if not task.has_state(LIVING) or isinstance(task.task_spec, BoundaryEvent | TokenJoin | Snapshot):
        return False
    return task.task_spec.bpmn_id is not None


def _living(top: Any, task_id: str, node: str | None) -> Any:
    key = UUID(task_id)
    task = next((flow.tasks[key] for flow in active(top) if key in flow.tasks), None)
    if task is None or not task.has_state(LIVING) or isinstance(task.task_spec, TokenJoin | Snapshot):
        raise Conflict("engine.move", node=node, reason="gone")
    return task


def _parked(top: Any, task_id: str) -> Any:
    """What a task that has been done led to and waits at a join, or None."""
    key = UUID(task_id)
    done = next((flow.tasks[key] for flow in active(top) if key in flow.tasks), None)
    return None if done is None else next((one for one in done.children if _is_parked(one)), None)


def _left(task: Any) -> Any:
    """The task whose token it is: the activity an event waits at, or all its instances together."""
    if isinstance(task.task_spec, BoundaryEvent):
        return _left(next(one for one in task.parent.children if not isinstance(one.task_spec, BoundaryEvent)))
    above = task.parent
    if above is not None and isinstance(above.task_spec, LoopTask) and above.has_state(LIVING):
        return _left(above)
    return task


def _places(left: Any) -> dict[str, Any]:
    return _around(left, [left])


def _around(place: Any, lefts: Sequence[Any]) -> dict[str, Any]:
    """Where tokens collected at a place may be put; the last one of a process may begin anew."""
    spec = place.workflow.spec
    names = [place.task_spec.name]
    beside = any(isinstance(above.task_spec, Snapshot) for above in ancestors(lefts[0]))
    if not beside and not any(not isinstance(one.task_spec, EndJoin) for one in _others(place.workflow, lefts)):
        names += regions.beginnings(spec)
    return regions.region(spec, names)


def _others(flow: Any, lefts: Sequence[Any]) -> list[Any]:
    """The tasks of a process that hold other tokens than these."""
    ours = {id(one) for one in lefts} | {id(one) for left in lefts for one in _hanging_on(left)}
    return [
        task
        for task in flow.tasks.values()
        if task.has_state(LIVING)
        and not armed(task)
        and id(task) not in ours
        and not any(id(above) in ours for above in ancestors(task))
        and not _is_at_edge(task)
    ]


def _is_at_edge(task: Any) -> bool:
    return isinstance(task.task_spec, BoundaryEvent) and task.state == TaskState.WAITING


def _hanging_on(left: Any) -> list[Any]:
    """What waits with a task and goes with it: events at its edge, events that race with it."""
    above = left.parent
    if isinstance(above.task_spec, EventGateway):
        return [one for one in above.children if one is not left]
    if isinstance(above.task_spec, BoundaryEventSplit):
        return [one for one in above.children if _is_at_edge(one)]
    return []


def _put(lefts: Sequence[Any], entrance: Any, data: dict[str, Any]) -> None:
    for left in lefts:
        withdraw(_hanging_on(left))
    first, *rest = lefts
    withdraw(rest)
    steering.leave(first, data)
    steering.put(first, entrance)


def _level_of(top: Any, tasks: Sequence[Any], to_node: str) -> list[Any]:
    """The tokens of tasks in the process that a node belongs to: those of the sub-processes they are in, if need be."""
    found: dict[int, Any] = {}
    for task in tasks:
        left = _left(task)
        while _drawn(left.workflow.spec, to_node) is None:
            if left.workflow.parent_task_id is None:
                raise Conflict("engine.move", node=to_node, reason="far")
            left = _left(top.get_task_from_id(left.workflow.parent_task_id))
        found[id(left)] = left
    if len({id(left.workflow) for left in found.values()}) > 1:
        raise Conflict("engine.move", node=to_node, reason="far")
    return list(found.values())


def _is_one_in_turn(top: Any, flow: Any) -> bool:
    """Whether a process is repeated, one round after the other: what was done may have been in a round before."""
    while flow.parent_task_id is not None:
        caller = top.get_task_from_id(flow.parent_task_id)
        if isinstance(caller.parent.task_spec, Loop | SequentialInstances):
            return True
        flow = caller.workflow
    return False


def _drawn(spec: Any, node: str) -> Any:
    """The element of a process, drawn in it directly; None when it belongs elsewhere."""
    return next((one for one in spec.task_specs.values() if one.bpmn_id == node), None)


def _require_alone(top: Any, lefts: Sequence[Any], tasks: Sequence[Any], to_node: str) -> None:
    """Refuse to take away, with an activity, work that was not named."""
    going = {left.id for left in lefts}
    for flow in active(top):
        inside = flow.parent_task_id in going
        for task in flow.tasks.values():
            if inside or any(above.id in going for above in ancestors(task)):
                going.add(task.id)
            is_work = task.task_spec.manual or isinstance(task.task_spec, ServiceTask)
            if task.id in going and task.has_state(LIVING) and is_work and task not in tasks:
                raise Conflict("engine.move", node=to_node, reason="shared")


def _line(lefts: Sequence[Any]) -> list[Any]:
    """Where tokens were one token: of one, where it stands and before; of several, where they parted and before.

    Before a join it was not this token alone.
    """
    lines = [list(_tree(left)) for left in lefts]
    if len(lefts) > 1:
        return [above for above in lines[0] if all(above in line for line in lines)]
    return [*([] if _is_parked(lefts[0]) else lefts), *lines[0]]


def _tree(task: Any) -> Iterator[Any]:
    while (task := task.parent) is not None and not regions.joins(task.task_spec):
        yield task


def _led_from(place: Any, lefts: Sequence[Any], node: str) -> Any:
    """The entrance of a node from which a token came to a place by itself; None when it cannot have."""
    spec = place.task_spec
    if _is_parked(lefts[0]) and place is lefts[0].parent:
        return regions.entrance(spec) if spec.bpmn_id == node else None
    return regions.origins(place.workflow.spec, spec.name).get(node)


def _others_below(place: Any, lefts: Sequence[Any]) -> list[Any]:
    if place in lefts:
        return []
    return [one for one in _others(place.workflow, lefts) if place in ancestors(one)]


def _is_parked(task: Any) -> bool:
    return isinstance(task.task_spec, TokenJoin) and task.state == TaskState.WAITING
