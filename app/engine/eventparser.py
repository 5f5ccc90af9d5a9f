"""From the XML of events to what they wait for and throw, and to the library's specification of them."""

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    EndEventParser,
    EventDefinitionParser,
    IntermediateCatchEventParser,
    IntermediateThrowEventParser,
    StartEventParser,
)
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser as _ProcessParser
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition, TerminateEventDefinition

from app.engine import eventdefs, specs
from app.engine.catching import Watch
from app.engine.compensation import CompensationDefinition, Undo
from app.engine.declarations import declared
from app.engine.timers import CycleTimer, DueTimer
from app.engine.xml import bpmn, local

_SUFFIX = "EventDefinition"
_COMPENSATE = bpmn("compensateEventDefinition")


def definition(node: etree._Element) -> Any:
    """What an event waits for or throws; a task that sends or receives names its message itself."""
    for child in node:
        if local(child) in _MAKERS:
            return _MAKERS[local(child)](node, child)
    return NoneEventDefinition()


def message(node: etree._Element) -> eventdefs.MessageDefinition:
    """The message of a task that sends or receives one."""
    return _message(node, node)


def referred(element: etree._Element, kind: str) -> etree._Element:
    """The message, signal, error or escalation that an element refers to."""
    root = element.getroottree().getroot()
    return next(one for one in root.iterfind(bpmn(kind)) if one.get("id") == element.get(f"{kind}Ref"))


def _message(node: etree._Element, element: etree._Element) -> eventdefs.MessageDefinition:
    name = referred(element, "message").get("name", "").strip()
    return eventdefs.MessageDefinition(name, declared(node).get("message"))


def _signal(node: etree._Element, element: etree._Element) -> eventdefs.SignalDefinition:
    name = referred(element, "signal").get("name", "").strip()
    return eventdefs.SignalDefinition(name, declared(node).get("message"))


def _error(_node: etree._Element, element: etree._Element) -> eventdefs.ErrorDefinition:
    code = referred(element, "error").get("errorCode") if element.get("errorRef") else None
    return eventdefs.ErrorDefinition(code)


def _escalation(_node: etree._Element, element: etree._Element) -> eventdefs.EscalationDefinition:
    code = referred(element, "escalation").get("escalationCode") if element.get("escalationRef") else None
    return eventdefs.EscalationDefinition(code)


def _timer(node: etree._Element, element: etree._Element) -> DueTimer | CycleTimer:
    shape = next(child for child in element if local(child).startswith("time"))
    kind = CycleTimer if local(shape) == "timeCycle" else DueTimer
    return kind(node.get("id"), (shape.text or "").strip())


def _condition(_node: etree._Element, element: etree._Element) -> eventdefs.ConditionDefinition:
    return eventdefs.ConditionDefinition(element.findtext(bpmn("condition")) or "")


def _compensation(_node: etree._Element, element: etree._Element) -> CompensationDefinition:
    return CompensationDefinition(element.get("activityRef"))


def _terminate(_node: etree._Element, _element: etree._Element) -> TerminateEventDefinition:
    return TerminateEventDefinition()


_MAKERS: Mapping[str, Callable[[etree._Element, etree._Element], Any]] = {
    f"message{_SUFFIX}": _message,
    f"signal{_SUFFIX}": _signal,
    f"error{_SUFFIX}": _error,
    f"escalation{_SUFFIX}": _escalation,
    f"timer{_SUFFIX}": _timer,
    f"conditional{_SUFFIX}": _condition,
    f"terminate{_SUFFIX}": _terminate,
    f"compensate{_SUFFIX}": _compensation,
}


class _Events(EventDefinitionParser):
    """Makes our own definitions; the library's lose half of them on ends, starts and throws."""

    def get_event_definition(self, _xpaths: Any) -> Any:
        """What the event waits for or throws."""
        return definition(self.node)

    def parse_extensions(self, node: Any = None) -> dict[str, Any]:
        """The declarations of the element by kind."""
        return declared(self.node if node is None else node)


class Start(_Events, StartEventParser):
    """A start that has happened when its process runs; what triggers it is kept for the office to know."""

    def create_task(self) -> Any:
        """The start, connected to the beginning of its process."""
        task = self._create_task(NoneEventDefinition())
        trigger = definition(self.node)
        within = local(self.node.getparent())  # an event sub-process is only begun when its start has happened
        task.trigger = None if isinstance(trigger, NoneEventDefinition) or within != "process" else trigger
        self.spec.start.connect(task)
        return task


class Boundary(_Events, BoundaryEventParser):
    """An event at the edge of an activity."""


class Catch(_Events, IntermediateCatchEventParser):
    """An event between two steps."""


class Throw(_Events, IntermediateThrowEventParser):
    """Something thrown between two steps."""


class End(_Events, EndEventParser):
    """An end."""


class Gateway(_Events):
    """A gateway behind which events race."""

    def create_task(self) -> Any:
        """The gateway; its events keep their own definitions."""
        return self.spec_class(self.spec, self.bpmn_id, **self.bpmn_attributes)

    def handles_multiple_outgoing(self) -> bool:
        """An event gateway has many ways out."""
        return True


class ProcessParser(_ProcessParser):
    """Connects the starts of a process, and watches for its event sub-processes, once and for all."""

    def create_spec(self) -> Any:
        """A specification of our own."""
        return specs.ProcessSpec(name=self.bpmn_id, description=self.get_name(), filename=self.filename)

    def add_tasks(self) -> None:
        """Everything that can be reached from the starts and the event sub-processes."""
        for start in self.node.iterfind(bpmn("startEvent")):
            self.parse_node(start)
        for handler in self.node.iterfind(bpmn("subProcess")):
            if handler.get("triggeredByEvent") == "true":
                self._add_handler(handler)
        self.spec.is_handler = self.node.get("triggeredByEvent") == "true"
        self._add_undos()

    def get_boundary_events(self, attached_to_ref: str) -> list[etree._Element]:
        """The events at the edge of an activity that may happen while it is open."""
        found: list[etree._Element] = super().get_boundary_events(attached_to_ref)
        return [event for event in found if event.find(_COMPENSATE) is None]

    def _add_undos(self) -> None:
        associations = list(self.node.iterfind(bpmn("association")))
        for event in self.node.iterfind(bpmn("boundaryEvent")):
            if event.find(_COMPENSATE) is not None:
                activity = self.spec.task_specs[event.get("attachedToRef")]
                line = next(one for one in associations if one.get("sourceRef") == event.get("id"))
                Undo(self.spec, activity, self.parse_node(self.get_node_by_id(line.get("targetRef"))))

    def _add_handler(self, handler: etree._Element) -> None:
        start = next(handler.iterfind(bpmn("startEvent")))
        interrupting = start.get("isInterrupting", "true") == "true"
        watch = Watch(self.spec, start.get("id", ""), definition(start), interrupting=interrupting)
        self.spec.start.connect(watch)
        task = self.parse_node(handler)
        watch.connect(task)
        task.connect(self.spec.end)
