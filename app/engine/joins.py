"""Gateways, above all those that join tokens: every arrival waits until one firing consumes it, one from each input.

The library counts arrivals of earlier rounds of a loop again, so that a second round of opinions passes after the
first opinion; and the branch that comes last overwrites what others changed with what it merely inherited.
"""

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import ExclusiveGateway as _ExclusiveGateway
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway as _InclusiveGateway
from SpiffWorkflow.bpmn.specs.defaults import ParallelGateway as _ParallelGateway
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from app.engine import lineage, steering
from app.engine.branches import Token, together
from app.engine.lineage import ancestors
from app.engine.scopes import LIVING, Snapshot, armed, on_its_way
from app.kernel.errors import Invalid


class TokenJoin(TaskSpec):
    """What parallel, inclusive and end joins have in common."""

    def _update_hook(self, my_task: Any) -> bool:
        arrived = self._arrivals(my_task)
        if my_task not in arrived or not self._enough(my_task, arrived):
            steering.wait(my_task)
            return False
        for other in arrived:
            if other is not my_task:
                other.cancel()
        steering.inherit(my_task)
        if len(arrived) > 1:
            my_task.data = dict(together([Token(one, one.parent.data, arrived_at(one)) for one in arrived]))
            lineage.join(my_task, (other for other in arrived if other is not my_task))
        return True

    def _run_hook(self, _my_task: Any) -> bool:
        return True

    def may_fire(self, my_task: Any) -> bool:
        """Whether an arrival that waits would go on if it looked again."""
        arrived = self._arrivals(my_task)
        return my_task in arrived and self._enough(my_task, arrived)

    def upstream(self, name: str) -> frozenset[str]:
        """The names of all elements from which an input can be reached without passing this gateway."""
        known: dict[str, frozenset[str]] = self.__dict__.setdefault("_upstream_of", {})
        if name not in known:
            specs: dict[str, Any] = self._wf_spec.task_specs
            seen: set[str] = set()
            todo = [name]
            while todo:
                one = todo.pop()
                if one not in seen and one != self.name:
                    seen.add(one)
                    todo.extend(spec.name for spec in specs[one].inputs)
            known[name] = frozenset(seen)
        return known[name]

    def _arrivals(self, my_task: Any) -> list[Any]:
        """The oldest waiting arrival of each input, in order of arrival."""
        oldest: dict[str, Any] = {}
        for task in _waiting_at(self, my_task):
            key = self._input_of(task)
            if key not in oldest or arrived_at(task) < arrived_at(oldest[key]):
                oldest[key] = task
        return sorted(oldest.values(), key=arrived_at)

    def _input_of(self, task: Any) -> str:
        if len(self.inputs) == 1:  # a token that was put here by hand came by no flow
            return str(self.inputs[0].name)
        return str(task.parent.task_spec.name)

    def _enough(self, my_task: Any, arrived: list[Any]) -> bool:
        raise NotImplementedError


class ParallelGateway(TokenJoin, _ParallelGateway):
    """Fires when each input has a token."""

    def _enough(self, _my_task: Any, arrived: list[Any]) -> bool:
        return {spec.name for spec in self.inputs} == {self._input_of(task) for task in arrived}


class InclusiveGateway(TokenJoin, _InclusiveGateway):
    """Fires when no token can still reach an empty input (BPMN 2.0, 13.4.3); opens every way whose condition holds."""

    def _enough(self, my_task: Any, arrived: list[Any]) -> bool:
        return self._is_last(my_task.workflow, {self._input_of(task) for task in arrived})

    def _is_last(self, flow: Any, filled: set[str]) -> bool:
        """Whether no token can still reach an input that is not filled, other than past one that is."""
        empty = {spec.name for spec in self.inputs} - filled
        for task in flow.tasks.values():
            if task.task_spec is self or not (task.has_state(LIVING) or on_its_way(task)):
                continue
            name = task.task_spec.name
            may_come = any(name in self.upstream(one) for one in empty)
            if may_come and not any(name in self.upstream(one) for one in filled):
                return False
        return True

    def _run_hook(self, my_task: Any) -> bool:
        matches, defaults = self._get_matching_outputs(my_task)
        if not matches and not defaults:
            raise Invalid("engine.no_way_out", node=self.bpmn_id)
        steering.open_ways(my_task, matches or defaults)
        return True


class ExclusiveGateway(_ExclusiveGateway):
    """Opens the first way whose condition holds; Invalid "engine.no_way_out" when there is none."""

    def _run_hook(self, my_task: Any) -> bool:
        matches, defaults = self._get_matching_outputs(my_task)
        if not matches and not defaults:
            raise Invalid("engine.no_way_out", node=self.bpmn_id)
        steering.open_ways(my_task, (matches or defaults)[:1])
        return True


class EndJoin(TokenJoin, _EndJoin):
    """The end of a process: waits for every token that still moves."""

    def _update_hook(self, my_task: Any) -> bool:
        if super()._update_hook(my_task):
            return True
        may_end_elsewhere = bool(my_task.workflow.spec.rounds)  # a complex gateway takes what comes late
        if not may_end_elsewhere and self._knows_nothing_new(my_task):
            my_task.cancel()
        return False

    def _input_of(self, task: Any) -> str:
        return str(task.id)  # several tokens may come through one end event; all are consumed

    def _enough(self, my_task: Any, _arrived: list[Any]) -> bool:
        return not any(self._moving(my_task))

    def _moving(self, my_task: Any) -> Iterator[Any]:
        """The tasks that may still bring a token here; what clears up after an activity brings none."""
        for task in my_task.workflow.tasks.values():
            if isinstance(task.task_spec, BoundaryEventJoin):
                continue
            if task.has_state(LIVING) and task.task_spec is not self and not armed(task):
                yield task

    def _knows_nothing_new(self, my_task: Any) -> bool:
        """Whether a token changed nothing since it parted from those that still move (a reminder, say).

        It would wait for the end of the case and hold on to everything since it parted.
        """
        others = {id(above) for task in self._moving(my_task) for above in ancestors(task)}
        for above in ancestors(my_task):
            if isinstance(above.task_spec, Snapshot):
                return bool(above.task_spec.base(above) == my_task.parent.data)
            if id(above) in others:
                return bool(above.data == my_task.parent.data)
        return False

    def _run_hook(self, my_task: Any) -> bool:
        for task in [task for task in my_task.workflow.tasks.values() if armed(task)]:
            task.cancel()
        my_task.workflow.data.update(my_task.data)
        return True


def _waiting_at(spec: Any, my_task: Any) -> Iterator[Any]:
    for task in my_task.workflow.tasks.values():
        if task.task_spec is spec and (task is my_task or task.state == TaskState.WAITING):
            parent = task.parent
            if parent is not None and parent.state == TaskState.COMPLETED:
                yield task


def arrived_at(task: Any) -> float:
    """Since when a token waits at a join."""
    moment: float = task.parent.last_state_change
    return moment
