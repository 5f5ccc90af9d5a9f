"""What leaves an activity or an event when more than one flow does: the gateway that nobody drew."""

from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.util.task import TaskState

from app.engine import steering
from app.kernel.errors import Invalid


class Ways(BpmnTaskSpec):
    """Opens every flow without a condition, those whose condition holds, and the default when none holds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conditions: dict[str, str] = {}
        self.default: str | None = None

    def lead(self, target: Any, condition: str | None, *, is_default: bool) -> None:
        """Add a flow to a target."""
        self.connect(target)
        if is_default:
            self.default = target.name
        elif condition is not None:
            self.conditions[target.name] = condition

    def _predict_hook(self, my_task: Any) -> None:
        """Every way may come: what the library takes for certain it cannot take back, and it follows it round loops."""
        steering.expect(my_task, self.outputs, TaskState.MAYBE)

    def _run_hook(self, my_task: Any) -> bool:
        engine = my_task.workflow.script_engine
        holding = {name for name, text in self.conditions.items() if engine.evaluate(my_task, text)}
        closed = self.conditions.keys() - holding
        if holding and self.default is not None:
            closed.add(self.default)
        ways = [target for target in self.outputs if target.name not in closed]
        if not ways:
            raise Invalid("engine.no_way_out", node=drawn_at(self))
        steering.open_ways(my_task, ways)
        return True


def drawn_at(spec: Any) -> str | None:
    """The element that a part of a specification stands for; parts that nobody drew are named `<element>.<part>`."""
    key: str | None = spec.bpmn_id or spec.name.partition(".")[0]
    return key


def taken(task: Any) -> list[tuple[str, str, str]]:
    """The ways a completed task opened: its process or sub-process, the element it stands for, and each next one."""
    here, node = str(task.workflow.spec.name), drawn_at(task.task_spec) or ""
    certain = [child for child in task.children if not child.has_state(TaskState.PREDICTED_MASK)]
    return [(here, node, ""), *((here, node, drawn_at(child.task_spec) or "") for child in certain)]
