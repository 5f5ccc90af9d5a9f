"""Events that throw: between steps, at an end, or as a step that sends a message."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults

from app.engine import correlation, delivery, faults
from app.engine.compensation import CompensationDefinition, compensate
from app.engine.declarations import MessageDeclaration
from app.engine.eventdefs import ErrorDefinition, EscalationDefinition, MessageDefinition, SignalDefinition
from app.engine.values import MessageThrown, SignalThrown
from app.kernel.errors import Invalid


class ThrowEvent(defaults.IntermediateThrowEvent):
    """Throws between two steps, or marks that a case has come so far."""

    def _run_hook(self, my_task: Any) -> bool | None:
        return _undone(my_task)

    def _on_complete_hook(self, my_task: Any) -> None:
        super()._on_complete_hook(my_task)
        _throw(my_task)


class SendTask(defaults.SendTask):
    """Sends a message."""

    def _run_hook(self, _my_task: Any) -> bool:
        return True

    def _on_complete_hook(self, my_task: Any) -> None:
        super()._on_complete_hook(my_task)
        _throw(my_task)


class EndEvent(defaults.EndEvent):
    """An end; what it throws may take away the sub-process that ends here."""

    def _run_hook(self, my_task: Any) -> bool | None:
        return _undone(my_task)

    def _on_complete_hook(self, my_task: Any) -> None:
        super()._on_complete_hook(my_task)
        _throw(my_task)


def _undone(my_task: Any) -> bool | None:
    """Whether everything that an event asks to undo has been; None lets it wait until the next handler is done."""
    definition = my_task.task_spec.event_definition
    waits = isinstance(definition, CompensationDefinition) and compensate(my_task, definition)
    return None if waits else True


def _throw(my_task: Any) -> None:
    """Throw once the element has ended: whatever is caught may take it away then, but not undo it."""
    throw = _THROWS.get(type(my_task.task_spec.event_definition))
    if throw is not None:
        throw(my_task, my_task.task_spec.event_definition)


def _message(my_task: Any, definition: MessageDefinition) -> None:
    key = correlation.of(my_task, definition.declaration, my_task.data)
    payload = _payload(my_task, definition.declaration)
    agency = correlation.agency(my_task, definition.declaration)
    my_task.workflow.script_engine.messages_out.append(MessageThrown(definition.name, payload, key, agency))


def _signal(my_task: Any, definition: SignalDefinition) -> None:
    payload = _payload(my_task, definition.declaration)
    my_task.workflow.script_engine.signals_out.append(SignalThrown(definition.name, payload))
    delivery.broadcast(my_task.workflow.top_workflow, definition.name, payload)


def _error(my_task: Any, definition: ErrorDefinition) -> None:
    node = my_task.task_spec.bpmn_id
    if definition.code is None or not faults.raise_error(my_task, definition.code, node):
        raise Invalid("engine.error_uncaught", node=node)


def _escalation(my_task: Any, definition: EscalationDefinition) -> None:
    faults.escalate(my_task, definition.code or "")


def _payload(my_task: Any, declaration: MessageDeclaration) -> dict[str, Any]:
    engine = my_task.workflow.script_engine
    return {name: deepcopy(engine.evaluate(my_task, text)) for name, text in declaration.params.items()}


_THROWS: Mapping[type[Any], Callable[[Any, Any], None]] = {
    MessageDefinition: _message,
    SignalDefinition: _signal,
    ErrorDefinition: _error,
    EscalationDefinition: _escalation,
}
