"""What a diagram says to eOffice in its own namespace: who does a step with which form, and what a machine does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from lxml import etree

from app.engine import scripts
from app.engine.vocabulary import HUMAN, OPERATING
from app.engine.xml import EO, bpmn, local, read, space
from app.kernel.errors import Invalid

_OPERATION = re.compile(r"[a-z][a-z0-9_]{0,40}\.[a-z][a-z0-9_]{0,60}")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_TASK = frozenset({"form", "role", "unit", "post", "deadline", "performer"})
_LANE = frozenset({"role", "unit", "post", "performer"})
_OPERATION_ATTRIBUTES = frozenset({"name", "result"})
_DECISION = frozenset({"key", "result"})
_PARAM = frozenset({"name", "value"})
_MESSAGE = frozenset({"correlation", "agency", "result"})
_PROCEDURE = frozenset({"key", "title", "title_en", "description", "legal_basis"})


@dataclass(frozen=True)
class TaskDeclaration:
    """Who does a step and with which form; `unit`, `post` and `deadline` are expressions.

    `performer` is one that may also call the functions that say who (`performers`). What names nobody takes over what
    its lane says.
    """

    form: str | None = None
    role: str | None = None
    unit: str | None = None
    post: str | None = None
    deadline: str | None = None
    performer: str | None = None

    @property
    def names_somebody(self) -> bool:
        """Whether it says who does the step."""
        return any(one is not None for one in (self.role, self.post, self.performer))

    @property
    def expressions(self) -> tuple[str, ...]:
        """Every expression of the declaration."""
        return tuple(text for text in (self.unit, self.post, self.deadline) if text is not None)


@dataclass(frozen=True)
class OperationDeclaration:
    """What a service task asks for; the values of `params` are expressions."""

    name: str
    result: str | None
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def expressions(self) -> tuple[str, ...]:
        """Every expression of the declaration."""
        return tuple(self.params.values())


@dataclass(frozen=True)
class MessageDeclaration:
    """What a message or signal carries: `correlation`, `agency` and the values of `params` are expressions.

    A message stays at the agency of its case. One that is thrown may name another by `agency` (the id or the code of a
    unit); it must have a correlation then, and is for the one case there that waits for exactly this.
    """

    correlation: str | None = None
    result: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    agency: str | None = None

    @property
    def expressions(self) -> tuple[str, ...]:
        """Every expression of the declaration."""
        return (*self.params.values(), *(text for text in (self.correlation, self.agency) if text is not None))


@dataclass(frozen=True)
class DecisionDeclaration:
    """Which decision a business rule task asks for, and the name of what it says."""

    key: str
    result: str


@dataclass(frozen=True)
class Node:
    """An element of a diagram and what it declares."""

    id: str
    kind: str
    name: str
    task: TaskDeclaration | None = None
    operation: OperationDeclaration | None = None
    message: MessageDeclaration | None = None
    script: scripts.Script | None = None
    decision: DecisionDeclaration | None = None
    procedure: Mapping[str, str] | None = None


def describe(xml: bytes) -> tuple[Node, ...]:
    """Every process and flow element of a diagram with its declarations, in document order.

    Checks the declarations (Invalid "diagram.*"), not whether the diagram can run: that is `runtime.parse`.
    """
    root = read(xml)
    inside = root.iterfind(f".//{bpmn('process')}")
    return tuple(_node(element) for process in inside for element in process.iter() if _is_node(element))


def declared(element: etree._Element) -> dict[str, Any]:
    """The declarations of one element by kind: `task`, `operation`, `message`, `script`, `decision`, `procedure`."""
    found: dict[str, Any] = {}
    for child in element.iterfind(f"{bpmn('extensionElements')}/*"):
        reader = _READERS.get((local(element), local(child))) if space(child) == EO else None
        if reader is None or local(child) in found:
            raise Invalid("diagram.extension", node=element.get("id"), element=local(child))
        found[local(child)] = reader(child, element.get("id"))
    if local(element) in HUMAN:
        found |= _from_lane(element, found.get("task", TaskDeclaration()))
    if local(element) == "scriptTask" and (script := scripts.drawn(element)) is not None:
        if "script" in found:
            raise Invalid("diagram.script", node=element.get("id"))
        found["script"] = script
    return found


def _from_lane(element: etree._Element, said: TaskDeclaration) -> dict[str, TaskDeclaration]:
    """What a step that names nobody takes over from the innermost lane it stands in, as does what is inside it."""
    if said.names_somebody:
        return {}
    place: etree._Element | None = element
    while place is not None and local(place) != "definitions":
        for lane in reversed(_lanes(place)):
            spoken = declared(lane).get("lane")
            if spoken is not None:
                return {"task": replace(spoken, form=said.form, deadline=said.deadline, unit=said.unit or spoken.unit)}
        place = place.getparent()
    return {}


def _lanes(element: etree._Element) -> list[etree._Element]:
    """The lanes that list an element, outer ones first."""
    around, key = element.getparent(), element.get("id")
    if around is None:
        return []
    lanes = (lane for one in around.iterfind(bpmn("laneSet")) for lane in one.iter(bpmn("lane")))
    return [
        lane for lane in lanes if any((ref.text or "").strip() == key for ref in lane.iterfind(bpmn("flowNodeRef")))
    ]


def _lane(element: etree._Element, node: str | None) -> TaskDeclaration:
    given = _attributes(element, _LANE, node)
    if "role" in given and not _WORD.fullmatch(given["role"]):
        raise Invalid("diagram.attribute_value", node=node, attribute="role")
    if len(element):
        raise Invalid("diagram.extension", node=node, element=local(element[0]))
    return TaskDeclaration(**given)


def _is_node(element: etree._Element) -> bool:
    return space(element) == "http://www.omg.org/spec/BPMN/20100524/MODEL" and bool(_KIND.search(local(element)))


_KIND = re.compile(r"^(process|subProcess|callActivity|task)$|(Task|Event|Gateway)$")


def _node(element: etree._Element) -> Node:
    return Node(element.get("id", ""), local(element), element.get("name", ""), **declared(element))


def _task(element: etree._Element, node: str | None) -> TaskDeclaration:
    given = _attributes(element, _TASK, node)
    for name in ("form", "role"):
        if name in given and not _WORD.fullmatch(given[name]):
            raise Invalid("diagram.attribute_value", node=node, attribute=name)
    if len(element):
        raise Invalid("diagram.extension", node=node, element=local(element[0]))
    return TaskDeclaration(**given)


def _operation(element: etree._Element, node: str | None) -> OperationDeclaration:
    given = _attributes(element, _OPERATION_ATTRIBUTES, node)
    result = given.get("result")
    if not _OPERATION.fullmatch(given.get("name", "")) or (result is not None and not _WORD.fullmatch(result)):
        raise Invalid("diagram.operation", node=node)
    return OperationDeclaration(given["name"], result, _params(element, node, "diagram.operation"))


def _message(element: etree._Element, node: str | None) -> MessageDeclaration:
    given = _attributes(element, _MESSAGE, node)
    result = given.get("result")
    if result is not None and not _WORD.fullmatch(result):
        raise Invalid("diagram.message", node=node)
    if "agency" in given and "correlation" not in given:
        raise Invalid("diagram.message_agency", node=node)
    params = _params(element, node, "diagram.message")
    return MessageDeclaration(given.get("correlation"), result, params, given.get("agency"))


def _params(element: etree._Element, node: str | None, code: str) -> Mapping[str, str]:
    params: dict[str, str] = {}
    for child in element:
        if space(child) != EO or local(child) != "param" or len(child):
            raise Invalid("diagram.extension", node=node, element=local(child))
        param = _attributes(child, _PARAM, node)
        name = param.get("name", "")
        if not _WORD.fullmatch(name) or name in params or "value" not in param:
            raise Invalid(code, node=node)
        params[name] = param["value"]
    return MappingProxyType(params)


def _decision(element: etree._Element, node: str | None) -> DecisionDeclaration:
    given = _attributes(element, _DECISION, node)
    if len(element) or len(given) < len(_DECISION) or not all(_WORD.fullmatch(word) for word in given.values()):
        raise Invalid("diagram.decision", node=node, key=given.get("key", ""))
    return DecisionDeclaration(**given)


def _procedure(element: etree._Element, node: str | None) -> Mapping[str, str]:
    if len(element):
        raise Invalid("diagram.extension", node=node, element=local(element[0]))
    return MappingProxyType(_attributes(element, _PROCEDURE, node))


def _attributes(element: etree._Element, known: frozenset[str], node: str | None) -> dict[str, str]:
    """The attributes of one of our elements; an empty one counts as absent, an unknown one is refused."""
    for name in element.attrib:
        if name not in known:
            raise Invalid("diagram.attribute", node=node, attribute=str(name))
    return {str(name): str(value).strip() for name, value in element.attrib.items() if str(value).strip()}


_TELLING = (
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "sendTask",
    "receiveTask",
)
_READERS: Mapping[tuple[str, str], Any] = {
    **{(kind, "task"): _task for kind in HUMAN},
    **{(kind, "operation"): _operation for kind in OPERATING},
    **{(kind, "message"): _message for kind in _TELLING},
    ("lane", "lane"): _lane,
    ("businessRuleTask", "decision"): _decision,
    ("scriptTask", "script"): scripts.read,
    ("process", "procedure"): _procedure,
}
