"""What other tools say in namespaces of their own about a step, said in ours where it is certain.

Camunda 7, Flowable, Activiti and Operaton share their words; Camunda 8 (zeebe) and SpiffWorkflow have others. What is
taken over here is removed from where it stood; the rest is dropped later by `importing`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lxml import etree

from app.engine import notations
from app.engine.report import Changes
from app.engine.xml import BPMN, EO, XSI, bpmn, detach, local

CLASSIC: Final = (
    "http://camunda.org/schema/1.0/bpmn",
    "http://flowable.org/bpmn",
    "http://activiti.org/bpmn",
    "http://operaton.org/schema/1.0/bpmn",
)
_ZEEBE: Final = "http://camunda.org/schema/zeebe/1.0"
_SPIFF: Final = "http://spiffworkflow.org/bpmn/schema/1.0/core"
_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OPERATION = re.compile(r"[a-z][a-z0-9_]{0,40}\.[a-z][a-z0-9_]{0,60}")
_SUFFIX = re.compile(r"\.(form|html|xhtml|json|jsp|ftl)$")
_GROUP = re.compile(r"\s*group\(([^)]*)\)\s*")


ADOPTED: Final = frozenset(
    {
        "formKey",
        "formRef",
        "formDefinition",
        "assignee",
        "candidateUsers",
        "candidateGroups",
        "assignmentDefinition",
        "potentialOwner",
        "humanPerformer",
        "performer",
        "dueDate",
        "delegateExpression",
        "class",
        "expression",
        "topic",
        "taskDefinition",
        "serviceTaskOperator",
        "collection",
        "elementVariable",
        "loopCharacteristics",
        "calledElement",
    }
)
"""What is said here by a note of its own, taken over or left to a person."""


def adopt(element: etree._Element, changes: Changes) -> None:
    """Say in our namespace what an element says in another one."""
    act = _ACTS.get(local(element))
    if act is not None:
        act(element, changes)
    loop = element.find(bpmn("multiInstanceLoopCharacteristics"))
    if loop is not None and loop.find(bpmn("loopDataInputRef")) is None:
        _instances(element, loop, changes)


def word(text: str) -> str | None:
    """A foreign name as a word of ours (`approveInvoice.html` is `approve_invoice`); None when it cannot be one."""
    base = _SUFFIX.sub("", re.split(r"[:/]", text.strip())[-1])
    found = re.sub(r"[\s-]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", base)).lower()
    return found if _WORD.fullmatch(found) else None


def _person(element: etree._Element, changes: Changes) -> None:
    """Who does a step with which form."""
    if _inside(element, EO, "task") is not None:
        return
    given = {**_form(element, changes), **_post(element, changes), **_role(element, changes)}
    for said in (*_classic(element, "dueDate"), *_part(element, _ZEEBE, "taskSchedule", "dueDate")):
        changes.left(element, "import.deadline", original=said)
    if given:
        etree.SubElement(_extensions(element), f"{{{EO}}}task", given)


def _form(element: etree._Element, changes: Changes) -> dict[str, str]:
    given: dict[str, str] = {}
    for said in _forms(element):
        name = word(said)
        if name is None or given:
            changes.left(element, "import.form", original=said)
        else:
            given["form"] = name
            changes.rewrote(element, "import.form_named", original=said, now=name)
    return given


def _post(element: etree._Element, changes: Changes) -> dict[str, str]:
    given: dict[str, str] = {}
    for said in _assignees(element):
        post = notations.translate(said)
        if post is None or given or post in _starters(element):
            changes.left(element, "import.assignee", original=said)
        else:
            given["post"] = post
            changes.rewrote(element, "import.post_named", original=said, now=post)
    return given


def _starters(element: etree._Element) -> set[str]:
    """The names under which other engines remember who started a case; ours does not."""
    root = element.getroottree().getroot()
    return {name for start in root.iter(bpmn("startEvent")) for name in _classic(start, "initiator")}


def _role(element: etree._Element, changes: Changes) -> dict[str, str]:
    groups = [group.strip() for said in _groups(element) for group in said.split(",") if group.strip()]
    role = word(groups[0]) if len(groups) == 1 else None
    if role is None:
        if groups:
            changes.left(element, "import.assignee", original=", ".join(groups))
        return {}
    changes.rewrote(element, "import.role_named", original=groups[0], now=role)
    return {"role": role}


def _forms(element: etree._Element) -> Iterator[str]:
    yield from (*_classic(element, "formKey"), *_classic(element, "formRef"))
    for name in ("formId", "formKey", "externalReference"):
        yield from _part(element, _ZEEBE, "formDefinition", name)
    for said in element.iterfind(f"{bpmn('extensionElements')}/{{{_SPIFF}}}properties/{{{_SPIFF}}}property"):
        if said.get("name") == "formJsonSchemaFilename":
            yield said.get("value") or ""
    for space_ in CLASSIC:
        for name in ("formData", "formProperty"):
            if _inside(element, space_, name) is not None:
                yield f"{name} …"


def _assignees(element: etree._Element) -> Iterator[str]:
    yield from (*_classic(element, "assignee"), *_classic(element, "candidateUsers"))
    for name in ("assignee", "candidateUsers"):
        yield from _part(element, _ZEEBE, "assignmentDefinition", name)
    yield from (said for said in _owners(element) if not _GROUP.fullmatch(said))


def _groups(element: etree._Element) -> Iterator[str]:
    yield from (
        *_classic(element, "candidateGroups"),
        *_part(element, _ZEEBE, "assignmentDefinition", "candidateGroups"),
    )
    yield from (match[1] for said in _owners(element) if (match := _GROUP.fullmatch(said)))


def _owners(element: etree._Element) -> list[str]:
    """Who the standard's own elements name; what they say is text that every tool reads in its own way."""
    kinds = ("potentialOwner", "humanPerformer", "performer")
    return [
        text.strip()
        for kind in kinds
        for owner in element.iterfind(bpmn(kind))
        for text in ["".join(str(part) for part in owner.itertext())]
        if text.strip()
    ]


def _machine(element: etree._Element, changes: Changes) -> None:
    """Which operation a service task asks for."""
    if _inside(element, EO, "operation") is not None:
        return
    asked = list(_asked(element))
    names = [match[0] for said in asked if (match := _OPERATION.fullmatch(said.strip("${}# ")))]
    params = {name: _value(text) for name, text in _params(element)}
    known = all(_WORD.fullmatch(name) and value for name, value in params.items())
    result = next(iter(_classic(element, "resultVariable")), None)
    if len(asked) != 1 or not names or not known or (result and not _WORD.fullmatch(result)):
        for said in asked:
            changes.left(element, "import.operation", original=said)
        return
    operation = etree.SubElement(_extensions(element), f"{{{EO}}}operation", name=names[0])
    if result:
        operation.set("result", result)
    for name, value in params.items():
        etree.SubElement(operation, f"{{{EO}}}param", name=name, value=value or "")
    for mapping in list(_mappings(element)):
        detach(mapping)
    changes.rewrote(element, "import.operation_named", original=asked[0], now=names[0])


def _asked(element: etree._Element) -> Iterator[str]:
    for name in ("delegateExpression", "class", "expression", "topic"):
        yield from _classic(element, name)
    yield from _part(element, _ZEEBE, "taskDefinition", "type")
    yield from _part(element, _SPIFF, "serviceTaskOperator", "id")


def _mappings(element: etree._Element) -> Iterator[etree._Element]:
    for space_, name in (*((one, "inputOutput") for one in CLASSIC), (_ZEEBE, "ioMapping")):
        found = _inside(element, space_, name)
        if found is not None:
            yield found


def _params(element: etree._Element) -> Iterator[tuple[str, str]]:
    for mapping in _mappings(element):
        for one in mapping:
            if local(one) in {"inputParameter", "input"}:
                yield one.get("name") or one.get("target") or "", one.get("source") or one.text or ""
            else:
                yield "", ""  # what leaves has a place of its own in ours: `result`


def _value(text: str) -> str | None:
    return notations.translate(text) if notations.is_foreign(text) else repr(text)


def _instances(element: etree._Element, loop: etree._Element, changes: Changes) -> None:
    """The list that a step is repeated over; where results have no name, they get one that nobody reads yet."""
    items = _loop(loop, "collection", "inputCollection")
    if not items:
        return
    name = word(element.get("id") or "") or "step"
    found = {
        "loopDataInputRef": items,
        "loopDataOutputRef": _loop(loop, "", "outputCollection") or f"{name}_results",
        "inputDataItem": _loop(loop, "elementVariable", "inputElement") or f"{name}_item",
        "outputDataItem": _loop(loop, "", "outputElement") or f"{name}_result",
    }
    ours = {kind: notations.translate(text) if notations.is_foreign(text) else text for kind, text in found.items()}
    if any(text is None or not _WORD.fullmatch(text) for text in ours.values()):
        changes.left(element, "import.instances", original=items)
        return
    for child in loop.findall(bpmn("loopCardinality")):
        detach(child)
    at = sum(local(child) in {"documentation", "extensionElements"} for child in loop)
    for offset, (kind, text) in enumerate(ours.items()):
        part = etree.Element(bpmn(kind))
        if kind.endswith("Ref"):
            part.text = text
        else:
            part.set("name", text or "")
        loop.insert(at + offset, part)
    changes.rewrote(element, "import.instances_named", original=items, now=ours["loopDataInputRef"])


def _loop(loop: etree._Element, classic: str, zeebe: str) -> str:
    found = _classic(loop, classic) if classic else []
    return next(iter(found), "") or next(_part(loop, _ZEEBE, "loopCharacteristics", zeebe), "")


def _call(element: etree._Element, changes: Changes) -> None:
    for called in _part(element, _ZEEBE, "calledElement", "processId"):
        if element.get("calledElement") is None:
            element.set("calledElement", called)
            changes.rewrote(element, "import.call_named", original=called)


def _classic(element: etree._Element, name: str) -> list[str]:
    """The values of an attribute in the namespaces that share their words."""
    found = [(element.get(f"{{{space_}}}{name}") or "").strip() for space_ in CLASSIC]
    return [text for text in found if text]


def _part(element: etree._Element, space_: str, name: str, attribute: str) -> Iterator[str]:
    part = _inside(element, space_, name)
    text = "" if part is None else (part.get(attribute) or "").strip()
    if text:
        yield text


def _inside(element: etree._Element, space_: str, name: str) -> etree._Element | None:
    return element.find(f"{bpmn('extensionElements')}/{{{space_}}}{name}")


def _extensions(element: etree._Element) -> etree._Element:
    """The place for extensions: the standard wants it right after the documentation."""
    found = element.find(bpmn("extensionElements"))
    if found is None:
        found = etree.Element(bpmn("extensionElements"))
        element.insert(sum(local(child) == "documentation" for child in element), found)
    return found


def is_vendor(space_: str) -> bool:
    """Whether a namespace is another tool's."""
    return space_ not in {"", EO, BPMN, XSI}


_ACTS: Mapping[str, Callable[[etree._Element, Changes], None]] = {
    "userTask": _person,
    "serviceTask": _machine,
    "callActivity": _call,
}
