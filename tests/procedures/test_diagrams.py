"""How the diagrams of the library are drawn: complete, inside their lanes, nothing on top of anything else."""

from itertools import combinations, pairwise

import pytest
from lxml import etree

from app.domain.procedures import library
from app.engine import diagram
from app.engine.xml import bpmn, local, read

Box = tuple[float, float, float, float]
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
KEYS = library.catalogue()
LEAST_LABEL = 60
"""A name needs some room, or it is broken into single words."""


@pytest.mark.parametrize("key", KEYS)
def test_every_element_is_drawn(key: str) -> None:
    root = _root(key)
    drawn = set(_boxes(root)) | {edge.get("bpmnElement", "") for edge in root.iter(f"{DI}BPMNEdge")}
    wanted = {one.get("id", "") for one in [*_flow_nodes(root), *root.iter(bpmn("sequenceFlow"), bpmn("lane"))]}
    assert wanted <= drawn


@pytest.mark.parametrize("key", KEYS)
def test_no_step_stands_on_another(key: str) -> None:
    root = _root(key)
    boxes = _boxes(root)
    steps = [one.get("id", "") for one in _flow_nodes(root) if local(one) != "boundaryEvent"]
    touching = [(a, b) for a, b in combinations(steps, 2) if _overlap(boxes[a], boxes[b])]
    assert touching == []


@pytest.mark.parametrize("key", KEYS)
def test_every_step_stands_in_its_lane_and_in_one_only(key: str) -> None:
    root = _root(key)
    boxes = _boxes(root)
    lanes = {
        ref.text or "": lane.get("id", "") for lane in root.iter(bpmn("lane")) for ref in lane.iter(bpmn("flowNodeRef"))
    }
    assert set(lanes) == {one.get("id", "") for one in _flow_nodes(root)}
    outside = [node for node, lane in lanes.items() if not _inside(_middle(boxes[node]), boxes[lane])]
    assert outside == []


@pytest.mark.parametrize("key", KEYS)
def test_every_event_of_an_edge_sits_on_the_edge_of_its_step(key: str) -> None:
    root = _root(key)
    boxes = _boxes(root)
    for event in root.iter(bpmn("boundaryEvent")):
        x, y = _middle(boxes[event.get("id", "")])[:2]
        left, top, right, bottom = boxes[event.get("attachedToRef", "")]
        assert left <= x <= right, event.get("id")
        assert top <= y <= bottom, event.get("id")
        assert min(abs(x - left), abs(x - right), abs(y - top), abs(y - bottom)) < 1, event.get("id")


@pytest.mark.parametrize("key", KEYS)
def test_flows_run_straight_from_step_to_step_and_through_no_other(key: str) -> None:
    root = _root(key)
    boxes = _boxes(root)
    nodes = [one.get("id", "") for one in _flow_nodes(root) if local(one) != "boundaryEvent"]
    flows = {flow.get("id", ""): flow for flow in root.iter(bpmn("sequenceFlow"))}
    hosts = {one.get("id", ""): one.get("attachedToRef", "") for one in root.iter(bpmn("boundaryEvent"))}
    for edge in root.iter(f"{DI}BPMNEdge"):
        flow = flows[edge.get("bpmnElement", "")]
        source, target = flow.get("sourceRef", ""), flow.get("targetRef", "")
        points = [(float(point.get("x", "")), float(point.get("y", ""))) for point in edge.iter(WAYPOINT)]
        assert _touches(points[0], boxes[source]), flow.get("id")
        assert _touches(points[-1], boxes[target]), flow.get("id")
        for (x1, y1), (x2, y2) in pairwise(points):
            assert x1 == x2 or y1 == y2, flow.get("id")
            line = (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
            ends = {source, target, hosts.get(source)}
            crossed = [one for one in nodes if one not in ends and _overlap(line, boxes[one])]
            assert crossed == [], flow.get("id")


@pytest.mark.parametrize("key", KEYS)
def test_every_label_has_room_and_covers_no_step_and_no_other_label(key: str) -> None:
    root = _root(key)
    boxes = _boxes(root)
    labels = _labels(root)
    named = {one.get("id", "") for one in _flow_nodes(root) if local(one).endswith(("Event", "Gateway"))}
    assert named <= set(labels)
    steps = [boxes[one.get("id", "")] for one in _flow_nodes(root)]
    for name in named:
        left, _, right, _ = labels[name]
        assert right - left >= LEAST_LABEL, name
    covered = [name for name, label in labels.items() if any(_overlap(label, step) for step in steps)]
    assert covered == []
    assert [(a, b) for a, b in combinations(labels, 2) if _overlap(labels[a], labels[b])] == []


@pytest.mark.parametrize("key", KEYS)
def test_the_diagram_can_be_shown(key: str) -> None:
    layer = library.layer("common", key)
    assert layer is not None
    assert layer.bpmn is not None
    first = next(iter(_flow_nodes(_root(key)))).get("id", "")
    assert diagram.render(layer.bpmn, {first: "current"}, {}, "Sơ đồ").startswith("<svg")


def _root(key: str) -> etree._Element:
    layer = library.layer("common", key)
    assert layer is not None
    assert layer.bpmn is not None
    return read(layer.bpmn)


def _flow_nodes(root: etree._Element) -> list[etree._Element]:
    process = root.find(bpmn("process"))
    assert process is not None
    kinds = ("Task", "Event", "Gateway", "Activity")
    return [one for one in process if isinstance(one.tag, str) and local(one).endswith(kinds)]


def _boxes(root: etree._Element) -> dict[str, Box]:
    return {shape.get("bpmnElement", ""): _box(shape) for shape in root.iter(f"{DI}BPMNShape")}


def _labels(root: etree._Element) -> dict[str, Box]:
    owners = list(root.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge"))
    found = {owner.get("bpmnElement", ""): owner.find(f"{DI}BPMNLabel") for owner in owners}
    return {name: _box(label) for name, label in found.items() if label is not None}


def _box(element: etree._Element) -> Box:
    bounds = element.find(f"{DC}Bounds")
    assert bounds is not None
    x, y, width, height = (float(bounds.get(name, "")) for name in ("x", "y", "width", "height"))
    return (x, y, x + width, y + height)


def _middle(box: Box) -> Box:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return (x, y, x, y)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _inside(one: Box, other: Box) -> bool:
    return other[0] <= one[0] and one[2] <= other[2] and other[1] <= one[1] and one[3] <= other[3]


def _touches(point: tuple[float, float], box: Box) -> bool:
    x, y = point
    return box[0] - 1 <= x <= box[2] + 1 and box[1] - 1 <= y <= box[3] + 1
