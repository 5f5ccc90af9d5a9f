"""Link events: a way drawn in two pieces, put together before the diagram is checked and read."""

from lxml import etree

from app.engine.xml import bpmn, local
from app.kernel.errors import Invalid

_LINK = bpmn("linkEventDefinition")
_ENDS = {"intermediateThrowEvent", "intermediateCatchEvent"}


def joined(root: etree._Element) -> etree._Element:
    """The same document with a sequence flow from each throwing link to the one target of its name.

    Both become events that only mark that a case has come so far. Invalid "diagram.link" for a link without a target
    in its own process or sub-process, with two, or with anything else beside it.
    """
    for scope in [*root.iter(bpmn("process")), *root.iter(bpmn("subProcess"))]:
        links = [child for child in scope if child.find(_LINK) is not None]
        targets: dict[str, etree._Element] = {}
        for link in links:
            if local(link) == "intermediateCatchEvent":
                if _name(link) in targets:
                    raise Invalid("diagram.link", node=link.get("id"))
                targets[_name(link)] = link
        sources = [link for link in links if local(link) == "intermediateThrowEvent"]
        _check(links, sources, targets)
        for source in sources:
            _join(scope, source, targets[_name(source)])
        for link in links:
            _unmark(link)
    if root.find(f".//{_LINK}") is not None:
        raise Invalid("diagram.link", node=None)
    return root


def _check(links: list[etree._Element], sources: list[etree._Element], targets: dict[str, etree._Element]) -> None:
    for link in links:
        alone = sum(local(child).endswith("EventDefinition") for child in link) == 1
        if local(link) not in _ENDS or not alone or not link.get("id") or not _name(link):
            raise Invalid("diagram.link", node=link.get("id"))
    for source in sources:
        if _name(source) not in targets:
            raise Invalid("diagram.link", node=source.get("id"))
    meant = {_name(source) for source in sources}
    for name, target in targets.items():
        if name not in meant:
            raise Invalid("diagram.link", node=target.get("id"))


def _name(link: etree._Element) -> str:
    definition = link.find(_LINK)
    return "" if definition is None else definition.get("name", "").strip()


def _join(scope: etree._Element, source: etree._Element, target: etree._Element) -> None:
    ends = {"sourceRef": source.get("id", ""), "targetRef": target.get("id", "")}
    etree.SubElement(scope, bpmn("sequenceFlow"), {"id": f"link-{source.get('id')}", **ends})


def _unmark(link: etree._Element) -> None:
    for child in link.findall(_LINK):
        link.remove(child)
    link.tag = bpmn("intermediateThrowEvent")
    link.attrib.pop("parallelMultiple", "")
