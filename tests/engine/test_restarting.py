"""A case that has ended begins again at a step, knowing what it knew."""

import pytest

from app.engine import runtime
from app.kernel.errors import Conflict, Invalid
from tests.engine.diagrams import Case, boundary, case, ends, handler, inner, later, service, signal, timer, user

BODY = ends() + user("a") + service("k") + user("b") + boundary("t", "b", timer("P1D"), cancels=False) + user("r")
BODY += handler("h", signal("sig1"), user("v"), interrupts=False)
FLOWS = "s > a; a > k; k > b; b > e; t > r; r > e"


def _ended() -> Case:
    one = case(BODY, FLOWS, later, n=1).complete("a", m=2).answer("k").complete("b", n=3)
    assert one.step.finished
    return one


def test_a_case_begins_again_at_a_step_with_what_it_knew() -> None:
    one = _ended()
    one.step = runtime.restart(one.definition, one.step.state, "b")
    assert (one.open, one.asked) == (["b"], [])
    assert [timer.node for timer in one.step.timers] == ["t"]
    assert one.hear("storm").open == ["b", "v"]
    assert one.complete("v").complete("b", m=4).step.finished
    assert one.step.data == {"n": 3, "m": 4}


def test_only_a_case_that_has_ended_begins_again_and_only_at_a_step_of_a_person() -> None:
    one = case(BODY, FLOWS, later)
    with pytest.raises(Conflict, match=r"engine\.not_ended"):
        runtime.restart(one.definition, one.step.state, "a")
    ended = _ended()
    assert set(runtime.steps(ended.definition)) == {"a", "b", "r"}
    for node in ("k", "v", "nowhere"):
        with pytest.raises(Invalid, match=r"engine\.restart"):
            runtime.restart(ended.definition, ended.step.state, node)


def test_a_step_inside_a_sub_process_is_no_place_to_begin_again() -> None:
    one = case(ends() + inner("sub", user("u"), "subs > u; u > sube"), "s > sub; sub > e").complete("u")
    assert runtime.steps(one.definition) == ()
