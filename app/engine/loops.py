"""One activity again and again while a condition holds.

The library keeps a list of all rounds in the state, and merges lists of one round into those of the round before.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import StandardLoopTask
from SpiffWorkflow.util.task import TaskState

from app.engine import steering

_ROUNDS = "rounds"


class Loop(StandardLoopTask):
    """Repeats while its condition holds and its maximum is not reached; each round knows what the last one changed."""

    def _update_hook(self, my_task: Any) -> bool:
        steering.inherit(my_task)
        if my_task.has_state(TaskState.PREDICTED_MASK):
            steering.confirm(my_task)
        my_task.internal_data[_ROUNDS] = 0
        over = self.test_before and not self._goes_on(my_task)
        if not over:
            steering.begin(my_task)
            self._begin(my_task)
        return over

    def merge_child(self, _workflow: Any, child: Any) -> None:
        """Take over what a round changed, then begin the next one or end."""
        my_task = child.parent
        my_task.data = dict(child.data)
        my_task.internal_data[_ROUNDS] += 1
        if self._goes_on(my_task):
            self._begin(my_task)
        else:
            steering.ready(my_task)

    def _begin(self, my_task: Any) -> None:
        steering.update(steering.instance(my_task, my_task.workflow.spec.task_specs[self.task_spec]))

    def _goes_on(self, my_task: Any) -> bool:
        rounds = my_task.internal_data[_ROUNDS]
        if self.maximum is not None and rounds >= self.maximum:
            return False
        known = my_task.data | {"loopCounter": rounds}
        return self.condition is None or bool(my_task.workflow.script_engine.value(my_task, self.condition, known))
