"""A diagram on its way to an editor and back: opened with what is said beside it, kept with what it says itself."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lxml import etree

from app.engine import importing
from app.engine.inserting import inserted
from app.engine.overriding import DECLARED, named, overridden, references
from app.engine.report import REWRITTEN, report
from app.engine.vocabulary import HUMAN
from app.engine.xml import BPMN, EO, bpmn, local, read, space
from app.kernel.errors import Invalid

Said = Mapping[str, Mapping[str, str]]


def with_forms(beside: Said, forms: Mapping[str, str], drawn: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What is said beside a diagram about single steps, a form that differs from the drawn one among it."""
    said = {node: dict(one) for node, one in beside.items()}
    for node, form in forms.items():
        if drawn.get(node) != form:
            said.setdefault(node, {})["form"] = form
    return said


def opened(
    xml: bytes, beside: Said, forms: Mapping[str, str], called: Mapping[str, str], added: Said
) -> dict[str, Any]:
    """The diagram as it is in effect, so that an editor shows what runs and not what was drawn once."""
    grown = inserted(xml, added)
    whole = overridden(grown, with_forms(beside, forms, references(grown).forms), called)
    return {"xml": _written(read(whole))}


def kept(xml: bytes, process_id: str) -> dict[str, Any]:
    """The diagram in UTF-8, its first process called `process_id`; what each step for people says, and the report.

    It need not be ready, but it must be a diagram: Invalid "diagram.*", "diagram.no_process" among them, or TooLarge.
    What was copied from other tools is said in our words, as long as that is certain for all of it: a text that is
    half typed stays as it is.
    """
    root, changes = importing.opened(xml)
    if any(note.verdict != REWRITTEN for _element, note in changes.said):
        root = read(xml)
    found = [asdict(one) for one in report(root, changes.said, changes.names).findings] if changes.said else []
    root = read(named(etree.tostring(root), process_id))
    if root.find(bpmn("process")) is None:
        raise Invalid("diagram.no_process")
    human = (one for one in root.iter(etree.Element) if space(one) == BPMN and local(one) in HUMAN)
    return {"xml": _written(root), "steps": {one.get("id", ""): _drawn(one) for one in human}, "findings": found}


def _drawn(element: etree._Element) -> dict[str, str]:
    """What a step for people says of all that can be said otherwise beside the diagram."""
    task = element.find(f"{bpmn('extensionElements')}/{{{EO}}}task")
    said = {name: "" if task is None else task.get(name, "") for name in DECLARED}
    return {**said, "name": element.get("name", "")}


def _written(root: etree._Element) -> str:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode()
