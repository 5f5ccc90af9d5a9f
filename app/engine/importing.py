"""A diagram of another tool made ours, as far as that is certain. Every change is listed, nothing is refused here."""

import re
from collections.abc import Iterator

from lxml import etree

from app.engine import dialects, expressions, isotime, mxgraph, notations
from app.engine.report import Changes
from app.engine.standard import DECLARATIONS, NODES
from app.engine.vocabulary import ELEMENTS, TIMES
from app.engine.xml import BPMN, EO, bpmn, detach, document, local, space
from app.kernel.errors import Invalid

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_QUOTED = re.compile(r"""(["'])(.*)\1""", re.DOTALL)
_FEEL_TIME = re.compile(r"""=\s*(?:duration|date and time|date|cycle)?\s*\(?\s*"([^"]*)"\s*\)?""")
_CONDITIONS = frozenset(
    {
        "conditionExpression",
        "completionCondition",
        "activationCondition",
        "condition",
        "loopCondition",
        "loopCardinality",
    }
)
_MEANINGFUL = frozenset(
    {
        "executionListener",
        "taskListener",
        "connector",
        "inputOutput",
        "ioMapping",
        "in",
        "out",
        "preScript",
        "postScript",
        "field",
    }
)
_DEFAULTS = {
    "instantiate": {"false"},
    "isImmediate": {"true", "false"},
    "isUnlimited": {"false"},
    "behavior": {"All"},
    "loopMaximum": {"0"},
    "triggeredByEvent": {"false"},
    "eventGatewayType": {"Exclusive"},
    "isClosed": {"true"},
}
"""Attributes that some tools always write, with the values that change nothing."""
_TYPES = frozenset({"implementation", "itemRef", "itemSubjectRef", "structureRef", "operationRef"})
"""Attributes that name a technique or a type of data: nothing here depends on them."""
_OWNERS = ("potentialOwner", "humanPerformer", "performer")


def opened(xml: bytes) -> tuple[etree._Element, Changes]:
    """A document of any origin in our words, and what was changed or is left. Errors: as `xml.read`."""
    root = document(xml)
    changes = Changes()
    if root.tag in mxgraph.ROOTS:
        root = mxgraph.translate(root)
        changes.rewrote(root[0], "import.drawing")
    elif root.tag != bpmn("definitions"):
        raise Invalid("diagram.not_bpmn")
    found = convert(root)
    found.said[:0] = changes.said
    return root, found


def convert(root: etree._Element) -> Changes:
    """Change a document in place into one that says the same in our words, and list what was changed or is left."""
    changes = Changes()
    _strip_prefixes(root)
    for element in list(_model(root)):
        dialects.adopt(element, changes)
    _free_defaults(root, changes)
    for element in list(_model(root)):
        _say_texts(element, changes)
        _drop(element, changes)
        _drop_defaults(element, changes)
    _empty_pools(root, changes)
    _unused(root, changes)
    for process in root.iterfind(bpmn("process")):
        if process.get("isExecutable") == "false":
            process.set("isExecutable", "true")
            changes.rewrote(process, "import.executable")
    _rename(root, changes)
    return changes


def _model(root: etree._Element) -> Iterator[etree._Element]:
    yield root
    for child in root:
        if space(child) == BPMN and local(child) != "extensionElements":
            yield from _model(child)


def _say_texts(element: etree._Element, changes: Changes) -> None:
    name, text = local(element), (element.text or "").strip()
    if name in _CONDITIONS:
        _say_condition(element, text, changes)
    elif name in TIMES and text:
        _say_time(element, text, changes)


def _say_condition(element: etree._Element, text: str, changes: Changes) -> None:
    owner = element.getparent()
    if owner is None or not text:
        detach(element)
        return
    said = notations.translate(text) if notations.is_foreign(text) else _own(text)
    if said is None:
        detach(element)
        _keep(owner, text)
        changes.left(owner, "import.condition", original=text[:200])
    elif said != text or element.get("language") is not None:
        element.text = said
        element.attrib.pop("language", "")
        changes.rewrote(owner, "import.expression", original=text[:200], now=said)


def _own(text: str) -> str | None:
    try:
        expressions.check(text)
    except Invalid:
        return None
    return text


def _say_time(element: etree._Element, text: str, changes: Changes) -> None:
    match = _QUOTED.fullmatch(text) or _FEEL_TIME.fullmatch(text)
    plain = match[match.re.groups].strip() if match else None
    said = plain if plain and isotime.looks_literal(plain) else None
    if said is None and notations.is_foreign(text):
        said = notations.translate(text)
    if said is not None and said != text:
        element.text = said
        changes.rewrote(element, "import.timer", original=text[:200], now=said)
    elif said is None and not isotime.looks_literal(text) and _own(text) is None:
        changes.left(element, "import.time", original=text[:200])


def _free_defaults(root: etree._Element, changes: Changes) -> None:
    """A condition on the way that is taken when none holds means nothing."""
    defaults = {(one.get("id"), one.get("default")) for one in root.iter(bpmn("exclusiveGateway"))}
    for flow in root.iter(bpmn("sequenceFlow")):
        condition = flow.find(bpmn("conditionExpression"))
        if condition is not None and (flow.get("sourceRef"), flow.get("id")) in defaults:
            flow.remove(condition)
            _keep(flow, condition.text or "")
            changes.rewrote(flow, "import.default", original=(condition.text or "")[:200])


def _keep(element: etree._Element, text: str) -> None:
    """Keep a text that could not be said otherwise, for whoever says it anew."""
    kept = etree.Element(bpmn("documentation"))
    kept.text = text
    element.insert(0, kept)


def _drop(element: etree._Element, changes: Changes) -> None:
    """What other tools wrote for themselves."""
    gone = [str(name) for name in element.attrib if local(element) != "definitions" and _is_vendor_name(str(name))]
    for name in gone:
        del element.attrib[name]
    names = [etree.QName(name).localname for name in gone]
    for child in list(_foreign(element)):
        names.append(local(child))
        inner = [local(one) for one in child.iter() if local(one) in _MEANINGFUL]
        if inner:
            changes.left(element, "import.behaviour", original=inner[0])
        detach(child)
    for child in [one for kind in _OWNERS for one in element.findall(bpmn(kind))]:
        names.append(local(child))
        detach(child)
    for child in [one for one in element.findall(bpmn("ioSpecification")) if _says_nothing(one)]:
        names.append(local(child))
        detach(child)
    extensions = element.find(bpmn("extensionElements"))
    if extensions is not None and not len(extensions) and names:
        element.remove(extensions)
    names = [name for name in dict.fromkeys(names) if name not in dialects.ADOPTED]
    if names:
        changes.rewrote(element, "import.dropped", names=", ".join(names))


def _says_nothing(specification: etree._Element) -> bool:
    """Whether what goes in and out is but two empty sets, as some tools write it for every step."""
    return len(specification) > 0 and all(
        local(one) in {"inputSet", "outputSet"} and not len(one) for one in specification
    )


def _is_vendor_name(name: str) -> bool:
    return name.startswith("{") and dialects.is_vendor(etree.QName(name).namespace or "")


def _foreign(element: etree._Element) -> Iterator[etree._Element]:
    for child in element:
        if local(child) == "extensionElements" and space(child) == BPMN:
            yield from (one for one in child if space(one) not in {EO, BPMN})
        elif dialects.is_vendor(space(child)) and local(child) != "BPMNDiagram":
            yield child


def _drop_defaults(element: etree._Element, changes: Changes) -> None:
    shape = ELEMENTS.get(local(element))
    for name, value in list(element.attrib.items()):
        known = shape is None or name in shape.attributes or name in (shape.fixed or {})
        if not known and (name in _TYPES or value in _DEFAULTS.get(str(name), ())):
            del element.attrib[name]
            changes.rewrote(element, "import.dropped", names=str(name))


def _empty_pools(root: etree._Element, changes: Changes) -> None:
    """A process without a single step belongs to somebody else, or to a sheet nobody drew on."""
    processes = root.findall(bpmn("process"))
    empty = [one for one in processes if not any(local(child) in NODES for child in one)]
    for process in empty if len(empty) < len(processes) else ():
        for pool in root.iterfind(f"{bpmn('collaboration')}/{bpmn('participant')}"):
            if pool.get("processRef") == process.get("id"):
                del pool.attrib["processRef"]
        detach(process)
        changes.rewrote(root, "import.empty", name=process.get("name") or process.get("id") or "")


def _unused(root: etree._Element, changes: Changes) -> None:
    """Things declared beside the processes that we do not know and nothing refers to."""
    used = {str(value) for element in root.iter() for name, value in element.attrib.items() if name != "id"}
    used |= {(element.text or "").strip() for element in root.iter() if not len(element)}
    for child in list(root):
        is_ours = space(child) != BPMN or local(child) in ELEMENTS
        if not is_ours and local(child) in DECLARATIONS and child.get("id") not in used:
            root.remove(child)
            changes.rewrote(root, "import.dropped", names=local(child))


def _strip_prefixes(root: etree._Element) -> None:
    """References as qualified names (`tns:Process_1`) into this very document."""
    target = root.get("targetNamespace")
    mine = tuple(f"{prefix}:" for prefix, uri in root.nsmap.items() if prefix and uri == target)
    for element in root.iter() if mine else ():
        for name, value in element.attrib.items():
            if _is_reference(str(name)) and str(value).startswith(mine):
                element.set(name, str(value).split(":", 1)[1])
        if _is_reference(local(element)) and (element.text or "").strip().startswith(mine):
            element.text = (element.text or "").strip().split(":", 1)[1]


def _is_reference(name: str) -> bool:
    return name.endswith("Ref") or name in {"default", "calledElement", "bpmnElement", "incoming", "outgoing"}


def _rename(root: etree._Element, changes: Changes) -> None:
    """Ids that are no plain words."""
    taken = {element.get("id") for element in root.iter()}
    renamed: dict[str, str] = {}
    for element in _model(root):
        key = element.get("id")
        if key and key not in renamed and not _ID.fullmatch(key):
            renamed[key] = new = _free(key, taken)
            taken.add(new)
            changes.names[element] = key
            changes.rewrote(element, "import.id", original=key, now=new)
    for element in root.iter() if renamed else ():
        for name, value in element.attrib.items():
            if (name == "id" or _is_reference(str(name))) and value in renamed:
                element.set(name, renamed[str(value)])
        if not len(element) and _is_reference(local(element)) and (element.text or "").strip() in renamed:
            element.text = renamed[(element.text or "").strip()]


def _free(key: str, taken: set[str | None]) -> str:
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", key)[:80]
    base = plain if re.match(r"[A-Za-z_]", plain) else f"id_{plain}"
    number, new = 0, base
    while new in taken:
        number += 1
        new = f"{base}_{number}"
    return new
