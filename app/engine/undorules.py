"""What undoes what, and who may ask for it: the part of the gate about compensation."""

from collections import Counter
from collections.abc import Iterator, Mapping

from lxml import etree

from app.engine.vocabulary import ACTIVITIES
from app.engine.xml import bpmn, local
from app.kernel.errors import Invalid

_DEFINITION = bpmn("compensateEventDefinition")
_THROWING = frozenset({"intermediateThrowEvent", "endEvent"})


def check(scope: etree._Element, key: str, node: etree._Element, nodes: Mapping[str, etree._Element]) -> None:
    """Refuse (Invalid "diagram.compensation") what could not be undone as it is drawn; `nodes` are those around it."""
    if node.get("isForCompensation", "false") not in {"true", "false"}:
        raise Invalid("diagram.attribute_value", node=key, attribute="isForCompensation")
    if _is_edge(node):
        host = node.get("attachedToRef", "")
        right = _can_be_undone(nodes.get(host)) and _is_undo(nodes.get(_line(scope, key))) and _undone(scope)[host] == 1
    elif _is_undo(node):
        edges = [_line(scope, edge) for edge, one in nodes.items() if _is_edge(one)]
        right = edges.count(key) == 1 and not _is_handler(node)
    else:
        right = not _asks(node) or _can_ask(scope, node)
    if not right:
        raise Invalid("diagram.compensation", node=key)


def is_aside(node: etree._Element) -> bool:
    """Whether no sequence flow may touch an element: what undoes an activity, and the event that leads to it."""
    return _is_undo(node) or _is_edge(node)


def _is_undo(node: etree._Element | None) -> bool:
    return node is not None and node.get("isForCompensation") == "true"


def _is_edge(node: etree._Element) -> bool:
    return local(node) == "boundaryEvent" and node.find(_DEFINITION) is not None


def _asks(node: etree._Element) -> bool:
    return local(node) in _THROWING and node.find(_DEFINITION) is not None


def _can_be_undone(host: etree._Element | None) -> bool:
    return host is not None and local(host) in ACTIVITIES and not _is_undo(host) and not _is_handler(host)


def _is_handler(scope: etree._Element) -> bool:
    return scope.get("triggeredByEvent") == "true"


def _undone(scope: etree._Element) -> Counter[str]:
    """How many compensation events each activity of a scope has."""
    return Counter(event.get("attachedToRef", "") for event in scope.iterfind(bpmn("boundaryEvent")) if _is_edge(event))


def _line(scope: etree._Element, event: str) -> str:
    """The one activity that an association leads to from an event; empty when there is not exactly one."""
    ends = [one.get("targetRef", "") for one in scope.iterfind(bpmn("association")) if one.get("sourceRef") == event]
    return ends[0] if len(ends) == 1 else ""


def _can_ask(scope: etree._Element, node: etree._Element) -> bool:
    """Whether what an event wants undone is here, or around its event sub-process, and can be undone from here.

    What has been done inside a sub-process can be undone only by its own handler: its inside is gone by then.
    """
    definition = node.find(_DEFINITION)
    wanted = None if definition is None else definition.get("activityRef")
    around = list(_around(scope))
    if wanted is not None:
        return any(wanted in _undone(one) for one in around)
    if not any(_undone(one) for one in around):
        return False
    rooms = [room for one in around for room in one.iterfind(bpmn("subProcess")) if not _is_handler(room)]
    sealed = [room for room in rooms if not _is_undo(room) and room.get("id") not in _undone(_parent(room))]
    return not any(_is_edge(event) for room in sealed for event in room.iter(bpmn("boundaryEvent")))


def _around(scope: etree._Element) -> Iterator[etree._Element]:
    yield scope
    while _is_handler(scope):
        scope = _parent(scope)
        yield scope


def _parent(scope: etree._Element) -> etree._Element:
    parent = scope.getparent()
    return scope if parent is None else parent
