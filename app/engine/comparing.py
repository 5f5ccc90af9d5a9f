"""Two diagrams side by side, as a reader compares them: what each change says before and after, and what only moved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeAlias

from lxml import etree

from app.engine.differences import ADDED, CHANGED, REMOVED, elements, own, sayings
from app.engine.drawing import Box, drawing
from app.engine.xml import document, local, read
from app.kernel.errors import Invalid

MOVED = "moved"
_ENDS = ("sourceRef", "targetRef", "attachedToRef", "default", "in", "lane")
"""What names another element: people read what that is called."""
Row: TypeAlias = tuple[str, ...]
Sayings: TypeAlias = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Word:
    """One thing an element says: `part` is its name (`task.deadline`); empty where one side does not say it."""

    part: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """An element that is ADDED, REMOVED, CHANGED or only MOVED on the sheet."""

    id: str
    type: str
    name: str
    what: str
    words: tuple[Word, ...] = ()


def compared(old: bytes, new: bytes) -> list[Change]:
    """Every change, in the order of the new diagram, what is gone after it and what only moved last. Errors: `read`."""
    one, other = read(old), read(new)
    before, after = elements(one), elements(other)
    earlier, later = sayings(one), sayings(other)
    keys = [*after, *(key for key in before if key not in after)]
    found = [
        _change(key, (before, earlier), (after, later)) for key in keys if key and earlier.get(key) != later.get(key)
    ]
    changed = {change.id for change in found}
    moved = (key for key in _moved(one, other) if key in before and key in after and key not in changed)
    return found + [Change(key, local(after[key]), after[key].get("name", ""), MOVED) for key in moved]


def table(xml: bytes) -> list[Row]:
    """A decision table as it is written: the heads of its columns, then its rows. Errors: as `xml.document`."""
    inside = list(document(xml).iter(etree.Element))
    heads = [_head(one) for one in inside if local(one) in ("input", "output")]
    cells = ("inputEntry", "outputEntry")
    rules = [[_text(cell) for cell in one if local(cell) in cells] for one in inside if local(one) == "rule"]
    return [tuple(one) for one in (heads, *rules)] if heads else []


def rows(old: list[Row], new: list[Row]) -> list[tuple[str, Row, Row]]:
    """The rows of two tables beside each other: what happened to each ("" for nothing), the old and the new one."""
    found: list[tuple[str, Row, Row]] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for at in range(max(b - a, d - c)):
            left, right = (old[a + at] if a + at < b else ()), (new[c + at] if c + at < d else ())
            found.append(
                ("" if what == "equal" else CHANGED if left and right else ADDED if right else REMOVED, left, right)
            )
    return found


def _head(column: etree._Element) -> str:
    return column.get("label") or column.get("name") or next(filter(None, map(_text, column)), "")


def _text(cell: etree._Element) -> str:
    """What a cell says; one that lets everything pass says so."""
    return " ".join("".join(map(str, cell.itertext())).split()) or "-"


def _change(
    key: str, old: tuple[Mapping[str, etree._Element], Sayings], new: tuple[Mapping[str, etree._Element], Sayings]
) -> Change:
    element = new[0][key] if key in new[0] else old[0][key]
    what = ADDED if key not in old[0] else CHANGED if key in new[0] else REMOVED
    one, other = _words(key, *old), _words(key, *new)
    said_otherwise = (name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name))
    told = tuple(Word(name, one.get(name, ""), other.get(name, "")) for name in said_otherwise)
    return Change(key, local(element), element.get("name", ""), what, told)


def _words(key: str, known: Mapping[str, etree._Element], told: Sayings) -> dict[str, str]:
    """What an element says, part by part, with the elements it names called as people call them."""
    if key not in known:
        return {}
    found = {name: text for name, text in _flat(known[key]) if text}
    ends = {name.removeprefix("@"): value for name, value in told[key].items()}
    return {**found, **{name: _called(known, ends[name]) for name in _ENDS if name in ends}}


def _called(known: Mapping[str, etree._Element], key: str) -> str:
    return (known[key].get("name") or key) if key in known else key


def _flat(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Attributes and declarations as single words: `name`, `task.role`, `param.days`, `conditionExpression`."""
    for name, value in element.attrib.items():
        if str(name) not in ("id", *_ENDS):
            yield etree.QName(str(name)).localname, str(value)
    for child in own(element):
        for inner in child.iter(etree.Element):
            yield from _single(inner)


def _single(element: etree._Element) -> Iterator[tuple[str, str]]:
    kind = local(element)
    given = {str(name): str(value) for name, value in element.attrib.items()}
    if kind == "param":
        yield f"param.{given.get('name', '')}", given.get("value", "")
        return
    if (element.text or "").strip():
        yield kind, (element.text or "").strip()
    for name, value in given.items():
        short = etree.QName(name).localname
        if short not in ("id", "type"):
            yield f"{kind}.{short}", value


def _moved(old: etree._Element, new: etree._Element) -> list[str]:
    """What stands elsewhere on its sheet; nothing when one of them has no drawing. Lanes grow with what is in them."""
    try:
        before, after = _places(old), _places(new)
    except Invalid:
        return []
    return [key for key, box in after.items() if key in before and before[key] != box]


def _places(root: etree._Element) -> dict[str, Box]:
    """Where each element stands, measured from the corner of what is drawn."""
    sheet = drawing(root)
    left, top = sheet.frame.x, sheet.frame.y
    return {
        shape.id: Box(shape.box.x - left, shape.box.y - top, shape.box.width, shape.box.height)
        for shape in sheet.shapes
        if shape.kind not in ("lane", "participant")
    }
