"""Flows that leave and enter steps without a gateway."""

import pytest

from app.engine import runtime
from app.kernel.errors import Invalid
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


@pytest.mark.bpmn("Flow: several out of an activity")
def test_several_flows_out_of_a_step_are_all_taken() -> None:
    body = ends() + user("a") + user("b") + user("c") + gateway("parallel", "j") + user("d")
    one = case(body, "s > a; a > b; a > c; b > j; c > j; j > d; d > e", b=None, c=None).complete("a")
    assert one.open == ["b", "c"]
    assert one.complete("c", c=1).open == ["b"]
    assert one.complete("b", b=2).open == ["d"]
    assert one.complete("d").step.data == {"b": 2, "c": 1}


@pytest.mark.bpmn("Flow: several out of an event")
def test_several_flows_out_of_a_start_and_of_an_event_in_between_are_all_taken() -> None:
    body = ends() + user("a") + node("intermediateThrowEvent", "i") + user("b") + user("c")
    one = case(body, "s > a; s > i; i > b; i > c; a > e; b > e; c > e")
    assert one.open == ["a", "b", "c"]
    assert one.complete("a").complete("c").complete("b").step.finished


@pytest.mark.bpmn("Flow: several out of an event")
def test_several_flows_out_of_a_boundary_event_are_all_taken() -> None:
    body = ends() + user("a") + boundary("t", "a", timer("P1D")) + user("b") + user("c")
    one = case(body, "s > a; a > e; t > b; t > c; b > e; c > e")
    one.at(one.step.timers[0].due)
    assert one.open == ["b", "c"]
    assert one.complete("b").complete("c").step.finished


@pytest.mark.bpmn("Flow: several out of an event")
def test_each_round_of_a_reminder_takes_all_its_flows() -> None:
    body = ends("e", "e2") + user("a") + user("b") + service("k")
    body += boundary("t", "a", timer("R2/P1D", "timeCycle"), cancels=False)
    one = case(body, "s > a; a > e; t > b; t > k; b > e2; k > e2")
    for rounds in (1, 2):
        one.at(one.step.timers[0].due)
        assert (one.open, one.asked) == (["a"] + ["b"] * rounds, ["k"] * rounds)


CONDITIONS = ends() + user("a", default="d") + user("b") + user("c") + user("d") + user("always")
CONDITIONAL = "s > a; a > b if n > 1; a > c if n > 2; a > d; a > always; b > e; c > e; d > e; always > e"


@pytest.mark.bpmn("Flow: conditional out of an activity")
@pytest.mark.bpmn("Flow: default out of an activity")
@pytest.mark.parametrize(
    ("number", "taken"),
    [(1, ["always", "d"]), (2, ["always", "b"]), (3, ["always", "b", "c"]), (None, ["always", "d"])],
)
def test_flows_with_conditions_open_where_they_hold(number: int | None, taken: list[str]) -> None:
    one = case(CONDITIONS, CONDITIONAL).complete("a", n=number)
    assert one.open == taken
    for name in taken:
        one.complete(name)
    assert one.step.finished


@pytest.mark.bpmn("Flow: conditional out of an activity")
def test_a_step_with_no_way_out_says_so() -> None:
    body = ends() + user("a") + user("b")
    one = case(body, "s > a; a > b if n > 1; a > e if n > 2; b > e")
    with pytest.raises(Invalid, match=r"engine\.no_way_out") as raised:
        one.complete("a", n=1)
    assert raised.value.data["node"] == "a"
    assert one.complete("a", n=2).open == ["b"]


@pytest.mark.bpmn("Flow: conditional out of an activity")
def test_a_condition_that_does_not_fit_the_data_names_the_step() -> None:
    one = case(ends() + user("a") + user("b"), "s > a; a > b if n > 1; a > e; b > e")
    with pytest.raises(Invalid, match=r"engine\.expression") as raised:
        one.complete("a", n="x")
    assert raised.value.data["node"] == "a"


@pytest.mark.bpmn("Flow: conditional out of an activity")
def test_the_nodes_that_tokens_pass_are_those_that_are_drawn() -> None:
    assert case(CONDITIONS, CONDITIONAL).complete("a", n=2).step.entered == ("a",)


@pytest.mark.bpmn("Flow: several into an activity")
def test_each_token_passes_a_step_on_its_own() -> None:
    body = ends() + user("a") + user("b") + user("c")
    one = case(body, "s > a; s > b; a > c; b > c; c > e").complete("a", a=1)
    assert one.open == ["b", "c"]
    one.complete("b", b=1)
    assert one.open == ["c", "c"]
    one.complete("c", n=1).complete("c", m=1)
    assert (one.step.finished, one.step.data) == (True, {"a": 1, "b": 1, "n": 1, "m": 1})


@pytest.mark.bpmn("Flow: several into an activity")
@pytest.mark.bpmn("Flow: conditional out of an activity")
def test_rework_without_a_gateway() -> None:
    body = ends() + user("draft") + user("sign", default="e")
    one = case(body, "s > draft; draft > sign; sign > draft if again; sign > e").complete("draft")
    sizes = set()
    for number in range(100, 140):
        one.complete("sign", again=True, n=number)
        sizes.add(len(one.step.state))
        assert one.complete("draft").open == ["sign"]
    assert max(sizes) - min(sizes) < 20
    assert one.complete("sign", again=False).step.finished


@pytest.mark.bpmn("Flow: several out of an activity")
def test_a_review_in_rounds_without_a_single_splitting_gateway() -> None:
    body = (
        ends() + user("draft") + user("legal") + user("finance") + gateway("parallel", "j") + user("sign", default="e")
    )
    flows = (
        "s > draft; draft > legal; draft > finance; legal > j; finance > j; j > sign; sign > draft if again; sign > e"
    )
    one = case(body, flows)
    for number in (1, 2, 3):
        one.complete("draft").complete("finance", finance=number)
        assert one.open == ["legal"]
        one.complete("legal", legal=number).complete("sign", again=number < 3)
    assert (one.step.finished, one.step.data) == (True, {"again": False, "legal": 3, "finance": 3})


@pytest.mark.bpmn("Flow: conditional out of an activity")
def test_an_inclusive_join_waits_for_the_ways_that_a_step_opened() -> None:
    body = (
        ends() + user("a", default="d") + user("b") + user("c") + user("d") + gateway("inclusive", "j") + user("last")
    )
    flows = "s > a; a > b if x; a > c if y; a > d; b > j; c > j; d > j; j > last; last > e"
    assert case(body, flows).complete("a", x=True, y=True).complete("b").open == ["c"]
    assert case(body, flows).complete("a", x=True, y=True).complete("b").complete("c").open == ["last"]
    assert case(body, flows).complete("a", x=True).complete("b").open == ["last"]
    assert case(body, flows).complete("a").complete("d").open == ["last"]


@pytest.mark.bpmn("Flow: several out of an activity")
def test_ways_out_of_service_tasks_calls_and_sub_processes() -> None:
    inside = (
        node("startEvent", "is")
        + user("x")
        + node("endEvent", "ie")
        + user("y")
        + wires("is > x; x > y if deep; x > ie; y > ie")
    )
    body = ends() + node("subProcess", "inner", inside) + service("k", "r") + user("b") + user("c")
    body += node("callActivity", "call", calledElement="called")
    called = document(ends("ce").replace('"s"', '"cs"') + user("z"), "cs > z; z > ce", name="called")
    flows = "s > inner; inner > k; inner > call; k > b if r.n == 1; k > c; call > b; call > e; b > e; c > e"
    one = Case(runtime.parse(document(body, flows), "p", {"called": called}))
    one.complete("x", deep=True)
    assert one.open == ["y"]
    one.complete("y")
    assert (one.open, one.asked) == (["z"], ["k"])
    assert one.answer("k", n=1).open == ["b", "c", "z"]
    assert one.complete("z").open == ["b", "b", "c"]
    one.complete("b").complete("b").complete("c")
    assert one.step.finished


@pytest.mark.bpmn("Flow: several out of an activity")
def test_ways_out_of_a_step_with_events_and_instances() -> None:
    each = instances("people", "person", "opinions", "opinion")
    body = ends() + user("a", inside=each) + boundary("t", "a", timer("P1D")) + user("b") + user("c") + user("late")
    flows = "s > a; a > b if len(opinions) == 2; a > c; t > late; late > e; b > e; c > e"
    one = case(body, flows, people=["p", "q"]).complete("a").complete("a")
    assert (one.open, one.step.timers) == (["b", "c"], ())
    one = case(body, flows, people=["p", "q"]).complete("a")
    one.at(one.step.timers[0].due)
    assert one.open == ["late"]


@pytest.mark.bpmn("Flow: several out of an activity")
def test_a_failure_in_one_of_several_ways_stays_there() -> None:
    body = ends() + user("a") + service("k") + boundary("broken", "k", error()) + user("fix") + user("b")
    one = case(body, "s > a; a > k; a > b; broken > fix; broken > b; k > e; fix > e; b > e").complete("a")
    assert one.fail("k", "refused").open == ["b", "b", "fix"]
    assert one.complete("b").complete("b").complete("fix").step.finished


@pytest.mark.bpmn("Flow: several out of an activity")
def test_a_way_back_beside_a_way_on_sends_a_token_each_time() -> None:
    one = case(ends() + user("a") + user("b"), "s > a; a > b; b > a; b > e").complete("a").complete("b")
    assert one.open == ["a"]
    assert one.complete("a").complete("b").open == ["a"]


def test_running_several_ways_does_not_change_the_definition() -> None:
    definition = runtime.parse(document(CONDITIONS, CONDITIONAL), "p")
    before = {name: (list(spec._inputs), list(spec._outputs)) for name, spec in definition.spec.task_specs.items()}
    for number in (1, 2, 3):
        Case(definition).complete("a", n=number)
    assert before == {name: (spec._inputs, spec._outputs) for name, spec in definition.spec.task_specs.items()}
