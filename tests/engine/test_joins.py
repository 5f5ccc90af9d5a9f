"""Branches that part and meet again: who waits for whom, and what is known afterwards."""

from itertools import permutations

import pytest

from app.engine.merging import merge
from tests.engine.diagrams import Case, boundary, case, ends, gateway, later, node, timer, user, wires

REVIEW = (
    ends()
    + user("draft")
    + gateway("parallel", "f")
    + user("legal")
    + user("finance")
    + gateway("parallel", "j")
    + user("sign")
    + gateway("exclusive", "g", "e")
)
REVIEW_FLOWS = (
    "s > draft; draft > f; f > legal; f > finance; legal > j; finance > j; j > sign; sign > g;"
    "g > draft if again; g > e else"
)


@pytest.mark.bpmn("Gateway: parallelGateway")
def test_a_join_waits_for_every_branch() -> None:
    one = case(REVIEW, REVIEW_FLOWS).complete("draft")
    assert one.complete("legal").open == ["finance"]
    assert one.complete("finance").open == ["sign"]


@pytest.mark.parametrize("order", [("legal", "finance"), ("finance", "legal")])
def test_a_second_round_of_opinions_waits_for_both_again(order: tuple[str, str]) -> None:
    one = case(REVIEW, REVIEW_FLOWS).complete("draft").complete("legal").complete("finance")
    one.complete("sign", again=True).complete("draft")
    assert one.complete(order[0]).open == [order[1]]
    assert one.complete(order[1]).open == ["sign"]


def test_no_branch_undoes_what_another_decided() -> None:
    one = case(REVIEW, REVIEW_FLOWS).complete("draft", legal_ok=None, finance_ok=None)
    one.complete("legal", legal_ok=True).complete("finance", finance_ok=False).complete("sign")
    assert one.step.data == {"legal_ok": True, "finance_ok": False}


def test_a_value_that_a_branch_set_back_counts() -> None:
    one = case(REVIEW, REVIEW_FLOWS).complete("draft", checked=True, lines=[1, 2, 3])
    one.complete("legal", checked=False, lines=[1]).complete("finance", other=1).complete("sign")
    assert one.step.data == {"checked": False, "lines": [1], "other": 1}


INCLUSIVE = (
    ends()
    + user("plan")
    + gateway("inclusive", "f", "c")
    + user("a")
    + user("b")
    + user("c")
    + gateway("inclusive", "j")
    + user("sign")
    + gateway("exclusive", "g", "e")
)
INCLUSIVE_FLOWS = (
    "s > plan; plan > f; f > a if 'a' in wanted; f > b if 'b' in wanted; f > c else; a > j; b > j; c > j; j > sign;"
    "sign > g; g > plan if again; g > e else"
)


@pytest.mark.bpmn("Gateway: inclusiveGateway")
@pytest.mark.parametrize(("wanted", "open_"), [(["a"], ["a"]), (["a", "b"], ["a", "b"]), ([], ["c"])])
def test_an_inclusive_gateway_opens_what_is_wanted_and_waits_for_it(wanted: list[str], open_: list[str]) -> None:
    one = case(INCLUSIVE, INCLUSIVE_FLOWS).complete("plan", wanted=wanted)
    assert one.open == open_
    for name in open_:
        assert "sign" not in one.open
        one.complete(name)
    assert one.open == ["sign"]


def test_an_inclusive_join_waits_again_in_every_round() -> None:
    one = case(INCLUSIVE, INCLUSIVE_FLOWS)
    for order in permutations(["a", "b"]):
        one.complete("plan", wanted=["a", "b"]).complete(order[0])
        assert one.open == [order[1]]
        one.complete(order[1]).complete("sign", again=True)
    assert one.open == ["plan"]


def test_a_process_with_several_ends_waits_for_all_and_forgets_nothing() -> None:
    body = ends("e1", "e2") + gateway("parallel", "f") + user("a") + user("b")
    one = case(body, "s > f; f > a; f > b; a > e1; b > e2", a=None, b=None)
    assert not one.complete("a", a=1).step.finished
    assert one.complete("b", b=2).step.finished
    assert one.step.data == {"a": 1, "b": 2}


def test_two_tokens_through_one_end_both_count() -> None:
    body = ends() + gateway("parallel", "f") + user("a") + user("b") + gateway("exclusive", "m")
    one = case(body, "s > f; f > a; f > b; a > m; b > m; m > e", a=None, b=None)
    assert not one.complete("a", a=1).step.finished
    assert one.complete("b", b=2).step.finished
    assert one.step.data == {"a": 1, "b": 2}


def test_a_sub_process_with_parallel_ends_hands_out_what_both_know() -> None:
    inside = (
        node("startEvent", "is")
        + gateway("parallel", "f")
        + user("a")
        + user("b")
        + node("endEvent", "i1")
        + node("endEvent", "i2")
        + wires("is > f; f > a; f > b; a > i1; b > i2")
    )
    one = case(ends() + node("subProcess", "inner", inside), "s > inner; inner > e", a=None, b=None)
    one.complete("b", b=2).complete("a", a=1)
    assert (one.step.finished, one.step.data) == (True, {"a": 1, "b": 2})


def test_a_branch_with_a_reminder_joins_once() -> None:
    body = REVIEW + boundary("late", "legal", timer("P1D"), cancels=False) + user("remind") + node("endEvent", "e2")
    one = case(body, REVIEW_FLOWS + "; late > remind; remind > e2").complete("draft")
    one.complete("finance").complete("legal").complete("sign", again=False)
    assert one.step.finished


@pytest.mark.parametrize("order", list(permutations(["a", "b", "c"])))
def test_nested_branches_merge_whatever_the_order(order: tuple[str, ...]) -> None:
    body = (
        ends()
        + gateway("parallel", "f1")
        + gateway("parallel", "f2")
        + user("a")
        + user("b")
        + user("c")
        + gateway("parallel", "j2")
        + gateway("parallel", "j1")
        + user("last")
    )
    flows = "s > f1; f1 > f2; f1 > c; f2 > a; f2 > b; a > j2; b > j2; j2 > j1; c > j1; j1 > last; last > e"
    one: Case = case(body, flows, a=0, b=0, c=0)
    for name in order:
        one.complete(name, **{name: 1})
    assert one.complete("last").step.data == {"a": 1, "b": 1, "c": 1}


def test_what_was_known_before_an_inner_split_does_not_come_back() -> None:
    body = ends() + gateway("parallel", "f1") + user("plan") + gateway("parallel", "f2") + user("a") + user("b")
    body += user("c") + gateway("parallel", "j") + user("last")
    one = case(
        body, "s > f1; f1 > plan; f1 > c; plan > f2; f2 > a; f2 > b; a > j; b > j; c > j; j > last; last > e", x=0
    )
    one.complete("plan", x=1).complete("a", x=2).complete("c").complete("b").complete("last")
    assert one.step.data == {"x": 2}


CROSSING = (
    ends()
    + gateway("exclusive", "m")
    + gateway("parallel", "f1")
    + user("plan")
    + user("other")
    + gateway("parallel", "f2")
    + user("a")
    + user("b")
    + gateway("parallel", "j1")
    + gateway("parallel", "j2")
    + user("last")
    + gateway("exclusive", "g", "e")
)
CROSSING_FLOWS = (
    "s > m; m > f1; f1 > plan; f1 > other; plan > f2; f2 > a; f2 > b; a > j1; other > j1; j1 > j2; b > j2; j2 > last;"
    "last > g; g > m if again; g > e else"
)


@pytest.mark.parametrize("order", list(permutations(("a", "b", "other"))))
def test_a_value_from_before_a_split_does_not_come_back_over_a_join_across_branches(order: tuple[str, ...]) -> None:
    one = case(CROSSING, CROSSING_FLOWS, x=0)
    one.complete("plan", x=1)
    for name in order:
        one.complete(name, **({"x": 2} if name == "a" else {}))
    assert one.complete("last", again=False).step.data == {"x": 2, "again": False}


def test_what_joins_remember_of_other_branches_does_not_pile_up() -> None:
    one, sizes = case(CROSSING, CROSSING_FLOWS, x=0), []
    for number in range(1_000, 1_030):
        one.complete("plan", x=number).complete("a").complete("other")
        sizes.append(len(one.step.state))
        one.complete("b").complete("last", again=True)
    assert max(sizes[1:]) - min(sizes[1:]) < 20


def test_long_branches_in_a_second_round_do_not_bring_the_first_round_back() -> None:
    body = ends() + user("draft") + gateway("parallel", "f") + user("a1") + user("a2") + user("b1") + user("b2")
    body += gateway("parallel", "j") + gateway("exclusive", "g", "e")
    flows = (
        "s > draft; draft > f; f > a1; a1 > a2; a2 > j; f > b1; b1 > b2; b2 > j; j > g; g > draft if again; g > e else"
    )
    one = case(body, flows)
    for number in (1, 2, 3):
        one.complete("draft", again=number < 3).complete("a1", a=number).complete("b1", b=number)
        one.complete("a2").complete("b2")
    assert one.step.data == {"again": False, "a": 3, "b": 3}


def test_merging_takes_mappings_apart_and_leaves_the_sources_alone() -> None:
    base = {"doc": {"a": 1, "b": 1}, "gone": 1}
    left = {"doc": {"a": 2, "b": 1}}
    right = {"doc": {"a": 1, "b": 1, "c": 3}, "gone": 1}
    assert merge(base, [left, right]) == {"doc": {"a": 2, "b": 1, "c": 3}}
    assert base == {"doc": {"a": 1, "b": 1}, "gone": 1}


def test_merging_tells_true_from_one() -> None:
    assert merge({"x": 1}, [{"x": True}, {"x": 1}])["x"] is True


@pytest.mark.parametrize("flows", ["s > a; a > e; t > f", "s > a; a > b; b > e; t > f"])
def test_a_way_out_of_an_activity_that_ends_at_once_ends_the_case(flows: str) -> None:
    body = ends("e", "f") + user("a") + (user("b") if "b > e" in flows else "") + boundary("t", "a", timer("P1D"))
    one = case(body, flows)
    assert one.at(one.step.timers[0].due).step.finished


@pytest.mark.parametrize("kind", ["inclusive", "parallel"])
def test_an_inclusive_join_waits_for_others_when_one_token_comes_straight_from_where_they_parted(kind: str) -> None:
    body = ends() + gateway(kind, "g") + user("a") + user("c") + gateway("inclusive", "j") + user("b")
    flows = "s > g; g > j if x; g > a if x; g > c if y; a > j; c > j; j > b; b > e"
    flows = flows if kind == "inclusive" else flows.replace(" if x", "").replace(" if y", "")
    one = case(body, flows, later, x=True, y=True)
    assert one.open == ["a", "c"]
    assert one.complete("c").complete("a").complete("b").step.finished
