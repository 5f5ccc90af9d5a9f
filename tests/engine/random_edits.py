"""Random edits of random diagrams, done to the BPMN and to the graph of the token interpreter alike."""

import random
from collections.abc import Iterator
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace

from lxml import etree

from app.engine.xml import EO, bpmn
from tests.engine.graphs import Edge, Event, Graph
from tests.engine.random_diagrams import Generator
from tests.engine.tokens import Many, Place, Run

KINDS = ("insert", "insert", "remove", "rename", "remind")
FRESH = "w900"


@dataclass
class Edit:
    """A diagram after an edit; `touched` are the flows and nodes whose tokens the edit may leave without a place."""

    xml: bytes
    graph: Graph
    choices: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)


def edited(made: Generator, dice: random.Random) -> Edit | None:
    """The diagram after one edit; None when it has no place for it."""
    root, graph = etree.fromstring(made.xml), deepcopy(made.graph)
    return _EDITS[dice.choice(KINDS)](root, graph, dice)


def moved(run: Run, graph: Graph, edit: Edit, outer: Run | None = None) -> Run:
    """The tokens of an interpreter on the edited graph."""
    fresh = copy(run)
    fresh.graph, fresh.outer = graph, outer
    fresh.moving = [(_edge(edge, graph, edit), data) for edge, data in run.moving]
    fresh.places = [_place(place, run.graph, fresh, edit) for place in run.places]
    return fresh


def stands_in_the_way(run: Run, edit: Edit) -> bool:
    """Whether a token stands where the edit leaves it no place."""
    if any(f"{edge.source}>{edge.target}" in edit.touched for edge, _ in run.moving):
        return True
    return any(place.node in edit.touched or _inside(place, edit) for place in run.places)


def _inside(place: Place, edit: Edit) -> bool:
    return any(stands_in_the_way(one, edit) for one in place.runs)


def _edge(edge: Edge, graph: Graph, edit: Edit) -> Edge:
    ends = (edit.renamed.get(edge.source, edge.source), edit.renamed.get(edge.target, edge.target))
    return next(one for one in graph.edges if (one.source, one.target) == ends)


def _place(place: Place, old: Graph, outer: Run, edit: Edit) -> Place:
    graph, node = outer.graph, edit.renamed.get(place.node, place.node)
    added = {one for one, host in graph.hosts.items() if host == node and one not in old.hosts}
    run = copy(place.run)
    if isinstance(run, Run):
        run = moved(run, graph.inner[node], edit, outer)
    elif isinstance(run, Many):
        run.graph, run.outer = graph.only(node), outer
        run.runs = [moved(one, run.graph, edit, outer) for one in run.runs]
    return Place(node, place.data, place.waits | added, run)


def _insert(root: etree._Element, graph: Graph, dice: random.Random) -> Edit | None:
    """A person's step on a flow."""
    around, edge = dice.choice([(one, edge) for one in _graphs(graph) for edge in one.edges])
    flow = _flow(root, edge)
    scope = _around(flow)
    scope.append(_step(root, FRESH))
    target = edge.target
    flow.set("targetRef", FRESH)
    etree.SubElement(scope, bpmn("sequenceFlow"), id="fresh", sourceRef=FRESH, targetRef=target)
    around.kinds[FRESH] = "user"
    around.edges[around.edges.index(edge)] = replace(edge, target=FRESH)
    around.edges.append(Edge(FRESH, edge.target))
    return Edit(etree.tostring(root), graph, touched={f"{edge.source}>{edge.target}"})


def _remove(root: etree._Element, graph: Graph, dice: random.Random) -> Edit | None:
    """A step of a person that one flow leads to and one away from."""
    found = [(one, key) for one, key in _users(graph) if len(one.into(key)) == len(one.out(key)) == 1]
    if not found:
        return None
    around, key = dice.choice(found)
    before, after = around.into(key)[0], around.out(key)[0]
    if any((one.source, one.target) == (before.source, after.target) for one in around.edges):
        return None
    _flow(root, before).set("targetRef", after.target)
    for element in (_flow(root, after), _element(root, key)):
        _around(element).remove(element)
    around.edges[around.edges.index(before)] = replace(before, target=after.target)
    around.edges.remove(after)
    del around.kinds[key]
    return Edit(etree.tostring(root), graph, touched={key, f"{key}>{after.target}"})


def _rename(root: etree._Element, graph: Graph, dice: random.Random) -> Edit | None:
    """A person's step is called otherwise; somebody says which it was."""
    found = list(_users(graph))
    if not found:
        return None
    around, key = dice.choice(found)
    element = _element(root, key)
    for one in root.iter(etree.Element):
        for name in ("id", "sourceRef", "targetRef", "attachedToRef"):
            if one.get(name) == key:
                one.set(name, FRESH)
    around.kinds[FRESH] = around.kinds.pop(key)
    around.edges[:] = [
        replace(one, source=_called(one.source, key), target=_called(one.target, key)) for one in around.edges
    ]
    choices = {f"{_around(element).get('id')}/{key}": FRESH}
    return Edit(etree.tostring(root), graph, choices, {key: FRESH})


def _remind(root: etree._Element, graph: Graph, dice: random.Random) -> Edit | None:
    """A limit at the edge of a person's step, which then goes on as if it were done."""
    found = [(one, key) for one, key in _users(graph) if len(one.out(key)) == 1]
    if not found:
        return None
    around, key = dice.choice(found)
    flow = _flow(root, around.out(key)[0])
    target = around.out(key)[0].target
    if around.kinds[target] in {"parallel", "inclusive"}:
        return None
    scope = _around(flow)
    event = etree.SubElement(scope, bpmn("boundaryEvent"), id="t900", attachedToRef=key, cancelActivity="true")
    timer = etree.SubElement(event, bpmn("timerEventDefinition"))
    etree.SubElement(timer, bpmn("timeDuration")).text = "P1D"
    scope.append(_step(root, FRESH))
    etree.SubElement(scope, bpmn("sequenceFlow"), id="fresh", sourceRef="t900", targetRef=FRESH)
    etree.SubElement(scope, bpmn("sequenceFlow"), id="fresh2", sourceRef=FRESH, targetRef=target)
    around.kinds |= {"t900": "edge", FRESH: "user"}
    around.events["t900"] = Event("timer")
    around.hosts["t900"] = key
    around.edges += [Edge("t900", FRESH), Edge(FRESH, target)]
    return Edit(etree.tostring(root), graph)


def _graphs(graph: Graph) -> Iterator[Graph]:
    yield graph
    for inner in graph.inner.values():
        yield from _graphs(inner)


def _users(graph: Graph) -> Iterator[tuple[Graph, str]]:
    """The steps of people with nothing special about them."""
    for around in _graphs(graph):
        for key, kind in around.kinds.items():
            if kind == "user" and key not in around.repeats and key not in around.hosts.values():
                yield around, key


def _called(name: str, key: str) -> str:
    return FRESH if name == key else name


def _flow(root: etree._Element, edge: Edge) -> etree._Element:
    flows = root.iter(bpmn("sequenceFlow"))
    return next(one for one in flows if (one.get("sourceRef"), one.get("targetRef")) == (edge.source, edge.target))


def _around(element: etree._Element) -> etree._Element:
    around = element.getparent()
    assert around is not None
    return around


def _element(root: etree._Element, key: str) -> etree._Element:
    return next(one for one in root.iter(etree.Element) if one.get("id") == key)


def _step(root: etree._Element, key: str) -> etree._Element:
    """A person's step that shows the same as all others."""
    element = etree.Element(bpmn("userTask"), id=key)
    shown = next(root.iter(f"{{{EO}}}task"), None)
    extensions = etree.SubElement(element, bpmn("extensionElements"))
    if shown is not None:
        extensions.append(deepcopy(shown))
    return element


_EDITS = {"insert": _insert, "remove": _remove, "rename": _rename, "remind": _remind}
