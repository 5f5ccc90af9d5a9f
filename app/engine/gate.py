"""The gate: a diagram comes in only if every part of it is known to run as it is drawn."""

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from app.engine import eventrules, expressions, isotime, repetition, timers, wiring
from app.engine.declarations import declared
from app.engine.vocabulary import CHILDREN_EVERYWHERE, ELEMENTS, EVERYWHERE, NODES, REASONS, TIMES
from app.engine.xml import BPMN, bpmn, local, space
from app.kernel.errors import Invalid, TooLarge

MAX_NODES = 200  # the library walks a diagram by recursion: about 500 elements in a row end the interpreter's stack
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_CONDITIONS = frozenset({"conditionExpression", "completionCondition", "loopCondition", "loopCardinality", "condition"})
_WANTED = {
    "serviceTask": ("operation", "diagram.operation"),
    "scriptTask": ("script", "diagram.script"),
    "businessRuleTask": ("decision", "diagram.decision"),
}


def check(root: etree._Element) -> None:
    """Refuse (Invalid "diagram.*", TooLarge) a document with anything that is not known to run as drawn."""
    elements = list(_model(root))
    for element in elements:
        _check_element(element)
    _check_ids(elements)
    for element in elements:
        _check_texts(element)
    if sum(local(element) in NODES for element in elements) > MAX_NODES:
        raise TooLarge("diagram.too_large", limit=MAX_NODES)
    for name in ("process", "subProcess"):
        for scope in root.iter(bpmn(name)):
            wiring.check(scope)


def check_calls(roots: Mapping[str, etree._Element], process_id: str) -> None:
    """Refuse (Invalid "diagram.*") a process that is not there, or that calls itself in the end."""
    calls = {
        name: {one.get("calledElement", "") for one in process.iter(bpmn("callActivity"))}
        for name, process in _processes(roots).items()
    }
    if not calls.keys() >= roots.keys():
        raise Invalid("diagram.process", node=process_id)
    begins = {name for name, process in _processes(roots).items() if eventrules.begins_unasked(process)}
    for name, wanted in calls.items():
        if not wanted <= begins or name in _reached(calls, name):
            raise Invalid("diagram.call", node=name)


def _processes(roots: Mapping[str, etree._Element]) -> dict[str, etree._Element]:
    return {process.get("id", ""): process for root in roots.values() for process in root.iter(bpmn("process"))}


def _reached(calls: Mapping[str, set[str]], name: str) -> set[str]:
    reached: set[str] = set()
    todo = set(calls[name])
    while todo:
        one = todo.pop()
        if one not in reached:
            reached.add(one)
            todo |= calls.get(one, set())
    return reached


def _model(root: etree._Element) -> Iterator[etree._Element]:
    """The elements that mean something: not the drawing, not what stands inside extensions."""
    yield root
    for child in root:
        if space(child) == BPMN and local(child) != "extensionElements":
            yield from _model(child)
        elif space(child) == BPMN or local(child) == "BPMNDiagram":
            continue
        else:
            raise Invalid("diagram.element", node=root.get("id"), element=local(child))


def _check_element(element: etree._Element) -> None:
    name, node = local(element), element.get("id")
    shape = ELEMENTS.get(name)
    if shape is None:
        raise _unknown(node, name)
    for child in element:
        if space(child) == BPMN and local(child) not in shape.children | CHILDREN_EVERYWHERE:
            raise _unknown(child.get("id") or node, local(child))
    fixed = shape.fixed or {}
    for key, value in element.attrib.items():
        attribute = str(key)
        if attribute in fixed and value != fixed[attribute]:
            raise Invalid("diagram.attribute_value", node=node, attribute=attribute)
        known = attribute in shape.attributes or attribute in EVERYWHERE or attribute in fixed
        if not known and not (name == "definitions" and attribute.startswith("{")):
            raise Invalid("diagram.attribute", node=node, attribute=attribute)


def _unknown(node: str | None, name: str) -> Invalid:
    return Invalid(REASONS.get(name, "diagram.element"), node=node, element=name)


def _check_ids(elements: list[etree._Element]) -> None:
    seen: set[str] = set()
    for element in elements:
        key = element.get("id")
        if key is None and local(element) in NODES | {"process", "sequenceFlow"}:
            raise Invalid("diagram.id", element=local(element))
        if key is not None and (key in seen or not _ID.fullmatch(key)):
            raise Invalid("diagram.id", node=key, element=local(element))
        seen.add(key or "")


def _check_texts(element: etree._Element) -> None:
    """Everything that will be read when the process runs: declarations, conditions, timers, instances."""
    node, name = element.get("id"), local(element)
    found = declared(element)
    wanted, code = _WANTED.get(name, ("", ""))
    if wanted and wanted not in found:
        raise Invalid(code, node=node, key="")
    for kind in ("task", "operation", "message", "script"):
        for text in found[kind].expressions if kind in found else ():
            _check_expression(text, node)
    if name in _CONDITIONS:
        _check_expression(element.text or "", _owner(element))
    elif name in TIMES:
        _check_time(element)
    elif name in {repetition.LOOP, repetition.INSTANCES}:
        repetition.check(element, _owner(element))


def _check_expression(text: str, node: str | None) -> None:
    try:
        expressions.check(text)
    except Invalid as error:
        raise Invalid("diagram.expression", node=node, text=text[:200], reason=error.code) from error


def _check_time(element: etree._Element) -> None:
    text, node = (element.text or "").strip(), _owner(element)
    if not isotime.looks_literal(text):
        _check_expression(text, node)
        return
    try:
        timers.check_literal(local(element), text)
    except (ValueError, OverflowError) as error:
        raise Invalid("diagram.timer", node=node) from error


def _owner(element: etree._Element) -> str | None:
    """The id of the node that a nameless part belongs to."""
    current: etree._Element | None = element
    while current is not None and local(current) not in NODES | {"sequenceFlow"}:
        current = current.getparent()
    return None if current is None else current.get("id")
