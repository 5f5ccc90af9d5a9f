"""Every kind of task: alone, in rounds, in a sub-process, in branches and in instances."""

from collections.abc import Callable

import pytest

from app.engine.declarations import describe
from tests.engine.diagrams import (
    Case,
    boundary,
    case,
    document,
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

HUMAN = [pytest.param(kind, marks=pytest.mark.bpmn(f"Activity: {kind}")) for kind in ("userTask", "manualTask", "task")]
ASKING = [pytest.param(kind, marks=pytest.mark.bpmn(f"Activity: {kind}")) for kind in ("serviceTask", "sendTask")]
EACH = instances("people", "person", "opinions", "opinion")


@pytest.mark.parametrize("kind", HUMAN)
def test_a_task_of_a_person_waits_with_what_it_declares(kind: str) -> None:
    step = user("a", 'form="f" role="clerk" unit="unit" post="person" deadline="2 + days"', kind=kind)
    xml = document(ends() + step, "s > a; a > e")
    assert [one.task for one in describe(xml) if one.kind == kind] != [None]
    one = case(ends() + step, "s > a; a > e", unit="u1", person="p1", days=1)
    task = one.step.human_tasks[0]
    assert (task.node, task.name, task.form, task.role) == ("a", "a", "f", "clerk")
    assert (task.unit, task.post, task.deadline) == ("u1", "p1", 3)
    one.complete("a", told=1)
    assert (one.step.finished, one.step.data["told"], one.step.entered) == (True, 1, ("a", "e"))


def _rounds(step: str, go: Callable[[Case, int], object]) -> Case:
    """A step in a rework loop inside a sub-process, beside a branch, three rounds."""
    inside = node("startEvent", "is") + node("endEvent", "ie") + gateway("parallel", "f") + gateway("parallel", "j")
    inside += user("other") + step + gateway("exclusive", "g", "ie") + gateway("exclusive", "m")
    inside += wires("is > m; m > f; f > a; f > other; a > j; other > j; j > g; g > m if again; g > ie else")
    one = case(ends() + node("subProcess", "inner", inside), "s > inner; inner > e")
    for number in (1, 2, 3):
        go(one, number)
        one.complete("other", again=number < 3)
    return one


@pytest.mark.parametrize("kind", HUMAN)
def test_a_task_of_a_person_in_rounds(kind: str) -> None:
    one = _rounds(user("a", kind=kind), lambda one, number: one.complete("a", n=number))
    assert (one.step.finished, one.step.data) == (True, {"n": 3, "again": False})


@pytest.mark.parametrize("kind", HUMAN)
def test_a_task_of_a_person_in_instances_with_a_reminder_and_a_limit(kind: str) -> None:
    step = user("a", 'post="person"', EACH, kind=kind)
    body = ends() + step + boundary("t", "a", timer("P1D"), cancels=False) + user("remind", kind=kind)
    body += boundary("over", "a", timer("P2D")) + user("gone")
    flows = "s > a; a > e; t > remind; remind > e; over > gone; gone > e"
    one = case(body, flows, people=["p", "q"])
    assert [task.post for task in one.step.human_tasks] == ["p", "q"]
    one.complete("a", opinion=1).at(min(timer.due for timer in one.step.timers))
    assert one.open == ["a", "remind"]
    one.complete("remind").at(one.step.timers[0].due)
    assert one.open == ["gone"]


@pytest.mark.parametrize("kind", ASKING)
def test_a_task_of_a_machine_asks_and_keeps_the_answer(kind: str) -> None:
    one = case(ends() + service("a", "r", to="who", kind=kind), "s > a; a > e", who="p")
    assert (one.step.waiting[0].operation, one.step.waiting[0].node) == ("test.a", "a")
    one.answer("a", n=1)
    assert (one.step.finished, one.step.data) == (True, {"who": "p", "r": {"n": 1}})


@pytest.mark.parametrize("kind", ASKING)
def test_a_task_of_a_machine_in_rounds(kind: str) -> None:
    one = _rounds(service("a", "r", kind=kind), lambda one, number: one.answer("a", n=number))
    assert (one.step.finished, one.step.data) == (True, {"r": {"n": 3}, "again": False})


@pytest.mark.parametrize("kind", ASKING)
def test_a_task_of_a_machine_in_instances_fails_as_one(kind: str) -> None:
    body = ends() + service("a", "opinion", EACH, kind=kind) + boundary("broken", "a", error()) + user("fix")
    flows = "s > a; a > e; broken > fix; fix > e"
    one = case(body, flows, people=["p", "q"]).answer("a", n=1)
    assert one.answer("a", n=2).step.data["opinions"] == [{"n": 1}, {"n": 2}]
    assert case(body, flows, people=["p", "q"]).fail("a", "refused").open == ["fix"]
