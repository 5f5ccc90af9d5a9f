"""What two diagrams say differently, element by element; how they are drawn does not count."""

from collections.abc import Iterator, Mapping
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
    one, other = read(old), read(new)
    before, after = elements(one), elements(other)
    earlier, later = sayings(one), sayings(other)
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        element = after[key] if key in after else before[key]
        if earlier.get(key) == later.get(key):
            continue
        what = ADDED if key not in before else CHANGED if key in after else REMOVED
        parts = tuple(_parts(earlier[key], later[key])) if what == CHANGED else ()
        found.append(Difference(key, local(element), element.get("name", ""), what, parts))
    return found


def elements(root: etree._Element) -> dict[str, etree._Element]:
    """Every element that is compared, by its id."""
    inside = (one for one in root.iter(etree.Element) if space(one) == BPMN and local(one) in KEPT)
    return {one.get("id", ""): one for one in inside}


def sayings(root: etree._Element) -> dict[str, dict[str, str]]:
    """What every compared element says, by its id; the lanes are looked through once for all of them."""
    known = lanes(root)
    return {key: _said(element, known.get(key, "")) for key, element in elements(root).items()}


def lanes(root: etree._Element) -> dict[str, str]:
    """The lane of each node that stands in one."""
    found: dict[str, str] = {}
    for lane in root.iter(bpmn("lane")):
        for entry in lane.iterfind(bpmn("flowNodeRef")):
            found.setdefault((entry.text or "").strip(), lane.get("id", ""))
    return found


def home(element: etree._Element) -> str:
    """The id of the element that an element stands in."""
    around = element.getparent()
    while around is not None and local(around) not in KEPT:
        around = around.getparent()
    return "" if around is None else around.get("id", "")


def _said(element: etree._Element, lane: str) -> dict[str, str]:
    """What an element says, part by part: its attributes, its lane, where it stands, its children."""
    found = {f"@{name!s}": str(value) for name, value in element.attrib.items()}
    found["in"] = home(element)
    found["lane"] = lane if local(element) in NODES else ""
    for child in own(element):
        name = local(child)
        found[name] = found.get(name, "") + _canonical(child)
    return {name: value for name, value in found.items() if value}


def own(element: etree._Element) -> Iterator[etree._Element]:
    """The children that belong to an element alone: no other compared element, nothing that follows from the flows."""
    for child in element.iterchildren(etree.Element):
        if not (space(child) == BPMN and local(child) in KEPT | _DERIVED | {"laneSet"}):
            yield child


def _parts(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield name.removeprefix("@")


def _canonical(element: etree._Element) -> str:
    """The same text for the same content, however it is indented or its namespaces are called."""
    attributes = " ".join(f"{name!s}={value!s}" for name, value in sorted(element.attrib.items()))
    inner = "".join(_canonical(child) for child in element.iterchildren(etree.Element))
    return f"<{element.tag} {attributes}>{(element.text or '').strip()}{inner}</>"
