"""How the nodes of one process or sub-process hang together: what may leave, enter, catch and end."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from lxml import etree

from app.engine import eventrules, standard, undorules
from app.engine.repetition import INSTANCES, LOOP
from app.engine.vocabulary import ACTIVITIES, CHOOSING, GATEWAYS, NODES
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
    yield element, partial(eventrules.check_starts, element)
    pairs = Counter((flow.source, flow.target) for flow in scope.flows)
    for flow in scope.flows:
        yield flow.element, partial(_check_flow, scope, pairs, flow)
    for key, node in scope.nodes.items():
        if local(node) in NODES:
            yield node, partial(eventrules.check, key, node, scope.nodes)
            yield node, partial(undorules.check, element, key, node, scope.nodes)
    for key, node in scope.nodes.items():
        if local(node) in NODES:
            yield from _node_steps(scope, key, node)
    yield element, partial(_check_ends, scope)
    yield from _way_steps(scope)


def _node_steps(scope: Scope, key: str, node: etree._Element) -> Iterator[Step]:
    kind, default, ways = local(node), node.get("default"), scope.leaving(key)
    yield node, partial(_check_degree, scope, key, "aside" if _is_aside(node) else kind)
    if kind in GATEWAYS:
        yield node, partial(_check_gateway, scope, key, node)
    elif kind in ACTIVITIES:
        yield node, partial(_check_default, key, default, ways, needs_condition=True)
    for flow in ways:
        if kind in CHOOSING or (kind in ACTIVITIES and flow.conditional):
            yield flow.element, partial(_check_condition, flow, wanted=len(ways) > 1 and flow.id != default)


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
    if flow.conditional and local(scope.nodes[flow.source]) in NODES - CHOOSING - ACTIVITIES:
        raise Invalid("diagram.condition", node=flow.id)


def _check_condition(flow: Flow, *, wanted: bool) -> None:
    if flow.conditional != wanted:
        raise Invalid("diagram.condition", node=flow.id)


def _check_degree(scope: Scope, key: str, kind: str) -> None:
    out, into = len(scope.leaving(key)), len(scope.entering(key))
    if kind == "endEvent":
        right = out == 0 and into > 0
    elif kind == "aside":
        right = out == into == 0
    elif kind in {"startEvent", "boundaryEvent"}:
        right = out > 0 and into == 0
    else:
        right = out > 0 and into > 0
    if not right:
        raise Invalid("diagram.connection", node=key)


def _is_aside(node: etree._Element) -> bool:
    """Whether no sequence flow may touch an element: something else than a token sets it going."""
    return eventrules.is_handler(node) or undorules.is_aside(node)


def _check_default(key: str, default: str | None, ways: list[Flow], *, needs_condition: bool) -> None:
    """A default is one of the ways out; out of an activity it needs a condition beside it that may fail."""
    is_idle = needs_condition and len(ways) > 1 and not any(flow.conditional for flow in ways)
    if default is not None and (is_idle or default not in {flow.id for flow in ways}):
        raise Invalid("diagram.default", node=key)


def _check_gateway(scope: Scope, key: str, node: etree._Element) -> None:
    default = node.get("default")
    _check_default(key, default, scope.leaving(key), needs_condition=False)
    if local(node) == "complexGateway":
        _check_activation(node, key, len(scope.entering(key)))
    if local(node) == "parallelGateway" and not _can_fill(scope, key):
        raise Invalid("diagram.deadlock", node=key)
    if local(node) == "eventBasedGateway":
        _check_race(scope, key, scope.leaving(key))


def _check_activation(node: etree._Element, key: str, ways_in: int) -> None:
    """A complex gateway that joins says when it has enough; one that only parts does not."""
    condition = node.findtext(bpmn("activationCondition"))
    if (ways_in > 1) != bool(condition and condition.strip()):
        raise Invalid("diagram.complex", node=key)


def _check_race(scope: Scope, key: str, ways: list[Flow]) -> None:
    """Behind an event gateway stand events that wait, reached from nowhere else and with nothing attached to them."""
    hosts = {node.get("attachedToRef") for node in scope.nodes.values()}
    for flow in ways:
        waits = local(scope.nodes[flow.target]) in {"intermediateCatchEvent", "receiveTask"}
        repeated = any(local(child) in {INSTANCES, LOOP} for child in scope.nodes[flow.target])
        if not waits or repeated or flow.target in hosts or len(scope.entering(flow.target)) > 1:
            raise Invalid("diagram.event_gateway", node=key)
    if len(ways) == 1:
        raise Invalid("diagram.event_gateway", node=key)


def _can_fill(scope: Scope, key: str) -> bool:
    """Whether every way into a parallel gateway can bring a token before the gateway itself has sent any."""
    forth = _ways(scope)
    forth[key] = set()
    inputs = {flow.source for flow in scope.entering(key)}
    reached = [_closure(forth, [start]) for start in _starts(scope)]
    return all(inputs <= one or not inputs & one for one in reached)  # a case begins at one start only


def _check_ends(scope: Scope) -> None:
    if not any(local(node) == "endEvent" for node in scope.nodes.values()):
        raise Invalid("diagram.end", node=scope.element.get("id"))


def _way_steps(scope: Scope) -> Iterator[Step]:
    """Every node lies on a way from the start to an end."""
    forth = _ways(scope)
    back = {key: {one for one in scope.nodes if key in forth[one]} for key in scope.nodes}
    reached = _closure(forth, _starts(scope))
    ending = _closure(back, (key for key, node in scope.nodes.items() if local(node) == "endEvent"))
    for key, node in scope.nodes.items():
        if not _is_aside(node):
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
