"""Steps put into a diagram that is not taken over: they run, they are drawn, and what has no place is told."""

from pathlib import Path

import pytest

from app.engine import runtime
from app.engine.differences import differences
from app.engine.drawing import Box, drawing
from app.engine.gate import examine
from app.engine.inserting import inserted, misplaced
from app.engine.xml import bpmn, read

LIBRARY = sorted(Path("processes/common").glob("*/process.bpmn"))
BASE = Path("processes/common/incoming_document/process.bpmn").read_bytes()
AROUND = ("lane", "participant", "subProcess", "textAnnotation", "group")
NEW = {"after": "direct", "name": "Họp <b>giao ban</b>", "role": "chairman", "form": "take_up", "deadline": "1"}


def test_a_step_is_put_on_the_way_on_and_another_one_behind_it() -> None:
    second = {**NEW, "after": "a_first", "name": "Sau"}
    found = inserted(BASE, {"z_second": second, "a_first": NEW})
    names = {one.id: one.what for one in differences(BASE, found)}

    assert names.pop("a_first") == names.pop("z_second") == names.pop("a_first_onward") == "added"
    assert names.pop("z_second_onward") == "added"
    assert list(names.values()) == ["changed"], "only the flow that led on"
    assert runtime.parse(found, "incoming_document").process_id == "incoming_document"
    assert inserted(BASE, {}) is BASE


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.parent.name)
def test_wherever_one_way_leads_on_a_step_may_stand_and_nothing_drawn_lies_under_it(path: Path) -> None:
    base, key = path.read_bytes(), path.parent.name
    before = {shape.id: shape for shape in drawing(read(base)).shapes}
    found = [one for one in before if not misplaced(base, {"new": {**NEW, "after": one}})]
    assert found
    for place in found:
        grown = inserted(base, {"new": {**NEW, "after": place}})
        assert [note for note in examine(grown).reasons if note.verdict == "refused"] == [], place
        shapes = {shape.id: shape for shape in drawing(read(grown)).shapes}
        new = shapes.pop("new")
        under = [one.id for one in shapes.values() if one.kind not in AROUND and _meet(one.box, new.box)]
        assert under == [], (key, place)
        lines = {line.id: line for line in drawing(read(grown)).lines}
        target = next(one for one in read(grown).iter(bpmn("sequenceFlow")) if one.get("id") == "new_onward").get(
            "targetRef", ""
        )
        x, y = lines["new_onward"].points[-1]
        assert _meet(Box(x - 1, y - 1, 2, 2), shapes[target].box), (key, place)


def _meet(one: Box, other: Box) -> bool:
    across = one.x < other.x + other.width and other.x < one.x + one.width
    return across and one.y < other.y + other.height and other.y < one.y + one.height
