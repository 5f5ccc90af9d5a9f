"""Elements that a diagram calls what the library calls its own: renamed while it reads them, and named back after."""

from typing import Any, Final

from lxml import etree

from app.engine.vocabulary import NODES
from app.engine.xml import local

RESERVED: Final = frozenset({"Start", "End", "Root"})
_MARK: Final = "."  # no id may hold one, so no other element is called like this
_REFERENCES: Final = ("sourceRef", "targetRef", "attachedToRef", "activityRef", "bpmnElement")


def renamed(root: etree._Element) -> etree._Element:
    """The same document in which no element that a token can reach is called like one of the library's."""
    for element in root.iter(etree.Element):
        names = ("id",) if local(element) in NODES else _REFERENCES
        for name in names + (("attachedToRef",) if local(element) == "boundaryEvent" else ()):
            if element.get(name) in RESERVED:
                element.set(name, f"{element.get(name)}{_MARK}")
        if local(element) == "flowNodeRef" and (element.text or "").strip() in RESERVED:
            element.text = f"{(element.text or '').strip()}{_MARK}"
    return root


def name_back(spec: Any) -> None:
    """Give the elements of a specification the names that the diagram gave them."""
    for task in spec.task_specs.values():
        if task.bpmn_id is not None:
            task.bpmn_id = task.bpmn_id.removesuffix(_MARK)
