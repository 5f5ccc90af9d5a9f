"""What events may stand where, and what they must say: part of the gate."""

from collections import Counter
from collections.abc import Mapping

from lxml import etree

from app.engine.declarations import declared
from app.engine.repetition import INSTANCES, LOOP
from app.engine.vocabulary import ACTIVITIES, TIMES, UNFAILING
from app.engine.xml import bpmn, local
from app.kernel.errors import Invalid

_SUFFIX = "EventDefinition"
_ESCALATING = frozenset({"subProcess", "callActivity"})
_NAMELESS = {
    "message": "diagram.message",
    "signal": "diagram.signal",
    "error": "diagram.error",
    "escalation": "diagram.escalation",
}
_BEGINNING = frozenset({"message", "signal", "timer"})
_TELLING = frozenset({"message", "signal"})
_THROWING = frozenset({"endEvent", "intermediateThrowEvent", "sendTask"})


def check(key: str, node: etree._Element, nodes: Mapping[str, etree._Element]) -> None:
    """Refuse (Invalid "diagram.*") an event that would not do what it shows; `nodes` are those around it."""
    rule = _RULES.get(local(node))
    if rule is not None:
        _check_one(key, node)
        rule(key, node, nodes)


def check_starts(scope: etree._Element) -> None:
    """Refuse a process that could not begin, or could begin in two ways at once."""
    if scope.get("triggeredByEvent", "false") not in {"true", "false"}:
        raise Invalid("diagram.attribute_value", node=scope.get("id"), attribute="triggeredByEvent")
    starts = scope.findall(bpmn("startEvent"))
    inside = local(scope) != "process"
    handler = is_handler(scope)
    if handler and any(local(child) in {INSTANCES, LOOP} for child in scope):
        raise Invalid("diagram.instances", node=scope.get("id"))
    names = Counter(_what(start) for start in starts)
    if not starts or max(names.values()) > 1 or (inside and len(starts) > 1):
        raise Invalid("diagram.start", node=scope.get("id"))
    for start in starts:
        kind = _kind(start)
        if handler:
            _check_handler_start(start, kind)
        elif start.get("isInterrupting", "true") != "true" or (kind and (inside or kind not in _BEGINNING)):
            raise Invalid("diagram.start", node=start.get("id"))


def is_handler(scope: etree._Element) -> bool:
    """Whether an element is an event sub-process."""
    return scope.get("triggeredByEvent") == "true"


def begins_unasked(process: etree._Element) -> bool:
    """Whether a process has a start without a trigger, as one that is called needs."""
    return any(_kind(start) is None for start in process.iterfind(bpmn("startEvent")))


def error_code(key: str, definition: etree._Element) -> str | None:
    """The code an event stands for; None for one that catches them all."""
    return _code(key, definition, "error")


def is_caught(end: etree._Element, code: str | None) -> bool:
    """Whether something around an error end catches it: an event sub-process, or an event at the edge."""
    scope = end.getparent()
    while code is not None and scope is not None and local(scope) in {"subProcess", "process"}:
        starts = [start for one in scope.iterfind(bpmn("subProcess")) if is_handler(one) for start in one]
        outer = scope.getparent()
        edges = [] if outer is None else outer.findall(bpmn("boundaryEvent"))
        edges = [event for event in edges if event.get("attachedToRef") == scope.get("id")]
        if any(_catches(event, code) for event in starts + edges):
            return True
        scope = outer
    return False


def _catches(event: etree._Element, code: str) -> bool:
    definition = event.find(bpmn("errorEventDefinition"))
    return definition is not None and error_code("", definition) in {None, code}


def _check_one(key: str, node: etree._Element) -> None:
    """At most one definition, that says what it must say."""
    definitions = _definitions(node)
    if len(definitions) > 1:
        raise Invalid("diagram.event", node=key)
    for definition in definitions:
        kind = local(definition).removesuffix(_SUFFIX)
        if kind in _TELLING:
            _check_name(key, definition, kind)
        elif kind == "escalation":
            _code(key, definition, kind)
        elif kind == "error":
            error_code(key, definition)
        elif kind == "conditional" and definition.find(bpmn("condition")) is None:
            raise Invalid("diagram.expression", node=key, text="", at=1, found="", reason="expression.syntax")
    _check_declared(key, node)


def _check_declared(key: str, node: etree._Element) -> None:
    """Nothing is said about a message that would not be heeded."""
    said, kind = declared(node).get("message"), _kind(node)
    if said is None:
        return
    within = node.getparent()
    begins = local(node) == "startEvent" and within is not None and not is_handler(within)
    throws = local(node) in _THROWING
    if (kind not in _TELLING and not local(node).endswith("Task")) or (said.params and not throws):
        raise Invalid("diagram.extension", node=key, element="param" if kind in _TELLING else "message")
    if said.result is not None and throws:
        raise Invalid("diagram.attribute", node=key, attribute="result")
    if said.correlation is not None and (kind == "signal" or begins):
        raise Invalid("diagram.attribute", node=key, attribute="correlation")
    if said.agency is not None and not throws:
        raise Invalid("diagram.attribute", node=key, attribute="agency")


def _check_handler_start(start: etree._Element, kind: str | None) -> None:
    key, interrupting = start.get("id", ""), start.get("isInterrupting", "true")
    if kind is None or interrupting not in {"true", "false"} or (kind == "error" and interrupting == "false"):
        raise Invalid("diagram.start", node=key)
    if kind == "timer":
        check_timer(key, start, rounds_allowed=interrupting == "false")


def check_timer(key: str, node: etree._Element, *, rounds_allowed: bool) -> None:
    """Refuse a timer that says no moment, or rounds where it can fire but once."""
    definitions = _definitions(node)
    times = [local(child) for one in definitions for child in one if local(child) in TIMES]
    if len(definitions) != 1 or len(times) != 1 or (times[0] == "timeCycle" and not rounds_allowed):
        raise Invalid("diagram.timer", node=key)


def _check_start(key: str, node: etree._Element, _nodes: Mapping[str, etree._Element]) -> None:
    scope = node.getparent()
    if _kind(node) == "timer" and scope is not None and not is_handler(scope):
        check_timer(key, node, rounds_allowed=True)


def _check_boundary(key: str, node: etree._Element, nodes: Mapping[str, etree._Element]) -> None:
    host = nodes.get(node.get("attachedToRef", ""))
    cancels, kind = node.get("cancelActivity", "true"), _kind(node)
    if host is None or kind is None or not hosts(host) or cancels not in {"true", "false"}:
        raise Invalid("diagram.boundary", node=key)
    if kind == "error" and (cancels == "false" or local(host) in UNFAILING):
        raise Invalid("diagram.boundary", node=key)
    if kind == "escalation" and local(host) not in _ESCALATING:
        raise Invalid("diagram.boundary", node=key)
    if kind == "timer":
        check_timer(key, node, rounds_allowed=cancels == "false")


def hosts(node: etree._Element) -> bool:
    """Whether an event may be attached to an element."""
    return local(node) in ACTIVITIES and not is_handler(node) and node.get("isForCompensation") != "true"


def _check_catch(key: str, node: etree._Element, _nodes: Mapping[str, etree._Element]) -> None:
    kind = _kind(node)
    if kind is None:
        raise Invalid("diagram.event", node=key)
    if kind == "timer":
        check_timer(key, node, rounds_allowed=False)


def _check_throw(key: str, node: etree._Element, _nodes: Mapping[str, etree._Element]) -> None:
    definitions = _definitions(node)
    if _kind(node) == "escalation" and _code(key, definitions[0], "escalation") is None:
        raise Invalid("diagram.escalation", node=key)
    if _kind(node) == "error" and not is_caught(node, error_code(key, definitions[0])):
        raise Invalid("diagram.error", node=key)


def _check_telling(key: str, node: etree._Element, _nodes: Mapping[str, etree._Element]) -> None:
    """A task that sends asks for an operation or names a message; one that receives names its message."""
    found = declared(node)
    if "operation" in found:
        if "message" in found or node.get("messageRef") is not None:
            raise Invalid("diagram.operation", node=key)
    else:
        _check_name(key, node, "message")


def _check_name(key: str, element: etree._Element, kind: str) -> None:
    target = _referred(element, kind)
    if target is None or not target.get("name", "").strip():
        raise Invalid(_NAMELESS[kind], node=key)


def _code(key: str, definition: etree._Element, kind: str) -> str | None:
    if definition.get(f"{kind}Ref") is None:
        return None
    target = _referred(definition, kind)
    if target is None or not target.get(f"{kind}Code"):
        raise Invalid(_NAMELESS[kind], node=key)
    return target.get(f"{kind}Code")


def _referred(element: etree._Element, kind: str) -> etree._Element | None:
    root = element.getroottree().getroot()
    reference = element.get(f"{kind}Ref")
    return next((one for one in root.iterfind(bpmn(kind)) if one.get("id") == reference and reference), None)


def _definitions(node: etree._Element) -> list[etree._Element]:
    return [child for child in node if local(child).endswith(_SUFFIX)]


def _kind(node: etree._Element) -> str | None:
    return next((local(child).removesuffix(_SUFFIX) for child in _definitions(node)), None)


def _what(start: etree._Element) -> tuple[str | None, str | None]:
    """What triggers a start; two with the same trigger would leave it open which one begins."""
    kind = _kind(start)
    if kind is None or kind not in _TELLING:
        return kind, None if kind is None else start.get("id")
    target = _referred(_definitions(start)[0], kind)
    return kind, None if target is None else target.get("name")


_RULES = {
    "startEvent": _check_start,
    "endEvent": _check_throw,
    "intermediateThrowEvent": _check_throw,
    "intermediateCatchEvent": _check_catch,
    "boundaryEvent": _check_boundary,
    "sendTask": _check_telling,
    "receiveTask": _check_telling,
}
