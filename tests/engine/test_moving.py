"""A person moves a token: where it may stand, what goes with it, and that joins still find it."""

from typing import Any

import pytest

from app.engine import runtime
from app.kernel.errors import Conflict
from tests.engine.diagrams import (
    Case,
    at_once,
    boundary,
    case,
    condition,
    ends,
    gateway,
    handler,
    inner,
    instances,
    message,
    node,
    numbered,
    service,
    signal,
    timer,
    user,
)

TWO = ends() + user("a") + gateway("parallel", "f") + user("b") + user("c") + user("d") + gateway("parallel", "j")
TWO += user("z")
TWO_FLOWS = "s > a; a > f; f > b; b > d; f > c; d > j; c > j; j > z; z > e"


def _move(one: Case, key: str, target: str, **data: Any) -> Case:
    task_id = next(token.task_id for token in runtime.standing(one.definition, one.step.state) if token.node == key)
    one.step = runtime.move(one.definition, one.step.state, task_id, target, one.operations, data)
    return one


def _near(one: Case, key: str) -> tuple[str, ...]:
    task_id = next(token.task_id for token in runtime.standing(one.definition, one.step.state) if token.node == key)
    return runtime.reachable(one.definition, one.step.state, task_id)


def _retract(one: Case, keys: list[str], target: str) -> Case:
    task_ids = [one.task(key) for key in keys]
    one.step = runtime.retract(one.definition, one.step.state, task_ids, target, one.operations)
    return one


def test_a_token_goes_back_knowing_what_was_told_and_something_more() -> None:
    one = case(ends() + user("a") + user("b"), "s > a; a > b; b > e").complete("a", told=1)
    _move(one, "b", "a", reason="wrong")
    assert (one.open, one.step.data, one.step.entered) == (["a"], {"told": 1, "reason": "wrong"}, ())
    assert one.complete("a", told=2).complete("b").step.data == {"told": 2, "reason": "wrong"}


def test_a_token_moves_only_within_its_branch_while_the_other_is_open() -> None:
    one = case(TWO, TWO_FLOWS).complete("a")
    assert (_near(one, "b"), _near(one, "c")) == (("b", "d"), ("c",))
    with pytest.raises(Conflict, match=r"engine\.move") as refused:
        _move(one, "b", "z")
    assert refused.value.data == {"node": "z", "reason": "far"}


def test_a_join_still_waits_for_the_branch_whose_token_was_moved() -> None:
    one = case(TWO, TWO_FLOWS).complete("a").complete("b", first=1)
    _move(one, "d", "b").complete("c", other=2)
    assert one.open == ["b"]
    one.complete("b", first=3).complete("d")
    assert (one.open, one.step.data) == (["z"], {"first": 3, "other": 2})


def test_the_only_token_may_step_over_a_whole_block_but_not_into_it() -> None:
    one = case(TWO, TWO_FLOWS)
    assert _near(one, "a") == ("a", "e", "f", "z")
    _move(one, "a", "z")
    assert one.open == ["z"]
    assert _move(one, "z", "f").open == ["b", "c"]


def test_a_task_that_is_done_cannot_be_moved() -> None:
    one = case(TWO, TWO_FLOWS)
    gone = one.task("a")
    one.complete("a")
    with pytest.raises(Conflict) as refused:
        runtime.move(one.definition, one.step.state, gone, "z", one.operations)
    assert refused.value.data["reason"] == "gone"


def test_what_hangs_at_the_edge_goes_with_the_token_and_what_it_began_stays() -> None:
    body = ends("e", "e2") + user("a") + user("b") + user("late")
    body += boundary("t", "b", timer("P1D"), cancels=False) + boundary("u", "b", timer("P2D"))
    one = case(body, "s > a; a > b; b > e; t > late; late > e2; u > e").complete("a")
    one.at(min(due.due for due in one.step.timers))
    assert one.open == ["b", "late"]
    _move(one, "b", "a")
    assert (one.open, one.step.timers) == (["a", "late"], ())
    one.complete("a")
    assert len(one.step.timers) == 2
    assert one.complete("b").complete("late").step.finished


def test_a_waiting_operation_and_an_awaited_message_can_be_left() -> None:
    wait = node("intermediateCatchEvent", "w", message("m1"))
    one = case(ends() + user("a") + service("k") + wait, "s > a; a > k; k > w; w > e").complete("a")
    _move(one, "k", "w")
    assert (one.asked, one.awaited) == ([], ["w"])
    assert _move(one, "w", "a").open == ["a"]
    assert one.awaited == []


def test_events_that_race_are_left_together() -> None:
    events = node("intermediateCatchEvent", "w", message("m1")) + node("intermediateCatchEvent", "t", timer("P1D"))
    body = ends() + user("a") + node("eventBasedGateway", "g") + events
    one = case(body, "s > a; a > g; g > w; g > t; w > e; t > e").complete("a")
    assert _near(one, "w") == ("a", "e", "g")
    _move(one, "w", "a")
    assert (one.open, one.awaited, one.step.timers) == (["a"], [], ())


def test_a_sub_process_is_left_as_a_whole_and_its_inside_stays_inside() -> None:
    body = ends() + user("a") + inner("sub", user("x") + user("y"), "subs > x; x > y; y > sube") + user("z")
    one = case(body, "s > a; a > sub; sub > z; z > e").complete("a")
    around = {token.node: token for token in runtime.standing(one.definition, one.step.state)}
    assert around["x"].inside == around["sub"].task_id
    assert _near(one, "x") == ("sube", "x", "y")
    _move(one, "sub", "a")
    assert one.open == ["a"]
    assert one.complete("a").complete("x").complete("y").open == ["z"]


def test_all_instances_are_left_together_and_leave_nothing_behind() -> None:
    each = user("b", inside=instances("people", "person", "results", "result"))
    one = case(ends() + user("a") + each, "s > a; a > b; b > e", people=["p", "q"]).complete("a")
    one.complete("b", result=1)
    _move(one, "b", "a")
    assert (one.open, one.step.data) == (["a"], {"people": ["p", "q"]})
    assert one.complete("a").complete("b", result=2).complete("b", result=3).step.data["results"] == [2, 3]


def test_no_token_moves_into_an_event_sub_process_or_out_of_it() -> None:
    body = ends() + user("a") + user("b") + handler("h", message("m1"), user("x"))
    one = case(body, "s > a; a > b; b > e").deliver("reply")
    assert (_near(one, "x"), _near(one, "h")) == (("he", "x"), ("h",))


def test_a_token_moved_to_the_end_ends_its_branch() -> None:
    assert _move(case(TWO, TWO_FLOWS), "a", "e").step.finished


def test_what_a_step_opened_is_taken_back_as_one_token() -> None:
    one = case(TWO, TWO_FLOWS).complete("a", told=1)
    _retract(one, ["b", "c"], "a")
    assert (one.open, one.step.data) == (["a"], {"told": 1})
    one.complete("a").complete("b").complete("c").complete("d")
    assert one.open == ["z"]


def test_a_branch_that_went_by_itself_to_the_join_is_taken_back_with_the_others() -> None:
    body = ends() + user("a") + gateway("parallel", "f") + user("b") + service("k") + gateway("parallel", "j")
    one = case(body, "s > a; a > f; f > b; f > k; b > j; k > j; j > e", at_once).complete("a")
    _retract(one, ["b"], "a")
    assert one.open == ["a"]
    assert one.complete("a").complete("b").step.finished


def test_nothing_is_taken_back_over_the_work_of_others() -> None:
    one = case(TWO, TWO_FLOWS).complete("a")
    with pytest.raises(Conflict) as refused:
        _retract(one, ["b"], "a")
    assert refused.value.data["reason"] == "shared"
    one.complete("b").complete("c").complete("d")
    with pytest.raises(Conflict) as refused:
        _retract(one, ["z"], "d")
    assert refused.value.data["reason"] == "far"


def test_a_step_that_waits_at_a_join_is_taken_back_by_its_own_name() -> None:
    one = case(TWO, TWO_FLOWS).complete("a")
    done = one.task("c")
    one.complete("c", opinion="no")
    one.step = runtime.retract(one.definition, one.step.state, [done], "c", one.operations)
    assert one.open == ["b", "c"]
    one.complete("c", opinion="yes").complete("b").complete("d")
    assert one.step.data == {"opinion": "yes"}


def test_a_sub_process_that_has_only_just_begun_is_taken_back() -> None:
    body = ends() + user("a") + inner("sub", user("x"), "subs > x; x > sube")
    one = case(body, "s > a; a > sub; sub > e").complete("a")
    assert _retract(one, ["x"], "a").open == ["a"]


def test_several_instances_are_not_begun_anew_by_taking_one_step_back() -> None:
    each = user("b", inside=numbered("2"))
    one = case(ends() + each + user("c"), "s > b; b > c; c > e").complete("b").complete("b")
    with pytest.raises(Conflict) as refused:
        _retract(one, ["c"], "b")
    assert refused.value.data["reason"] == "instances"


def test_what_is_amended_is_known_everywhere_and_is_nobodys_change() -> None:
    one = case(TWO, TWO_FLOWS, wrong=1, gone=2).complete("a").complete("b", wrong=5)
    one.step = runtime.amend(one.definition, one.step.state, {"wrong": 3, "new": 4}, one.operations, ["gone"])
    assert one.open == ["c", "d"]
    one.complete("c", wrong=7).complete("d")
    assert one.step.data == {"wrong": 7, "new": 4}


def test_an_amended_name_lets_a_condition_come_true() -> None:
    body = ends() + user("a") + boundary("w", "a", condition("paid")) + user("b")
    one = case(body, "s > a; a > e; w > b; b > e", paid=False)
    one.step = runtime.amend(one.definition, one.step.state, {"paid": True}, one.operations)
    assert one.open == ["b"]


def test_what_running_instances_are_counted_by_cannot_be_amended() -> None:
    each = user("b", inside=instances("people", "person", "results", "result"))
    one = case(ends() + each, "s > b; b > e", people=["p", "q"])
    with pytest.raises(Conflict, match=r"engine\.amend") as refused:
        runtime.amend(one.definition, one.step.state, {"people": []}, one.operations)
    assert refused.value.data == {"node": "b", "name": "people"}


def test_what_a_step_set_going_beside_the_process_since_a_join_cannot_be_taken_back() -> None:
    body = ends() + gateway("parallel", "f") + user("a") + user("b") + gateway("parallel", "j") + user("c")
    body += boundary("x", "a", message("m1"), cancels=False) + boundary("y", "b", message("m2"), cancels=False)
    body += node("intermediateThrowEvent", "t", signal("sig1")) + user("d") + user("noted")
    body += handler("h", signal("sig1"), user("r"), interrupts=False)
    flows = "s > f; f > a; f > b; a > j; b > j; j > c; c > t; t > d; d > e; x > noted; y > noted; noted > e"
    one = case(body, flows).deliver("reply").deliver("cancel").complete("a").complete("b").complete("c")
    with pytest.raises(Conflict, match=r"engine\.move"):
        _retract(one, ["d", "r"], "c")
