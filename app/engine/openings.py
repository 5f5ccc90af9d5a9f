"""What a diagram leaves open for a person to say (việc còn phải làm), and saying it: one element at a time."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from lxml import etree

from app.engine import expressions
from app.engine.declarations import TaskDeclaration, declared
from app.engine.vocabulary import CHOOSING, HUMAN, OPERATING
from app.engine.xml import BPMN, EO, XSI, bpmn, local, read, space
from app.kernel.errors import Invalid, OfficeError

STEPS, MACHINES, WAYS = "steps", "machines", "ways"
_PEOPLE: Final = ("role", "post", "performer")
_LONGEST: Final = 2_000
Told = dict[str, Any]


def openings(xml: bytes) -> dict[str, list[Told]]:
    """Every step for people, every operation and every way that needs a condition, with what is said there now.

    It reads what the gate would still refuse. Errors: as `xml.read`.
    """
    root = read(xml)
    found = [one for one in root.iter(etree.Element) if space(one) == BPMN]
    return {
        STEPS: [_step(one) for one in found if local(one) in HUMAN],
        MACHINES: [_machine(one) for one in found if local(one) in OPERATING],
        WAYS: [_way(flow, gateway, root) for gateway in found for flow in _wanting(gateway)],
    }


def filled(xml: bytes, element: str, what: str, said: Mapping[str, Any]) -> bytes:
    """The diagram with one thing said: `form`, `person`, `operation`, `condition` or `default`.

    Raises Invalid "opening.element" when there is no such element, Invalid "diagram.*" when what was
    said is no such thing.
    """
    root = read(xml)
    found = next((one for one in root.iter(etree.Element) if one.get("id") == element and space(one) == BPMN), None)
    if found is None or what not in _SAYING or local(found) not in _SAYING[what][0]:
        raise Invalid("opening.element", node=element)
    _SAYING[what][1](found, {name: _clean(value) for name, value in said.items()})
    declared(found)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _step(element: etree._Element) -> Told:
    task = _own(element, "task")
    given = {} if task is None else {str(name): str(value) for name, value in task.attrib.items()}
    return {**_named(element), "form": given.get("form", ""), "said": given, "somebody": _names_somebody(element)}


def _names_somebody(element: etree._Element) -> bool:
    try:
        said = declared(element).get("task", TaskDeclaration())
    except OfficeError:
        return False
    return bool(said.names_somebody)


def _machine(element: etree._Element) -> Told:
    asked = _own(element, "operation")
    params = {} if asked is None else {one.get("name", ""): one.get("value", "") for one in asked}
    given = (
        {"name": "", "result": ""} if asked is None else {str(name): str(text) for name, text in asked.attrib.items()}
    )
    is_message = local(element) == "sendTask" and element.get("messageRef") is not None
    return {
        **_named(element),
        "operation": given.get("name", ""),
        "result": given.get("result", ""),
        "params": params,
        "open": not given.get("name") and not is_message,
    }


def _wanting(gateway: etree._Element) -> list[etree._Element]:
    """The ways out of a choice that are taken on a condition."""
    around = gateway.getparent()
    if local(gateway) not in CHOOSING or around is None:
        return []
    ways = [one for one in around.iterfind(bpmn("sequenceFlow")) if one.get("sourceRef") == gateway.get("id")]
    return [one for one in ways if len(ways) > 1 and one.get("id") != gateway.get("default")]


def _way(flow: etree._Element, gateway: etree._Element, root: etree._Element) -> Told:
    condition, kept = flow.find(bpmn("conditionExpression")), flow.find(bpmn("documentation"))
    goal = next((one for one in root.iter(etree.Element) if one.get("id") == flow.get("targetRef")), None)
    return {
        **_named(flow),
        "source": gateway.get("name") or gateway.get("id"),
        "target": "" if goal is None else goal.get("name") or goal.get("id"),
        "condition": "" if condition is None else (condition.text or "").strip(),
        "original": "" if kept is None else (kept.text or "").strip()[:200],
    }


def _say_form(element: etree._Element, said: Mapping[str, Any]) -> None:
    _made(element, "task").set("form", str(said.get("form", "")))


def _say_person(element: etree._Element, said: Mapping[str, Any]) -> None:
    """One way of naming somebody takes the place of every other."""
    given = {name: str(said[name]) for name in _PEOPLE if said.get(name)}
    if len(given) != 1:
        raise Invalid("opening.person", node=element.get("id"))
    task = _made(element, "task")
    for name in _PEOPLE:
        task.attrib.pop(name, "")
    for name, text in given.items():
        if name != "role":
            expressions.check(text, performer=name == "performer")
        task.set(name, text)


def _say_operation(element: etree._Element, said: Mapping[str, Any]) -> None:
    operation = _made(element, "operation")
    for child in list(operation):
        operation.remove(child)
    operation.attrib.clear()
    operation.set("name", str(said.get("name", "")))
    if said.get("result"):
        operation.set("result", str(said["result"]))
    for name, text in said.get("params", {}).items():
        expressions.check(text)
        etree.SubElement(operation, f"{{{EO}}}param", name=name, value=text)


def _say_condition(element: etree._Element, said: Mapping[str, Any]) -> None:
    text = str(said.get("condition", ""))
    expressions.check(text)
    condition = element.find(bpmn("conditionExpression"))
    if condition is None:
        condition = etree.SubElement(element, bpmn("conditionExpression"))
        condition.set(
            f"{{{XSI}}}type", f"{element.prefix}:tFormalExpression" if element.prefix else "tFormalExpression"
        )
    condition.text = text


def _say_default(element: etree._Element, _said: Mapping[str, Any]) -> None:
    """The way that is taken when no condition holds."""
    around, source = element.getparent(), element.get("sourceRef")
    for gateway in around if around is not None else ():
        if gateway.get("id") == source and local(gateway) in CHOOSING:
            gateway.set("default", element.get("id", ""))
    for condition in element.findall(bpmn("conditionExpression")):
        element.remove(condition)


_SAYING: Final[Mapping[str, tuple[frozenset[str], Callable[[etree._Element, Mapping[str, Any]], None]]]] = {
    "form": (HUMAN, _say_form),
    "person": (HUMAN, _say_person),
    "operation": (OPERATING, _say_operation),
    "condition": (frozenset({"sequenceFlow"}), _say_condition),
    "default": (frozenset({"sequenceFlow"}), _say_default),
}


def _clean(value: Any) -> Any:
    """Texts without space around them, none longer than a person writes."""
    if isinstance(value, Mapping):
        return {str(name): _clean(one) for name, one in value.items()}
    text = str(value).strip()
    if len(text) > _LONGEST:
        raise Invalid("opening.too_long", limit=_LONGEST)
    return text


def _named(element: etree._Element) -> Told:
    return {"id": element.get("id", ""), "name": " ".join((element.get("name") or "").split())}


def _own(element: etree._Element, name: str) -> etree._Element | None:
    return element.find(f"{bpmn('extensionElements')}/{{{EO}}}{name}")


def _made(element: etree._Element, name: str) -> etree._Element:
    """One of our declarations, made where there is none: behind the documentation, before everything else."""
    found = _own(element, name)
    if found is not None:
        return found
    extensions = element.find(bpmn("extensionElements"))
    if extensions is None:
        extensions = etree.Element(bpmn("extensionElements"))
        element.insert(len(element.findall(bpmn("documentation"))), extensions)
    return etree.SubElement(extensions, f"{{{EO}}}{name}")
