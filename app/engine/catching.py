"""Events that wait: between steps, at the edge of an activity, behind an event gateway, over a whole process.

An event that interrupts takes away what it interrupts the moment it fires, before anything else runs on. One that
does not leaves a fresh event waiting in its place, so that the second message finds it as the first one did.
"""

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, SimpleBpmnTask
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.util.task import TaskState

from app.engine import steering
from app.engine.compensation import Undo
from app.engine.eventdefs import told
from app.engine.knowledge import known
from app.engine.scopes import Snapshot, armed


class EventGateway(BpmnSpecMixin):
    """Opens every way and lets the first event that happens withdraw the others."""


class _Raced(CatchingEvent):
    """An event that may stand behind an event gateway."""

    def _on_ready_hook(self, my_task: Any) -> None:
        super()._on_ready_hook(my_task)
        if isinstance(my_task.parent.task_spec, EventGateway):
            withdraw(other for other in my_task.parent.children if other is not my_task)


class CatchEvent(_Raced, defaults.IntermediateCatchEvent):
    """Waits between two steps."""


class ReceiveTask(_Raced, defaults.ReceiveTask):
    """Waits for a message."""


class BoundaryEvent(defaults.BoundaryEvent):
    """Waits at the edge of an activity as long as that is open."""

    def _predict_hook(self, my_task: Any) -> None:
        ways = self.outputs
        if not self.cancel_activity:  # then it does not close the activity, however often it fires
            ways = [way for way in ways if not isinstance(way, BoundaryEventJoin)]
        steering.expect(my_task, ways)

    def _on_ready_hook(self, my_task: Any) -> None:
        super()._on_ready_hook(my_task)
        if self.cancel_activity:
            withdraw(other for other in my_task.parent.children if other is not my_task and not _has_fired(other))
        else:
            _wait_again(my_task)


class Watch(CatchingEvent, SimpleBpmnTask, Snapshot):
    """The start of an event sub-process: waits as long as the process or sub-process around it runs.

    It is connected when the diagram is parsed and hangs on the start of the process, so that running a case never
    changes its definition. The path after it starts from what the whole process knows at that moment.
    """

    def __init__(self, wf_spec: Any, start: str, definition: Any, *, interrupting: bool) -> None:
        super().__init__(wf_spec, f"{start}.Watch", event_definition=definition)
        self.bpmn_id = start
        self.interrupting = interrupting

    def _predict_hook(self, my_task: Any) -> None:
        steering.expect(my_task, self.outputs)

    def base(self, task: Any) -> Mapping[str, Any]:
        """What the process knew before the event told it something."""
        news = told(task)
        return {key: value for key, value in task.data.items() if key not in news}

    def _on_ready_hook(self, my_task: Any) -> None:
        my_task.data = known(my_task.workflow)
        super()._on_ready_hook(my_task)
        if self.interrupting:
            spared = _line(my_task)
            others = [other for other in my_task.workflow.tasks.values() if other not in spared]
            withdraw(other for other in others if not (armed(other) and isinstance(other.task_spec, Undo)))
        else:
            _wait_again(my_task)


def withdraw(tasks: Any) -> None:
    """Take tasks away that are still open, with everything inside them."""
    for task in list(tasks):
        if task.id in task.workflow.tasks and task.has_state(TaskState.NOT_FINISHED_MASK):
            task.cancel()


def _has_fired(task: Any) -> bool:
    return isinstance(task.task_spec, BoundaryEvent) and task.state != TaskState.WAITING


def _wait_again(my_task: Any) -> None:
    memory = my_task.task_spec.event_definition.fresh(my_task)
    if memory is not None:
        steering.again(my_task.parent, my_task.task_spec, memory)


def _line(task: Any) -> list[Any]:
    """A task and everything that will come after it."""
    line = [task]
    for one in line:
        line.extend(one.children)
    return line
