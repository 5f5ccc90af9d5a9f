"""Which elements of a diagram ask for a name of data: in their conditions, deadlines, parameters and scripts."""

import re

from lxml import etree

from app.engine.xml import EO, bpmn, read

_EXPRESSIONS = ("conditionExpression", "completionCondition", "loopCondition", "script")
_TIMES = ("timeDuration", "timeDate", "timeCycle")
_TEXTS = frozenset(bpmn(name) for name in (*_EXPRESSIONS, *_TIMES))


def mentions(xml: bytes, name: str) -> list[str]:
    """The elements that ask for a name, as they are called, else by their id. Errors: as `xml.read`."""
    word = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
    found = (_owner(element) for element in read(xml).iter(etree.Element) if word.search(_said(element)))
    return list(dict.fromkeys(found))


def _said(element: etree._Element) -> str:
    """What an element says in the language of expressions."""
    if element.tag in _TEXTS:
        return element.text or ""
    return " ".join(map(str, element.attrib.values())) if str(element.tag).startswith(f"{{{EO}}}") else ""


def _owner(element: etree._Element) -> str:
    """The nearest element around it that has an id."""
    at: etree._Element | None = element
    while at is not None and not at.get("id"):
        at = at.getparent()
    return "" if at is None else str(at.get("name") or at.get("id"))
