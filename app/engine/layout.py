"""A plain drawing for a diagram that came without one: each step to the right of those before it."""

from collections.abc import Iterator, Mapping

from lxml import etree

from app.engine.standard import NODES
from app.engine.xml import bpmn, local

_DI = "http://www.omg.org/spec/BPMN/20100524/DI"
_DC = "http://www.omg.org/spec/DD/20100524/DC"
_DD = "http://www.omg.org/spec/DD/20100524/DI"
_COLUMN, _ROW, _MARGIN = 160, 120, 60
_SIZES = {"Event": (36, 36), "Gateway": (50, 50)}
_TASK = (100, 80)
Box = tuple[float, float, float, float]


def is_drawn(root: etree._Element) -> bool:
    """Whether a document has a drawing, and no process in it of which only some steps can be seen."""
    found = root.iterfind(f"{{{_DI}}}BPMNDiagram/{{{_DI}}}BPMNPlane/{{{_DI}}}BPMNShape")
    shown = {shape.get("bpmnElement") for shape in found}
    steps = ({child.get("id") for child in one if local(child) in NODES} for one in root.iterfind(bpmn("process")))
    return bool(shown) and all(shown >= one or shown.isdisjoint(one) for one in steps)


def draw(root: etree._Element) -> None:
    """Give a document a drawing. Sub-processes are drawn closed, pools and lanes are left for a person to draw."""
    for old in root.findall(f"{{{_DI}}}BPMNDiagram"):
        root.remove(old)
    process = root.find(bpmn("process"))
    if process is None:
        return
    diagram = etree.SubElement(root, f"{{{_DI}}}BPMNDiagram", nsmap={"bpmndi": _DI, "dc": _DC, "di": _DD})
    plane = etree.SubElement(diagram, f"{{{_DI}}}BPMNPlane", bpmnElement=process.get("id") or "")
    top = 0.0
    for one in root.iterfind(bpmn("process")):
        boxes = _boxes(one, top)
        for key, box in boxes.items():
            _shape(plane, key, box)
        for flow in one.iterfind(bpmn("sequenceFlow")):
            _edge(plane, flow, boxes)
        top = max((y + height for _x, y, _width, height in boxes.values()), default=top) + _ROW


def _boxes(process: etree._Element, top: float) -> dict[str, Box]:
    nodes = {child.get("id") or "": child for child in process if local(child) in NODES}
    columns = _columns(process, {key for key, node in nodes.items() if node.get("attachedToRef") is None})
    rows: dict[int, int] = {}
    boxes: dict[str, Box] = {}
    for key, column in columns.items():
        row = rows[column] = rows.get(column, -1) + 1
        width, height = _size(nodes[key])
        x, y = _MARGIN + column * _COLUMN + (_TASK[0] - width) / 2, top + _MARGIN + row * _ROW + (_TASK[1] - height) / 2
        boxes[key] = (x, y, width, height)
    edges: dict[str, int] = {}
    for key, node in nodes.items():
        host = node.get("attachedToRef") or ""
        if host in boxes:
            edges[host] = edges.get(host, 0) + 1
            left, above, wide, high = boxes[host]
            boxes[key] = (left + wide - 40 * edges[host], above + high - 18, 36, 36)
    return boxes


def _columns(process: etree._Element, wanted: set[str]) -> dict[str, int]:
    """How many steps each node is from the start; what no way leads to begins a row of its own."""
    hosts = {child.get("id"): child.get("attachedToRef") for child in process.iterfind(bpmn("boundaryEvent"))}
    ways: dict[str, list[str]] = {}
    for flow in process.iterfind(bpmn("sequenceFlow")):
        source = flow.get("sourceRef") or ""
        ways.setdefault(hosts.get(source) or source, []).append(flow.get("targetRef") or "")
    starts = [child.get("id") or "" for child in process.iterfind(bpmn("startEvent"))]
    found: dict[str, int] = {}
    for begin in [*starts, *sorted(wanted)]:
        todo = [(begin, 0)]
        while todo:
            key, column = todo.pop(0)
            if key in wanted and key not in found:
                found[key] = column
                todo += [(target, column + 1) for target in ways.get(key, ())]
    return found


def _size(node: etree._Element) -> tuple[int, int]:
    return next((size for ending, size in _SIZES.items() if local(node).endswith(ending)), _TASK)


def _shape(plane: etree._Element, key: str, box: Box) -> None:
    shape = etree.SubElement(plane, f"{{{_DI}}}BPMNShape", id=f"{key}_di", bpmnElement=key)
    etree.SubElement(
        shape, f"{{{_DC}}}Bounds", dict(zip(("x", "y", "width", "height"), map(_number, box), strict=True))
    )


def _edge(plane: etree._Element, flow: etree._Element, boxes: Mapping[str, Box]) -> None:
    source, target = boxes.get(flow.get("sourceRef") or ""), boxes.get(flow.get("targetRef") or "")
    if source is None or target is None:
        return
    key = flow.get("id") or ""
    edge = etree.SubElement(plane, f"{{{_DI}}}BPMNEdge", id=f"{key}_di", bpmnElement=key)
    for x, y in _points(source, target):
        etree.SubElement(edge, f"{{{_DD}}}waypoint", x=_number(x), y=_number(y))


def _points(source: Box, target: Box) -> Iterator[tuple[float, float]]:
    """From side to side where the way leads on, from below to below where it leads back."""
    if target[0] > source[0]:
        yield source[0] + source[2], source[1] + source[3] / 2
        yield target[0], target[1] + target[3] / 2
        return
    below = max(source[1] + source[3], target[1] + target[3]) + _ROW / 4
    for box, to_box in ((source, False), (target, True)):
        middle = box[0] + box[2] / 2
        points = [(middle, box[1] + box[3]), (middle, below)]
        yield from reversed(points) if to_box else points


def _number(value: float) -> str:
    return f"{value:g}"
