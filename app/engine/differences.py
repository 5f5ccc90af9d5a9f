"""What two diagrams say differently, element by element; how they are drawn does not count."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from app.engine.vocabulary import NODES
from app.engine.xml import BPMN, bpmn, local, read, space

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
KEPT = NODES | {"sequenceFlow", "process", "message", "signal", "error", "escalation", "lane", "participant"}
"""What is compared by its id; everything else is part of the element it stands in."""
_DERIVED = frozenset({"incoming", "outgoing", "flowNodeRef"})


@dataclass(frozen=True)
class Difference:
    """One element that `is` added, removed or changed; `parts` are the names of what changed in it."""

    id: str
    type: str
    name: str
    what: str
    parts: tuple[str, ...] = ()


def differences(old: bytes, new: bytes) -> list[Difference]:
    """What the new diagram says differently, in the order of the elements. Errors: as `xml.read`."""
    before, after = elements(read(old)), elements(read(new))
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        element = after.get(key, before.get(key))
        if element is None or (key in before and key in after and said(before[key]) == said(after[key])):
            continue
        what = ADDED if key not in before else CHANGED if key in after else REMOVED
        parts = tuple(_parts(before[key], after[key])) if what == CHANGED else ()
        found.append(Difference(key, local(element), element.get("name", ""), what, parts))
    return found


def elements(root: etree._Element) -> dict[str, etree._Element]:
    """Every element that is compared, by its id."""
    inside = (one for one in root.iter(etree.Element) if space(one) == BPMN and local(one) in KEPT)
    return {one.get("id", ""): one for one in inside}


def said(element: etree._Element) -> dict[str, str]:
    """What an element says, part by part: its attributes, its lane, where it stands, its children."""
    found = {f"@{name!s}": str(value) for name, value in element.attrib.items()}
    found["in"] = _home(element)
    found["lane"] = _lane(element)
    for child in own(element):
        name = local(child)
        found[name] = found.get(name, "") + _canonical(child)
    return {name: value for name, value in found.items() if value}


def own(element: etree._Element) -> Iterator[etree._Element]:
    """The children that belong to an element alone: no other compared element, nothing that follows from the flows."""
    for child in element.iterchildren(etree.Element):
        if not (space(child) == BPMN and local(child) in KEPT | _DERIVED | {"laneSet"}):
            yield child


def _parts(before: etree._Element, after: etree._Element) -> Iterator[str]:
    one, other = said(before), said(after)
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            yield name.removeprefix("@")


def _home(element: etree._Element) -> str:
    around = element.getparent()
    while around is not None and local(around) not in KEPT:
        around = around.getparent()
    return "" if around is None else around.get("id", "")


def _lane(element: etree._Element) -> str:
    key = element.get("id", "")
    if local(element) not in NODES:
        return ""
    lanes = element.getroottree().getroot().iter(bpmn("lane"))
    return next((one.get("id", "") for one in lanes if key in _held(one)), "")


def _held(lane: etree._Element) -> set[str]:
    return {(one.text or "").strip() for one in lane.iterfind(bpmn("flowNodeRef"))}


def _canonical(element: etree._Element) -> str:
    """The same text for the same content, however it is indented or its namespaces are called."""
    attributes = " ".join(f"{name!s}={value!s}" for name, value in sorted(element.attrib.items()))
    inner = "".join(_canonical(child) for child in element.iterchildren(etree.Element))
    return f"<{element.tag} {attributes}>{(element.text or '').strip()}{inner}</>"
