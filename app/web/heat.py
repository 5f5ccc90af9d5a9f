"""Figures laid over the drawing of a procedure (sơ đồ nhiệt): colour, bars and numbers, and the way to the cases."""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from app.engine import diagram
from app.engine.drawing import Box, drawing
from app.engine.figures import SVG, add
from app.engine.xml import read
from app.web import diagrams
from app.web.diagrams import Picture

HOTTEST = 4
_BAR, _GAP, _ROUND = 4, 6, 10


@dataclass(frozen=True)
class Spot:
    """What stands at one node: how hot it is (0 to HOTTEST), its number, its incidents, its words, where they lead."""

    level: int
    number: str
    incidents: int
    words: str
    href: str


def picture(bpmn: bytes, spots: Mapping[str, Spot], title: str) -> Picture:
    """The drawing of a diagram with what stands at its nodes. Raises Invalid when nobody has drawn it.

    How hot a node is shows by its colour and by as many bars, so that nobody needs to tell the colours.
    """
    drawn = diagram.render(bpmn, badges={node: spot.number for node, spot in spots.items() if spot.number}, title=title)
    boxes = {shape.id: shape.box for shape in drawing(read(bpmn)).shapes}
    svg = etree.fromstring(drawn)
    svg.set("role", "group")  # an image may hold nothing to press
    for group in list(svg.iterfind(f"{{{SVG}}}g")):
        node = group.get("data-node", "")
        if node in spots and node in boxes:
            _lay(group, spots[node], boxes[node])
    return diagrams.framed(etree.tostring(svg, encoding="unicode"), ())


def _lay(group: etree._Element, spot: Spot, box: Box) -> None:
    group.set("class", f"{group.get('class', '')} heat-{spot.level}".strip())
    for index in range(spot.level):
        x, y = box.x + box.width - _GAP * (spot.level - index) - 2, box.y + box.height - 11
        add(group, "rect", x=x, y=y, width=_BAR, height=8, class_="heat-bar", fill="currentColor", stroke="none")
    if spot.incidents:
        alarm = add(group, "g", class_="alarm")
        short = f"!{min(spot.incidents, 999)}"
        width = 12.0 + 7.5 * len(short)
        x, y, height = box.x - width / 2, box.y - _ROUND, 2 * _ROUND
        add(alarm, "rect", x=x, y=y, width=width, height=height, rx="10", fill="currentColor", stroke="none")
        add(alarm, "text", short, x=box.x, y=box.y + 4, text_anchor="middle", fill="#fff", stroke="none")
    parent = group.getparent()
    if parent is not None:
        link = etree.Element(f"{{{SVG}}}a", {"href": spot.href, "aria-label": spot.words})
        parent.replace(group, link)
        link.append(group)
