"""Which elements of a diagram no play has passed: what has never been tried."""

from collections.abc import Iterator, Set
from typing import Any

from lxml import etree

from app.engine.vocabulary import GATEWAYS, NODES
from app.engine.xml import bpmn, local

Way = tuple[str, ...]
_UNDO = bpmn("compensateEventDefinition")


def missed(root: etree._Element, taken: Set[Way]) -> dict[str, Any]:
    """The nodes and flows that `taken` (scope, node, next or "") leaves out, and how many there are of both."""
    flows = list(_flows(root))
    passed = {(scope, node) for scope, node, *_rest in taken}
    passed |= {(scope, flow.get("targetRef", "")) for scope, flow in flows if _way(scope, flow) in taken}
    completed = {(scope, node) for scope, node, *_rest in taken}
    nodes = list(_nodes(root))
    undone = {
        (scope, node.get("id", ""))
        for scope, node in nodes
        if local(node) == "boundaryEvent" and node.find(_UNDO) is not None and _handler(root, node, scope) in completed
    }
    done = passed | undone
    return {
        "nodes": [
            _named(node)
            for scope, node in nodes
            if (scope, node.get("id", "")) not in (completed if local(node) in GATEWAYS else done)
        ],
        "flows": [_named(flow) for scope, flow in flows if _way(scope, flow) not in taken],
        "elements": len(nodes) + len(flows),
    }


def _nodes(root: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    for scope in _scopes(root):
        yield from ((scope.get("id", ""), child) for child in scope if local(child) in NODES)


def _flows(root: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    for scope in _scopes(root):
        yield from ((scope.get("id", ""), flow) for flow in scope.iterfind(bpmn("sequenceFlow")))


def _scopes(root: etree._Element) -> Iterator[etree._Element]:
    yield from root.iter(bpmn("process"), bpmn("subProcess"))


def _way(scope: str, flow: etree._Element) -> Way:
    return scope, flow.get("sourceRef", ""), flow.get("targetRef", "")


def _handler(root: etree._Element, event: etree._Element, scope: str) -> tuple[str, str]:
    """What a compensation event is tied to: the event itself is never passed, what it names is done instead."""
    for line in root.iter(bpmn("association")):
        if line.get("sourceRef") == event.get("id"):
            return scope, line.get("targetRef", "")
    return scope, ""


def _named(element: etree._Element) -> dict[str, str]:
    ends = f"{element.get('sourceRef')} → {element.get('targetRef')}" if element.get("sourceRef") else ""
    return {"id": element.get("id", ""), "name": " ".join((element.get("name") or ends).split())}
