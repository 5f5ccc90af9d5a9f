"""One step for each item of a list."""

import pytest

from app.engine.runtime import complete
from app.kernel.errors import Invalid
from tests.engine.diagrams import (
    Case,
    boundary,
    case,
    ends,
    error,
    gateway,
    instances,
    node,
    service,
    timer,
    user,
    wires,
)

EACH = instances("people", "person", "opinions", "opinion")


def _opinions(case_: Case, *order: int) -> Case:
    for index in order:
        key = next(task.id for task in case_.step.human_tasks if task.post == f"p{index}")
        case_.go(complete, key, {"opinion": f"o{index}"})
    return case_


def _asking(in_turn: bool = False, until: str = "", inside: str = "") -> str:
    each = instances("people", "person", "opinions", "opinion", in_turn=in_turn, until=until)
    return user("ask", 'post="person"', each) + inside


@pytest.mark.bpmn("Activity: multiInstanceLoopCharacteristics")
def test_results_stand_where_their_items_stand_whoever_was_quicker() -> None:
    one = case(ends() + _asking() + user("next"), "s > ask; ask > next; next > e", people=["p0", "p1", "p2"])
    assert [task.post for task in one.step.human_tasks] == ["p0", "p1", "p2"]
    assert {task.node for task in one.step.human_tasks} == {"ask"}
    _opinions(one, 2, 0, 1)
    assert one.step.data["opinions"] == ["o0", "o1", "o2"]
    assert "opinion" not in one.step.data


@pytest.mark.bpmn("Activity: multiInstanceLoopCharacteristics, sequential")
def test_in_turn_one_is_asked_after_the_other() -> None:
    one = case(ends() + _asking(in_turn=True), "s > ask; ask > e", people=["p0", "p1"])
    assert [task.post for task in one.step.human_tasks] == ["p0"]
    assert [task.post for task in _opinions(one, 0).step.human_tasks] == ["p1"]
    assert _opinions(one, 1).step.data["opinions"] == ["o0", "o1"]


def test_nobody_to_ask_is_no_obstacle() -> None:
    assert case(ends() + _asking(), "s > ask; ask > e", people=[]).step.data["opinions"] == []


def test_the_first_refusal_ends_the_round() -> None:
    body = ends() + _asking(until="opinion == 'o1'") + user("next")
    one = case(body, "s > ask; ask > next; next > e", people=["p0", "p1", "p2"])
    assert _opinions(one, 1).open == ["next"]
    assert one.step.data["opinions"] == ["o1"]


def test_a_majority_ends_the_round() -> None:
    body = ends() + _asking(until="len(opinions) == 2") + user("next")
    one = case(body, "s > ask; ask > next; next > e", people=["p0", "p1", "p2"])
    assert _opinions(one, 2).open == ["ask", "ask"]
    assert _opinions(one, 0).open == ["next"]
    assert one.step.data["opinions"] == ["o0", "o2"]


def test_a_second_round_starts_with_no_results() -> None:
    body = ends() + _asking() + user("decide") + gateway("exclusive", "g", "e")
    flows = "s > ask; ask > decide; decide > g; g > ask if again; g > e else"
    one = _opinions(case(body, flows, people=["p0", "p1"]), 0, 1).complete("decide", again=True)
    assert one.step.data["opinions"] == ["o0", "o1"]
    assert _opinions(one, 1, 0).complete("decide", again=False).step.data["opinions"] == ["o0", "o1"]


def test_an_instance_without_a_result_leaves_null() -> None:
    one = case(ends() + _asking(), "s > ask; ask > e", people=["p0"])
    assert one.complete("ask").step.data["opinions"] == [None]


def test_instances_behind_a_boundary_event_run_and_are_cancelled_with_it() -> None:
    body = ends() + user("first") + _asking() + node("endEvent", "e2") + user("gone")
    body += boundary("late", "first", timer("P1D")) + boundary("over", "ask", timer("P2D"))
    one = case(body, "s > first; first > e2; late > ask; ask > e; over > gone; gone > e", people=["p0", "p1"])
    one.at(one.step.timers[0].due)
    assert one.open == ["ask", "ask"]
    one.at(one.step.timers[0].due)
    assert one.open == ["gone"]


def test_sub_processes_and_service_tasks_run_in_instances_too() -> None:
    inside = (
        EACH
        + node("startEvent", "is")
        + service("send", "opinion", to="person")
        + node("endEvent", "ie")
        + wires("is > send; send > ie")
    )
    one = case(ends() + node("subProcess", "inner", inside), "s > inner; inner > e", people=["p0", "p1", "p2"])
    assert one.asked == ["send"] * 3
    for index in range(3):
        one.answer("send", n=index)
    assert one.step.data["opinions"] == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_cancelled_instances_of_a_sub_process_leave_nothing_behind() -> None:
    inside = EACH + node("startEvent", "is") + user("a") + node("endEvent", "ie") + wires("is > a; a > ie")
    body = ends() + node("subProcess", "inner", inside) + boundary("over", "inner", timer("P1D")) + user("gone")
    one = case(body, "s > inner; inner > e; over > gone; gone > e", people=["p0", "p1"])
    one.at(one.step.timers[0].due)
    assert (one.open, b'"is"' in one.step.state) == (["gone"], False)
    assert one.complete("gone").step.finished


def test_the_failure_of_one_instance_is_caught_around_all() -> None:
    body = ends() + service("send", "opinion", EACH, to="person") + boundary("broken", "send", error()) + user("fix")
    one = case(body, "s > send; send > e; broken > fix; fix > e", people=["p0", "p1"])
    assert one.fail("send", "refused").open == ["fix"]
    assert one.asked == []


@pytest.mark.parametrize("people", [None, 3, "p0", {"a": 1}, ["p"] * 301])
def test_what_is_no_short_list_cannot_be_asked(people: object) -> None:
    one = case(ends() + user("start") + _asking(), "s > start; start > ask; ask > e")
    with pytest.raises(Invalid, match=r"engine\.instances"):
        one.complete("start", people=people)
