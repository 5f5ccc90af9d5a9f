"""BPMN errors: from the place where one happens outwards to the nearest boundary event that catches its code."""

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from app.engine import steering


class ErrorDefinition(ErrorEventDefinition):
    """An error that is never broadcast: the library offers it to every branch that happens to wait for it."""

    def throw(self, my_task: Any) -> None:
        """Nothing here: the end event raises it once it has ended (see specs.EndEvent)."""


def raise_error(task: Any, code: str, message: str) -> bool:
    """Let the nearest boundary event around a task catch an error; False when none does and nothing has changed.

    The event takes its activity away as soon as the case runs on. The path after it finds `error.code` and
    `error.message` in its data.
    """
    for activity in _enclosing(task):
        event = _catcher(activity, code)
        if event is not None:
            definition = ErrorEventDefinition(None, code)
            payload = {"error": {"code": code, "message": message}}
            event.task_spec.catch(event, BpmnEvent(definition, payload))
            steering.update(event)
            return True
    return False


def _enclosing(task: Any) -> Iterator[Any]:
    """The activities that a task is or belongs to, inside out: its instance, its multi-instance, its sub-process."""
    current = task
    while current is not None:
        parent = current.parent
        if parent is not None and isinstance(parent.task_spec, BoundaryEventSplit):
            yield current
            parent = None
        elif parent is None or not parent.has_state(TaskState.NOT_FINISHED_MASK):
            parent = None  # only a multi-instance is still open above its instance
        if parent is None:
            parent = _caller(current)
        current = parent


def _caller(task: Any) -> Any:
    key = task.workflow.parent_task_id
    return None if key is None else task.workflow.top_workflow.get_task_from_id(key)


def _catcher(activity: Any, code: str) -> Any:
    """The waiting boundary event for a code; one that names the code comes before one that catches all."""
    found = [
        task
        for task in activity.parent.children
        if isinstance(task.task_spec, BoundaryEvent)
        and isinstance(task.task_spec.event_definition, ErrorDefinition)
        and task.task_spec.event_definition.code in {None, code}
    ]
    return max(found, key=lambda task: task.task_spec.event_definition.code is not None, default=None)
