"""Instances by number, without a list of results, inside each other, and how they end early."""

import pytest

from app.engine import runtime
from app.kernel.errors import Invalid
from tests.engine.diagrams import (
    Case,
    at_once,
    boundary,
    case,
    document,
    ends,
    gateway,
    inner,
    instances,
    node,
    numbered,
    service,
    timer,
    user,
)

pytestmark = pytest.mark.bpmn("Activity: multiInstanceLoopCharacteristics")
NO_RESULTS = (
    "<bpmn:multiInstanceLoopCharacteristics{turn}><bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
    '<bpmn:inputDataItem name="person"/></bpmn:multiInstanceLoopCharacteristics>'
)


@pytest.mark.bpmn("Activity: multiInstanceLoopCharacteristics, sequential")
@pytest.mark.parametrize("in_turn", [False, True])
def test_as_many_as_an_expression_says(in_turn: bool) -> None:
    step = user("a", 'post="place"', numbered("n + 1", "place", in_turn=in_turn, results="votes"))
    one = case(ends() + step, "s > a; a > e", n=2)
    assert [task.post for task in one.step.human_tasks] == ([0] if in_turn else [0, 1, 2])
    for vote in "xyz":
        one.complete("a", vote=vote)
    assert (one.step.finished, one.step.data) == (True, {"n": 2, "votes": ["x", "y", "z"]})


def test_none_is_no_obstacle() -> None:
    assert case(ends() + user("a", inside=numbered("0")), "s > a; a > e").step.finished


@pytest.mark.parametrize("number", [-1, 301, 10**9, "3", None, True, 2.0, [1]])
@pytest.mark.parametrize("in_turn", [False, True])
def test_what_is_no_small_number_cannot_be_counted_to(number: object, in_turn: bool) -> None:
    one = case(ends() + user("x") + user("a", inside=numbered("n", in_turn=in_turn)), "s > x; x > a; a > e")
    with pytest.raises(Invalid, match=r"engine\.instances") as raised:
        one.complete("x", n=number)
    assert raised.value.data["node"] == "a"


def test_what_instances_change_without_results_is_brought_together() -> None:
    one = case(ends() + user("a", inside=numbered("3")) + user("b"), "s > a; a > b; b > e", x=0, y=0, doc={"k": 0})
    one.complete("a", x=1, doc={"k": 0, "l": 1}).complete("a", y=2, doc={"k": 2}).complete("a")
    assert one.complete("b").step.data == {"x": 1, "y": 2, "doc": {"k": 2, "l": 1}}


def test_in_turn_each_knows_what_those_before_it_changed() -> None:
    step = user("a", 'post="person" unit="said"', NO_RESULTS.format(turn=' isSequential="true"'))
    one = case(ends() + step, "s > a; a > e", people=["p", "q"], said=0, lines=[1, 2])
    assert [(task.post, task.unit) for task in one.step.human_tasks] == [("p", 0)]
    one.complete("a", said=1, lines=[], people=[])
    assert [(task.post, task.unit) for task in one.step.human_tasks] == [("q", 1)]
    one.complete("a", said=2)
    assert (one.step.finished, one.step.data) == (True, {"people": [], "said": 2, "lines": []})


def test_a_list_without_results_leaves_what_was_changed() -> None:
    step = user("a", 'post="person"', NO_RESULTS.format(turn=""))
    one = case(ends() + step, "s > a; a > e", people=["p", "q"], a=0, b=0)
    one.complete("a", a=1).complete("a", b=1)
    assert (one.step.finished, one.step.data) == (True, {"people": ["p", "q"], "a": 1, "b": 1})


@pytest.mark.parametrize("in_turn", [False, True])
@pytest.mark.parametrize(
    "until", ["nrOfCompletedInstances >= 2", "nrOfCompletedInstances / nrOfInstances >= 0.5", "len(votes) == 2"]
)
def test_a_share_of_the_votes_is_enough(in_turn: bool, until: str) -> None:
    step = user("a", inside=numbered("4", in_turn=in_turn, until=until, results="votes"))
    one = case(ends() + step + user("b"), "s > a; a > b; b > e").complete("a", vote=1)
    assert one.open == ["a"] * (1 if in_turn else 3)
    assert one.complete("a", vote=2).open == ["b"]
    assert one.step.data["votes"] == [1, 2]


def test_those_that_still_run_can_be_counted() -> None:
    step = user("a", inside=numbered("4", until="nrOfActiveInstances < 2"))
    one = case(ends() + step, "s > a; a > e").complete("a").complete("a")
    assert one.open == ["a", "a"]
    assert one.complete("a").step.finished


def test_an_early_end_takes_whole_sub_processes_away_with_all_that_is_in_them() -> None:
    deep = inner("deep", user("x", inside=numbered("2")), "deeps > x; x > deepe")
    each = instances("people", "person", "opinions", "opinion", until="len(opinions) == 1")
    sub = inner("sub", user("ask", 'post="person"') + deep, "subs > ask; ask > deep; deep > sube", each)
    one = case(ends() + sub + user("b"), "s > sub; sub > b; b > e", people=["p", "q", "r"])
    one.complete("ask", opinion=1).complete("ask")
    assert one.open == ["ask", "x", "x", "x", "x"]
    one.complete("x").complete("x")
    assert (one.open, one.step.data["opinions"]) == (["b"], [1])
    assert b"deeps" not in one.step.state
    assert one.complete("b").step.finished


@pytest.mark.parametrize("in_turn", [False, True])
def test_instances_of_a_sub_process_know_how_many_results_there_are(in_turn: bool) -> None:
    each = instances("people", "person", "opinions", "opinion", in_turn=in_turn, until="len(opinions) == 2")
    sub = inner("sub", user("x"), "subs > x; x > sube", each)
    one = case(ends() + sub + user("b"), "s > sub; sub > b; b > e", people=["p", "q", "r"])
    one.complete("x", opinion=1).complete("x", opinion=2)
    assert (one.open, one.step.data["opinions"]) == (["b"], [1, 2])


@pytest.mark.parametrize("in_turn", [False, True])
def test_instances_of_a_called_process(in_turn: bool) -> None:
    call = node(
        "callActivity", "call", numbered("2", "place", in_turn=in_turn, results="votes"), calledElement="called"
    )
    called = document(ends("ce").replace('"s"', '"cs"') + user("x", 'post="place"'), "cs > x; x > ce", name="called")
    one = Case(runtime.parse(document(ends() + call, "s > call; call > e"), "p", {"called": called}))
    one.complete("x", vote="a").complete("x", vote="b")
    assert (one.step.finished, one.step.data) == (True, {"votes": ["a", "b"]})


@pytest.mark.parametrize("outer_in_turn", [False, True])
@pytest.mark.parametrize("inner_in_turn", [False, True])
def test_instances_inside_instances(outer_in_turn: bool, inner_in_turn: bool) -> None:
    ask = user("ask", 'unit="unit.name" post="person"', instances("unit.people", "person", "votes", "vote"))
    ask = ask.replace("unit.people", "people").replace(
        'isSequential="false"', f'isSequential="{"true" if inner_in_turn else "false"}"'
    )
    each = instances("units", "unit", "results", "result", in_turn=outer_in_turn)
    parts = service("take", "taken") + ask + service("sum", "result")
    sub = inner("sub", parts, "subs > take; take > ask; ask > sum; sum > sube", each)

    def machines(call: runtime.OperationCall) -> dict[str, object]:
        return {"votes": call.data["votes"]} if call.node == "sum" else {}

    one = case(ends() + sub, "s > sub; sub > e", machines, units=[{"name": "u"}, {"name": "v"}], people=["p", "q"])
    for number in range(4):
        task = one.step.human_tasks[-1]
        one.go(runtime.complete, task.id, {"vote": f"{task.unit}{task.post}{number // 4}"})
    results = [{"votes": ["up0", "uq0"]}, {"votes": ["vp0", "vq0"]}]
    assert (one.step.finished, one.step.data["results"]) == (True, results)


@pytest.mark.parametrize("in_turn", [False, True])
def test_instances_of_machines_in_rounds(in_turn: bool) -> None:
    body = ends() + service("k", "vote", numbered("n", in_turn=in_turn, results="votes")) + user("b")
    body += gateway("exclusive", "g", "e")
    flows = "s > k; k > b; b > g; g > k if again; g > e else"
    one = case(body, flows, at_once, n=2).complete("b", again=True, n=3)
    assert one.step.data["votes"] == [{"ok": True}] * 3
    assert one.complete("b", again=False).step.finished


@pytest.mark.parametrize("in_turn", [False, True])
@pytest.mark.parametrize("results", ["", "votes"])
@pytest.mark.parametrize("number", ["0", "2"])
def test_the_names_of_instances_are_theirs_alone(in_turn: bool, results: str, number: str) -> None:
    step = user("a", 'post="place"', numbered(number, "place", in_turn=in_turn, results=results))
    one = case(ends() + step, "s > a; a > e", place="here", vote="mine")
    for index in range(int(number)):
        assert one.step.human_tasks[0].post == index
        one.complete("a", vote=index, place="there")
    votes = {"votes": list(range(int(number)))} if results else {}
    expected = {"place": "here", "vote": "mine" if results or number == "0" else 1} | votes
    assert (one.step.finished, one.step.data) == (True, expected)


@pytest.mark.parametrize("in_turn", [False, True])
def test_a_limit_takes_all_instances_away(in_turn: bool) -> None:
    body = ends() + user("a", inside=numbered("3", in_turn=in_turn)) + boundary("t", "a", timer("P1D")) + user("gone")
    one = case(body, "s > a; a > e; t > gone; gone > e").complete("a")
    one.at(one.step.timers[0].due)
    assert one.open == ["gone"]
    assert one.complete("gone").step.finished


def test_instances_in_two_branches_at_once() -> None:
    body = ends() + user("a", inside=numbered("2", results="xs")) + user("b", inside=numbered("2", results="ys"))
    one = case(body + gateway("parallel", "j"), "s > a; s > b; a > j; b > j; j > e")
    one.complete("a", x=1).complete("b", y=1).complete("b", y=2).complete("a", x=2)
    assert (one.step.finished, one.step.data) == (True, {"xs": [1, 2], "ys": [1, 2]})
