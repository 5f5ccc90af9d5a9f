"""The figures of a diagram as SVG elements: what each kind of element looks like."""

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Final

from lxml import etree

from app.engine.drawing import Box, Drawn, Line
from app.engine.lettering import LINE, width, wrap

SVG: Final = "http://www.w3.org/2000/svg"
ARROW: Final = "diagram-arrow"
_THIN: Final = "1.5"
_THICK: Final = "3.5"


def add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str | float) -> etree._Element:
    """A child element; `_` in attribute names stands for `-`, and a trailing one is dropped (`class_`)."""
    child = etree.SubElement(parent, f"{{{SVG}}}{tag}")
    for name, value in attributes.items():
        child.set(name.rstrip("_").replace("_", "-"), value if isinstance(value, str) else f"{round(value, 1):g}")
    child.text = text
    return child


def write(parent: etree._Element, text: str, box: Box) -> None:
    """A name in the middle of a box, wrapped to its width and cut to its height."""
    rows = wrap(text, box.width, int(box.height // LINE))
    name = add(parent, "text", class_="name", text_anchor="middle", fill="currentColor", stroke="none")
    _set(name, rows, box.middle[0], box.middle[1] - len(rows) * LINE / 2)


def label(parent: etree._Element, text: str, box: Box, *, rising: bool = False) -> None:
    """A small text from the top of a box downwards, or from its foot upwards; a rim of paper lifts it off lines."""
    rows = wrap(text, box.width, max(2, int(box.height // LINE)))
    small = add(parent, "text", class_="label", text_anchor="middle", fill="currentColor", stroke="#fff")
    small.attrib.update({"stroke-width": "3", "paint-order": "stroke"})
    _set(small, rows, box.middle[0], box.y + box.height - len(rows) * LINE if rising else box.y)


def _set(text: etree._Element, rows: list[str], x: float, top: float) -> None:
    for index, row in enumerate(rows):
        add(text, "tspan", row, x=x, y=top + (index + 0.8) * LINE)


def draw_line(parent: etree._Element, line: Line) -> None:
    """A flow with its arrow, or an association without."""
    group = add(parent, "g", class_=f"line {line.kind}", data_flow=line.id)
    points = " ".join(f"{x:g},{y:g}" for x, y in line.points)
    path = add(group, "polyline", points=points, fill="none", stroke="currentColor", stroke_width=_THIN)
    if line.kind in {"sequenceFlow", "messageFlow"}:
        path.set("marker-end", f"url(#{ARROW})")
    else:
        path.set("stroke-dasharray", "2 4")
    if line.name:
        label(group, line.name, _roomy(line.label) if line.label else _beside(line))


def draw_shape(parent: etree._Element, shape: Drawn) -> None:
    """The figure of an element, its icon and its name."""
    if shape.kind.endswith("Event"):
        _event(parent, shape)
    elif shape.kind.endswith("Gateway"):
        _gateway(parent, shape)
    else:
        _OTHERS.get(shape.kind, _task)(parent, shape)


def _roomy(place: Box) -> Box:
    """The place of a label, wide enough for our letters: editors measure it with theirs."""
    room = max(place.width + 10, 90.0)
    return Box(place.middle[0] - room / 2, place.y, room, place.height)


def _beside(line: Line) -> Box:
    """Next to the longer of the first two pieces of a line: flows out of one gateway often share the first."""
    pieces = list(pairwise(line.points))[:2]
    (x1, y1), (x2, y2) = max(pieces, key=lambda piece: math.dist(*piece))
    room = min(90.0, width(line.name) + 4)
    if abs(y2 - y1) > abs(x2 - x1):
        return Box(max(x1, x2) + 5, (y1 + y2) / 2 - LINE, room, LINE)
    return Box((x1 + x2 - room) / 2, min(y1, y2) - LINE - 3, room, LINE)


def _outline(parent: etree._Element, tag: str, **attributes: str | float) -> etree._Element:
    drawn = {"class_": "figure", "fill": "#fff", "stroke": "currentColor", "stroke_width": _THIN}
    return add(parent, tag, None, **(drawn | attributes))


def _mark(parent: etree._Element, path: str, *, filled: bool = False) -> None:
    fill = "currentColor" if filled else "none"
    add(parent, "path", d=path, class_="mark", fill=fill, stroke="currentColor", stroke_width="1.4")


def _pool(parent: etree._Element, shape: Drawn) -> None:
    box = shape.box
    _outline(parent, "rect", x=box.x, y=box.y, width=box.width, height=box.height, fill="none", class_="pool")
    if not shape.flat:
        write(parent, shape.name, Box(box.x, box.y, box.width, 30))
        return
    look = {"class_": "name", "text_anchor": "middle", "fill": "currentColor", "stroke": "none"}
    rows = wrap(shape.name, box.height - 12, 2)
    for index, row in enumerate(rows):
        x, y = box.x + 15 + (index - (len(rows) - 1) / 2) * LINE + 4, box.middle[1]
        add(parent, "text", row, transform=f"translate({x:g} {y:g}) rotate(-90)", **look)


def _event(parent: etree._Element, shape: Drawn) -> None:
    (x, y), radius = shape.box.middle, shape.box.width / 2
    thick = _THICK if shape.kind == "endEvent" else _THIN
    rings = [radius] if shape.kind in {"startEvent", "endEvent"} else [radius, radius - 3]
    for ring in rings:
        circle = _outline(parent, "circle", cx=x, cy=y, r=max(ring, 1), stroke_width=thick)
        if shape.dashed:
            circle.set("stroke-dasharray", "4 3")
    for kind, (path, filled) in _EVENT_MARKS.items():
        if kind in shape.marks:
            _mark(parent, path.format(x=x, y=y), filled=filled or (kind in _TOLD and shape.kind in _THROWING))
    _name_below(parent, shape)


def _gateway(parent: etree._Element, shape: Drawn) -> None:
    box, (x, y) = shape.box, shape.box.middle
    corners = f"M{x:g} {box.y:g}L{box.x + box.width:g} {y:g}L{x:g} {box.y + box.height:g}L{box.x:g} {y:g}Z"
    _outline(parent, "path", d=corners)
    _mark(parent, _GATEWAY_MARKS.get(shape.kind, "").format(x=x, y=y, left=x - 9, top=y - 9))
    if shape.name:
        above = Box(x - 55, box.y - 2 * LINE - 3, 110, 2 * LINE)
        label(parent, shape.name, _roomy(shape.label) if shape.label else above, rising=shape.label is None)


def _task(parent: etree._Element, shape: Drawn) -> None:
    box = shape.box
    thick = _THICK if shape.kind == "callActivity" else _THIN
    frame = _outline(parent, "rect", x=box.x, y=box.y, width=box.width, height=box.height, rx="10", stroke_width=thick)
    if "event" in shape.marks:
        frame.set("stroke-dasharray", "1.5 3")
    icon = _TASK_ICONS.get(shape.kind)
    if icon is not None:
        _mark(parent, icon.format(x=box.x, y=box.y, head=box.x + 12, gear=box.x + 13))
    x, bottom = box.middle[0], box.y + box.height
    if "multiInstanceLoopCharacteristics" in shape.marks:
        bars = "M{x} {y}h10m-10 4h10m-10 4h10" if "sequential" in shape.marks else "M{x} {y}v9m4-9v9m4-9v9"
        _mark(parent, bars.format(x=x - 4, y=bottom - 13))
    elif "standardLoopCharacteristics" in shape.marks:
        _mark(parent, f"M{x - 3:g} {bottom - 4:g}a5 5 0 1 1 4 1m-7-4l3 3l-3 2")
    elif "collapsed" in shape.marks:
        _mark(parent, f"M{x - 6:g} {bottom - 14:g}h12v12h-12zm2 6h8m-4-4v8")
    expanded = shape.kind == "subProcess" and "collapsed" not in shape.marks
    inside = Box(box.x + 6, box.y + 8, box.width - 12, LINE if expanded else box.height - 12)
    write(parent, shape.name, inside)


def _note(parent: etree._Element, shape: Drawn) -> None:
    box = shape.box
    _mark(parent, f"M{box.x + 12:g} {box.y:g}h-12v{box.height:g}h12")
    label(parent, shape.name, Box(box.x + 6, box.y + 3, box.width - 8, box.height))


def _group(parent: etree._Element, shape: Drawn) -> None:
    box = shape.box
    frame = _outline(parent, "rect", x=box.x, y=box.y, width=box.width, height=box.height, rx="10", fill="none")
    frame.set("stroke-dasharray", "8 4 2 4")


def _page(parent: etree._Element, shape: Drawn) -> None:
    box = shape.box
    edge = f"M{box.x:g} {box.y:g}h{box.width - 10:g}l10 10v{box.height - 10:g}h{-box.width:g}z"
    _outline(parent, "path", d=f"{edge}m{box.width - 10:g} 0v10h10")
    _name_below(parent, shape)


def _store(parent: etree._Element, shape: Drawn) -> None:
    box, bow = shape.box, f"a{shape.box.width / 2:g} 6 0 0 0 {shape.box.width:g} 0"
    side = f"M{box.x:g} {box.y + 6:g}v{box.height - 12:g}{bow}v{12 - box.height:g}"
    _outline(parent, "path", d=f"{side}a{box.width / 2:g} 6 0 0 0 {-box.width:g} 0{bow}")
    _name_below(parent, shape)


def _name_below(parent: etree._Element, shape: Drawn) -> None:
    if shape.name:
        below = Box(shape.box.middle[0] - 50, shape.box.y + shape.box.height + 3, 100, 2 * LINE)
        label(parent, shape.name, _roomy(shape.label) if shape.label else below)


_OTHERS: Mapping[str, Callable[[etree._Element, Drawn], None]] = {
    "participant": _pool,
    "lane": _pool,
    "textAnnotation": _note,
    "dataObjectReference": _page,
    "dataStoreReference": _store,
    "group": _group,
}
_GATEWAY_MARKS: Mapping[str, str] = {
    "exclusiveGateway": "M{left} {top}l18 18m0-18l-18 18",
    "parallelGateway": "M{x} {top}v18m-9-9h18",
    "eventBasedGateway": "M{left} {y}a9 9 0 1 0 18 0a9 9 0 1 0-18 0m9-6l5.700 4.100l-2.200 6.700h-7l-2.200-6.700z",
    "inclusiveGateway": "M{left} {y}a9 9 0 1 0 18 0a9 9 0 1 0-18 0",
    "complexGateway": "M{x} {top}v18m-9-9h18M{left} {top}m3 3l12 12m0-12l-12 12",
}
_THROWING: Final = frozenset({"endEvent", "intermediateThrowEvent"})  # what these tell is filled, not outlined
_TOLD: Mapping[str, tuple[str, bool]] = {
    "messageEventDefinition": ("M{x} {y}m-9-7h18l-9 6zm0 3l9 6l9-6v10h-18z", False),
    "signalEventDefinition": ("M{x} {y}m0-9l8 13h-16z", False),
    "escalationEventDefinition": ("M{x} {y}m0-9l7 15l-7-7l-7 7z", False),
    "compensateEventDefinition": ("M{x} {y}m-9 0l8-6v12zm8 0l8-6v12z", False),
    "linkEventDefinition": ("M{x} {y}m-9-3h9v-4l9 7l-9 7v-4h-9z", False),
}
_EVENT_MARKS: Mapping[str, tuple[str, bool]] = {
    **_TOLD,
    "conditionalEventDefinition": ("M{x} {y}m-6-8h12v16h-12zm2 4h8m-8 4h8m-8 4h8", False),
    "timerEventDefinition": ("M{x} {y}m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0m9-6v6l4 3", False),
    "errorEventDefinition": ("M{x} {y}m-8 7l4-12l6 6l5-9l-4 13l-6-6z", False),
    "terminateEventDefinition": ("M{x} {y}m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0z", True),
}
_TASK_ICONS: Mapping[str, str] = {
    "manualTask": "M{head} {y}m-7 8l5-3h9m-7 3h8m-8 3h7m-7 3h6l-5 2h-5l-3-2z",
    "sendTask": "M{head} {y}m-7 5h16v11h-16zl8 6l8-6",
    "receiveTask": "M{head} {y}m-7 5h16v11h-16zl8 6l8-6",
    "scriptTask": "M{head} {y}m-4 4h10q-6 6 0 13h-10q6-6 0-13m1 4h6m-5 3h6m-4 3h6",
    "businessRuleTask": "M{head} {y}m-7 5h16v11h-16zm0 4h16m-11-4v11m-5-4h16",
    "userTask": "M{head} {y}m0 4a4 4 0 1 1-.1 0m-7 15c0-9 14-9 14 0z",
    "serviceTask": "M{gear} {y}m-6 12a6 6 0 1 0 12 0a6 6 0 1 0-12 0m4 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0"
    "m2-8v2m0 12v2m-8-8h2m12 0h2m-13.5-5.5l1.400 1.400m8.5 8.5l1.400 1.400m0-11.300l-1.400 1.400m-8.5 8.5l-1.400 1.400",
}
