"""Errors and escalations: from the place where one happens outwards to the nearest event that catches its code.

Around a place stand, inside out, the activity itself with its boundary events, the multi-instance it belongs to, the
event sub-processes of its process or sub-process, and the activity that the whole of it is.
"""

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.util.task import TaskState

from app.engine.catching import Watch
from app.engine.eventdefs import ErrorDefinition, EscalationDefinition, happen


def raise_error(task: Any, code: str, message: str) -> bool:
    """Let the nearest event around a task catch an error; False when none does and nothing has changed.

    The path after it finds `error.code` and `error.message` in its data.
    """
    event = _catcher(task, ErrorDefinition, code)
    if event is not None:
        happen(event, {"error": {"code": code, "message": message}})
    return event is not None


def escalate(task: Any, code: str) -> None:
    """Let the nearest event around a task catch an escalation; when there is none the case just goes on."""
    event = _catcher(task, EscalationDefinition, code)
    if event is not None:
        happen(event, {"escalation": {"code": code}})


def _catcher(task: Any, kind: type[ErrorDefinition | EscalationDefinition], code: str) -> Any:
    """The nearest event for a code; of several equally near, one that names the code."""
    for circle in _around(task):
        found = [
            event
            for event in circle
            if event.state == TaskState.WAITING
            and isinstance(event.task_spec.event_definition, kind)
            and event.task_spec.event_definition.code in {None, code}
        ]
        if found:
            return max(found, key=lambda event: event.task_spec.event_definition.code is not None)
    return None


def _around(task: Any) -> Iterator[list[Any]]:
    """The events around a task, nearest first."""
    current = task
    while current is not None:
        parent = current.parent
        if parent is not None and isinstance(parent.task_spec, BoundaryEventSplit):
            yield [event for event in parent.children if event is not current and _catches(event)]
            parent = None
        elif parent is None or not parent.has_state(TaskState.NOT_FINISHED_MASK):
            parent = None  # only a multi-instance is still open above its instance
        if parent is None:
            yield [event for event in current.workflow.tasks.values() if isinstance(event.task_spec, Watch)]
            parent = _caller(current)
        current = parent


def _catches(task: Any) -> bool:
    return hasattr(task.task_spec, "event_definition")


def _caller(task: Any) -> Any:
    key = task.workflow.parent_task_id
    return None if key is None else task.workflow.top_workflow.get_task_from_id(key)
