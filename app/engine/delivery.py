"""Bringing messages to the one who waits, signals to all who listen, time and conditions to where they matter."""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition

from app.engine import correlation, steering, timers
from app.engine.eventdefs import ConditionDefinition, MessageDefinition, SignalDefinition, happen, letter
from app.engine.knowledge import known
from app.engine.scopes import armed, awaiting, still_waits
from app.kernel.errors import Invalid


def keyed(events: Iterable[Any]) -> Iterator[tuple[Any, str | None]]:
    """Events that wait for a message, each with its correlation.

    An event sub-process whose correlation is not known yet cannot be meant by anybody and is left out.
    """
    for task in events:
        declaration = task.task_spec.event_definition.declaration
        if declaration.correlation is None or not armed(task):
            yield task, correlation.of(task, declaration, task.data)
            continue
        try:
            yield task, correlation.of(task, declaration, known(task.workflow))
        except Invalid:
            continue


def addressee(top: Any, name: str, key: str | None) -> Any:
    """The one event a message is for: that of its very correlation first, then the one that has waited longest."""
    found = [
        (wanted is None, task.last_state_change, task)
        for task, wanted in keyed(awaiting(top, MessageDefinition))
        if task.task_spec.event_definition.name == name and wanted in {None, key}
    ]
    return min(found, key=lambda one: one[:2])[2] if found else None


def hand_over(task: Any, payload: Mapping[str, Any]) -> None:
    """Give an event its message."""
    happen(task, letter(task.task_spec.event_definition, deepcopy(dict(payload))))


def broadcast(top: Any, name: str, payload: Mapping[str, Any]) -> None:
    """Let all who listen to a signal now hear it; what one of them takes away hears nothing any more."""
    for task in awaiting(top, SignalDefinition):
        if task.task_spec.event_definition.name == name and still_waits(top, task):
            hand_over(task, payload)


def ring(top: Any) -> None:
    """Fire what is due, the earliest first; of two at one moment, first the one that takes nothing away."""
    running = [(timers.due(task), timers.interrupts(task), task) for task in awaiting(top, TimerEventDefinition)]
    due = [one for one in running if one[0] is not None]
    for _due, _interrupts, task in sorted(due, key=lambda one: one[:2]):
        if still_waits(top, task):
            steering.update(task)


def weigh_conditions(top: Any) -> None:
    """Let the events fire whose condition has become true."""
    for task in awaiting(top, ConditionDefinition):
        if still_waits(top, task):
            definition = task.task_spec.event_definition
            names = known(task.workflow, task)
            definition.weigh(task, bool(task.workflow.script_engine.value(task, definition.expression, names)))
