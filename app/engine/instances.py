"""Several instances of one activity: for each item of a list or a number of times, all at once or in turn.

The library's own refuse to run behind a boundary event and on a second visit, take a negative number for none, order
results by who was quickest, and let instances overwrite each other with what they merely inherited.
"""

from bisect import bisect
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import MultiInstanceTask
from SpiffWorkflow.util.task import TaskState

from app.engine import steering
from app.engine.merging import merge
from app.kernel.errors import Invalid

MAX_INSTANCES = 300
_INDEX, _PLACES, _TOTAL = "key_or_index", "places", "total"


def own_names(task: Any) -> set[str]:
    """The names that the instances of a task which run now are counted by: list, item and results."""
    spec = task.task_spec
    if not isinstance(spec, _ManyInstances) or task.state != TaskState.STARTED:
        return set()
    named = (spec.data_input, spec.data_output, spec.input_item, spec.output_item)
    return {one.bpmn_id for one in named if one is not None}


class _ManyInstances(MultiInstanceTask, BpmnSpecMixin):
    """What instances at once and in turn have in common.

    With a list of results each instance gives its result and nothing else; without one, what the instances changed
    is brought together.
    """

    def _update_hook(self, my_task: Any) -> bool:
        steering.inherit(my_task)
        items = self._items(my_task)
        if my_task.has_state(TaskState.PREDICTED_MASK):
            steering.confirm(my_task)
        my_task.internal_data.update({_PLACES: [], _TOTAL: len(items)})
        my_task.data = self._without_item(my_task.data)
        if self.data_output is not None:
            self.data_output.set(my_task, [])
        if items:
            steering.begin(my_task)
            self._begin_first(my_task)
        else:
            self._give_back(my_task)
        return not items

    def merge_child(self, _workflow: Any, child: Any) -> None:
        """Keep what an instance gave, then begin the next one or end."""
        my_task = child.parent
        places, index = my_task.internal_data[_PLACES], child.internal_data[_INDEX]
        at = bisect(places, index)
        places.insert(at, index)
        if self.data_output is None:
            my_task.data = self._together(my_task, self._without_item(child.data))
        else:
            results = list(self.data_output.get(my_task))
            results.insert(at, child.data.get(self.output_item.bpmn_id))
            self.data_output.set(my_task, results)
        if len(places) == my_task.internal_data[_TOTAL] or self._is_enough(my_task, child):
            self._end(my_task)
        else:
            self._begin_next(my_task)

    def _items(self, my_task: Any) -> list[Any]:
        """What the instances are about; nobody can change it once the first has begun."""
        if self.data_input is not None:
            items = self.data_input.get(my_task.parent)
            right = isinstance(items, list) and len(items) <= MAX_INSTANCES
        else:
            number = my_task.workflow.script_engine.evaluate(my_task, self.cardinality)
            right = type(number) is int and 0 <= number <= MAX_INSTANCES
            items = list(range(number)) if right else None
        if not right:
            raise Invalid("engine.instances", node=self.bpmn_id, limit=MAX_INSTANCES)
        given: list[Any] = items
        return given

    def _begin(self, my_task: Any, index: int) -> None:
        child = steering.instance(my_task, my_task.workflow.spec.task_specs[self.task_spec])
        child.internal_data[_INDEX] = index
        if self.input_item is not None:
            item = index if self.data_input is None else self.data_input.get(my_task.parent)[index]
            self.input_item.set(child, deepcopy(item))
        steering.update(child)

    def _is_enough(self, my_task: Any, child: Any) -> bool:
        if self.condition is None:
            return False
        known = child.data
        if self.data_output is not None:
            known = known | {self.data_output.bpmn_id: self.data_output.get(my_task)}
        return bool(my_task.workflow.script_engine.value(child, self.condition, known | self._counts(my_task, child)))

    def _counts(self, my_task: Any, child: Any) -> dict[str, int]:
        """The numbers that the standard lets a completion condition ask for, under its names."""
        total, done = my_task.internal_data[_TOTAL], len(my_task.internal_data[_PLACES])
        running = sum(not one.has_state(TaskState.FINISHED_MASK) for one in self._instances(my_task))
        return {
            "nrOfInstances": total,
            "nrOfCompletedInstances": done,
            "nrOfActiveInstances": running,
            "nrOfTerminatedInstances": 0,
            "loopCounter": child.internal_data[_INDEX],
        }

    def _end(self, my_task: Any) -> None:
        for child in self._instances(my_task):
            child.cancel()
        self._give_back(my_task)
        steering.ready(my_task)

    def _without_item(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in data.items() if key not in self._own_names()}

    def _give_back(self, my_task: Any) -> None:
        """What had the name of an item before is what it was."""
        before = my_task.parent.data
        my_task.data |= {name: before[name] for name in self._own_names() if name in before}

    def _own_names(self) -> set[str]:
        return {item.bpmn_id for item in (self.input_item, self.output_item) if item is not None}

    def _together(self, my_task: Any, known: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def _begin_first(self, my_task: Any) -> None:
        raise NotImplementedError

    def _begin_next(self, my_task: Any) -> None:
        raise NotImplementedError


class ParallelInstances(_ManyInstances):
    """All instances at once."""

    def _begin_first(self, my_task: Any) -> None:
        for index in range(my_task.internal_data[_TOTAL]):
            self._begin(my_task, index)

    def with_the_done(self, my_task: Any, known: Mapping[str, Any]) -> dict[str, Any]:
        """What is known by an instance that still runs and by those that are done."""
        begun_with = self._without_item(my_task.parent.data)
        if self.data_output is not None:
            begun_with[self.data_output.bpmn_id] = []
        return merge(begun_with, [my_task.data, known])

    def _begin_next(self, _my_task: Any) -> None:
        """Nothing: all have begun."""

    def _together(self, my_task: Any, known: dict[str, Any]) -> dict[str, Any]:
        return merge(my_task.parent.data, [my_task.data, known])


class SequentialInstances(_ManyInstances):
    """One instance after the other; each knows what those before it changed."""

    def _begin_first(self, my_task: Any) -> None:
        self._begin(my_task, 0)

    def _begin_next(self, my_task: Any) -> None:
        self._begin(my_task, len(my_task.internal_data[_PLACES]))

    def _together(self, _my_task: Any, known: dict[str, Any]) -> dict[str, Any]:
        return known
