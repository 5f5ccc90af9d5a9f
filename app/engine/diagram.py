"""The drawing of a diagram as SVG: for pages, e-mail, print and phones, with nothing for a browser to run."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from lxml import etree

from app.engine.drawing import Drawing, Drawn, drawing
from app.engine.figures import ARROW, SVG, add, draw_line, draw_shape
from app.engine.xml import read

STATES: Final = ("done", "current", "late", "error")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_NAMESPACES: Final[dict[Any, str]] = {None: SVG}
_MARGIN: Final = 16.0
_BEHIND: Final = ("participant", "lane", "group", "subProcess")

_GLYPHS: Mapping[str, tuple[str, str]] = {
    "done": ("✓", "m-4.5 0l3 3.5l6-7"),
    "current": ("▶", "m-2.5-4.5l6 4.5l-6 4.5z"),
    "late": ("!", "m0-5.5v6.5m0 2.5v1.5"),
    "error": ("✕", "m-3.5-3.5l7 7m0-7l-7 7"),
}


def render(
    xml: bytes,
    states: Mapping[str, str] = _NOTHING,
    badges: Mapping[str, str] = _NOTHING,
    title: str = "",
    *,
    words: Mapping[str, str] = _NOTHING,
) -> str:
    """The drawing (BPMN DI) of a diagram as one `<svg>`, ready to stand in a page under a strict content policy.

    `states` gives nodes one of done, current, late, error: shown by a class, a glyph and, for those who listen, in
    the description, where `words` names the states in the reader's language. `badges` are short texts at a node's
    corner. There is no style, script or address in it; colours come from the page (`diagram.css`), without which it
    is black on white. Raises Invalid "diagram.drawing" when the diagram has no drawing.
    """
    sheet = drawing(read(xml))
    svg = drawn(sheet, title, _description(sheet, states, words), states, badges)
    return etree.tostring(svg, encoding="unicode")


def drawn(
    sheet: Drawing,
    title: str,
    description: str,
    states: Mapping[str, str] = _NOTHING,
    badges: Mapping[str, str] = _NOTHING,
) -> etree._Element:
    """The same before it is written down, for those who point something out in it (`marking`)."""
    svg = _frame(sheet, title, description)
    for shape in _layer(sheet, behind=True):
        _draw(svg, shape, states, badges)
    for line in sheet.lines:
        draw_line(svg, line)
    for shape in _layer(sheet, behind=False):
        _draw(svg, shape, states, badges)
    return svg


def _frame(sheet: Drawing, title: str, description: str) -> etree._Element:
    frame = sheet.frame
    svg = etree.Element(f"{{{SVG}}}svg", nsmap=_NAMESPACES)
    box = (frame.x - _MARGIN, frame.y - _MARGIN, frame.width + 2 * _MARGIN, frame.height + 2 * _MARGIN)
    attributes: dict[str, str] = {
        "class": "bpmn",
        "role": "img",
        "aria-labelledby": "diagram-title diagram-description",
        "viewBox": " ".join(f"{side:g}" for side in box),
        "width": "100%",
        "preserveAspectRatio": "xMidYMid meet",
        "font-family": "system-ui, 'Noto Sans', sans-serif",
        "font-size": "12",
    }
    for name, value in attributes.items():
        svg.set(name, value)
    add(svg, "title", title, id="diagram-title")
    add(svg, "desc", description, id="diagram-description")
    sizes = {"viewBox": "0 0 10 10", "refX": "9", "refY": "5", "markerWidth": "8", "markerHeight": "8"}
    marker = add(add(svg, "defs"), "marker", None, id=ARROW, orient="auto", **sizes)
    add(marker, "path", d="M0 1L10 5L0 9z", class_="arrow", fill="currentColor", stroke="none")
    return svg


def _layer(sheet: Drawing, *, behind: bool) -> list[Drawn]:
    """Pools and frames below the flows, the outer ones first; everything else above them."""
    found = [shape for shape in sheet.shapes if (shape.kind in _BEHIND and "collapsed" not in shape.marks) is behind]
    if behind:
        return sorted(found, key=lambda shape: -shape.box.width * shape.box.height)
    return sorted(found, key=lambda shape: shape.kind == "boundaryEvent")


def _draw(svg: etree._Element, shape: Drawn, states: Mapping[str, str], badges: Mapping[str, str]) -> None:
    state = states.get(shape.id, "")
    known = state if state in STATES else ""
    group = add(svg, "g", class_=f"node {shape.kind} {known}".strip(), data_node=shape.id)
    if shape.name:
        add(group, "title", shape.name)
    draw_shape(group, shape)
    if known:
        _glyph(group, shape, known)
    if shape.id in badges:
        _badge(group, shape, badges[shape.id])


def _glyph(group: etree._Element, shape: Drawn, state: str) -> None:
    """The state for those who cannot tell the colours: a sign on the lower left corner."""
    x, y = shape.box.x + 2, shape.box.y + shape.box.height - 2
    sign = add(group, "g", class_="glyph", data_state=state)
    add(sign, "circle", cx=x, cy=y, r=9, class_="glyph-ground", fill="#fff", stroke="currentColor", stroke_width="1.5")
    path = f"M{x:g} {y:g}{_GLYPHS[state][1]}"
    add(sign, "path", d=path, class_="glyph-sign", fill="none", stroke="currentColor", stroke_width="2")


def _badge(group: etree._Element, shape: Drawn, text: str) -> None:
    x, y = shape.box.x + shape.box.width, shape.box.y
    short = text.strip()[:7]
    width = max(20.0, 9.0 + 7.5 * len(short))
    badge = add(group, "g", class_="badge")
    add(badge, "rect", x=x - width / 2, y=y - 10, width=width, height=20, rx="10", fill="#fff", stroke="currentColor")
    add(badge, "text", short, x=x, y=y + 4, text_anchor="middle", fill="currentColor", stroke="none")


def _description(sheet: Drawing, states: Mapping[str, str], words: Mapping[str, str]) -> str:
    told = []
    for shape in sheet.shapes:
        state = states.get(shape.id, "")
        if state in STATES and shape.name:
            told.append(f"{shape.name}: {words.get(state, _GLYPHS[state][0])}")
    return "; ".join(told)
