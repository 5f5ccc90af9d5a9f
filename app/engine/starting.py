"""How a process begins: at one of its start events, with its event sub-processes on the watch."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.control import BpmnStartTask
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.util.task import TaskState

from app.engine import steering
from app.engine.eventdefs import MessageDefinition, SignalDefinition, letter
from app.engine.scopes import Snapshot
from app.engine.values import Start

_CHOSEN = "start"


class StartEvent(defaults.StartEvent):
    """A start; what triggers it is for the office to notice, so in a running case it has happened."""

    trigger: Any = None


class Begin(BpmnStartTask):
    """Opens one start event and every watch; the library would open all and let the first to happen win."""

    def _predict_hook(self, my_task: Any) -> None:
        several = sum(isinstance(way, StartEvent) for way in self.outputs) > 1  # then only one of them will come
        steering.expect(my_task, self.outputs, TaskState.MAYBE if several else None)

    def _run_hook(self, my_task: Any) -> bool:
        chosen = my_task.internal_data.get(_CHOSEN)
        for way in self.outputs:
            if isinstance(way, StartEvent) and (way.bpmn_id == chosen or (chosen is None and way.trigger is None)):
                steering.open_ways(my_task, [way, *(one for one in self.outputs if isinstance(one, Snapshot))])
        return True


def choose(top: Any, start: str, payload: Mapping[str, Any]) -> None:
    """Say at which start event a case begins, and what its message or signal brought."""
    top.order, top.resting = [], {}
    top.task_tree.internal_data[_CHOSEN] = start
    event = next(way for way in _starts(top.spec) if way.bpmn_id == start)
    if isinstance(event.trigger, MessageDefinition | SignalDefinition):
        top.task_tree.data.update(letter(event.trigger, deepcopy(dict(payload))))


def starts(spec: Any) -> tuple[Start, ...]:
    """Where a process may begin."""
    return tuple(Start(way.bpmn_id, *_kind(way.trigger)) for way in _starts(spec))


def _kind(trigger: Any) -> tuple[str, str | None]:
    if trigger is None:
        return "none", None
    if isinstance(trigger, TimerEventDefinition):
        return "timer", trigger.expression
    return "message" if isinstance(trigger, MessageDefinition) else "signal", trigger.name


def _starts(spec: Any) -> list[Any]:
    return [way for way in spec.start.outputs if isinstance(way, StartEvent)]
