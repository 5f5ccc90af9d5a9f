"""Which case a message is for: the values of expressions, as text, in the sender and in who waits."""

from collections.abc import Mapping
from typing import Any

from app.engine.declarations import MessageDeclaration
from app.kernel.errors import Invalid


def of(task: Any, declaration: MessageDeclaration, data: Mapping[str, Any]) -> str | None:
    """The correlation of an event, None when the diagram asks for none.

    Invalid "engine.correlation" when its expression gives nothing: such a message would be anybody's.
    """
    return _word(task, declaration.correlation, data, "engine.correlation")


def agency(task: Any, declaration: MessageDeclaration) -> str | None:
    """The other agency a thrown message is for; Invalid "engine.message_agency" when its expression gives nothing."""
    return _word(task, declaration.agency, task.data, "engine.message_agency")


def _word(task: Any, expression: str | None, data: Mapping[str, Any], code: str) -> str | None:
    if expression is None:
        return None
    value = task.workflow.script_engine.value(task, expression, data)
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise Invalid(code, node=task.task_spec.bpmn_id)
    return str(value)
