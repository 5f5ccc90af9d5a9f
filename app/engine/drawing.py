"""Where the elements of a diagram stand on paper (BPMN DI), read into plain values."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from app.engine.xml import BPMN, bpmn, local, space
from app.kernel.errors import Invalid

_DI: Final = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_DC: Final = "{http://www.omg.org/spec/DD/20100524/DC}"
_DD: Final = "{http://www.omg.org/spec/DD/20100524/DI}"
_FARTHEST: Final = 100_000.0


@dataclass(frozen=True)
class Box:
    """A rectangle, in the units of the drawing."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """The centre."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Drawn:
    """An element with a shape. `marks` are the kinds of what stands inside it: event definitions, instances."""

    id: str
    kind: str
    name: str
    box: Box
    label: Box | None
    marks: frozenset[str]
    flat: bool
    dashed: bool


@dataclass(frozen=True)
class Line:
    """An element with a line: a flow or an association."""

    id: str
    kind: str
    name: str
    points: tuple[tuple[float, float], ...]
    label: Box | None


@dataclass(frozen=True)
class Drawing:
    """Everything drawn on the first sheet of a diagram."""

    shapes: tuple[Drawn, ...]
    lines: tuple[Line, ...]

    @property
    def frame(self) -> Box:
        """The smallest rectangle around everything, labels included."""
        labels = [*(shape.label for shape in self.shapes), *(line.label for line in self.lines)]
        boxes = [shape.box for shape in self.shapes] + [label for label in labels if label is not None]
        boxes += [Box(x, y, 0, 0) for line in self.lines for x, y in line.points]
        left, top = min(box.x for box in boxes), min(box.y for box in boxes)
        right, bottom = max(box.x + box.width for box in boxes), max(box.y + box.height for box in boxes)
        return Box(left, top, right - left, bottom - top)


def drawing(root: etree._Element) -> Drawing:
    """The drawing of a document; Invalid "diagram.drawing" when there is none or it is no drawing."""
    plane = root.find(f"{_DI}BPMNDiagram/{_DI}BPMNPlane")
    elements = {element.get("id"): element for element in root.iter() if space(element) == BPMN}
    found = Drawing(tuple(_shapes(plane, elements)), tuple(_lines(plane, elements))) if plane is not None else None
    if found is None or not found.shapes:
        raise Invalid("diagram.drawing")
    return found


def _shapes(plane: etree._Element, elements: dict[str | None, etree._Element]) -> Iterator[Drawn]:
    for shape in plane.iterfind(f"{_DI}BPMNShape"):
        element = elements.get(shape.get("bpmnElement"))
        bounds = shape.find(f"{_DC}Bounds")
        if element is None or bounds is None:
            continue
        yield Drawn(
            id=element.get("id", ""),
            kind=local(element),
            name=_name(element),
            box=_box(bounds),
            label=_label(shape),
            marks=_marks(element, shape),
            flat=shape.get("isHorizontal") != "false",
            dashed="false" in {element.get("cancelActivity"), element.get("isInterrupting")},
        )


def _lines(plane: etree._Element, elements: dict[str | None, etree._Element]) -> Iterator[Line]:
    for edge in plane.iterfind(f"{_DI}BPMNEdge"):
        element = elements.get(edge.get("bpmnElement"))
        points = tuple((_number(one, "x"), _number(one, "y")) for one in edge.iterfind(f"{_DD}waypoint"))
        if element is not None and len(points) > 1:
            yield Line(element.get("id", ""), local(element), _name(element), points, _label(edge))


def _marks(element: etree._Element, shape: etree._Element) -> frozenset[str]:
    marks = {local(child) for child in element if space(child) == BPMN}
    instances = element.find(bpmn("multiInstanceLoopCharacteristics"))
    if instances is not None and instances.get("isSequential") == "true":
        marks.add("sequential")
    if element.get("triggeredByEvent") == "true":
        marks.add("event")
    if local(element) == "subProcess" and shape.get("isExpanded") != "true":
        marks.add("collapsed")
    return frozenset(marks)


def _name(element: etree._Element) -> str:
    if local(element) == "textAnnotation":
        return element.findtext(bpmn("text")) or ""
    return element.get("name") or ""


def _label(shape: etree._Element) -> Box | None:
    bounds = shape.find(f"{_DI}BPMNLabel/{_DC}Bounds")
    return None if bounds is None else _box(bounds)


def _box(bounds: etree._Element) -> Box:
    return Box(*(_number(bounds, side) for side in ("x", "y", "width", "height")))


def _number(element: etree._Element, key: str) -> float:
    try:
        value = float(element.get(key, ""))
    except ValueError as error:
        raise Invalid("diagram.drawing") from error
    if not math.isfinite(value) or abs(value) > _FARTHEST:
        raise Invalid("diagram.drawing")
    return value
