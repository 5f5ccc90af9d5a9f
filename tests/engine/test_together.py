"""Events and activities together: what neither alone would show."""

import pytest

from app.engine import runtime
from app.kernel.errors import Invalid
from tests.engine.diagrams import (
    NAMES,
    Case,
    at_once,
    boundary,
    case,
    document,
    ends,
    error,
    gateway,
    handler,
    instances,
    loop,
    message,
    node,
    numbered,
    user,
)
from tests.engine.tables import column, output, table

UNDO = "<bpmn:compensateEventDefinition/>"
ANSWERS = {"undo": table(column("x", "number"), output("undone", "boolean"), "- => true")}
ASKED = {
    "serviceTask": '<eo:operation name="test.undo" result="undone"/>',
    "sendTask": '<eo:operation name="test.undo" result="undone"/>',
    "scriptTask": "<eo:script>undone = true</eo:script>",
    "businessRuleTask": '<eo:decision key="undo" result="undone"/>',
}


def _undoing(undo: str) -> str:
    line = '<bpmn:association id="line" sourceRef="edge" targetRef="undo"/>'
    asks = node("startEvent", "s") + node("endEvent", "e", UNDO)
    return asks + user("a") + boundary("edge", "a", UNDO) + undo + line


@pytest.mark.parametrize("kind", ASKED)
def test_any_machine_may_undo(kind: str) -> None:
    inside = f"<bpmn:extensionElements>{ASKED[kind]}</bpmn:extensionElements>"
    xml = document(_undoing(node(kind, "undo", inside, isForCompensation="true")), "s > a; a > e")
    one = Case(runtime.parse(xml, "p", decisions=ANSWERS.get), at_once, x=1).complete("a")
    assert one.step.finished
    assert one.step.data["undone"]


@pytest.mark.parametrize("kind", ["task", "manualTask"])
def test_any_person_may_undo_even_in_rounds(kind: str) -> None:
    undo = node(kind, "undo", loop(maximum="2"), isForCompensation="true")
    one = case(_undoing(undo), "s > a; a > e").complete("a")
    assert one.complete("undo").open == ["undo"]
    assert one.complete("undo").step.finished


def test_what_is_done_several_times_is_undone_once() -> None:
    undo = node("task", "undo", isForCompensation="true")
    body = _undoing(undo).replace(user("a"), user("a", inside=numbered("2")))
    one = case(body, "s > a; a > e").complete("a").complete("a")
    assert one.open == ["undo"]
    assert one.complete("undo").step.finished


@pytest.mark.parametrize("repeated", [loop(maximum="3"), numbered("2"), numbered("2", in_turn=True)])
def test_a_message_takes_a_repeated_step_away_and_all_its_flows_go_on(repeated: str) -> None:
    body = ends() + user("a", inside=repeated) + boundary("m", "a", message("m1")) + user("b") + user("c")
    one = case(body, "s > a; a > e; m > b; m > c; b > e; c > e").complete("a").deliver("reply")
    assert one.open == ["b", "c"]
    assert one.complete("b").complete("c").step.finished


def test_several_flows_leave_an_event_that_was_raced_for() -> None:
    body = ends() + gateway("eventBased", "g") + user("a") + user("b") + user("c")
    body += node("intermediateCatchEvent", "x", message("m1")) + node("intermediateCatchEvent", "y", message("m2"))
    one = case(body, "s > g; g > x; g > y; x > a; x > b; y > c; a > e; b > e; c > e").deliver("reply")
    assert (one.open, one.awaited) == (["a", "b"], [])


def test_an_event_sub_process_knows_what_repeated_steps_changed() -> None:
    body = ends() + user("a", inside=loop("not enough")) + handler("h", message("m1"), user("b", 'post="seen"'))
    one = case(body, "s > a; a > e", enough=False).complete("a", seen=1).deliver("reply")
    assert (one.open, one.step.human_tasks[0].post) == (["b"], 1)


def test_an_element_called_like_one_of_the_library_has_its_ways_out() -> None:
    start = node("startEvent", "Start") + node("endEvent", "End")
    one = case(
        start + user("Root") + user("b") + user("c"), "Start > Root; Root > b; Root > c if x > 1; b > End; c > End"
    )
    with pytest.raises(Invalid) as raised:
        one.complete("Root", x="y")
    assert raised.value.data["node"] == "Root"
    assert one.complete("Root", x=2).step.entered == ("Root",)
    assert one.open == ["b", "c"]


@pytest.mark.parametrize("kind", ["task", "manualTask", "scriptTask", "businessRuleTask", "receiveTask"])
def test_an_error_is_not_awaited_where_none_can_be_raised(kind: str) -> None:
    inside = f"<bpmn:extensionElements>{ASKED[kind]}</bpmn:extensionElements>" if kind in ASKED else ""
    given = {"messageRef": "m1"} if kind == "receiveTask" else {}
    body = ends() + node(kind, "a", inside, **given) + boundary("f", "a", error())
    with pytest.raises(Invalid, match=r"diagram\.boundary"):
        runtime.parse(document(body, "s > a; a > e; f > e", beside=NAMES), "p", decisions=ANSWERS.get)


def test_what_waits_as_a_whole_is_not_repeated() -> None:
    for repeated in (loop(maximum="2"), instances("people", "person", "results", "result")):
        body = ends() + user("a") + handler("h", message("m1"), user("b") + repeated)
        with pytest.raises(Invalid, match=r"diagram\.instances"):
            runtime.parse(document(body, "s > a; a > e", beside=NAMES), "p")
