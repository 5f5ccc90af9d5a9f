"""The plain drawing of a diagram that came without one."""

from itertools import combinations
from pathlib import Path

import pytest
from lxml import etree

from app.engine import diagram, layout
from app.engine.drawing import Box, drawing
from app.engine.xml import read
from tests.engine.diagrams import boundary, document, ends, gateway, node, timer, user

FOLDER = Path(__file__).with_name("dialects")
BODY = ends() + gateway("exclusive", "g", "a") + user("a") + user("b") + boundary("t", "a", timer("P1D")) + user("lost")
FLOWS = "s > a; a > g; g > b if x; g > a else; t > b; b > e"


def _drawn(xml: bytes) -> bytes:
    root = read(xml)
    assert not layout.is_drawn(root)
    layout.draw(root)
    assert layout.is_drawn(root)
    return etree.tostring(root)


def _apart(one: Box, two: Box) -> bool:
    beside = one.x + one.width <= two.x or two.x + two.width <= one.x
    return beside or one.y + one.height <= two.y or two.y + two.height <= one.y


def test_every_step_is_drawn_and_none_on_another() -> None:
    sheet = drawing(read(_drawn(document(BODY, FLOWS))))
    assert {shape.id for shape in sheet.shapes} == {"s", "e", "g", "a", "b", "t", "lost"}
    assert {line.id for line in sheet.lines} == {"s_to_a", "a_to_g", "g_to_b", "g_to_a", "t_to_b", "b_to_e"}
    boxes = [shape.box for shape in sheet.shapes if shape.id != "t"]
    assert all(_apart(one, two) for one, two in combinations(boxes, 2))


@pytest.mark.parametrize("name", ["aris.bpmn", "camunda8.bpmn", "bizagi.bpmn"])
def test_diagrams_of_other_tools_can_be_shown(name: str) -> None:
    assert "<svg" in diagram.render(_drawn((FOLDER / name).read_bytes()))


def test_a_drawing_that_leaves_steps_out_is_drawn_anew() -> None:
    drawn = diagram.render(_drawn((FOLDER / "camunda7.bpmn").read_bytes()))
    assert "Viết đơn" in drawn
    assert "Xét đơn" in drawn


def test_a_document_with_nothing_in_it_gets_no_drawing() -> None:
    root = read(document("", "").replace(b"process", b"collaboration"))
    layout.draw(root)
    assert not layout.is_drawn(root)


def test_processes_stand_below_each_other() -> None:
    other = '<bpmn:process id="q">' + node("startEvent", "s2") + "</bpmn:process>"
    shapes = {shape.id: shape.box for shape in drawing(read(_drawn(document(ends(), "s > e", beside=other)))).shapes}
    assert shapes["s2"].y + shapes["s2"].height < shapes["s"].y
