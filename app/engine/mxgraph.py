"""Drawings of diagrams.net (draw.io), which know shapes and lines but no BPMN, read as the BPMN they show."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote

from lxml import etree

from app.engine.xml import MAX_BYTES, bpmn, document, local
from app.kernel.errors import Invalid

ROOTS: Final = frozenset({"mxfile", "mxGraphModel"})
_TAG = re.compile(r"<[^>]*>|&nbsp;")
_TASKS: Mapping[str, str] = {
    "user": "userTask",
    "service": "serviceTask",
    "manual": "manualTask",
    "send": "sendTask",
    "receive": "receiveTask",
    "script": "scriptTask",
    "businessRule": "businessRuleTask",
}
_GATEWAYS: Mapping[str, str] = {
    "exclusive": "exclusiveGateway",
    "exclusiveGw": "exclusiveGateway",
    "parallel": "parallelGateway",
    "parallelGw": "parallelGateway",
    "inclusive": "inclusiveGateway",
    "general": "inclusiveGateway",
    "inclusiveGw": "inclusiveGateway",
    "complex": "complexGateway",
    "complexGw": "complexGateway",
}
_SYMBOLS = frozenset(
    {"message", "timer", "error", "escalation", "cancel", "signal", "link", "terminate", "conditional"}
)


def translate(drawing: etree._Element) -> etree._Element:
    """The BPMN that a drawing shows; Invalid "diagram.not_bpmn" when it shows none."""
    cells = {cell.get("id") or "": cell for model in _models(drawing) for cell in model.iter("mxCell")}
    root = etree.Element(bpmn("definitions"), targetNamespace="urn:eoffice:drawing", nsmap={"bpmn": bpmn("")[1:-1]})
    process = etree.SubElement(root, bpmn("process"), id="process", isExecutable="true")
    for key, cell in cells.items():
        kind = _kind(_style(cell)) if cell.get("vertex") == "1" else None
        if kind is not None:
            node = etree.SubElement(process, bpmn(kind), id=key, name=_text(cell))
            _define(node, _style(cell).get("symbol", ""))
    if not len(process):
        raise Invalid("diagram.not_bpmn")
    for key, cell in cells.items():
        if cell.get("edge") == "1":
            ends = {"sourceRef": cell.get("source") or "", "targetRef": cell.get("target") or ""}
            labels = [_text(cell), *(_text(one) for one in cells.values() if one.get("parent") == key)]
            name = next((label for label in labels if label), "")
            etree.SubElement(process, bpmn("sequenceFlow"), {"id": key, "name": name, **ends})
    return root


def _models(drawing: etree._Element) -> Iterator[etree._Element]:
    """The sheets of a file; a sheet may be packed, and is unpacked only as far as a diagram may be large."""
    if drawing.tag == "mxGraphModel":
        yield drawing
    for sheet in drawing.iterfind("diagram"):
        packed = (sheet.text or "").strip()
        yield from sheet.iterfind("mxGraphModel")
        if packed:
            yield document(_unpacked(packed))


def _unpacked(text: str) -> bytes:
    try:
        found = zlib.decompressobj(-15).decompress(base64.b64decode(text), MAX_BYTES + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise Invalid("diagram.not_xml") from error
    return unquote(found.decode("utf-8", "replace")).encode()


def _style(cell: etree._Element) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in (cell.get("style") or "").split(";") if part)


def _kind(style: Mapping[str, str]) -> str | None:
    shape, symbol = style.get("shape", ""), style.get("symbol", "")
    if not shape.startswith("mxgraph.bpmn."):
        return None
    if shape.startswith("mxgraph.bpmn.task"):
        inner = {"call": "callActivity", "subprocess": "subProcess"}.get(style.get("bpmnShapeType", ""))
        return inner or _TASKS.get(style.get("taskMarker", ""), "task")
    if shape.startswith("mxgraph.bpmn.gateway") or "rhombus" in style.get("perimeter", ""):
        return _GATEWAYS.get(style.get("gwType") or symbol, "exclusiveGateway")
    if shape not in {"mxgraph.bpmn.event", "mxgraph.bpmn.shape"}:
        return None
    outline = style.get("outline", "standard")
    kinds = {"standard": "startEvent", "end": "endEvent", "throwing": "intermediateThrowEvent"}
    return kinds.get(outline, "intermediateCatchEvent")


def _define(node: etree._Element, symbol: str) -> None:
    if local(node).endswith("Event") and symbol in _SYMBOLS:
        etree.SubElement(node, bpmn(f"{symbol}EventDefinition"))


def _text(cell: etree._Element) -> str:
    return " ".join(_TAG.sub(" ", cell.get("value") or "").split())
