"""Moving a case to another diagram: what stays, what is refused by name, and what is watched for from then on."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from app.engine import runtime
from app.engine.runtime import Definition, Migration
from app.kernel import clock
from app.kernel.errors import Conflict, Invalid
from tests.engine.diagrams import (
    NAMES,
    Case,
    boundary,
    case,
    condition,
    document,
    ends,
    gateway,
    handler,
    inner,
    instances,
    later,
    loop,
    message,
    node,
    numbered,
    said,
    service,
    signal,
    timer,
    user,
)

NONE: Mapping[str, str] = {}


def _definition(body: str, flows: str) -> Definition:
    return runtime.parse(document(body, flows, beside=NAMES), "p")


def _move(one: Case, body: str, flows: str, choices: Mapping[str, str] = NONE, **known: Any) -> Case:
    """The case on another diagram."""
    new = _definition(body, flows)
    migration = Migration(one.definition, new, runtime.propose(one.definition, new, choices))
    one.step = migration.move(one.step.state, known)
    one.definition = new
    return one


def _refused(one: Case, body: str, flows: str, choices: Mapping[str, str] = NONE) -> tuple[str, Any]:
    """Why a case cannot be moved, and where."""
    before = one.step.state
    with pytest.raises(Invalid) as refusal:
        _move(one, body, flows, choices)
    assert one.step.state == before
    return refusal.value.code, refusal.value.data.get("node")


def test_a_step_before_and_a_step_after_are_inserted_around_an_open_one() -> None:
    one = case(ends() + user("a"), "s > a; a > e", n=1)
    task = one.task("a")
    _move(one, ends() + user("x") + user("a") + user("y"), "s > x; x > a; a > y; y > e")
    assert one.task("a") == task
    assert one.complete("a", m=2).open == ["y"]
    assert one.complete("y").step.data == {"n": 1, "m": 2}


def test_a_step_of_another_id_is_found_by_its_name_or_form_when_there_is_only_one() -> None:
    old = ends() + node("userTask", "a", name="Soạn thảo") + user("b", 'form="opinion"')
    new = ends() + node("userTask", "draft", name="Soạn thảo") + user("advise", 'form="opinion"')
    before, after = _definition(old, "s > a; a > b; b > e"), _definition(new, "s > draft; draft > advise; advise > e")
    found = {one.node: (one.to, one.how) for one in runtime.propose(before, after).matches}
    assert found["a"] == ("draft", "name")
    assert found["b"] == ("advise", "form")
    assert found["s"] == ("s", "id")
    one = _move(case(old, "s > a; a > b; b > e"), new, "s > draft; draft > advise; advise > e")
    assert one.complete("draft").complete("advise").step.finished


def test_two_steps_of_one_name_are_not_guessed() -> None:
    old = ends() + node("userTask", "a", name="Xem") + node("userTask", "b", name="Xem")
    new = ends() + node("userTask", "x", name="Xem")
    found = runtime.propose(_definition(old, "s > a; a > b; b > e"), _definition(new, "s > x; x > e"))
    assert {one.to for one in found.matches if one.node in {"a", "b"}} == {None}


def test_a_removed_step_holds_its_cases_until_somebody_says_where_they_go() -> None:
    old, flows = ends() + user("a") + user("b"), "s > a; a > b; b > e"
    one = case(old, flows)
    assert _refused(one, ends() + user("b"), "s > b; b > e") == ("migration.removed_step", "a")
    task = one.task("a")
    _move(one, ends() + user("b"), "s > b; b > e", {"p/a": "b"})
    assert (one.open, one.task("b")) == (["b"], task)
    assert one.complete("b").step.finished


@pytest.mark.parametrize(
    ("choices", "code"),
    [({"p/nothing": "b"}, "migration.choice"), ({"p/a": "gone"}, "migration.choice"), ({"p/a": "k"}, "migration.kind")],
)
def test_a_choice_that_makes_no_sense_is_refused_before_anything_moves(choices: dict[str, str], code: str) -> None:
    one = case(ends() + user("a"), "s > a; a > e")
    assert _refused(one, ends() + user("b") + service("k"), "s > b; b > k; k > e", choices)[0] == code


def test_a_step_that_is_something_else_now_is_refused() -> None:
    one = case(ends() + user("a"), "s > a; a > e")
    assert _refused(one, ends() + service("a"), "s > a; a > e") == ("migration.removed_step", "a")


def test_a_waiting_operation_moves_with_its_id_and_is_refused_as_another_operation() -> None:
    one = case(ends() + service("k"), "s > k; k > e")
    assert _refused(one, ends() + service("k").replace("test.k", "test.other"), "s > k; k > e") == (
        "migration.removed_step",
        "k",
    )
    call = one.call("k")
    _move(one, ends() + service("k", "told") + user("a"), "s > k; k > a; a > e")
    assert one.call("k") == call
    assert one.answer("k", x=1).open == ["a"]
    assert one.complete("a").step.data == {"told": {"x": 1}}


JOIN = ends() + gateway("parallel", "g") + gateway("parallel", "j") + user("a") + user("b") + user("c")
JOIN_FLOWS = "s > g; g > a; g > b; a > j; b > j; j > c; c > e"


def test_a_token_that_waits_at_a_join_waits_there_in_the_new_diagram() -> None:
    one = case(JOIN, JOIN_FLOWS).complete("a", a=1)
    _move(one, JOIN + user("b2"), "s > g; g > a; g > b; a > j; b > b2; b2 > j; j > c; c > e")
    assert one.complete("b", b=2).open == ["b2"]
    assert one.complete("b2").open == ["c"]
    assert one.complete("c").step.data == {"a": 1, "b": 2}


def test_a_token_at_a_join_is_refused_when_its_way_leads_elsewhere() -> None:
    one = case(JOIN, JOIN_FLOWS).complete("a")
    flows = "s > g; g > a; g > b; a > x; x > j; b > j; j > c; c > e"
    assert _refused(one, JOIN + user("x"), flows) == ("migration.join", "j")


def test_an_event_attached_to_the_step_before_does_not_change_the_way_into_a_join() -> None:
    one = case(JOIN, JOIN_FLOWS).complete("a")
    _move(one, JOIN + boundary("t", "a", timer("P1D")), JOIN_FLOWS + "; t > c")
    assert one.complete("b").open == ["c"]


def test_a_join_that_would_wait_for_a_branch_nobody_opened_is_refused() -> None:
    one = case(JOIN, JOIN_FLOWS)
    flows = JOIN_FLOWS + "; g > x; x > j"
    assert _refused(one, JOIN + user("x"), flows) == ("migration.join", "j")
    earlier = case(ends() + user("first") + JOIN.removeprefix(ends()), "s > first; first > g;" + JOIN_FLOWS[7:])
    _move(earlier, ends() + user("first") + JOIN.removeprefix(ends()) + user("x"), "s > first; first > g;" + flows[7:])
    assert earlier.complete("first").open == ["a", "b", "x"]


def test_a_join_that_would_open_by_itself_is_refused() -> None:
    one = case(JOIN, JOIN_FLOWS).complete("a")
    body = ends() + gateway("parallel", "g") + gateway("parallel", "j") + user("a") + user("b") + user("c")
    flows = "s > g; g > a; g > b; a > j; b > c; j > c; c > e"
    assert _refused(one, body, flows) == ("migration.join", "j")


def test_a_complex_gateway_remembers_what_it_has_taken() -> None:
    enough = node("complexGateway", "j", "<bpmn:activationCondition>activationCount == 2</bpmn:activationCondition>")
    body = ends() + gateway("parallel", "g") + user("a") + user("b") + user("c") + enough + user("d")
    flows = "s > g; g > a; g > b; g > c; a > j; b > j; c > j; j > d; d > e"
    one = case(body, flows).complete("a").complete("b")
    assert one.open == ["c", "d"]
    gone = ends() + gateway("parallel", "g") + user("b") + user("c") + enough + user("d")
    less = "s > g; g > b; g > c; b > j; c > j; j > d; d > e"
    assert _refused(one, gone, less) == ("migration.join", "j")
    _move(
        one,
        body.replace('id="j"', 'id="k"') + user("d2"),
        flows.replace("j", "k").replace("d > e", "d > d2; d2 > e"),
        {"p/j": "k"},
    )
    assert one.complete("c").complete("d").open == ["d2"]
    assert one.complete("d2").step.finished


def test_two_open_steps_cannot_become_one() -> None:
    one = case(JOIN, JOIN_FLOWS)
    body = ends() + gateway("parallel", "g") + gateway("parallel", "j") + user("a") + user("x") + user("c")
    flows = "s > g; g > a; g > x; a > j; x > j; j > c; c > e"
    assert _refused(one, body, flows, {"p/b": "a"})[0] == "migration.merged"


@pytest.mark.parametrize("in_turn", [False, True])
def test_instances_go_on_with_what_is_done_and_what_is_open(in_turn: bool) -> None:
    each = instances("people", "person", "opinions", "opinion", in_turn=in_turn)
    one = case(ends() + user("l", 'post="person"', each), "s > l; l > e", people=["x", "y", "z"])
    one.complete("l", opinion="1")
    ids = {task.id for task in one.step.human_tasks}
    until = instances("people", "person", "opinions", "opinion", in_turn=in_turn, until="len(opinions) >= 3")
    _move(one, ends() + user("l", 'post="person"', until) + user("a"), "s > l; l > a; a > e")
    assert {task.id for task in one.step.human_tasks} == ids
    one.complete("l", opinion="2").complete("l", opinion="3")
    assert one.open == ["a"]
    assert one.complete("a").step.data["opinions"] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "inside",
    [
        "",
        numbered("3"),
        instances("others", "person", "opinions", "opinion"),
        instances("people", "person", "opinions", "opinion", in_turn=True),
        loop("loopCounter < 3"),
    ],
)
def test_instances_that_are_counted_or_named_otherwise_are_refused(inside: str) -> None:
    each = instances("people", "person", "opinions", "opinion")
    one = case(ends() + user("l", "", each), "s > l; l > e", people=["x", "y"])
    assert _refused(one, ends() + user("l", "", inside), "s > l; l > e")[0] == "migration.removed_step"


def test_a_loop_goes_on_in_its_round() -> None:
    one = case(ends() + user("a", inside=loop("loopCounter < 3")), "s > a; a > e").complete("a")
    _move(one, ends() + user("a", inside=loop("loopCounter < 2")) + user("b"), "s > a; a > b; b > e")
    assert one.complete("a").open == ["b"]


def test_what_is_open_inside_a_sub_process_moves_with_it() -> None:
    old = ends() + inner("sub", user("u"), "subs > u; u > sube")
    one = case(old, "s > sub; sub > e", n=1)
    task = one.task("u")
    new = ends() + inner("sub", user("u") + user("v"), "subs > u; u > v; v > sube") + user("w")
    _move(one, new, "s > sub; sub > w; w > e")
    assert one.task("u") == task
    assert one.complete("u").complete("v").complete("w").step.data == {"n": 1}


def test_a_sub_process_that_is_gone_or_drawn_around_an_open_step_is_refused() -> None:
    inside = ends() + inner("sub", user("u"), "subs > u; u > sube")
    assert _refused(case(inside, "s > sub; sub > e"), ends() + user("u"), "s > u; u > e")[0] == "migration.removed_step"
    flat = case(ends() + user("u"), "s > u; u > e")
    assert _refused(flat, inside, "s > sub; sub > e") == ("migration.removed_step", "u")


def test_a_timer_keeps_its_moment_unless_its_text_is_another() -> None:
    body, flows = ends() + user("a") + boundary("t", "a", timer("P3D")) + user("b"), "s > a; a > b; t > b; b > e"
    one = case(body, flows)
    due = one.step.timers[0].due
    _move(one, body + user("c"), "s > a; a > b; t > b; b > c; c > e")
    assert [timer.due for timer in one.step.timers] == [due]
    _move(one, body.replace("P3D", "P1D"), flows)
    assert timedelta(hours=23) < one.step.timers[0].due - clock.now() <= timedelta(days=1)
    assert one.at(one.step.timers[0].due).open == ["b"]


def test_a_timer_that_is_due_at_once_fires_only_when_the_clock_comes() -> None:
    one = case(ends() + user("a"), "s > a; a > e")
    body = ends() + user("a") + boundary("t", "a", timer("2020-01-01T00:00:00Z", "timeDate")) + user("b")
    _move(one, body, "s > a; a > e; t > b; b > e")
    assert one.open == ["a"]
    assert one.at(clock.now()).open == ["b"]


def test_events_that_are_attached_anew_are_watched_for_and_removed_ones_are_not() -> None:
    one = case(ends() + user("a"), "s > a; a > e")
    body = ends() + user("a") + boundary("t", "a", timer("P1D")) + boundary("m", "a", message("m1"), cancels=False)
    body += user("b")
    flows = "s > a; a > e; t > b; m > b; b > e"
    _move(one, body, flows)
    assert one.awaited == ["m"]
    assert one.deliver("reply").open == ["a", "b"]
    assert one.at(one.step.timers[0].due).open == ["b", "b"]
    again = _move(_move(case(ends() + user("a"), "s > a; a > e"), body, flows), ends() + user("a"), "s > a; a > e")
    assert (again.step.timers, again.awaited) == ((), [])
    assert again.complete("a").step.finished


def test_a_reminder_that_is_under_way_goes_on_beside_its_step() -> None:
    body = ends() + user("a") + boundary("t", "a", timer("P1D"), cancels=False) + user("r") + node("endEvent", "e2")
    flows = "s > a; a > e; t > r; r > e2"
    one = case(body, flows)
    one.at(one.step.timers[0].due)
    assert one.open == ["a", "r"]
    _move(one, body + user("b"), "s > a; a > b; b > e; t > r; r > e2")
    assert one.open == ["a", "r"]
    assert not one.step.timers
    assert one.complete("a").complete("r").complete("b").step.finished
    other = case(body, flows)
    other.at(other.step.timers[0].due)
    gone = ends() + user("a") + boundary("t2", "a", timer("P2D")) + user("r")
    assert _refused(other, gone, "s > a; a > r; t2 > r; r > e") == ("migration.event_under_way", "t")


def test_an_event_sub_process_is_watched_for_from_the_move_on() -> None:
    one = case(ends() + user("a"), "s > a; a > e")
    body = ends() + user("a") + handler("h", signal("sig1"), user("v"))
    _move(one, body, "s > a; a > e")
    assert [heard.name for heard in one.step.listening] == ["storm"]
    assert one.hear("storm").open == ["v"]
    under_way = _move(one, body.replace('id="a"', 'id="a2"'), "s > a2; a2 > e")
    assert under_way.open == ["v"]
    assert _refused(under_way, ends() + user("a"), "s > a; a > e")[0] == "migration.removed_step"
    calm = _move(
        _move(case(ends() + user("a"), "s > a; a > e"), body, "s > a; a > e"), ends() + user("a"), "s > a; a > e"
    )
    assert not calm.step.listening


def test_events_race_on_with_those_that_the_new_diagram_adds() -> None:
    race = ends() + node("eventBasedGateway", "g") + node("intermediateCatchEvent", "c1", timer("P1D"))
    race += node("intermediateCatchEvent", "c2", message("m1")) + user("a")
    one = case(race, "s > g; g > c1; g > c2; c1 > a; c2 > e; a > e")
    more = race.replace('id="c1"', 'id="d1"') + node("intermediateCatchEvent", "c3", signal("sig1"))
    _move(one, more, "s > g; g > d1; g > c2; g > c3; d1 > a; c2 > e; c3 > a; a > e")
    assert [timer.node for timer in one.step.timers] == ["d1"]
    assert one.hear("storm").open == ["a"]
    assert (one.step.timers, one.awaited) == ((), [])


def test_a_race_that_is_gone_is_refused_as_is_one_that_was_none() -> None:
    race = ends() + node("eventBasedGateway", "g") + node("intermediateCatchEvent", "c1", timer("P1D"))
    race += node("intermediateCatchEvent", "c2", message("m1"))
    flows, line = "s > g; g > c1; g > c2; c1 > e; c2 > e", ends() + node("intermediateCatchEvent", "c1", timer("P1D"))
    assert _refused(case(race, flows), line, "s > c1; c1 > e")[0] == "migration.removed_step"
    assert _refused(case(line, "s > c1; c1 > e"), race, flows) == ("migration.kind", "c1")


def test_a_condition_that_holds_already_fires_only_when_something_happens() -> None:
    one = case(ends() + user("a") + user("b"), "s > a; a > b; b > e", n=5)
    body = ends() + user("a") + user("b") + boundary("c", "a", condition("n > 3")) + user("x")
    _move(one, body, "s > a; a > b; b > e; c > x; x > e")
    assert one.open == ["a"]


def test_a_message_is_awaited_under_its_new_name() -> None:
    one = case(ends() + node("receiveTask", "r", messageRef="m1"), "s > r; r > e")
    key = one.step.awaited[0].task_id
    _move(one, ends() + node("receiveTask", "r", said("'x'"), messageRef="m2"), "s > r; r > e")
    assert [(wait.task_id, wait.name, wait.correlation) for wait in one.step.awaited] == [(key, "cancel", "x")]
    assert one.deliver("cancel", "x").step.finished


def test_what_was_done_can_still_be_undone_after_the_move() -> None:
    body = ends() + user("a") + user("b") + node("intermediateThrowEvent", "x", "<bpmn:compensateEventDefinition/>")
    body += node("boundaryEvent", "ca", "<bpmn:compensateEventDefinition/>", attachedToRef="a")
    body += node("userTask", "undo", isForCompensation="true")
    body += '<bpmn:association id="as" sourceRef="ca" targetRef="undo"/>'
    flows = "s > a; a > b; b > x; x > e"
    one = case(body, flows).complete("a")
    _move(one, body + user("b2"), "s > a; a > b; b > b2; b2 > x; x > e")
    assert one.complete("b").complete("b2").open == ["undo"]
    _move(one, body + user("c"), "s > a; a > b; b > x; x > c; c > e")
    assert one.complete("undo").open == ["c"]
    assert one.complete("c").step.finished


def test_what_the_version_says_is_said_anew_everywhere() -> None:
    old = ends() + inner("sub", user("u"), "subs > u; u > sube") + user("a")
    one = case(old, "s > sub; sub > a; a > e", parameters={"days": 3}, n=1)
    new = old.replace('<eo:task deadline=""/>', "") + user("b", 'deadline="parameters.days + parameters.more"')
    _move(one, new, "s > sub; sub > a; a > b; b > e", parameters={"days": 5, "more": 1})
    one.complete("u").complete("a")
    assert one.step.human_tasks[0].deadline == 6
    assert one.complete("b").step.data == {"parameters": {"days": 5, "more": 1}, "n": 1}


def test_data_that_the_new_diagram_asks_for_and_a_case_lacks_are_refused() -> None:
    one = case(ends() + user("a"), "s > a; a > e", told="five")
    code, where = _refused(one, ends() + user("a", 'deadline="told - 1"'), "s > a; a > e")
    assert (code, where) == ("engine.expression", "a")


def test_a_state_of_an_unknown_format_is_refused() -> None:
    one = case(ends() + user("a"), "s > a; a > e")
    migration = Migration(one.definition, one.definition, runtime.propose(one.definition, one.definition))
    with pytest.raises(Conflict, match=r"engine\.state"):
        migration.move(one.step.state.replace(b'"format":2', b'"format":9'))


def test_where_the_cases_of_a_step_may_go_is_what_people_may_wait_at() -> None:
    new = _definition(ends() + user("a") + gateway("exclusive", "g") + service("k"), "s > a; a > g; g > k; k > e")
    old = case(ends() + user("x"), "s > x; x > e", later).definition
    mapping = runtime.propose(old, new)
    match = next(one for one in mapping.matches if one.node == "x")
    assert match.waits
    assert runtime.candidates(old, new, mapping, match) == (("a", "a"),)
