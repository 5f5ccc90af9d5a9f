"""The processes and sub-processes of a case that run, and what waits for something to happen in them."""

from collections.abc import Iterator, Mapping
from typing import Any

from SpiffWorkflow.util.task import TaskState

LIVING = TaskState.READY | TaskState.WAITING | TaskState.STARTED


class Snapshot:
    """A kind of element that goes on from what a whole process knew, not from what one token brought to it."""

    def base(self, task: Any) -> Mapping[str, Any]:
        """What was known when its path began; what the path changed is told against this."""
        raise NotImplementedError


def active(top: Any) -> Iterator[Any]:
    """A workflow and those of its sub-processes that run.

    Outer ones come first, so that an event that takes an activity away acts before anything inside it runs on. The
    library forgets to drop the sub-processes of cancelled instances; nobody waits for those any more.
    """
    flows = [top]
    yield top
    for key, flow in top.subprocesses.items():
        caller = next((outer.tasks[key] for outer in flows if key in outer.tasks), None)
        if caller is not None and not flow.completed:
            flows.append(flow)
            yield flow


def awaiting(top: Any, kind: type[Any] | tuple[type[Any], ...]) -> list[Any]:
    """The events of a case that wait for something of a kind, outer ones first.

    What a whole process listens to stands around the activities in it, however long it has been waiting.
    """
    return [task for flow in active(top) for task in sorted(_awaiting(flow, kind), key=_is_inner)]


def _awaiting(flow: Any, kind: type[Any] | tuple[type[Any], ...]) -> Iterator[Any]:
    for task in flow.tasks.values():
        if task.state == TaskState.WAITING and isinstance(getattr(task.task_spec, "event_definition", None), kind):
            yield task


def _is_inner(task: Any) -> bool:
    return not isinstance(task.task_spec, Snapshot)


def armed(task: Any) -> bool:
    """Whether a task only watches for an event that may never come: no token, so nothing waits for it."""
    return task.state == TaskState.WAITING and isinstance(task.task_spec, Snapshot)


def on_its_way(task: Any) -> bool:
    """Whether a token has left the element before and has not come to this one yet: others may be looked at first."""
    return bool(task.state == TaskState.FUTURE and task.parent.state == TaskState.COMPLETED)


def still_waits(top: Any, task: Any) -> bool:
    """Whether a task waits and nothing has taken it away: what is cut off from its case keeps its state."""
    return (
        task.state == TaskState.WAITING
        and task.id in task.workflow.tasks
        and any(flow is task.workflow for flow in active(top))
    )
