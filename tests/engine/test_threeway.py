"""Two changes of one diagram: what they are, and whether they can be brought together."""

from pathlib import Path

import pytest

from app.engine import runtime
from app.engine.differences import differences
from app.engine.threeway import merge
from tests.engine.diagrams import document, ends, user

BASE = Path("processes/common/outgoing_document/process.bpmn").read_bytes()
NODES = ends() + user("a") + user("b")
FLOWS = "s > a; a > b; b > e"


def _replaced(xml: bytes, old: str, new: str) -> bytes:
    assert old.encode() in xml
    return xml.replace(old.encode(), new.encode(), 1)


def test_a_diagram_is_no_different_from_itself_drawn_elsewhere() -> None:
    moved = _replaced(BASE, 'x="', 'x="1')

    assert differences(BASE, moved) == []


def test_every_changed_element_is_named_with_what_changed_in_it() -> None:
    renamed = user("a").replace("<bpmn:userTask", '<bpmn:userTask name="Kiểm tra"')
    new = document(ends() + renamed + user("c"), "s > a; a > c; c > e")
    found = {one.id: one for one in differences(document(NODES, FLOWS), new)}

    assert found["a"].what == "changed"
    assert "name" in found["a"].parts
    assert (found["b"].what, found["c"].what) == ("removed", "added")


@pytest.mark.parametrize("side", [True, False])
def test_changes_of_different_elements_come_together_and_the_result_runs(side: bool) -> None:
    ours = _replaced(BASE, 'deadline="parameters.check_days"', 'deadline="3"')
    theirs = _replaced(BASE, 'deadline="parameters.approval_days"', 'deadline="5"')
    if side:
        ours, theirs = theirs, ours
    found = merge(BASE, ours, theirs)

    assert found.xml is not None
    assert b'deadline="3"' in found.xml
    assert b'deadline="5"' in found.xml
    assert runtime.parse(found.xml, "outgoing_document").process_id == "outgoing_document"
    assert {one.id for one in differences(BASE, found.xml)} == {"check_content", "approve"}


def test_a_step_that_one_side_adds_stands_in_the_result_with_its_drawing() -> None:
    longer = document(NODES + user("c"), "s > a; a > c; c > b; b > e")
    ours = document(NODES.replace('id="b"', 'id="b" name="Duyệt"'), FLOWS)
    found = merge(document(NODES, FLOWS), ours, longer)

    assert found.xml is not None
    assert [one.what for one in differences(ours, found.xml) if one.id == "c"] == ["added"]
    assert "Duyệt" in found.xml.decode()


def test_changes_of_one_element_overlap_unless_they_are_alike() -> None:
    three = _replaced(BASE, 'deadline="parameters.check_days"', 'deadline="3"')
    four = _replaced(BASE, 'deadline="parameters.check_days"', 'deadline="4"')

    assert merge(BASE, three, four).overlaps == ("check_content",)
    assert merge(BASE, three, three).xml is not None


def test_a_step_taken_away_by_one_side_and_led_to_by_the_other_overlaps() -> None:
    base = document(NODES, FLOWS)
    shorter = document(ends() + user("a"), "s > a; a > e")
    longer = document(NODES + user("c"), "s > a; a > b; b > c; c > e")

    assert merge(base, shorter, longer).overlaps
    assert merge(base, longer, shorter).overlaps
