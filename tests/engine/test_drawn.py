"""Diagrams as people draw them: ways in pieces, and names that the library keeps for itself."""

from collections.abc import Callable

import pytest

from app.engine import runtime
from app.kernel.errors import Invalid
from tests.engine.diagrams import (
    NAMES,
    Case,
    boundary,
    case,
    document,
    ends,
    gateway,
    handler,
    later,
    message,
    node,
    sub_process,
    timer,
    user,
    wanderer,
)

Make = Callable[..., Case]
both = pytest.mark.parametrize("make", [case, wanderer])


def _throw(key: str, name: str) -> str:
    return node("intermediateThrowEvent", key, f'<bpmn:linkEventDefinition name="{name}"/>')


def _catch(key: str, name: str) -> str:
    return node("intermediateCatchEvent", key, f'<bpmn:linkEventDefinition name="{name}"/>')


@pytest.mark.bpmn("Intermediate throw event: link")
@pytest.mark.bpmn("Intermediate catch event: link")
@both
def test_a_link_leads_on_and_back(make: Make) -> None:
    body = ends() + user("a") + gateway("exclusive", "g", "there") + _throw("there", "on") + _catch("here", "on")
    body += _throw("back", "again") + _catch("top", "again") + gateway("exclusive", "m") + user("b")
    flows = "s > m; top > m; m > a; a > g; g > back if again; g > there else; here > b; b > e"
    one = make(body, flows)
    for _ in range(3):
        one.complete("a", again=True)
        assert (one.open, one.step.entered) == (["a"], ("a", "g", "back", "top", "m"))
    assert one.complete("a", again=False).open == ["b"]
    assert one.complete("b").step.finished


def test_two_links_may_lead_to_one_place_and_a_sub_process_has_its_own() -> None:
    inside = node("startEvent", "is") + _throw("t", "on") + _catch("c", "on") + user("x") + node("endEvent", "ie")
    body = ends() + gateway("exclusive", "g", "t2") + _throw("t1", "on") + _throw("t2", "on") + _catch("c2", "on")
    one = case(
        body + sub_process("w", inside, "is > t; c > x; x > ie"),
        "s > g; g > t1 if one; g > t2 else; c2 > w; w > e",
        later,
        one=True,
    )
    assert "t1" in one.step.entered
    assert one.complete("x").step.finished


@pytest.mark.parametrize(
    "links",
    [
        _throw("t", "on"),
        _throw("t", "on") + _catch("c", "off"),
        _throw("t", "on") + _catch("c", "on") + _catch("c2", "on"),
        _throw("t", "") + _catch("c", ""),
        _throw("t", "on") + _catch("c", "on") + _catch("d", "nobody"),
        _throw("t", "on").replace("/>", "/>" + timer("P1D")) + _catch("c", "on"),
        _throw("t", "on") + sub_process("w", _catch("c", "on"), ""),
        node("boundaryEvent", "t", '<bpmn:linkEventDefinition name="on"/>', attachedToRef="a") + _catch("c", "on"),
    ],
)
def test_a_link_without_its_other_end_is_refused(links: str) -> None:
    body = ends() + user("a") + links
    with pytest.raises(Invalid, match=r"diagram\.link") as raised:
        runtime.parse(document(body, "s > a; a > t; c > e", beside=NAMES), "p")
    assert raised.value.data["node"] in {"t", "c2", "d", "c"}


@both
def test_elements_may_be_called_what_the_library_calls_its_own(make: Make) -> None:
    inside = node("startEvent", "is") + user("deep") + node("endEvent", "ie")
    body = node("startEvent", "Start") + user("Root") + sub_process("Task_1", inside, "is > deep; deep > ie")
    body += gateway("exclusive", "g", "End") + node("endEvent", "End") + boundary("b", "Root", timer("P1D"))
    one = make(body, "Start > Root; Root > Task_1; b > Task_1; Task_1 > g; g > Root if again; g > End else")
    assert (one.open, one.step.entered) == (["Root"], ("Start",))
    for number in range(2):
        one.at(one.step.timers[0].due) if number else one.complete("Root")
        assert one.complete("deep", again=number == 0).step.finished is (number == 1)
    assert one.step.entered == ("ie", "deep", "g", "End") or one.step.entered[-1] == "End"
    assert one.definition.starts[0].node == "Start"


@both
def test_a_sub_process_or_its_watch_may_be_called_so_too(make: Make) -> None:
    inside = node("startEvent", "is") + user("x") + node("endEvent", "ie") + handler("End", message("m1"), user("y"))
    body = node("startEvent", "s") + sub_process("Start", inside, "is > x; x > ie") + node("endEvent", "e")
    one = make(body, "s > Start; Start > e")
    assert one.deliver("reply").open == ["y"]
    assert one.complete("y").step.entered == ("y", "Ende", "End", "Start", "e")
    assert one.step.finished


def test_a_lane_still_knows_its_elements() -> None:
    lane = node("lane", "l", "<bpmn:flowNodeRef>Root</bpmn:flowNodeRef>", name="Văn thư")
    body = node("laneSet", "ls", lane) + ends() + user("Root")
    assert case(body, "s > Root; Root > e").step.human_tasks[0].lane == "Văn thư"


def test_what_is_no_element_of_a_flow_keeps_its_name() -> None:
    beside = '<bpmn:message id="End" name="reply"/>'
    body = node("startEvent", "s") + node("receiveTask", "Start", messageRef="End") + node("endEvent", "e")
    one = Case(runtime.parse(document(body, "s > Start; Start > e", beside=beside, name="Root"), "Root"), later)
    assert [(wait.node, wait.name) for wait in one.step.awaited] == [("Start", "reply")]
    assert one.deliver("reply").step.finished


@pytest.mark.bpmn("Intermediate throw event: none")
@pytest.mark.bpmn("End event: none")
def test_a_milestone_is_passed_and_seen() -> None:
    one = case(ends() + node("intermediateThrowEvent", "half"), "s > half; half > e")
    assert (one.step.finished, one.step.entered) == (True, ("s", "half", "e"))
