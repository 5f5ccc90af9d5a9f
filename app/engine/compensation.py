"""Compensation: undoing, in reverse order, what has been completed, when a later event asks for it.

Each completed activity that has a compensation handler leaves an undo waiting at the start of its process; that is
how the state of a case remembers it. It is no token: an end does not wait for it, and an event sub-process that
interrupts everything else leaves it, for that is where compensation is asked for most.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import SimpleBpmnTask
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.util.task import TaskState

from app.engine import steering
from app.engine.scopes import Snapshot, active, armed

_ASKED_BY = "asked_by"
_SINCE = "since"


class CompensationDefinition(EventDefinition):
    """Asks to undo one activity, or with None all of them, in the process or sub-process where it stands."""

    def __init__(self, activity: str | None) -> None:
        super().__init__(activity)
        self.activity = activity


class Undo(SimpleBpmnTask, Snapshot):
    """Waits after an activity has been completed, in case its compensation handler is needed."""

    def __init__(self, wf_spec: Any, activity: Any, handler: Any) -> None:
        super().__init__(wf_spec, f"{activity.name}.Undo")
        self.activity: str = activity.name
        self.inputs = [wf_spec.start]
        self.connect(handler)
        activity.completed_event.connect(self._remember)
        handler.completed_event.connect(self._report)

    def base(self, task: Any) -> Mapping[str, Any]:
        """What was known when the handler began."""
        return dict(task.data)

    def _remember(self, workflow: Any, _activity: Any) -> None:
        steering.again(workflow.task_tree, self, {})

    def _report(self, _workflow: Any, handler: Any) -> None:
        """Give what the handler knows back to the event that asked for it."""
        event = _asking(handler.parent)
        if event is not None and event.state == TaskState.STARTED:
            event.data = deepcopy(dict(handler.data))
            steering.ready(event)

    def _predict_hook(self, _my_task: Any) -> None:
        """Nothing is likely to come after it."""

    def _update_hook(self, my_task: Any) -> bool:
        steering.inherit(my_task)
        return _ASKED_BY in my_task.internal_data

    def _run_hook(self, my_task: Any) -> bool:
        event = _asking(my_task)
        my_task.data = deepcopy(dict(event.data))
        steering.open_ways(my_task, self.outputs)
        return True


def compensate(my_task: Any, definition: CompensationDefinition) -> bool:
    """Undo the last activity that is still to be undone; False when there is none left.

    Only what had been completed when the event was reached counts, not what parallel branches complete meanwhile.
    """
    since = my_task.internal_data.setdefault(_SINCE, my_task.last_state_change)
    waiting = [
        task
        for flow in _scopes(my_task.workflow)
        for task in flow.tasks.values()
        if isinstance(task.task_spec, Undo) and armed(task) and task.last_state_change <= since
    ]
    meant = [task for task in waiting if definition.activity in {None, task.task_spec.activity}]
    if not meant:
        return False
    last = max(meant, key=lambda task: task.last_state_change)
    last.internal_data[_ASKED_BY] = my_task.id.hex
    steering.update(last)
    return True


def _asking(undo: Any) -> Any:
    key = UUID(undo.internal_data[_ASKED_BY])
    return next((flow.tasks[key] for flow in active(undo.workflow.top_workflow) if key in flow.tasks), None)


def _scopes(flow: Any) -> Iterator[Any]:
    """The process or sub-process, and for an event sub-process what it belongs to."""
    yield flow
    while flow.spec.is_handler:
        flow = flow.parent_workflow
        yield flow
