"""What events wait for and throw, apart from time: messages, signals, conditions, escalations and errors.

The library's own kinds are broadcast through a manager that forgets what was repeated, loses what nobody waits for
without a word, and lives in memory; these only say what they are, and the state of a case says who waits.
"""

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition

from app.engine import steering
from app.engine.declarations import MessageDeclaration

_TOLD = "told"
_HELD = "held"
_NOTHING_SAID = MessageDeclaration()


class Awaited(EventDefinition):
    """Something that happens to a case; the path after it finds what was told with it in its data."""

    def update_task_data(self, my_task: Any) -> None:
        """Write what was told into the data."""
        my_task.data.update(told(my_task))

    def fresh(self, _my_task: Any) -> dict[str, Any] | None:
        """The memory of an event that goes on waiting after this one has fired; None when there is none."""
        return {}


class MessageDefinition(Awaited):
    """A message by its name, with what the diagram says about its correlation and content."""

    def __init__(self, name: str, declaration: MessageDeclaration | None) -> None:
        super().__init__(name)
        self.declaration = declaration or _NOTHING_SAID


class SignalDefinition(Awaited):
    """A signal by its name, for everyone who listens."""

    def __init__(self, name: str, declaration: MessageDeclaration | None) -> None:
        super().__init__(name)
        self.declaration = declaration or _NOTHING_SAID


class ErrorDefinition(Awaited):
    """An error by its code; None catches them all."""

    def __init__(self, code: str | None) -> None:
        super().__init__(code)
        self.code = code


class EscalationDefinition(Awaited):
    """An escalation by its code; None catches them all."""

    def __init__(self, code: str | None) -> None:
        super().__init__(code)
        self.code = code


class ConditionDefinition(Awaited):
    """Something that becomes true; it must have been untrue before it can happen again."""

    def __init__(self, expression: str) -> None:
        super().__init__(expression)
        self.expression = expression

    def fresh(self, _my_task: Any) -> dict[str, Any]:
        """It holds now, so it does not happen again at once."""
        return {_HELD: True}

    def weigh(self, my_task: Any, holds: bool) -> None:
        """Let the event fire if its condition holds now and did not before."""
        before = my_task.internal_data.get(_HELD, False)
        my_task.internal_data[_HELD] = holds
        if holds and not before:
            happen(my_task, {})


def happen(task: Any, said: Mapping[str, Any]) -> None:
    """Let what an event waits for happen; `said` becomes part of the data of the path after it."""
    task.internal_data.update({_TOLD: dict(said), "event_fired": True})
    steering.update(task)


def told(task: Any) -> dict[str, Any]:
    """What was told when an event happened."""
    said: dict[str, Any] = task.internal_data.get(_TOLD, {})
    return said


def letter(definition: MessageDefinition | SignalDefinition, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What a message or signal leaves in the data: its content under the name the diagram gives it, or nothing."""
    result = definition.declaration.result
    return {} if result is None else {result: dict(payload)}
