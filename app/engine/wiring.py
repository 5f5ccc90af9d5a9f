"""How the nodes of one process or sub-process hang together: what may leave, enter, catch and end."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from lxml import etree

from app.engine import standard
from app.engine.vocabulary import ACTIVITIES, CHOOSING, GATEWAYS, NODES, TIMES
from app.engine.xml import bpmn, local
from app.kernel.errors import Invalid


@dataclass(frozen=True)
class Flow:
    """A sequence flow."""

    element: etree._Element
    id: str
    source: str
    target: str
    conditional: bool


@dataclass(frozen=True)
class Scope:
    """The nodes and flows of one process or sub-process."""

    element: etree._Element
    nodes: Mapping[str, etree._Element]
    flows: tuple[Flow, ...]

    def leaving(self, node: str) -> list[Flow]:
        """The flows out of a node."""
        return [flow for flow in self.flows if flow.source == node]

    def entering(self, node: str) -> list[Flow]:
        """The flows into a node."""
        return [flow for flow in self.flows if flow.target == node]


Step = tuple[etree._Element, Callable[[], None]]  # noqa: SLF001 - the library's name for its public class
"""One check and the element it is about; it refuses (Invalid "diagram.*") or says nothing."""


def steps(element: etree._Element) -> Iterator[Step]:
    """All checks of a process or sub-process, in whose wiring tokens could be lost, stuck or misled."""
    scope = _scope(element)
    pairs = Counter((flow.source, flow.target) for flow in scope.flows)
    for flow in scope.flows:
        yield flow.element, partial(_check_flow, scope, pairs, flow)
    for key, node in scope.nodes.items():
        if local(node) in NODES:
            yield from _node_steps(scope, key, node)
    yield element, partial(_check_ends, scope)
    yield from _way_steps(scope)


def _node_steps(scope: Scope, key: str, node: etree._Element) -> Iterator[Step]:
    kind = local(node)
    yield node, partial(_check_degree, scope, key, kind)
    if kind in GATEWAYS:
        yield node, partial(_check_gateway, scope, key, node)
    elif kind == "boundaryEvent":
        yield node, partial(_check_boundary, scope, key, node)
    elif kind == "intermediateCatchEvent":
        yield node, partial(_check_timer, key, node, rounds_allowed=False)
    elif kind == "endEvent":
        yield node, partial(_check_end, key, node)
    if kind in CHOOSING:
        ways = scope.leaving(key)
        for flow in ways:
            yield flow.element, partial(_check_condition, flow, wanted=len(ways) > 1 and flow.id != node.get("default"))


def _scope(element: etree._Element) -> Scope:
    known = NODES | standard.NODES
    nodes = {child.get("id", ""): child for child in element if local(child) in known}
    flows = tuple(
        Flow(
            child,
            child.get("id", ""),
            child.get("sourceRef", ""),
            child.get("targetRef", ""),
            child.find(bpmn("conditionExpression")) is not None,
        )
        for child in element.iterfind(bpmn("sequenceFlow"))
    )
    return Scope(element, nodes, flows)


def _check_flow(scope: Scope, pairs: Mapping[tuple[str, str], int], flow: Flow) -> None:
    known = flow.source in scope.nodes and flow.target in scope.nodes
    if not known or flow.source == flow.target or pairs[flow.source, flow.target] > 1:
        raise Invalid("diagram.flow", node=flow.id)
    source = local(scope.nodes[flow.source])
    if flow.conditional and source in NODES and source not in CHOOSING:
        raise Invalid("diagram.condition", node=flow.id)


def _check_condition(flow: Flow, *, wanted: bool) -> None:
    if flow.conditional != wanted:
        raise Invalid("diagram.condition", node=flow.id)


def _check_degree(scope: Scope, key: str, kind: str) -> None:
    out, into = len(scope.leaving(key)), len(scope.entering(key))
    if kind == "endEvent":
        right = out == 0 and into > 0
    elif kind in {"startEvent", "boundaryEvent"}:
        right = out == 1 and into == 0
    elif kind in GATEWAYS:
        right = out > 0 and into > 0
    else:
        right = out == 1 and into > 0
    if not right:
        raise Invalid("diagram.connection", node=key)


def _check_gateway(scope: Scope, key: str, node: etree._Element) -> None:
    default = node.get("default")
    if default is not None and default not in {flow.id for flow in scope.leaving(key)}:
        raise Invalid("diagram.default", node=key)
    if local(node) == "parallelGateway" and not _can_fill(scope, key):
        raise Invalid("diagram.deadlock", node=key)


def _can_fill(scope: Scope, key: str) -> bool:
    """Whether every way into a parallel gateway can bring a token before the gateway itself has sent any."""
    forth = _ways(scope)
    forth[key] = set()
    reached = _closure(forth, _starts(scope))
    return all(flow.source in reached for flow in scope.entering(key))


def _check_boundary(scope: Scope, key: str, node: etree._Element) -> None:
    host = scope.nodes.get(node.get("attachedToRef", ""))
    cancels = node.get("cancelActivity", "true")
    if host is None or local(host) not in ACTIVITIES or cancels not in {"true", "false"}:
        raise Invalid("diagram.boundary", node=key)
    error = node.find(bpmn("errorEventDefinition"))
    if error is None:
        _check_timer(key, node, rounds_allowed=cancels == "false")
        return
    lonely = sum(local(child).endswith("EventDefinition") for child in node) == 1
    if not lonely or cancels == "false" or local(host) == "userTask":
        raise Invalid("diagram.boundary", node=key)
    _error_code(key, error)


def _check_timer(key: str, node: etree._Element, *, rounds_allowed: bool) -> None:
    definitions = [child for child in node if local(child).endswith("EventDefinition")]
    times = [local(child) for one in definitions for child in one if local(child) in TIMES]
    if len(definitions) != 1 or len(times) != 1 or (times[0] == "timeCycle" and not rounds_allowed):
        raise Invalid("diagram.timer", node=key)


def _check_end(key: str, node: etree._Element) -> None:
    definitions = [child for child in node if local(child).endswith("EventDefinition")]
    if len(definitions) > 1:
        raise Invalid("diagram.end", node=key)
    for definition in definitions:
        if local(definition) == "errorEventDefinition" and not _is_caught(node, _error_code(key, definition)):
            raise Invalid("diagram.error", node=key)


def _error_code(key: str, definition: etree._Element) -> str | None:
    """The code an event stands for; None for one that catches them all."""
    reference = definition.get("errorRef")
    if reference is None:
        return None
    for error in definition.getroottree().getroot().iterfind(bpmn("error")):
        if error.get("id") == reference and error.get("errorCode"):
            return error.get("errorCode")
    raise Invalid("diagram.error", node=key)


def _is_caught(end: etree._Element, code: str | None) -> bool:
    """Whether a sub-process around an error end has a boundary event for it."""
    inner = end.getparent()
    while code is not None and inner is not None and local(inner) == "subProcess":
        outer = inner.getparent()
        events = [] if outer is None else outer.findall(bpmn("boundaryEvent"))
        for event in events:
            definition = event.find(bpmn("errorEventDefinition"))
            attached = event.get("attachedToRef") == inner.get("id") and definition is not None
            if attached and definition is not None and _error_code("", definition) in {None, code}:
                return True
        inner = outer
    return False


def _check_ends(scope: Scope) -> None:
    kinds = Counter(local(node) for node in scope.nodes.values())
    if kinds["startEvent"] != 1:
        raise Invalid("diagram.start", node=scope.element.get("id"))
    if kinds["endEvent"] < 1:
        raise Invalid("diagram.end", node=scope.element.get("id"))


def _way_steps(scope: Scope) -> Iterator[Step]:
    """Every node lies on a way from the start to an end."""
    forth = _ways(scope)
    back = {key: {one for one in scope.nodes if key in forth[one]} for key in scope.nodes}
    reached = _closure(forth, _starts(scope))
    ending = _closure(back, (key for key, node in scope.nodes.items() if local(node) == "endEvent"))
    for key, node in scope.nodes.items():
        yield node, partial(_check_way, key, is_on_one=key in reached and key in ending)


def _check_way(key: str, *, is_on_one: bool) -> None:
    if not is_on_one:
        raise Invalid("diagram.unreachable", node=key)


def _ways(scope: Scope) -> dict[str, set[str]]:
    """Where a token can come from each node, its boundary events included."""
    forth = {key: {flow.target for flow in scope.leaving(key)} for key in scope.nodes}
    for key, node in scope.nodes.items():
        if local(node) == "boundaryEvent":
            forth.setdefault(node.get("attachedToRef", ""), set()).add(key)
    return forth


def _starts(scope: Scope) -> list[str]:
    return [key for key, node in scope.nodes.items() if local(node) == "startEvent"]


def _closure(ways: Mapping[str, Iterable[str]], start: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    todo = list(start)
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo.extend(ways.get(one, ()))
    return seen
