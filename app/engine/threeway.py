"""Two changes of one diagram brought together; where they do not agree, somebody says whose word stands."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from lxml import etree

from app.engine.differences import elements, home, lanes, own, sayings
from app.engine.vocabulary import NODES
from app.engine.xml import bpmn, detach, local, read

OURS, THEIRS = "ours", "theirs"
_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
Sayings: TypeAlias = Mapping[str, Mapping[str, str]]
_LEADING = ("@sourceRef", "@targetRef", "@attachedToRef", "@default", "in", "lane")
_UNSAID: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Merge:
    """Both changes in one diagram, None while it is not said whose word stands.

    `overlaps` are the ids of the elements about which they do not agree; `loose` of those that a mixture of both would
    not have, although something in it leads to them; `taken` of those that are as theirs.
    """

    xml: bytes | None
    overlaps: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    taken: frozenset[str] = frozenset()


def merge(base: bytes, ours: bytes, theirs: bytes, choices: Mapping[str, str] = _UNSAID) -> Merge:
    """Take over into ours what theirs changed since base; `choices` are OURS or THEIRS by element.

    Elements overlap that both changed and not alike, and those of which one side took away what the other leads to.
    All of them on one side always fit together. Errors: as `xml.read`.
    """
    mine, other = read(ours), read(theirs)
    before, here, there = sayings(read(base)), sayings(mine), sayings(other)
    changes, kept = _changed(before, there), _changed(before, here)
    both = {key for key in changes & kept if here.get(key) != there.get(key)}
    disputed = _disputed(here, there, changes - kept, both)
    overlaps = tuple(sorted(disputed))
    if any(choices.get(key) not in (OURS, THEIRS) for key in disputed):
        return Merge(None, overlaps)
    taken = (changes - kept - disputed) | {key for key in disputed if choices[key] == THEIRS}
    loose = _loose(here, there, taken)
    if loose:
        return Merge(None, overlaps, tuple(sorted(loose)))
    _take_over(mine, other, taken)
    return Merge(etree.tostring(mine, xml_declaration=True, encoding="UTF-8"), overlaps, taken=frozenset(taken))


def _changed(before: Sayings, after: Sayings) -> set[str]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def _disputed(here: Sayings, there: Sayings, free: set[str], both: set[str]) -> set[str]:
    """What must be chosen: all on our side fits together then, and so does all on theirs."""
    found = set(both)
    while True:
        loose = _loose(here, there, free - found) | _loose(here, there, free | found)
        leading = (key for one in (here, there) for key in one if loose.intersection(_leads_to(one[key])))
        more = {key for key in loose.union(leading) if here.get(key) != there.get(key)}
        if more <= found:
            return found
        found |= more


def _loose(here: Sayings, there: Sayings, taken: set[str]) -> set[str]:
    """Elements that the result would not have, although something in it leads to them or stands in them."""
    left = (here.keys() - taken) | (there.keys() & taken)
    result = (there[key] if key in taken else here[key] for key in left)
    return {one for words in result for one in _leads_to(words)} - left - {""}


def _leads_to(words: Mapping[str, str]) -> Iterator[str]:
    return (words.get(name, "") for name in _LEADING)


def _take_over(mine: etree._Element, other: etree._Element, taken: set[str]) -> None:
    """What is around stands there before what is inside; what moves out of something moves before that goes."""
    here, there = elements(mine), elements(other)
    for key in (one for one in there if one in taken):
        if key not in here:
            here[key] = _bare(there[key])
            _settle(mine, here, key, there[key])
            continue
        if home(here[key]) != home(there[key]):
            _settle(mine, here, key, there[key])
        _say_as(here[key], there[key])
    for key in (one for one in here if one in taken and one not in there):
        detach(here[key])
    _move_lanes(mine, other, taken)
    _draw_as(mine, other, taken)
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


def _settle(mine: etree._Element, here: Mapping[str, etree._Element], key: str, model: etree._Element) -> None:
    """Put one of our elements where the model stands."""
    around = model.getparent()
    kind = "" if around is None else local(around)
    place = mine if kind == "definitions" else here.get(home(model))
    if kind == "collaboration":
        place = mine.find(bpmn(kind))
    if place is not None and kind == "laneSet":
        found = place.find(bpmn(kind))
        place = etree.SubElement(place, bpmn(kind), id=f"lanes_of_{key}") if found is None else found
    if place is mine or place is None:
        mine.insert(0, here[key])
    else:
        place.append(here[key])


def _move_lanes(mine: etree._Element, other: etree._Element, changes: set[str]) -> None:
    known = {lane.get("id", ""): lane for lane in mine.iter(bpmn("lane"))}
    for lane in known.values():
        for entry in list(lane.iterfind(bpmn("flowNodeRef"))):
            if (entry.text or "").strip() in changes:
                detach(entry)
    for key, lane_id in lanes(other).items():
        if key in changes and lane_id in known:
            etree.SubElement(known[lane_id], bpmn("flowNodeRef")).text = key


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
    ends: dict[str, list[tuple[str, str]]] = {}
    flows = list(mine.iter(bpmn("sequenceFlow")))
    for name, end in (("incoming", "targetRef"), ("outgoing", "sourceRef")):
        for flow in flows:
            ends.setdefault(flow.get(end, ""), []).append((name, flow.get("id", "")))
    for element in mine.iter(etree.Element):
        if local(element) not in NODES:
            continue
        for name in ("incoming", "outgoing"):
            for child in list(element.iterfind(bpmn(name))):
                detach(child)
        at = sum(local(child) in ("documentation", "extensionElements") for child in element)
        for place, (name, flow_id) in enumerate(ends.get(element.get("id", ""), ())):
            told = etree.Element(bpmn(name))
            told.text = flow_id
            element.insert(at + place, told)
