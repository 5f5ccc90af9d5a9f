"""What a drawing says between the lines, written out for the library's parser; what only explains is left out."""

from copy import deepcopy
from typing import Final

from lxml import etree

from app.engine.vocabulary import DRAWN, GATEWAYS, NODES
from app.engine.xml import EO, bpmn, local

WAYS: Final = f"{{{EO}}}ways"


def unfold(document: etree._Element) -> etree._Element:
    """A copy of a checked document where several flows leave gateways only, and nothing is said about data.

    The library would fill the data of every case with the data objects that are drawn.
    """
    root = deepcopy(document)
    for name in DRAWN:
        for element in list(root.iter(bpmn(name))):
            _remove(element)
    for name in ("process", "subProcess"):
        for scope in root.iter(bpmn(name)):
            _unfold_flows(scope)
    return root


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _unfold_flows(scope: etree._Element) -> None:
    leaving: dict[str, list[etree._Element]] = {}
    for flow in scope.iterfind(bpmn("sequenceFlow")):
        leaving.setdefault(flow.get("sourceRef", ""), []).append(flow)
    for node in [child for child in scope if local(child) in NODES - GATEWAYS]:
        flows = leaving.get(node.get("id", ""), [])
        if len(flows) > 1:
            _put_ways_behind(scope, node, flows)


def _put_ways_behind(scope: etree._Element, node: etree._Element, flows: list[etree._Element]) -> None:
    key = node.get("id", "")
    ways = etree.SubElement(scope, WAYS, id=f"{key}.ways")
    if "default" in node.attrib:
        ways.set("default", node.attrib.pop("default"))
    for flow in flows:
        flow.set("sourceRef", ways.get("id", ""))
    ends = {"sourceRef": key, "targetRef": ways.get("id", "")}
    etree.SubElement(scope, bpmn("sequenceFlow"), {"id": f"{key}.flow", **ends})
