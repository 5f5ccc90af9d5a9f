"""A drawing in which a page points something out: a colour, a sign and a word at elements, and a way into each."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lxml import etree

from app.engine.diagram import drawn
from app.engine.drawing import Drawing, drawing
from app.engine.figures import SVG, add
from app.engine.lettering import width
from app.engine.xml import read

_NO_WORDS: Final[Mapping[str, str]] = MappingProxyType({})
_LONGEST: Final = 14
_SIGNS: Final[Mapping[str, str]] = {
    "added": "+",
    "removed": "\N{MINUS SIGN}",
    "changed": "≠",
    "moved": "↔",
    "disputed": "!",
}


@dataclass(frozen=True)
class Mark:
    """What is pointed out at an element: its class, and a word for those who cannot tell colours ("" writes none).

    `kind`: added, changed, removed, moved, disputed, own, inherited, chosen.
    """

    kind: str
    word: str = ""


@dataclass(frozen=True)
class Caption:
    """The title of a drawing, and a `prefix` that makes its ids its own where a page has several."""

    title: str
    prefix: str = "d"


def marked(xml: bytes, marks: Mapping[str, Mark], caption: Caption, links: Mapping[str, str] = _NO_WORDS) -> str:
    """The drawing of a diagram as `diagram.render` makes it, with marks, and a way into the elements `links` names.

    Every element has the id `<prefix>-<its id>`, so that a list can lead to it. Raises Invalid "diagram.drawing".
    """
    sheet = drawing(read(xml))
    svg = drawn(sheet, caption.title, _told(sheet, marks))
    _named(svg, caption.prefix)
    boxes = {shape.id: (shape.box.x, shape.box.y) for shape in sheet.shapes}
    boxes |= {line.id: line.points[len(line.points) // 2] for line in sheet.lines}
    for group in list(svg.iter(f"{{{SVG}}}g")):
        key = group.get("data-node") or group.get("data-flow")
        if key is None:
            continue
        group.set("id", f"{caption.prefix}-{key}")
        if key in marks:
            _mark(group, marks[key], *boxes[key])
        if key in links:
            _lead(svg, group, links[key])
    return etree.tostring(svg, encoding="unicode")


def _told(sheet: Drawing, marks: Mapping[str, Mark]) -> str:
    """What is pointed out, for those who listen."""
    named = [(one.id, one.name) for one in sheet.shapes] + [(one.id, one.name) for one in sheet.lines]
    return "; ".join(f"{name}: {marks[key].word}" for key, name in named if name and key in marks and marks[key].word)


def _named(svg: etree._Element, prefix: str) -> None:
    for element in svg.iter(etree.Element):
        for name in ("id", "aria-labelledby"):
            if element.get(name):
                element.set(name, " ".join(f"{prefix}-{one}" for one in element.get(name, "").split()))
        if element.get("marker-end"):
            element.set("marker-end", element.get("marker-end", "").replace("#", f"#{prefix}-"))


def _mark(group: etree._Element, mark: Mark, x: float, y: float) -> None:
    group.set("class", f"{group.get('class', '')} mark {mark.kind}")
    text = " ".join(filter(None, (_SIGNS.get(mark.kind, ""), _short(mark.word))))
    if not text:
        return
    across = 12 + width(text)
    pill = add(group, "g", class_="pill")
    add(pill, "rect", x=x - 4, y=y - 11, width=across, height=18, rx="3", fill="#fff", stroke="currentColor")
    add(pill, "text", text, x=x + 2, y=y + 2, fill="currentColor", stroke="none")


def _short(word: str) -> str:
    return word if len(word) <= _LONGEST else f"{word[: _LONGEST - 1]}…"


def _lead(svg: etree._Element, group: etree._Element, address: str) -> None:
    """The whole element is a link; what contains links is no single picture any more."""
    svg.set("role", "group")
    around = group.getparent()
    if around is None:
        return
    link = etree.Element(f"{{{SVG}}}a", href=address)
    around.replace(group, link)
    link.append(group)
