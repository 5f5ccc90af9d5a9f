"""The library as it comes, with its own serializer: what `bench engine` compares our runtime with, and nothing else."""

from collections.abc import Iterable, Mapping
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState


class Library:
    """One process, run with nothing of ours."""

    def __init__(self, xml: bytes, process_id: str) -> None:
        parser = BpmnParser()
        parser.add_bpmn_str(xml)
        self._spec, self._inner = parser.get_spec(process_id), parser.get_subprocess_specs(process_id)
        self._serializer = BpmnWorkflowSerializer()

    def start(self, data: Mapping[str, Any]) -> str:
        """Start a case and give its state."""
        workflow = BpmnWorkflow(self._spec, self._inner)
        workflow.task_tree.data.update(data)
        workflow.do_engine_steps()
        return self._state(workflow)

    def complete(self, state: str, nodes: Iterable[str], data: Mapping[str, Any]) -> str:
        """Load a case, complete these tasks one after the other, run on after each, and give the new state."""
        workflow = self._serializer.deserialize_json(state)
        for node in nodes:
            task = workflow.get_next_task(state=TaskState.READY, manual=True, spec_name=node)
            if task is None:  # its joins may have let a token pass too early
                continue
            task.data.update(data)
            task.run()
            workflow.do_engine_steps()
        return self._state(workflow)

    def _state(self, workflow: Any) -> str:
        text: str = self._serializer.serialize_json(workflow)
        return text
