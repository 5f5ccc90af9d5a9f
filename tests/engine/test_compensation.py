"""Compensation: what has been done is undone, last first, where the diagram asks for it."""

from collections.abc import Callable

import pytest

from app.engine import runtime
from app.kernel.errors import Invalid
from tests.engine.diagrams import (
    NAMES,
    Case,
    boundary,
    case,
    document,
    ends,
    error,
    gateway,
    handler,
    instances,
    later,
    message,
    node,
    service,
    sub_process,
    timer,
    user,
    wanderer,
)

Make = Callable[..., Case]
both = pytest.mark.parametrize("make", [case, wanderer])


def _ask(activity: str = "") -> str:
    given = f' activityRef="{activity}"' if activity else ""
    return f"<bpmn:compensateEventDefinition{given}/>"


def _undoing(activity: str, undo: str = "") -> str:
    """What undoes an activity: a user task `<activity>_undo`, or another element of that name."""
    key = f"{activity}_undo"
    element = undo or node("userTask", key, isForCompensation="true")
    line = f'<bpmn:association id="{activity}_line" sourceRef="{activity}_edge" targetRef="{key}"/>'
    return boundary(f"{activity}_edge", activity, "<bpmn:compensateEventDefinition/>") + element + line


TRIP = ends() + user("hotel") + user("flight") + user("ok") + _undoing("hotel") + _undoing("flight")
TRIP += gateway("exclusive", "g", "e") + node("intermediateThrowEvent", "undo", _ask()) + gateway("exclusive", "m")
TRIP_FLOWS = "s > m; m > hotel; hotel > flight; flight > ok; ok > g; g > undo if bad; g > e else; undo > m"


@pytest.mark.bpmn("Intermediate throw event: compensate")
@pytest.mark.bpmn("Boundary event: compensate, interrupting")
@both
def test_what_has_been_done_is_undone_last_first(make: Make) -> None:
    one = make(TRIP, TRIP_FLOWS)
    for number in range(2):
        one.complete("hotel", h=number).complete("flight", f=number).complete("ok", bad=True)
        assert one.open == ["flight_undo"]
        assert one.complete("flight_undo", f=None).open == ["hotel_undo"]
        assert one.step.data == {"h": number, "f": None, "bad": True}
        one.complete("hotel_undo", h=None)
        assert (one.open, one.step.entered[-1]) == (["hotel"], "m")
        assert "undo" in one.step.entered
        assert one.step.data == {"h": None, "f": None, "bad": True}
    assert one.complete("hotel").complete("flight").complete("ok", bad=False).step.finished


@both
def test_what_has_not_been_done_is_not_undone(make: Make) -> None:
    body = ends() + user("a") + user("b") + boundary("t", "b", timer("P1D")) + _undoing("a") + _undoing("b")
    body += node("intermediateThrowEvent", "undo", _ask())
    one = make(body, "s > a; a > b; b > e; t > undo; undo > e").complete("a")
    assert one.at(one.step.timers[0].due).open == ["a_undo"]
    assert one.complete("a_undo").step.finished


def test_with_nothing_to_undo_a_case_goes_on() -> None:
    body = ends() + user("a") + _undoing("a") + gateway("exclusive", "g", "a")
    body += node("intermediateThrowEvent", "undo", _ask())
    assert case(body, "s > g; g > undo if x; g > a else; undo > a; a > e", later, x=True).open == ["a"]


@pytest.mark.bpmn("End event: compensate")
@both
def test_an_end_may_ask_for_one_activity_only(make: Make) -> None:
    body = node("startEvent", "s") + user("a") + user("b") + _undoing("a") + _undoing("b")
    body += node("endEvent", "e", _ask("a"))
    one = make(body, "s > a; a > b; b > e").complete("a").complete("b")
    assert one.open == ["a_undo"]
    one.complete("a_undo")
    assert (one.step.finished, one.step.entered) == (True, ("a_undo", "e"))


@both
def test_every_round_of_a_loop_is_undone(make: Make) -> None:
    body = ends() + user("a") + _undoing("a", service("a_undo").replace("<bpmn:serviceTask", _FOR))
    body += gateway("exclusive", "g", "undo") + node("intermediateThrowEvent", "undo", _ask()) + user("z")
    body += gateway("exclusive", "m")
    one = make(body, "s > m; m > a; a > g; g > m if n < 3; g > undo else; undo > z; z > e")
    for number in range(1, 4):
        one.complete("a", n=number)
    for _ in range(3):
        assert one.asked == ["a_undo"]
        one.answer("a_undo")
    assert one.complete("z").step.finished


_FOR = '<bpmn:serviceTask isForCompensation="true"'


@both
def test_after_an_error_everything_is_undone(make: Make) -> None:
    undo = node("startEvent", "hs", error()) + node("intermediateThrowEvent", "undo", _ask()) + user("tell")
    undo += node("endEvent", "he")
    body = ends() + user("a") + gateway("parallel", "f") + service("k") + user("b") + user("c")
    body += gateway("parallel", "j") + _undoing("a") + _undoing("b") + _undoing("c")
    body += sub_process("h", undo, "hs > undo; undo > tell; tell > he", triggeredByEvent="true")
    one = make(body, "s > a; a > f; f > k; f > b; f > c; k > j; b > j; c > j; j > e")
    one.complete("a", n=1).complete("b").fail("k", "refused")
    assert (one.open, one.asked) == (["b_undo"], [])
    assert one.complete("b_undo").complete("a_undo", n=0).open == ["tell"]
    assert one.step.data["n"] == 0
    assert one.complete("tell").step.finished


@pytest.mark.bpmn("Activity: compensation handler")
@both
def test_a_sub_process_is_undone_by_its_own_handler(make: Make) -> None:
    inside = node("startEvent", "is") + user("x") + _undoing("x") + node("endEvent", "ie")
    undoing = node("startEvent", "us") + user("y") + node("endEvent", "ue")
    undo = sub_process("w_undo", undoing, "us > y; y > ue", isForCompensation="true")
    body = ends() + sub_process("w", inside, "is > x; x > ie") + _undoing("w", undo) + user("a")
    body += node("intermediateThrowEvent", "undo", _ask())
    one = make(body, "s > w; w > a; a > undo; undo > e").complete("x").complete("a")
    assert one.open == ["y"]
    assert one.complete("y", done=1).step.finished
    assert one.step.data == {"done": 1}


def test_many_instances_are_undone_together() -> None:
    body = ends() + user("a", inside=instances("people", "who", "all", "done")) + _undoing("a")
    body += node("intermediateThrowEvent", "undo", _ask())
    one = case(body, "s > a; a > undo; undo > e", later, people=["x", "y"])
    assert one.complete("a", done=1).complete("a", done=2).open == ["a_undo"]
    assert one.complete("a_undo").step.finished


def test_what_could_be_undone_does_not_keep_a_case_alive() -> None:
    one = case(ends() + user("a") + _undoing("a"), "s > a; a > e").complete("a")
    assert (one.step.finished, one.step.data) == (True, {})


def test_a_handler_that_is_interrupted_is_gone_with_the_rest() -> None:
    body = ends() + user("a") + _undoing("a") + node("intermediateThrowEvent", "undo", _ask())
    body += handler("h", message("m1"), user("z"))
    one = case(body, "s > a; a > undo; undo > e").complete("a").deliver("reply")
    assert one.open == ["z"]
    assert one.complete("z").step.finished


EDGE = boundary("a_edge", "a", "<bpmn:compensateEventDefinition/>")
UNDO = node("userTask", "a_undo", isForCompensation="true")
LINE = '<bpmn:association id="l" sourceRef="a_edge" targetRef="a_undo"/>'
SEALED = sub_process(
    "w", node("startEvent", "is") + user("a") + EDGE + UNDO + LINE + node("endEvent", "ie"), "is > a; a > ie"
)


@pytest.mark.parametrize(
    ("body", "flows", "code"),
    [
        (user("a") + EDGE, "s > a; a > e", "diagram.compensation"),
        (user("a") + EDGE + UNDO, "s > a; a > e", "diagram.compensation"),
        (user("a") + UNDO, "s > a; a > e", "diagram.compensation"),
        (user("a") + EDGE + user("a_undo") + LINE, "s > a; a > e; a_edge > a_undo; a_undo > e", "diagram.compensation"),
        (user("a") + EDGE + UNDO + LINE, "s > a; a > e; a_edge > e", "diagram.connection"),
        (user("a") + EDGE + UNDO + LINE, "s > a; a > a_undo; a_undo > e", "diagram.connection"),
        (user("a") + EDGE + UNDO + LINE + LINE.replace('id="l"', 'id="l2"'), "s > a; a > e", "diagram.compensation"),
        (
            user("a") + EDGE + UNDO + LINE + boundary("t", "a_undo", timer("P1D")),
            "s > a; a > e; t > e",
            "diagram.boundary",
        ),
        (SEALED + node("intermediateThrowEvent", "c", _ask()), "s > w; w > c; c > e", "diagram.compensation"),
        (SEALED + node("intermediateThrowEvent", "c", _ask("a")), "s > w; w > c; c > e", "diagram.compensation"),
        (user("a") + node("intermediateThrowEvent", "c", _ask("a")), "s > a; a > c; c > e", "diagram.compensation"),
        (node("userTask", "a", isForCompensation="maybe"), "s > a; a > e", "diagram.attribute_value"),
        (
            user("a")
            + node("intermediateThrowEvent", "c", '<bpmn:compensateEventDefinition waitForCompletion="false"/>'),
            "s > a; a > c; c > e",
            "diagram.attribute_value",
        ),
    ],
)
def test_what_could_not_be_undone_as_drawn_is_refused(body: str, flows: str, code: str) -> None:
    with pytest.raises(Invalid) as raised:
        runtime.parse(document(ends() + body, flows, beside=NAMES), "p")
    assert raised.value.code == code


@both
def test_two_who_ask_at_once_each_get_what_they_asked_for(make: Make) -> None:
    body = ends() + user("a") + user("b") + _undoing("a") + _undoing("b") + gateway("parallel", "f")
    body += node("intermediateThrowEvent", "u", _ask("a")) + node("intermediateThrowEvent", "v", _ask("b"))
    one = make(body + gateway("parallel", "j"), "s > a; a > b; b > f; f > u; f > v; u > j; v > j; j > e")
    one.complete("a", a=1).complete("b", b=1)
    assert one.open == ["a_undo", "b_undo"]
    one.complete("b_undo", b=0).complete("a_undo", a=0)
    assert (one.step.finished, one.step.data) == (True, {"a": 0, "b": 0})


@both
def test_each_instance_undoes_its_own(make: Make) -> None:
    inner = node("startEvent", "is") + user("x") + _undoing("x") + user("y") + node("endEvent", "ie")
    inner += node("intermediateThrowEvent", "u", _ask()) + instances("people", "who", "all", "done")
    body = ends() + sub_process("w", inner, "is > x; x > y; y > u; u > ie")
    one = make(body, "s > w; w > e", later, people=["p", "q"]).complete("x").complete("x").complete("y")
    assert one.open == ["x_undo", "y"]
    assert one.complete("x_undo").open == ["y"]
    assert one.complete("y").complete("x_undo").step.finished


def test_an_error_of_what_undoes_is_caught_like_any_other() -> None:
    undo = service("a_undo").replace("<bpmn:serviceTask", _FOR)
    body = ends() + user("a") + _undoing("a", undo) + node("intermediateThrowEvent", "u", _ask())
    one = case(body + handler("h", error(), user("fix")), "s > a; a > u; u > e").complete("a").fail("a_undo", "x")
    assert one.open == ["fix"]
    assert one.complete("fix").step.finished
