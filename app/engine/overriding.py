"""A diagram with single declarations said otherwise: one step's role or deadline, one called process, its own name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from lxml import etree

from app.engine.vocabulary import HUMAN
from app.engine.xml import EO, bpmn, read
from app.kernel.errors import Invalid

DECLARED: Final = ("form", "role", "unit", "post", "deadline", "performer")
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class References:
    """What a diagram names that stands elsewhere: `forms` and `decisions` by step, `called` processes."""

    steps: tuple[str, ...]
    forms: Mapping[str, str] = field(default_factory=dict)
    decisions: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()


@lru_cache(maxsize=64)
def references(xml: bytes) -> References:
    """Everything a diagram names; processes of the same document are not elsewhere. Errors: as `xml.read`.

    An overview of all units asks it of the same few diagrams again and again.
    """
    root = read(xml)
    own = {process.get("id", "") for process in root.iter(bpmn("process"))}
    steps = [(element.get("id", ""), element.find(_path("task"))) for element in _human(root)]
    asked = (element.find(_path("decision")) for element in root.iter(bpmn("businessRuleTask")))
    calls = {element.get("calledElement", "") for element in root.iter(bpmn("callActivity"))}
    return References(
        steps=tuple(key for key, _ in steps),
        forms={key: said.get("form", "") for key, said in steps if said is not None and said.get("form")},
        decisions=frozenset(one.get("key", "") for one in asked if one is not None),
        called=frozenset(calls - own),
    )


def overridden(xml: bytes, steps: Mapping[str, Mapping[str, str]], called: Mapping[str, str] = _NOTHING) -> bytes:
    """The diagram with what `steps` says about single steps, and with other processes `called` instead.

    An empty word takes a declaration away; what is said about a step that is not there is not heard. A diagram about
    which nothing is said comes back as it is, to the byte.
    """
    if not any(steps.values()) and not called:
        return xml
    root = read(xml)
    for element in _human(root):
        say(element, steps.get(element.get("id", ""), _NOTHING))
    for element in root.iter(bpmn("callActivity")):
        element.set("calledElement", called.get(element.get("calledElement", ""), element.get("calledElement", "")))
    return written(root)


def named(xml: bytes, process_id: str) -> bytes:
    """The diagram with its first process called `process_id`, unless one is called so already."""
    root = read(xml)
    processes = list(root.iter(bpmn("process")))
    old = {process.get("id", "") for process in processes}
    if not processes or process_id in old:
        return xml
    first = processes[0].get("id", "")
    for element in root.iter(etree.Element):
        for name in ("processRef", "bpmnElement", "calledElement"):
            if element.get(name) == first:
                element.set(name, process_id)
    for element in root.iter(etree.Element):
        if element.get("id") == process_id:
            raise Invalid("procedure.name_taken", node=process_id)
    processes[0].set("id", process_id)
    return written(root)


def say(element: etree._Element, said: Mapping[str, str]) -> None:
    """Write what is said about a step into it: its name and its declarations."""
    if said.get("name"):
        element.set("name", said["name"])
    wanted = {name: said[name] for name in DECLARED if name in said}
    if not wanted:
        return
    task = element.find(_path("task"))
    if task is None:
        task = etree.SubElement(_extensions(element), f"{{{EO}}}task")
    for name, value in wanted.items():
        if value:
            task.set(name, value)
        elif name in task.attrib:
            del task.attrib[name]


def _extensions(element: etree._Element) -> etree._Element:
    """Where declarations stand: behind the documentation, before everything else."""
    found = element.find(bpmn("extensionElements"))
    if found is None:
        found = etree.Element(bpmn("extensionElements"))
        element.insert(len(element.findall(bpmn("documentation"))), found)
    return found


def _human(root: etree._Element) -> Iterator[etree._Element]:
    return root.iter(*(bpmn(kind) for kind in sorted(HUMAN)))


def _path(name: str) -> str:
    return f"{bpmn('extensionElements')}/{{{EO}}}{name}"


def written(root: etree._Element) -> bytes:
    """A diagram as a document again."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
