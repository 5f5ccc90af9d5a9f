"""The kinds of elements whose behaviour is ours: service tasks and sub-processes."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.util.task import TaskState

from app.engine.declarations import OperationDeclaration
from app.engine.joins import EndJoin
from app.engine.starting import Begin
from app.engine.values import OperationCall


class ProcessSpec(BpmnProcessSpec):
    """A process that begins at one of its starts and whose end merges what its last branches know."""

    has_conditions = False
    looks_around = False
    """Whether something in it may suddenly ask what all tokens of a case know."""
    rounds: Sequence[Any] = ()
    """The gateways that have to be told when a round of tokens is over."""
    is_handler = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.task_specs[self.start.name]
        self.start: Any = Begin(self, "Start")
        library_end: Any = self.task_specs.pop(self.end.name)
        self.end: Any = EndJoin(self, library_end.name)
        self.end.outputs = library_end.outputs


class ServiceTask(defaults.ServiceTask):
    """Asks for its operation; without an answer it stays STARTED until one is given."""

    def _run_hook(self, task: Any) -> bool | None:
        return self._ask(task)

    def ask_again(self, task: Any) -> None:
        """Ask a second time; an answer at once lets the task go on."""
        if self._ask(task):
            task.complete()

    def _ask(self, task: Any) -> bool | None:
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

    def _update_hook(self, my_task: Any) -> Any:
        """Whether it has ended; one that was left alone has not, and is not begun a second time."""
        return False if my_task.id in my_task.workflow.top_workflow.resting else super()._update_hook(my_task)

    def _on_subworkflow_completed(self, subworkflow: Any, my_task: Any) -> None:
        if my_task.state == TaskState.STARTED:  # a cancelled sub-process has nobody left to return to
            super()._on_subworkflow_completed(subworkflow, my_task)


class SubProcess(_Enclosed, defaults.SubWorkflowTask):
    """A process drawn inside another."""


class CallActivity(_Enclosed, defaults.CallActivity):
    """A process called by its id."""
