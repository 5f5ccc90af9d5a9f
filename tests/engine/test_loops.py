"""One step again and again while a condition holds."""

import pytest

from app.engine import runtime
from app.kernel.errors import Conflict, Invalid
from tests.engine.diagrams import (
    Case,
    at_once,
    boundary,
    case,
    document,
    ends,
    error,
    gateway,
    inner,
    instances,
    loop,
    node,
    service,
    timer,
    user,
)

pytestmark = pytest.mark.bpmn("Activity: standardLoopCharacteristics")


def test_a_step_repeats_while_its_condition_holds() -> None:
    one = case(ends() + user("a", inside=loop("more")) + user("b"), "s > a; a > b; b > e", lines=[1, 2, 3])
    for lines in ([1], [1, 2], []):
        one.complete("a", more=True, lines=lines)
        assert (one.open, one.step.data["lines"]) == (["a"], lines)
    assert one.complete("a", more=False).open == ["b"]
    assert one.complete("b").step.data == {"more": False, "lines": []}


def test_a_condition_that_is_asked_before_may_never_let_it_begin() -> None:
    body = ends() + user("a", inside=loop("more", before=True))
    assert case(body, "s > a; a > e").step.finished
    one = case(body, "s > a; a > e", more=True).complete("a")
    assert one.open == ["a"]
    assert one.complete("a", more=False).step.finished


def test_a_maximum_ends_what_would_go_on() -> None:
    for condition in ("", "true"):
        one = case(ends() + service("a", "r", loop(condition, "3")), "s > a; a > e", at_once)
        assert (one.step.finished, one.step.entered.count("a")) == (True, 4)


def test_the_condition_may_count_the_rounds() -> None:
    one = case(ends() + service("a", "r", loop("loopCounter < wanted")), "s > a; a > e", at_once, wanted=5)
    assert (one.step.entered.count("a"), "loopCounter" in one.step.data) == (6, False)


def test_a_loop_that_never_ends_is_stopped() -> None:
    with pytest.raises(Conflict, match=r"engine\.budget"):
        case(ends() + service("a", "r", loop("true")), "s > a; a > e", at_once)


def test_the_state_does_not_grow_with_the_rounds() -> None:
    one = case(ends() + user("a", inside=loop("more")), "s > a; a > e")
    sizes = {len(one.complete("a", more=True).step.state) for _ in range(60)}
    assert max(sizes) - min(sizes) < 20


def test_a_loop_is_visited_again_in_rework() -> None:
    body = ends() + user("a", inside=loop("loopCounter < 2")) + user("b") + gateway("exclusive", "g", "e")
    one = case(body, "s > a; a > b; b > g; g > a if again; g > e else")
    for again in (True, True, False):
        one.complete("a").complete("a").complete("b", again=again)
    assert one.step.finished


def test_a_sub_process_repeats_with_all_that_is_in_it() -> None:
    parts = user("x") + user("y") + gateway("parallel", "f") + gateway("parallel", "j")
    sub = inner("sub", parts, "subs > f; f > x; f > y; x > j; y > j; j > sube", loop("x + y < 4"))
    one = case(ends() + sub, "s > sub; sub > e", x=0, y=0)
    one.complete("x", x=1).complete("y", y=1)
    assert one.open == ["x", "y"]
    one.complete("y", y=2).complete("x", x=2)
    assert (one.step.finished, one.step.data) == (True, {"x": 2, "y": 2})


def test_a_called_process_repeats() -> None:
    body = ends() + node("callActivity", "call", loop("", "2"), calledElement="called")
    called = document(ends("ce").replace('"s"', '"cs"') + user("x"), "cs > x; x > ce", name="called")
    one = Case(runtime.parse(document(body, "s > call; call > e"), "p", {"called": called}))
    assert one.complete("x", n=1).open == ["x"]
    one.complete("x", n=2)
    assert (one.step.finished, one.step.data) == (True, {"n": 2})


def test_loops_in_loops_and_instances_in_loops() -> None:
    each = instances("people", "person", "opinions", "opinion")
    parts = user("x", inside=loop("loopCounter < 2")) + user("ask", 'post="person"', each)
    sub = inner("sub", parts, "subs > x; x > ask; ask > sube", loop("again"))
    one = case(ends() + sub, "s > sub; sub > e", people=["p", "q"])
    for again in (True, False):
        one.complete("x").complete("x", again=again)
        assert [task.post for task in one.step.human_tasks] == ["p", "q"]
        one.complete("ask", opinion=1).complete("ask", opinion=2)
    assert (one.step.finished, one.step.data["opinions"]) == (True, [1, 2])


def test_a_loop_in_each_of_several_instances() -> None:
    each = instances("people", "person", "opinions", "opinion")
    sub = inner("sub", user("x", 'post="person"', loop("not opinion")), "subs > x; x > sube", each)
    one = case(ends() + sub, "s > sub; sub > e", people=["p", "q"])
    for post, opinion in (("q", ""), ("p", "yes"), ("q", ""), ("q", "no")):
        task = next(task for task in one.step.human_tasks if task.post == post)
        one.go(runtime.complete, task.id, {"opinion": opinion})
    assert (one.step.finished, one.step.data["opinions"]) == (True, ["yes", "no"])


def test_two_loops_beside_each_other_do_not_mix_their_rounds() -> None:
    body = ends() + user("a", inside=loop("", "2")) + user("b", inside=loop("", "3")) + gateway("parallel", "j")
    one = case(body, "s > a; s > b; a > j; b > j; j > e", a=0, b=0)
    for name, number in (("a", 1), ("b", 1), ("b", 2), ("a", 2), ("b", 3)):
        one.complete(name, **{name: number})
    assert (one.step.finished, one.step.data) == (True, {"a": 2, "b": 3})


def test_a_limit_ends_the_loop_and_a_failure_leaves_it() -> None:
    body = ends() + user("a", inside=loop("true")) + boundary("t", "a", timer("P1D")) + user("gone")
    one = case(body, "s > a; a > e; t > gone; gone > e").complete("a").complete("a")
    one.at(one.step.timers[0].due)
    assert one.open == ["gone"]
    body = ends() + service("k", "r", loop("true")) + boundary("broken", "k", error()) + user("fix")
    one = case(body, "s > k; k > e; broken > fix; fix > e").answer("k").answer("k")
    assert one.fail("k", "refused").open == ["fix"]


def test_a_loop_behind_a_boundary_event_runs() -> None:
    body = ends("e", "e2") + user("a") + boundary("t", "a", timer("P1D")) + user("b", inside=loop("", "2"))
    one = case(body, "s > a; a > e2; t > b; b > e")
    one.at(one.step.timers[0].due).complete("b")
    assert one.open == ["b"]
    assert one.complete("b").step.finished


def test_a_condition_that_does_not_fit_the_data_names_the_step() -> None:
    one = case(ends() + user("a", inside=loop("n > 1")), "s > a; a > e")
    with pytest.raises(Invalid, match=r"engine\.expression") as raised:
        one.complete("a", n="x")
    assert raised.value.data["node"] == "a"
