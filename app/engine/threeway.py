"""Two changes of one diagram brought together; where they do not agree, somebody says whose word stands."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree

from app.engine.differences import elements, own, said
from app.engine.vocabulary import NODES
from app.engine.xml import bpmn, detach, local, read

OURS, THEIRS = "ours", "theirs"
_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
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
    old, mine, other = read(base), read(ours), read(theirs)
    here, there = elements(mine), elements(other)
    changes, kept = _changed(elements(old), there), _changed(elements(old), here)
    both = {key for key in changes & kept if not _alike(here.get(key), there.get(key))}
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


def _changed(before: Mapping[str, etree._Element], after: Mapping[str, etree._Element]) -> set[str]:
    both = before.keys() & after.keys()
    return (before.keys() ^ after.keys()) | {key for key in both if said(before[key]) != said(after[key])}


def _alike(left: etree._Element | None, right: etree._Element | None) -> bool:
    if left is None or right is None:
        return left is right
    return said(left) == said(right)


def _disputed(
    here: Mapping[str, etree._Element], there: Mapping[str, etree._Element], free: set[str], both: set[str]
) -> set[str]:
    """What must be chosen: all on our side fits together then, and so does all on theirs."""
    found = set(both)
    while True:
        loose = _loose(here, there, free - found) | _loose(here, there, free | found)
        leading = (key for one in (here, there) for key in one if loose.intersection(_leads_to(one[key])))
        more = {key for key in loose.union(leading) if not _alike(here.get(key), there.get(key))}
        if more <= found:
            return found
        found |= more


def _loose(here: Mapping[str, etree._Element], there: Mapping[str, etree._Element], taken: set[str]) -> set[str]:
    """Elements that the result would not have, although something in it leads to them or stands in them."""
    left = (here.keys() - taken) | (there.keys() & taken)
    result = (there[key] if key in taken else here[key] for key in left)
    return {one for element in result for one in _leads_to(element)} - left - {""}


def _leads_to(element: etree._Element) -> Iterator[str]:
    yield from (element.get(name, "") for name in ("sourceRef", "targetRef", "attachedToRef", "default"))
    words = said(element)
    yield from (words.get("in", ""), words.get("lane", ""))


def _take_over(mine: etree._Element, other: etree._Element, taken: set[str]) -> None:
    """What is around stands there before what is inside; what moves out of something moves before that goes."""
    here, there = elements(mine), elements(other)
    for key in (one for one in there if one in taken):
        if key not in here:
            here[key] = _bare(there[key])
            _settle(mine, here, key, there[key])
            continue
        if said(here[key]).get("in") != said(there[key]).get("in"):
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
    home = mine if kind == "definitions" else here.get(said(model).get("in", ""))
    if kind == "collaboration":
        home = mine.find(bpmn(kind))
    if home is not None and kind == "laneSet":
        found = home.find(bpmn(kind))
        home = etree.SubElement(home, bpmn(kind), id=f"lanes_of_{key}") if found is None else found
    if home is mine or home is None:
        mine.insert(0, here[key])
    else:
        home.append(here[key])


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
