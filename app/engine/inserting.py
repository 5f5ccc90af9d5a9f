"""Steps put into a diagram without taking it over: each on the way on from an element that the diagram draws."""

from collections.abc import Mapping
from typing import Final

from lxml import etree

from app.engine.overriding import say, written
from app.engine.xml import bpmn, local, read

AFTER: Final = "after"
_DI: Final = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_DC: Final = "{http://www.omg.org/spec/DD/20100524/DC}"
_DD: Final = "{http://www.omg.org/spec/DD/20100524/DI}"
_WIDE, _HIGH, _GAP = 100.0, 80.0, 40.0
_ROOM = _WIDE + 2 * _GAP
_AROUND = frozenset({"participant", "lane", "subProcess", "group"})


def inserted(xml: bytes, added: Mapping[str, Mapping[str, str]]) -> bytes:
    """The diagram with steps of people put in, by their ids; `after` says behind which element each stands.

    A step may stand behind another that is put in. One whose place is not there, or leads on in several ways, is not
    heard (`misplaced`). Errors: as `xml.read`.
    """
    return _grown(xml, added)[0]


def misplaced(xml: bytes, added: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The steps that have no place in the diagram."""
    return _grown(xml, added)[1]


def _grown(xml: bytes, added: Mapping[str, Mapping[str, str]]) -> tuple[bytes, list[str]]:
    wanted = {key: one for key, one in added.items() if one}
    if not wanted:
        return xml, []
    root = read(xml)
    left = sorted(wanted)
    placed = True
    while placed:
        placed = False
        for key in list(left):
            if _put_in(root, key, wanted[key]):
                left.remove(key)
                placed = True
    return written(root), left


def _put_in(root: etree._Element, key: str, said: Mapping[str, str]) -> bool:
    known = {one.get("id", ""): one for one in root.iter(etree.Element)}
    before, onward = known.get(said.get(AFTER, "")), f"{key}_onward"
    way = None if before is None else _only_way(root, before)
    if before is None or way is None or key in known or onward in known:
        return False
    _draw(root, key, before.get("id", ""), way.get("id", ""))
    step = etree.Element(bpmn("userTask"), id=key)
    before.addnext(step)
    say(step, {name: value for name, value in said.items() if name != AFTER})
    etree.SubElement(step, bpmn("incoming")).text = way.get("id", "")
    etree.SubElement(step, bpmn("outgoing")).text = onward
    target = way.get("targetRef", "")
    way.addnext(etree.Element(bpmn("sequenceFlow"), id=onward, sourceRef=key, targetRef=target))
    way.set("targetRef", key)
    for entry in known[target].iterfind(bpmn("incoming")) if target in known else ():
        if (entry.text or "").strip() == way.get("id"):
            entry.text = onward
    for entry in [one for one in root.iter(bpmn("flowNodeRef")) if (one.text or "").strip() == before.get("id")]:
        told = etree.Element(bpmn("flowNodeRef"))
        told.text = key
        entry.addnext(told)
    return True


def _only_way(root: etree._Element, before: etree._Element) -> etree._Element | None:
    if local(before) == "boundaryEvent":  # its way leads on from under another step
        return None
    ways = [one for one in root.iter(bpmn("sequenceFlow")) if one.get("sourceRef") == before.get("id")]
    return ways[0] if len(ways) == 1 else None


def _draw(root: etree._Element, key: str, before: str, way: str) -> None:
    """Make room behind the element and draw the step there; a diagram without drawing stays without."""
    plane = root.find(f"{_DI}BPMNDiagram/{_DI}BPMNPlane")
    drawn = {} if plane is None else {str(one.get("bpmnElement")): one for one in plane}
    bounds = drawn[before].find(f"{_DC}Bounds") if before in drawn else None
    if plane is None or bounds is None:
        return
    cut, middle = _at(bounds, "x") + _at(bounds, "width"), _at(bounds, "y") + _at(bounds, "height") / 2
    _make_room(root, plane, cut)
    shape = etree.SubElement(plane, f"{_DI}BPMNShape", id=f"{key}_shape", bpmnElement=key)
    sides = {"x": cut + _GAP, "y": middle - _HIGH / 2, "width": _WIDE, "height": _HIGH}
    etree.SubElement(shape, f"{_DC}Bounds", {name: f"{side:g}" for name, side in sides.items()})
    points = [] if way not in drawn else [(_at(one, "x"), _at(one, "y")) for one in drawn[way].iter(f"{_DD}waypoint")]
    if points:
        _lead(drawn[way], [(cut, middle), (cut + _GAP, middle)])
        onward = etree.SubElement(plane, f"{_DI}BPMNEdge", id=f"{key}_edge", bpmnElement=f"{key}_onward")
        _lead(onward, _bent((cut + _GAP + _WIDE, middle), points[-1]))


def _bent(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    """A line with right angles."""
    halfway = (start[0] + end[0]) / 2
    return [start, end] if abs(start[1] - end[1]) < 1 else [start, (halfway, start[1]), (halfway, end[1]), end]


def _make_room(root: etree._Element, plane: etree._Element, cut: float) -> None:
    """What reaches beyond the cut moves on with the ends of its lines; a lane or a pool that does grows instead."""
    known = {one.get("id", ""): one for one in root.iter(etree.Element)}
    moved = set()
    for shape in plane.iterfind(f"{_DI}BPMNShape"):
        bounds = shape.find(f"{_DC}Bounds")
        if bounds is None or _at(bounds, "x") + _at(bounds, "width") <= cut:
            continue
        key = shape.get("bpmnElement", "")
        if _at(bounds, "x") < cut and key in known and local(known[key]) in _AROUND:
            bounds.set("width", f"{_at(bounds, 'width') + _ROOM:g}")
            continue
        moved.add(key)
        for box in shape.iter(f"{_DC}Bounds"):
            box.set("x", f"{_at(box, 'x') + _ROOM:g}")
    for edge in plane.iterfind(f"{_DI}BPMNEdge"):
        line = known.get(edge.get("bpmnElement", ""))
        points = list(edge.iterfind(f"{_DD}waypoint"))
        ends = {} if line is None else {0: line.get("sourceRef"), len(points) - 1: line.get("targetRef")}
        for at, point in enumerate(points):
            if ends[at] in moved if at in ends else _at(point, "x") > cut:
                point.set("x", f"{_at(point, 'x') + _ROOM:g}")


def _lead(edge: etree._Element, points: list[tuple[float, float]]) -> None:
    for child in list(edge):
        if local(child) == "waypoint":
            edge.remove(child)
    for at, (x, y) in enumerate(points):
        edge.insert(at, etree.Element(f"{_DD}waypoint", x=f"{x:g}", y=f"{y:g}"))


def _at(element: etree._Element, name: str) -> float:
    try:
        return float(element.get(name, "0"))
    except ValueError:
        return 0.0
