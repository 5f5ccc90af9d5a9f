"""From checked XML to the library's specification, with our own classes where its behaviour is not enough."""

from collections.abc import Mapping
from typing import Any, ClassVar

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
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

from app.engine import (
    catching,
    complexes,
    eventparser,
    ids,
    instances,
    joins,
    loops,
    rules,
    scripts,
    specs,
    starting,
    throwing,
    unfolding,
    ways,
)
from app.engine.catching import Watch
from app.engine.declarations import declared
from app.engine.eventdefs import ConditionDefinition, ErrorDefinition, EscalationDefinition, SignalDefinition
from app.kernel.errors import Invalid

_THROWN = (ErrorDefinition, EscalationDefinition, SignalDefinition)


def specification(
    roots: Mapping[str, etree._Element], process_id: str, decisions: rules.Decisions = rules.no_decisions
) -> tuple[Any, dict[str, Any]]:
    """The specification of a process and those of everything inside it or called by it, from checked documents."""
    tables = rules.tables(roots.values(), decisions)
    parser = DiagramParser()
    try:
        for root in roots.values():
            parser.add_bpmn_xml(unfolding.unfold(ids.renamed(root)))
        spec = parser.get_spec(process_id)
        inner: dict[str, Any] = parser.get_subprocess_specs(process_id)
    except (ValidationException, ValueError, TypeError, LookupError) as error:  # the library's own checks are few
        raise Invalid("diagram.refused", reason=str(error)[:200]) from error
    for one in (spec, *inner.values()):
        _connect_instances(one)
        ids.name_back(one)
        events = (getattr(task, "event_definition", None) for task in one.task_specs.values())
        one.has_conditions = any(isinstance(event, ConditionDefinition) for event in events)
        one.looks_around = one.has_conditions or any(map(_may_be_thrown_at, one.task_specs.values()))
        one.rounds = [task for task in one.task_specs.values() if isinstance(task, complexes.ComplexGateway)]
    rules.connect((spec, *inner.values()), tables)
    return spec, inner


def _may_be_thrown_at(spec: Any) -> bool:
    """Whether it starts an event sub-process, from all that is known, for something that another part throws."""
    return isinstance(spec, Watch) and isinstance(spec.event_definition, _THROWN)


def _connect_instances(spec: Any) -> None:
    """Let instances report to their multi-instance even when a case is resumed in another process."""
    for one in spec.task_specs.values():
        if isinstance(one, LoopTask):
            child = spec.task_specs[one.task_spec]
            if not child.completed_event.is_connected(one.merge_child):
                child.completed_event.connect(one.merge_child)


class _Declared(TaskParser):
    """Reads our own declarations, and uses our own instances, on any kind of task."""

    STANDARD_LOOP_CLASS = loops.Loop
    PARALLEL_MI_CLASS = instances.ParallelInstances
    SEQUENTIAL_MI_CLASS = instances.SequentialInstances
    EVENT_SUBPROCESS_CLASS = specs.SubProcess

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


class _Send(_Declared):
    """A task that sends a message, unless it asks for an operation that does."""

    def create_task(self) -> Any:
        """The task as what it does."""
        if "operation" in declared(self.node):
            return specs.ServiceTask(self.spec, self.bpmn_id, **self.bpmn_attributes)
        message = eventparser.message(self.node)
        return throwing.SendTask(self.spec, self.bpmn_id, event_definition=message, **self.bpmn_attributes)


class _Receive(_Declared):
    """A task that waits for a message."""

    def create_task(self) -> Any:
        """The task with its message."""
        message = eventparser.message(self.node)
        return self.spec_class(self.spec, self.bpmn_id, event_definition=message, **self.bpmn_attributes)


class _Ways(GatewayParser):
    """Several flows out of one activity or event."""

    def connect_outgoing(self, outgoing_task: Any, sequence_flow_node: Any, is_default: bool) -> None:
        """Add one flow with its condition."""
        self.task.lead(outgoing_task, self.parse_condition(sequence_flow_node), is_default=is_default)


class DiagramParser(BpmnParser):
    """The library's parser, told which of our classes stand for which elements."""

    PROCESS_PARSER_CLASS = eventparser.ProcessParser
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, tuple[Any, Any]]] = {
        full_tag("userTask"): (_Declared, defaults.UserTask),
        full_tag("manualTask"): (_Declared, defaults.ManualTask),
        full_tag("task"): (_Declared, defaults.NoneTask),
        full_tag("serviceTask"): (_Declared, specs.ServiceTask),
        full_tag("businessRuleTask"): (_Declared, rules.RuleTask),
        full_tag("scriptTask"): (_Declared, scripts.ScriptTask),
        full_tag("subProcess"): (_SubProcess, specs.SubProcess),
        full_tag("callActivity"): (_Call, specs.CallActivity),
        full_tag("exclusiveGateway"): (ConditionalGatewayParser, joins.ExclusiveGateway),
        full_tag("parallelGateway"): (GatewayParser, joins.ParallelGateway),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, joins.InclusiveGateway),
        full_tag("complexGateway"): (complexes.ComplexParser, complexes.ComplexGateway),
        unfolding.WAYS: (_Ways, ways.Ways),
        full_tag("eventBasedGateway"): (eventparser.Gateway, catching.EventGateway),
        full_tag("startEvent"): (eventparser.Start, starting.StartEvent),
        full_tag("boundaryEvent"): (eventparser.Boundary, catching.BoundaryEvent),
        full_tag("intermediateCatchEvent"): (eventparser.Catch, catching.CatchEvent),
        full_tag("intermediateThrowEvent"): (eventparser.Throw, throwing.ThrowEvent),
        full_tag("endEvent"): (eventparser.End, throwing.EndEvent),
        full_tag("receiveTask"): (_Receive, catching.ReceiveTask),
        full_tag("sendTask"): (_Send, throwing.SendTask),
    }
