"""The kinds of elements whose behaviour is ours: service tasks, sub-processes and ends."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.util.task import TaskState

from app.engine import faults
from app.engine.declarations import OperationDeclaration
from app.engine.faults import ErrorDefinition
from app.engine.joins import EndJoin
from app.engine.values import OperationCall
from app.kernel.errors import Invalid


class ProcessSpec(BpmnProcessSpec):
    """A process whose end merges what its last branches know."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        library_end: Any = self.task_specs.pop(self.end.name)
        self.end: Any = EndJoin(self, library_end.name)
        self.end.outputs = library_end.outputs


class ServiceTask(defaults.ServiceTask):
    """Asks for its operation; without an answer it stays STARTED until one is given."""

    def _run_hook(self, task: Any) -> bool | None:
        engine = task.workflow.script_engine
        declared: OperationDeclaration = self.extensions["operation"]
        params = {name: deepcopy(engine.evaluate(task, text)) for name, text in declared.params.items()}
        call = OperationCall(declared.name, str(task.id), self.bpmn_id, params, deepcopy(task.data))
        answer = engine.operations(call)
        if answer is None:
            return None
        self.keep(task, answer)
        return True

    def keep(self, task: Any, answer: Mapping[str, Any]) -> None:
        """Write an answer where the diagram wants it; without a `result` it is forgotten."""
        declared: OperationDeclaration = self.extensions["operation"]
        if declared.result is not None:
            task.data[declared.result] = dict(answer)


class _Enclosed(SubWorkflowTask):
    """What embedded sub-processes and calls have in common: data go in and come out whole."""

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        """Hand the data over as values; the library passes them as arguments, where a key `self` breaks it."""
        subworkflow.task_tree.data.update(deepcopy(my_task.data))

    def _on_subworkflow_completed(self, subworkflow: Any, my_task: Any) -> None:
        if my_task.state == TaskState.STARTED:  # a cancelled sub-process has nobody left to return to
            super()._on_subworkflow_completed(subworkflow, my_task)


class SubProcess(_Enclosed, defaults.SubWorkflowTask):
    """A process drawn inside another."""


class CallActivity(_Enclosed, defaults.CallActivity):
    """A process called by its id."""


class EndEvent(defaults.EndEvent):
    """An end; one with an error leaves the sub-process through the boundary event that catches it."""

    def _on_complete_hook(self, my_task: Any) -> None:
        super()._on_complete_hook(my_task)
        definition = self.event_definition
        if isinstance(definition, ErrorDefinition) and not faults.raise_error(my_task, definition.code, self.bpmn_id):
            raise Invalid("engine.error_uncaught", node=self.bpmn_id)


def active(top: Any) -> Iterator[Any]:
    """A workflow and those of its sub-processes that run.

    Outer ones come first, so that an event that takes an activity away acts before anything inside it runs on. The
    library forgets to drop the sub-processes of cancelled instances; nobody waits for those any more.
    """
    flows = [top]
    yield top
    for key, flow in top.subprocesses.items():
        caller = next((outer.tasks[key] for outer in flows if key in outer.tasks), None)
        if caller is not None and not flow.completed:
            flows.append(flow)
            yield flow
