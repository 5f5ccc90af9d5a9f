"""The names a diagram asks for, and those it sets itself: what is asked for and never set is probably mistyped."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from app.engine import expressions, isotime
from app.engine.declarations import declared
from app.engine.vocabulary import NODES, TIMES
from app.engine.xml import BPMN, local, read, space
from app.kernel.errors import Invalid

_ASKING = frozenset({"conditionExpression", "completionCondition", "activationCondition", "condition", "loopCondition"})
_OWNERS = NODES | {"sequenceFlow", "lane"}


@dataclass(frozen=True)
class Names:
    """`asked`: names of data by the element that asks for them; `made`: what the diagram gives names to itself."""

    asked: dict[str, set[str]] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)


def names(xml: bytes) -> Names:
    """All names of a diagram that has passed the gate. Errors: as `xml.read`."""
    found, root = Names(), read(xml)
    for element in root.iter(etree.Element):
        if space(element) != BPMN:
            continue
        found.made.update(_made(element))
        for text in _texts(element):
            found.asked.setdefault(_owner(element), set()).update(_names(text))
    return found


def _texts(element: etree._Element) -> Iterator[str]:
    """Every expression that an element itself holds."""
    name, text = local(element), (element.text or "").strip()
    if text and (name in _ASKING or (name in TIMES and not isotime.looks_literal(text))):
        yield text
    if name == "loopDataInputRef" and text:
        yield text
    for said in declared(element).values():
        yield from getattr(said, "expressions", ())
        performer = getattr(said, "performer", None)
        if performer is not None:
            yield performer


def _made(element: etree._Element) -> Iterator[str]:
    for said in declared(element).values():
        result = getattr(said, "result", None)
        if result:
            yield result
        yield from (name for name, _text in getattr(said, "lines", ()))
    if local(element) in {"inputDataItem", "outputDataItem"}:
        yield element.get("name", "")
    if local(element) == "loopDataOutputRef":
        yield (element.text or "").strip()


def _names(text: str) -> frozenset[str]:
    """The names in an expression; one that is looked into parameters with the parameter."""
    try:
        looked = {f"{name}.{key}" for name, key in expressions.lookups(text) if name == "parameters"}
        return expressions.names(text) | looked
    except Invalid:  # the gate has said so
        return frozenset()


def _owner(element: etree._Element) -> str:
    current: etree._Element | None = element
    while current is not None and local(current) not in _OWNERS:
        current = current.getparent()
    return "" if current is None else current.get("id", "")
