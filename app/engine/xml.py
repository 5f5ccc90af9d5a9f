"""Reading a diagram's XML as a thing that a stranger wrote."""

import re
from typing import Final

from lxml import etree

from app.kernel.errors import Invalid, TooLarge

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
EO: Final = "urn:eoffice:bpmn:1"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
MAX_BYTES: Final = 2_000_000
MAX_ELEMENTS: Final = 20_000
MAX_DEPTH: Final = 40
_UTF_16 = re.compile(rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?\sencoding\s*=\s*["']utf-?16""", re.IGNORECASE)


def read(xml: bytes) -> etree._Element:
    """The root of a BPMN document; Invalid "diagram.*" or TooLarge for what no editor of diagrams writes."""
    root = document(xml)
    if root.tag != bpmn("definitions"):
        raise Invalid("diagram.not_bpmn")
    return root


def document(xml: bytes) -> etree._Element:
    """The root of a document in any language.

    No entity is expanded, no DTD read, no address visited: a DOCTYPE alone is reason to refuse.
    """
    if len(xml) > MAX_BYTES:
        raise TooLarge("diagram.too_large", limit=MAX_BYTES)
    parser = etree.XMLParser(
        encoding="utf-8" if _is_mislabelled(xml) else None,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(xml.lstrip(b" \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Invalid("diagram.not_xml") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Invalid("diagram.doctype")
    _measure(root)
    return root


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return etree.QName(element).localname


def space(element: etree._Element) -> str:
    """The namespace of an element; empty when it has none."""
    return etree.QName(element).namespace or ""


def detach(element: etree._Element) -> None:
    """Take an element out of its document."""
    around = element.getparent()
    if around is not None:
        around.remove(element)


def bpmn(name: str) -> str:
    """The full name of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def _is_mislabelled(xml: bytes) -> bool:
    """Whether a document says that it is UTF-16 in letters of one byte, as some tools write what they first had so."""
    return _UTF_16.match(xml) is not None


def _measure(root: etree._Element) -> None:
    depth = elements = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        elements += event == "start"
        if depth > MAX_DEPTH or elements > MAX_ELEMENTS:
            raise TooLarge("diagram.too_large", limit=MAX_ELEMENTS)
