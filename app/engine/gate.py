"""The gate: a diagram comes in only if every part of it is known to run as it is drawn."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import partial

from lxml import etree

from app.engine import eventrules, expressions, importing, isotime, links, parser, repetition, timers, wiring
from app.engine.beside import NOTHING, Beside
from app.engine.declarations import declared
from app.engine.report import REFUSED, TODO, Note, Report, known, refused, report
from app.engine.standard import EVERYTHING
from app.engine.vocabulary import CHILDREN_EVERYWHERE, ELEMENTS, EVERYWHERE, NODES, REASONS, TIMES, Shape
from app.engine.xml import BPMN, bpmn, local, space
from app.kernel.errors import Invalid, OfficeError, TooLarge

MAX_NODES = 200  # the library walks a diagram by recursion: about 500 elements in a row end the interpreter's stack
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_CONDITIONS = frozenset(
    {
        "conditionExpression",
        "completionCondition",
        "activationCondition",
        "loopCondition",
        "loopCardinality",
        "condition",
    }
)
_WANTED = {
    "serviceTask": ("operation", "diagram.operation"),
    "scriptTask": ("script", "diagram.script"),
    "businessRuleTask": ("decision", "diagram.decision"),
}
_ANSWERED = {
    "import.condition": ("diagram.condition",),
    "import.operation": ("diagram.operation",),
    "import.instances": ("diagram.instances",),
    "import.time": ("diagram.timer", "diagram.expression"),
}
"""What a note of the import already says, so that the gate need not say it again."""


def check(root: etree._Element) -> None:
    """Refuse (Invalid "diagram.*", TooLarge) a document with anything that is not known to run as drawn."""
    for _element, act in _steps(root):
        act()


def problems(root: etree._Element) -> Iterator[tuple[etree._Element, OfficeError]]:
    """Everything for which `check` would refuse a document, each with the element it is about.

    A check may rely on the ones before it; one that stumbles over what they have refused has nothing to add.
    """
    is_sound = True
    for element, act in _steps(root):
        try:
            act()
        except OfficeError as error:
            is_sound = False
            yield element, error
            if isinstance(error, TooLarge):
                return
        except (LookupError, TypeError, ValueError):
            if is_sound:
                raise


def examine(xml: bytes, files: Beside = NOTHING) -> Report:
    """All that is to be said about a document of any origin; `check` would refuse it at the first thing to do.

    `files` lie beside it: the tables it decides by, and the processes that it calls.
    """
    try:
        root, changes = importing.opened(xml)
    except OfficeError as error:
        return refused(error.code, error.data)
    found = list(_found(root, files))
    whole = [note for _element, note in found if note.reason == "diagram.too_large"]
    if whole:
        return refused(whole[0].reason, whole[0].data)
    said = {(known(element), code) for element, note in changes.said for code in _ANSWERED.get(note.reason, ())}
    rest = [(element, note) for element, note in found if (known(element), note.reason) not in said]
    return report(root, [*changes.said, *rest], changes.names)


def _found(root: etree._Element, files: Beside) -> Iterator[tuple[etree._Element, Note]]:
    """What a copy shows that runs: in it links are joined and elements renamed, in the report they are as drawn."""
    twin = deepcopy(root)
    drawn = dict(zip(twin.iter(), root.iter(), strict=True))
    try:
        links.joined(twin)
    except Invalid as error:
        linked = [one for one in root.iter(etree.Element) if one.get("id") == error.data["node"]]
        yield (linked or [root])[0], _note(root, error)
        return
    found = [(element, _note(element, error)) for element, error in problems(twin)] or list(_late(twin, files))
    yield from ((drawn.get(element, root), note) for element, note in found)


def _note(element: etree._Element, error: OfficeError) -> Note:
    is_alien = error.code == "diagram.element" and local(element) not in EVERYTHING
    return Note(REFUSED if is_alien else TODO, error.code, error.data)


def _late(root: etree._Element, files: Beside) -> Iterator[tuple[etree._Element, Note]]:
    """What only shows when each process is put together."""
    if root.find(bpmn("process")) is None:
        yield root, Note(TODO, "diagram.no_process")
    called = {name: links.joined(one) for name, (one, _changes) in files.called(root).items()}
    for process in root.iterfind(bpmn("process")):
        name = process.get("id", "")
        roots = {name: root, **called}
        try:
            for other in called.values():
                check(other)
            check_calls(roots, name)
            parser.specification(roots, name, files.table)
        except OfficeError as error:
            yield process, _note(process, error)


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


def _steps(root: etree._Element) -> Iterator[wiring.Step]:
    elements = list(_model(root))
    for element in elements:
        yield from _element_steps(element)
    seen: set[str] = set()
    for element in elements:
        yield element, partial(_check_id, element, seen)
    for element in elements:
        yield element, partial(_check_texts, element)
    yield root, partial(_check_size, elements)
    for name in ("process", "subProcess"):
        for scope in root.iter(bpmn(name)):
            yield from wiring.steps(scope)


def _model(root: etree._Element) -> Iterator[etree._Element]:
    """The elements that mean something: not the drawing, not what stands inside extensions."""
    yield root
    for child in root:
        if space(child) == BPMN and local(child) != "extensionElements":
            yield from _model(child)


def _element_steps(element: etree._Element) -> Iterator[wiring.Step]:
    yield element, partial(_check_place, element)
    for child in element:
        if space(child) != BPMN and local(child) != "BPMNDiagram":
            yield element, partial(_refuse_stranger, element, child)
    shape = ELEMENTS.get(local(element))
    if shape is not None:
        for key, value in element.attrib.items():
            yield element, partial(_check_attribute, element, shape, str(key), str(value))


def _unknown(node: str | None, name: str) -> Invalid:
    return Invalid(REASONS.get(name, "diagram.element"), node=node, element=name)


def _check_place(element: etree._Element) -> None:
    """An element that we know, at a place where it means something to us."""
    parent = element.getparent()
    around = None if parent is None else ELEMENTS.get(local(parent))
    is_welcome = around is None or local(element) in around.children | CHILDREN_EVERYWHERE
    if local(element) not in ELEMENTS or not is_welcome:
        raise _unknown(element.get("id") or _owner(element), local(element))


def _refuse_stranger(element: etree._Element, child: etree._Element) -> None:
    raise Invalid("diagram.element", node=element.get("id"), element=local(child))


def _check_attribute(element: etree._Element, shape: Shape, attribute: str, value: str) -> None:
    fixed, node = shape.fixed or {}, element.get("id") or _owner(element)
    if attribute in fixed and value != fixed[attribute]:
        raise Invalid("diagram.attribute_value", node=node, attribute=attribute)
    known = attribute in shape.attributes or attribute in EVERYWHERE or attribute in fixed
    if not known and not (local(element) == "definitions" and attribute.startswith("{")):
        raise Invalid("diagram.attribute", node=node, attribute=attribute)


def _check_id(element: etree._Element, seen: set[str]) -> None:
    key = element.get("id")
    if key is None:
        if local(element) in NODES | {"process", "sequenceFlow"}:
            raise Invalid("diagram.id", element=local(element))
        return
    is_new = key not in seen
    seen.add(key)
    if not is_new or not _ID.fullmatch(key):
        raise Invalid("diagram.id", node=key, element=local(element))


def _check_size(elements: list[etree._Element]) -> None:
    if sum(local(element) in NODES for element in elements) > MAX_NODES:
        raise TooLarge("diagram.too_large", limit=MAX_NODES)


def _check_texts(element: etree._Element) -> None:
    """Everything that will be read when the process runs: declarations, conditions, timers, instances."""
    node, name = element.get("id"), local(element)
    found = declared(element)
    wanted, code = _WANTED.get(name, ("", ""))
    if wanted and wanted not in found:
        raise Invalid(code, node=node, key="")
    if (performer := getattr(found.get("task") or found.get("lane"), "performer", None)) is not None:
        _check_expression(performer, node, performer=True)
    for kind in ("task", "lane", "operation", "message", "script"):
        for text in found[kind].expressions if kind in found else ():
            _check_expression(text, node)
    if name in _CONDITIONS:
        _check_expression(element.text or "", _owner(element))
    elif name in TIMES:
        _check_time(element)
    elif name in {repetition.LOOP, repetition.INSTANCES}:
        repetition.check(element, _owner(element))


def _check_expression(text: str, node: str | None, *, performer: bool = False) -> None:
    try:
        expressions.check(text, performer=performer)
    except Invalid as error:
        detail = {"at": 1, "found": "", **error.data, "text": text[:200], "reason": error.code}
        raise Invalid("diagram.expression", node=node, **detail) from error


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
