"""Which case a message is for: the value of an expression, as text, in the sender and in who waits."""

from collections.abc import Mapping
from typing import Any

from app.engine.declarations import MessageDeclaration
from app.kernel.errors import Invalid


def of(task: Any, declaration: MessageDeclaration, data: Mapping[str, Any]) -> str | None:
    """The correlation of an event, None when the diagram asks for none.

    Invalid "engine.correlation" when its expression gives nothing: such a message would be anybody's.
    """
    if declaration.correlation is None:
        return None
    value = task.workflow.script_engine.value(task, declaration.correlation, data)
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise Invalid("engine.correlation", node=task.task_spec.bpmn_id)
    return str(value)
