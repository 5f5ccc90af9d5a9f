"""Two changes of one diagram: what they are, and whether they can be brought together."""

import random
from pathlib import Path

import pytest
from lxml import etree

from app.engine import runtime
from app.engine.differences import differences, sayings
from app.engine.threeway import merge
from app.engine.vocabulary import NODES as NODES_OF_BPMN
from app.engine.xml import bpmn, detach, local, read
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


@pytest.mark.parametrize("seed", range(40))
def test_each_element_says_what_the_side_says_that_was_chosen_for_it(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same diagrams each time
    base = Path(dice.choice(sorted(map(str, Path("processes/common").glob("*/process.bpmn"))))).read_bytes()
    ours, theirs = _redrawn(base, dice, "ours"), _redrawn(base, dice, "theirs")
    disputed = merge(base, ours, theirs).overlaps
    for side in ("ours", "theirs"):
        assert merge(base, ours, theirs, dict.fromkeys(disputed, side)).xml is not None, "all on one side fit together"
    choices = {key: dice.choice(("ours", "theirs")) for key in disputed}
    found = merge(base, ours, theirs, choices)

    if found.xml is None:
        assert found.loose
        assert found.overlaps == disputed
        return
    before, mine, other, result = (_words(one) for one in (base, ours, theirs, found.xml))
    for key in before.keys() | mine.keys() | other.keys():
        untouched = other.get(key) == before.get(key)
        chosen = choices.get(key) or ("ours" if untouched else "theirs")
        wanted = mine.get(key) if chosen == "ours" else other.get(key)
        assert result.get(key) == wanted, (key, chosen)
    assert result.keys() <= mine.keys() | other.keys()


def test_a_choice_that_would_leave_a_flow_without_its_step_is_told_and_not_done() -> None:
    base = document(NODES, FLOWS)
    shorter = document(ends() + user("a"), "s > a; a > e")
    longer = document(NODES + user("c"), "s > a; a > b; b > c; c > e")
    disputed = merge(base, longer, shorter).overlaps
    mixed = merge(base, longer, shorter, {key: "theirs" if key == "b" else "ours" for key in disputed})

    assert (mixed.xml, mixed.loose) == (None, ("b",))


def test_a_sub_process_that_one_side_adds_comes_with_what_is_inside_it_and_a_lane_with_its_steps() -> None:
    root = read(BASE)
    process = next(root.iter(bpmn("process")))
    around = etree.SubElement(process, bpmn("subProcess"), id="around")
    etree.SubElement(around, bpmn("task"), id="inside", name="Bên trong")
    lane = etree.SubElement(etree.SubElement(process, bpmn("laneSet"), id="set"), bpmn("lane"), id="lane")
    etree.SubElement(lane, bpmn("flowNodeRef")).text = "inside"
    theirs = etree.tostring(root)
    found = merge(BASE, _replaced(BASE, 'deadline="parameters.check_days"', 'deadline="3"'), theirs)

    assert found.xml is not None
    assert {one.id for one in differences(theirs, found.xml)} == {"check_content"}


def _words(xml: bytes) -> dict[str, dict[str, str]]:
    return sayings(read(xml))


def _redrawn(xml: bytes, dice: random.Random, by: str) -> bytes:
    """A diagram after a few edits of somebody: other names, other deadlines, steps put in and taken out, moved."""
    root = read(xml)
    for number in range(dice.randint(1, 6)):
        dice.choice((_renamed, _put_in, _put_in, _taken_out, _led_elsewhere))(root, dice, f"{by}{number}")
    return etree.tostring(root)


def _renamed(root: etree._Element, dice: random.Random, name: str) -> None:
    steps = [one for one in root.iter(etree.Element) if local(one) in NODES_OF_BPMN]
    dice.choice(steps).set("name", name)


def _put_in(root: etree._Element, dice: random.Random, name: str) -> None:
    flow = dice.choice(list(root.iter(bpmn("sequenceFlow"))))
    around = flow.getparent()
    assert around is not None
    etree.SubElement(around, bpmn("task"), id=name)
    etree.SubElement(around, bpmn("sequenceFlow"), id=f"to_{name}", sourceRef=name, targetRef=flow.get("targetRef", ""))
    flow.set("targetRef", name)


def _taken_out(root: etree._Element, dice: random.Random, _name: str) -> None:
    """A step goes with what leads away from it; what led to it leads on to where it led."""
    flows = list(root.iter(bpmn("sequenceFlow")))
    flow = dice.choice(flows)
    gone = flow.get("sourceRef", "")
    step = next(one for one in root.iter(etree.Element) if one.get("id") == gone)
    if [one.get("sourceRef") for one in flows].count(gone) > 1 or any(
        one.get("attachedToRef") == gone for one in root.iter(etree.Element)
    ):
        return
    is_default = any(one.get("default") == flow.get("id") for one in root.iter(etree.Element))
    if is_default or list(step.iter(bpmn("sequenceFlow"))):
        return
    for one in flows:
        if one.get("targetRef") == gone:
            one.set("targetRef", flow.get("targetRef", ""))
    for one in (flow, step):
        detach(one)
    for entry in [one for one in root.iter(bpmn("flowNodeRef")) if (one.text or "").strip() == gone]:
        detach(entry)


def _led_elsewhere(root: etree._Element, dice: random.Random, _name: str) -> None:
    flow = dice.choice(list(root.iter(bpmn("sequenceFlow"))))
    around = flow.getparent()
    assert around is not None
    flow.set("targetRef", dice.choice([one.get("id", "") for one in around if local(one) in NODES_OF_BPMN]))
