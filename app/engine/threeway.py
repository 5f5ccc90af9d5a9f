"""Two changes of one diagram brought together, as long as they are about different elements."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from app.engine.differences import elements, own, said
from app.engine.vocabulary import NODES
from app.engine.xml import bpmn, detach, local, read

_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"


@dataclass(frozen=True)
class Merge:
    """Both changes in one diagram, or the ids of the elements about which they do not agree."""

    xml: bytes | None
    overlaps: tuple[str, ...] = ()


def merge(base: bytes, ours: bytes, theirs: bytes) -> Merge:
    """Take over into ours what theirs changed since base. Errors: as `xml.read`.

    Elements overlap that both changed and not alike, that one took away and the other changed or leads to.
    """
    old, mine, other = read(base), read(ours), read(theirs)
    changes, kept = _changed(old, other), _changed(old, mine)
    both = {key for key in changes & kept if not _alike(key, mine, other)}
    overlaps = both | _dangling(mine, other, changes)
    if overlaps:
        return Merge(None, tuple(sorted(overlaps)))
    _take_over(mine, other, changes - kept)
    return Merge(etree.tostring(mine, xml_declaration=True, encoding="UTF-8"))


def _changed(old: etree._Element, new: etree._Element) -> set[str]:
    before, after = elements(old), elements(new)
    both = before.keys() & after.keys()
    return (before.keys() ^ after.keys()) | {key for key in both if said(before[key]) != said(after[key])}


def _alike(key: str, one: etree._Element, other: etree._Element) -> bool:
    left, right = elements(one).get(key), elements(other).get(key)
    if left is None or right is None:
        return left is right
    return said(left) == said(right)


def _dangling(mine: etree._Element, other: etree._Element, changes: set[str]) -> set[str]:
    """Elements that the result would not have, although something in it leads to them or stands in them."""
    here, there = elements(mine), elements(other)
    left = (here.keys() - changes) | (there.keys() & changes)
    result = {key: (there if key in changes else here).get(key) for key in left}
    found = {one for element in result.values() if element is not None for one in _leads_to(element)}
    return found - left - {""}


def _leads_to(element: etree._Element) -> Iterator[str]:
    yield from (element.get(name, "") for name in ("sourceRef", "targetRef", "attachedToRef", "default"))
    yield said(element).get("in", "")


def _take_over(mine: etree._Element, other: etree._Element, changes: set[str]) -> None:
    here, there = elements(mine), elements(other)
    for key in changes:
        if key not in there:
            detach(here[key])
        elif key in here:
            _say_as(here[key], there[key])
        else:
            _home(mine, there[key]).append(_bare(there[key]))
    _move_lanes(mine, other, changes)
    _draw_as(mine, other, changes)
    _tell_flows(mine)


def _say_as(element: etree._Element, model: etree._Element) -> None:
    for child in list(own(element)):
        detach(child)
    element.attrib.clear()
    for name, value in model.attrib.items():
        element.set(name, value)
    for at, child in enumerate(own(model)):
        element.insert(at, deepcopy(child))


def _bare(model: etree._Element) -> etree._Element:
    """A copy that brings along nothing that is compared by itself."""
    copy = etree.Element(model.tag)
    for name, value in model.attrib.items():
        copy.set(name, value)
    copy.extend(deepcopy(child) for child in own(model))
    return copy


def _home(mine: etree._Element, model: etree._Element) -> etree._Element:
    home = elements(mine).get(said(model).get("in", ""))
    around = model.getparent()
    if home is None or (around is not None and local(around) in ("definitions", "collaboration")):
        found = mine if around is None else mine.find(f".//{around.tag}")
        return mine if found is None else found
    return home


def _move_lanes(mine: etree._Element, other: etree._Element, changes: set[str]) -> None:
    lanes = {lane.get("id", ""): lane for lane in mine.iter(bpmn("lane"))}
    for lane in lanes.values():
        for entry in list(lane.iterfind(bpmn("flowNodeRef"))):
            if (entry.text or "").strip() in changes:
                detach(entry)
    for key, element in elements(other).items():
        home = said(element).get("lane", "")
        if key in changes and home in lanes:
            etree.SubElement(lanes[home], bpmn("flowNodeRef")).text = key


def _draw_as(mine: etree._Element, other: etree._Element, changes: set[str]) -> None:
    plane = mine.find(f".//{_DI}BPMNPlane")
    if plane is None:
        return
    for shape in list(plane):
        if shape.get("bpmnElement") in changes:
            detach(shape)
    drawn = other.find(f".//{_DI}BPMNPlane")
    for shape in () if drawn is None else drawn:
        if shape.get("bpmnElement") in changes:
            plane.append(deepcopy(shape))


def _tell_flows(mine: etree._Element) -> None:
    """Each node names the flows into and out of it: after what is declared, before what makes an event."""
    flows = list(mine.iter(bpmn("sequenceFlow")))
    for element in mine.iter(etree.Element):
        if local(element) not in NODES:
            continue
        for name in ("incoming", "outgoing"):
            for child in list(element.iterfind(bpmn(name))):
                detach(child)
        at = sum(local(child) in ("documentation", "extensionElements") for child in element)
        key = element.get("id", "")
        ends = [("incoming", one) for one in flows if one.get("targetRef") == key]
        ends += [("outgoing", one) for one in flows if one.get("sourceRef") == key]
        for place, (name, flow) in enumerate(ends):
            told = etree.Element(bpmn(name))
            told.text = flow.get("id", "")
            element.insert(at + place, told)
