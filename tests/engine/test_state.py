"""What is kept of a case between two steps: little, exact, and readable tomorrow."""

import copy
import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine import runtime
from app.kernel import clock
from app.kernel.errors import Conflict, TooLarge
from tests.engine.diagrams import (
    Case,
    at_once,
    boundary,
    case,
    document,
    ends,
    gateway,
    later,
    node,
    service,
    timer,
    user,
    wires,
)

LOOP = (
    ends()
    + user("draft")
    + gateway("parallel", "f")
    + user("legal")
    + user("finance")
    + gateway("parallel", "j")
    + service("check", "checked")
    + gateway("exclusive", "g", "e")
)
LOOP_FLOWS = (
    "s > draft; draft > f; f > legal; f > finance; legal > j; finance > j; j > check; check > g; g > draft if again;"
    "g > e else"
)


def _round(one: Case, number: int, *, again: bool) -> None:
    one.complete("draft", again=again).complete("legal", legal=number).complete("finance", finance=number)
    one.answer("check", round=number)


def test_the_state_stays_as_small_as_it_was_over_200_rounds() -> None:
    one = case(LOOP, LOOP_FLOWS)
    sizes = []
    for number in range(1_000, 1_200):
        _round(one, number, again=True)
        sizes.append(len(one.step.state))
    assert max(sizes) - min(sizes) < 20
    assert max(sizes) < 1_500
    _round(one, 1_200, again=False)
    assert one.step.finished
    assert one.step.data == {"again": False, "legal": 1200, "finance": 1200, "checked": {"round": 1200}}


def test_a_reminder_in_every_round_does_not_fill_the_state() -> None:
    body = ends("e", "e2") + user("a") + boundary("t", "a", timer("P1D"), cancels=False) + service("remind")
    body += gateway("exclusive", "g", "e")
    one = case(body, "s > a; a > g; g > a if again; g > e else; t > remind; remind > e2", at_once)
    sizes = []
    for _ in range(50):
        one.at(one.step.timers[0].due).complete("a", again=True)
        sizes.append(len(one.step.state))
    assert max(sizes) - min(sizes) < 20
    assert one.complete("a", again=False).step.finished


def test_the_state_holds_no_diagram() -> None:
    body = ends() + node("userTask", "a", name="Soạn thảo công văn")
    assert "Soạn" not in case(body, "s > a; a > e").step.state.decode()


def test_a_state_read_and_kept_again_is_the_same() -> None:
    one = case(LOOP, LOOP_FLOWS, later, doc={"lines": [1, {"a": None}], "draft": True}).complete("draft")
    one.complete("legal", legal=1)
    still = runtime.fire_timers(one.definition, one.step.state, clock.now(), later)
    assert json.loads(still.state) == json.loads(one.step.state)
    assert still.human_tasks == one.step.human_tasks


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from("abcd"), _JSON, max_size=4),
    st.dictionaries(st.sampled_from("abcd"), _JSON, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_data_come_out_exactly_as_they_went_in(first: dict[str, object], second: dict[str, object]) -> None:
    one = case(ends() + user("a") + user("b") + user("c"), "s > a; a > b; b > c; c > e", later, **copy.deepcopy(first))
    one.complete("a", **copy.deepcopy(second)).complete("b").complete("c")
    assert json.dumps(one.step.data, sort_keys=True) == json.dumps(first | second, sort_keys=True)


def test_true_does_not_become_one_on_the_way() -> None:
    one = case(ends() + user("a") + user("b"), "s > a; a > b; b > e", later, x=1, deep=[1])
    one.complete("a", x=True, deep=[True]).complete("b")
    assert (one.step.data["x"], one.step.data["deep"]) == (True, [True])
    assert one.step.data["x"] is True
    assert one.step.data["deep"][0] is True


def test_a_branch_that_edits_a_list_does_not_edit_its_neighbour_s() -> None:
    body = ends() + gateway("parallel", "f") + user("a") + user("b") + gateway("parallel", "j") + user("c")
    one = case(body, "s > f; f > a; f > b; a > j; b > j; j > c; c > e", later, lines=[1, 2])
    one.complete("a", lines=[1, 2, 3]).complete("b").complete("c")
    assert one.step.data["lines"] == [1, 2, 3]


def test_a_state_of_another_diagram_is_refused() -> None:
    one = case(ends() + user("a"), "s > a; a > e")
    changed = runtime.parse(document(ends() + user("b"), "s > b; b > e"), "p")
    with pytest.raises(Conflict, match=r"engine\.state"):
        runtime.complete(changed, one.step.state, one.task("a"), {}, later)
    other = runtime.parse(document(ends() + user("a"), "s > a; a > e", name="q"), "q")
    with pytest.raises(Conflict, match=r"engine\.state"):
        runtime.complete(other, one.step.state, one.task("a"), {}, later)


def test_a_state_of_another_format_is_refused() -> None:
    one = case(ends() + user("a"), "s > a; a > e")
    newer = one.step.state.replace(b'"format":2', b'"format":9')
    with pytest.raises(Conflict, match=r"engine\.state"):
        runtime.complete(one.definition, newer, one.task("a"), {}, later)


def test_a_case_may_not_carry_a_library_with_it() -> None:
    one = case(ends() + user("a") + user("b"), "s > a; a > b; b > e")
    with pytest.raises(TooLarge, match=r"engine\.state"):
        one.complete("a", text="x" * 2_100_000)


def test_a_step_that_failed_leaves_the_state_usable() -> None:
    one = case(LOOP, LOOP_FLOWS)
    before = one.step.state
    with pytest.raises(TooLarge):
        one.complete("draft", text="x" * 2_100_000)
    assert one.step.state == before
    assert one.complete("draft", again=False).open == ["finance", "legal"]


def test_one_definition_serves_many_cases_at_once() -> None:
    definition = runtime.parse(document(LOOP, LOOP_FLOWS), "p")
    done: list[dict[str, object]] = []

    def run(mark: int) -> None:
        one = Case(definition, later, mark=mark)
        for number in range(5):
            _round(one, number, again=number < 4)
        done.append(one.step.data)

    threads = [threading.Thread(target=run, args=(mark,)) for mark in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(data["mark"]) for data in done) == ["0", "1", "2", "3"]
    assert all(data["finance"] == 4 for data in done)


def test_running_a_case_does_not_change_its_definition() -> None:
    inside = node("startEvent", "is") + user("x") + node("endEvent", "ie") + wires("is > x; x > ie")
    body = LOOP + node("subProcess", "inner", inside)
    definition = runtime.parse(
        document(body, LOOP_FLOWS.replace("g > e else", "g > inner else; inner > e").replace("'e'", "")).replace(
            b'default="g_to_e"', b'default="g_to_inner"'
        ),
        "p",
    )
    before = {name: (spec._inputs.copy(), spec._outputs.copy()) for name, spec in definition.spec.task_specs.items()}
    one = Case(definition, later)
    _round(one, 1, again=True)
    _round(one, 2, again=False)
    one.complete("x")
    assert one.step.finished
    assert before == {name: (spec._inputs, spec._outputs) for name, spec in definition.spec.task_specs.items()}
