"""From checked XML to the library's specification, with our own classes where its behaviour is not enough."""

from collections.abc import Mapping
from typing import Any, ClassVar

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    EndEventParser,
    EventDefinitionParser,
    IntermediateCatchEventParser,
)
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser as _ProcessParser
from SpiffWorkflow.bpmn.parser.task_parsers import (
    CallActivityParser,
    ConditionalGatewayParser,
    GatewayParser,
    SubWorkflowParser,
)
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from app.engine import joins, specs
from app.engine.declarations import declared
from app.engine.faults import ErrorDefinition
from app.engine.timers import CycleTimer, DueTimer
from app.kernel.errors import Invalid


def specification(roots: Mapping[str, etree._Element], process_id: str) -> tuple[Any, dict[str, Any]]:
    """The specification of a process and those of everything inside it or called by it, from checked documents."""
    parser = DiagramParser()
    try:
        for root in roots.values():
            parser.add_bpmn_xml(root)
        spec = parser.get_spec(process_id)
        inner: dict[str, Any] = parser.get_subprocess_specs(process_id)
    except (ValidationException, ValueError, TypeError, LookupError) as error:  # the library's own checks are few
        raise Invalid("diagram.refused", reason=str(error)[:200]) from error
    for one in (spec, *inner.values()):
        _connect_instances(one)
    return spec, inner


def _connect_instances(spec: Any) -> None:
    """Let instances report to their multi-instance even when a case is resumed in another process."""
    for one in spec.task_specs.values():
        if isinstance(one, LoopTask):
            child = spec.task_specs[one.task_spec]
            if not child.completed_event.is_connected(one.merge_child):
                child.completed_event.connect(one.merge_child)


class _Declared(TaskParser):
    """Reads our own declarations, and uses our own instances, on any kind of task."""

    PARALLEL_MI_CLASS = specs.ParallelInstances
    SEQUENTIAL_MI_CLASS = specs.SequentialInstances

    def parse_extensions(self, node: Any = None) -> dict[str, Any]:
        """The declarations of the element by kind."""
        return declared(self.node if node is None else node)

    def create_data_spec(self, item: Any, cls: Any) -> Any:
        """The item of an instance is known by its name; ids must differ all over a diagram, names need not."""
        return cls(item.get("name"), item.get("name"))


class _SubProcess(_Declared, SubWorkflowParser):
    pass


class _Call(_Declared, CallActivityParser):
    pass


class _Events(EventDefinitionParser):
    """Makes our own timers and errors."""

    def parse_timer_event(self, event: Any) -> Any:
        """A timer that fires once, or one that fires in rounds."""
        shape = next(child for child in event if child.tag != full_tag("extensionElements"))
        kind = CycleTimer if shape.tag == full_tag("timeCycle") else DueTimer
        return kind(self.node.get("id"), (shape.text or "").strip())

    def parse_error_event(self, error_event: Any) -> Any:
        """An error by its code; without a reference it catches every code."""
        known = self.process_parser.parser.errors
        reference = error_event.get("errorRef")
        return ErrorDefinition(None, known[reference]["error_code"] if reference else None)


class _Boundary(_Events, BoundaryEventParser):
    pass


class _Catch(_Events, IntermediateCatchEventParser):
    pass


class _End(_Events, EndEventParser):
    pass


class _Process(_ProcessParser):
    def create_spec(self) -> Any:
        return specs.ProcessSpec(name=self.bpmn_id, description=self.get_name(), filename=self.filename)


class DiagramParser(BpmnParser):
    """The library's parser, told which of our classes stand for which elements."""

    PROCESS_PARSER_CLASS = _Process
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, tuple[Any, Any]]] = {
        full_tag("userTask"): (_Declared, defaults.UserTask),
        full_tag("serviceTask"): (_Declared, specs.ServiceTask),
        full_tag("subProcess"): (_SubProcess, specs.SubProcess),
        full_tag("callActivity"): (_Call, specs.CallActivity),
        full_tag("exclusiveGateway"): (ConditionalGatewayParser, joins.ExclusiveGateway),
        full_tag("parallelGateway"): (GatewayParser, joins.ParallelGateway),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, joins.InclusiveGateway),
        full_tag("boundaryEvent"): (_Boundary, defaults.BoundaryEvent),
        full_tag("intermediateCatchEvent"): (_Catch, defaults.IntermediateCatchEvent),
        full_tag("endEvent"): (_End, specs.EndEvent),
    }
