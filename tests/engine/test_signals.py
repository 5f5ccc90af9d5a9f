"""Signals, races of events, conditions and escalations."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from app.engine import runtime
from app.engine.runtime import OperationCall, SignalThrown
from app.kernel.errors import Invalid
from tests.engine.diagrams import (
    NAMES,
    Case,
    Wanderer,
    at_once,
    boundary,
    case,
    condition,
    document,
    ends,
    escalation,
    gateway,
    later,
    message,
    node,
    said,
    service,
    signal,
    sub_process,
    timer,
    user,
    wanderer,
)

Make = Callable[..., Case]
both = pytest.mark.parametrize("make", [case, wanderer])


def _catch(key: str, definition: str) -> str:
    return node("intermediateCatchEvent", key, definition)


@pytest.mark.bpmn("Intermediate throw event: signal")
@pytest.mark.bpmn("Intermediate catch event: signal")
@both
def test_everybody_in_the_case_hears_a_signal_at_once(make: Make) -> None:
    inside = node("startEvent", "is") + _catch("deep", signal("sig1")) + node("endEvent", "ie")
    throw = node("intermediateThrowEvent", "t", said(why="reason") + signal("sig1"))
    body = ends() + gateway("parallel", "f") + user("a") + throw + gateway("parallel", "j") + user("z")
    body += _catch("c", said(result="news") + signal("sig1")) + sub_process("w", inside, "is > deep; deep > ie")
    body += _catch("other", signal("sig2"))
    flows = "s > f; f > a; f > c; f > w; f > other; a > t; t > j; c > j; w > j; other > j; j > z; z > e"
    one = make(body, flows, later, reason="flood")
    assert sorted(one.node for one in one.step.listening) == ["c", "deep", "other"]
    one.complete("a")
    assert one.step.signals_out == (SignalThrown("storm", {"why": "flood"}),)
    assert [one.node for one in one.step.listening] == ["other"]
    assert (one.hear("calm").open, one.step.data["news"]) == (["z"], {"why": "flood"})


@pytest.mark.bpmn("End event: signal")
@both
def test_an_end_can_throw_a_signal(make: Make) -> None:
    inside = node("startEvent", "is") + user("x") + node("endEvent", "ie", signal("sig1"))
    body = ends() + gateway("parallel", "f") + sub_process("w", inside, "is > x; x > ie") + _catch("c", signal("sig1"))
    one = make(body + gateway("parallel", "j"), "s > f; f > w; f > c; w > j; c > j; j > e").complete("x")
    assert one.step.finished
    assert [sent.name for sent in one.step.signals_out] == ["storm"]


def test_a_signal_that_nobody_hears_moves_nothing() -> None:
    one = case(ends() + user("a"), "s > a; a > e").hear("storm", n=1)
    assert (one.open, one.step.entered) == (["a"], ())


@pytest.mark.bpmn("Boundary event: signal, interrupting")
@pytest.mark.bpmn("Boundary event: signal, non-interrupting")
@both
def test_a_signal_from_another_case_reaches_the_edge(make: Make) -> None:
    body = ends("e", "e2") + user("a") + user("x") + user("y")
    body += boundary("stop", "a", signal("sig1")) + boundary("tell", "a", signal("sig2"), cancels=False)
    one = make(body, "s > a; a > e; stop > x; x > a; tell > y; y > e2")
    for number in range(2):
        one.hear("calm").hear("calm").hear("storm")
        assert one.open == ["x"] + ["y"] * (2 * number + 2)
        one.complete("x")
    one.complete("a")
    for _ in range(4):
        one.complete("y")
    assert one.step.finished


def test_a_signal_thrown_inside_stops_what_stands_inside() -> None:
    asked: list[str] = []

    def note(call: OperationCall) -> Mapping[str, Any]:
        asked.append(call.node)
        return {}

    inside = node("startEvent", "is") + gateway("parallel", "f") + _catch("c", signal("sig1")) + service("never")
    inside += node("intermediateThrowEvent", "t", signal("sig1")) + service("nor") + node("endEvent", "ie")
    flows = "is > f; f > c; f > t; c > never; never > ie; t > nor; nor > ie"
    body = ends() + sub_process("w", inside, flows) + boundary("b", "w", signal("sig1")) + user("after")
    one = case(body, "s > w; w > e; b > after; after > e", note)
    assert (one.open, asked) == (["after"], [])
    assert one.complete("after").step.finished


@pytest.mark.bpmn("Start event: signal")
def test_a_signal_can_start_a_case() -> None:
    start = node("startEvent", "s", said(result="news") + signal("sig1"))
    xml = document(start + node("endEvent", "e") + user("a"), "s > a; a > e", beside=NAMES)
    definition = runtime.parse(xml, "p")
    assert [(one.node, one.kind, one.name) for one in definition.starts] == [("s", "signal", "storm")]
    step = runtime.start(definition, {}, later, at="s", payload={"n": 1})
    assert step.data == {"news": {"n": 1}}


@pytest.mark.bpmn("Start event: timer")
def test_a_timer_start_is_told_and_left_to_the_office() -> None:
    body = node("startEvent", "s", timer("R/P1D", "timeCycle")) + node("endEvent", "e") + user("a")
    definition = runtime.parse(document(body, "s > a; a > e"), "p")
    assert [(one.kind, one.name) for one in definition.starts] == [("timer", "R/P1D")]
    step = runtime.start(definition, {}, later, at="s")
    assert ([task.node for task in step.human_tasks], step.timers) == (["a"], ())


RACE = (
    ends()
    + node("eventBasedGateway", "g")
    + _catch("letter", said(result="got") + message("m1"))
    + _catch("late", timer("P3D"))
    + _catch("storm", signal("sig1"))
    + _catch("paid", condition("paid"))
    + node("receiveTask", "r", messageRef="m2")
    + gateway("exclusive", "m")
    + user("a")
    + gateway("exclusive", "x", "e")
    + gateway("exclusive", "m0")
    + gateway("parallel", "f")
    + gateway("parallel", "j")
    + user("pay")
)
RACE_FLOWS = (
    "s > m0; m0 > f; f > pay; f > g; g > letter; g > late; g > storm; g > paid; g > r; letter > m; late > m; storm > m;"
    "paid > m; r > m; m > a; a > j; pay > j; j > x; x > m0 if again; x > e else"
)


@pytest.mark.bpmn("Gateway: eventBasedGateway")
@pytest.mark.bpmn("Intermediate catch event: timer")
@both
def test_the_first_event_wins_and_the_others_are_withdrawn(make: Make) -> None:
    one = make(RACE, RACE_FLOWS, later, again=True)
    moves: dict[str, Callable[[], Case]] = {
        "letter": lambda: one.deliver("reply", n=1),
        "late": lambda: one.at(one.step.timers[0].due),
        "storm": lambda: one.hear("storm"),
        "r": lambda: one.deliver("cancel"),
        "paid": lambda: one.complete("pay", paid=True),
    }
    for winner, move in moves.items():
        assert (one.open, one.awaited, len(one.step.timers)) == (["pay"], ["letter", "r"], 1)
        move()
        assert winner in one.step.entered
        assert (one.awaited, one.step.timers, one.step.listening) == ([], (), ())
        if "pay" in one.open:
            one.complete("pay")
        one.complete("a", again=winner != "paid")
    assert one.step.finished
    assert one.step.data["got"] == {"n": 1}


def test_of_two_events_that_have_happened_already_one_wins() -> None:
    race = node("eventBasedGateway", "g") + _catch("c", timer("2020-01-01", "timeDate"))
    race += _catch("d", timer("2020-01-02", "timeDate")) + user("x") + user("y")
    one = case(ends() + race, "s > g; g > c; g > d; c > x; d > y; x > e; y > e")
    assert one.open == ["x"]
    assert one.complete("x").step.finished


@pytest.mark.bpmn("Intermediate catch event: conditional")
@both
def test_a_condition_is_weighed_whenever_the_case_moves(make: Make) -> None:
    body = ends() + gateway("parallel", "f") + user("a") + user("b") + _catch("c", condition("x and y"))
    body += gateway("parallel", "j") + user("d")
    one = make(body, "s > f; f > a; f > b; f > c; a > j; b > j; c > d; d > j; j > e", later, x=False, y=False)
    assert one.complete("a", x=True).open == ["b"]
    assert one.complete("b", y=True).open == ["d"]
    assert one.complete("d").step.data == {"x": True, "y": True}


def test_a_condition_that_holds_already_does_not_hold_anybody_up() -> None:
    assert case(ends() + _catch("c", condition("x > 1")), "s > c; c > e", later, x=2).step.finished


def test_a_condition_that_nothing_can_change_any_more_is_no_state_to_be_in() -> None:
    with pytest.raises(Invalid, match=r"engine\.stalled"):
        case(ends() + _catch("c", condition("x > 1")), "s > c; c > e")


@pytest.mark.bpmn("Boundary event: conditional, interrupting")
@both
def test_a_condition_takes_the_work_away(make: Make) -> None:
    body = ends() + gateway("parallel", "f") + user("a") + user("b") + boundary("w", "a", condition("withdrawn"))
    body += user("c") + gateway("exclusive", "m") + gateway("parallel", "j")
    one = make(body, "s > f; f > a; f > b; a > m; w > c; c > m; m > j; b > j; j > e")
    assert one.complete("b", withdrawn=True).open == ["c"]
    assert one.complete("c").step.finished


@pytest.mark.bpmn("Boundary event: conditional, non-interrupting")
@both
def test_a_condition_must_have_been_untrue_before_it_happens_again(make: Make) -> None:
    inside = node("startEvent", "is") + user("a") + gateway("exclusive", "g", "ie") + node("endEvent", "ie")
    flows = "is > a; a > g; g > a if n < 6; g > ie else"
    body = ends("e", "e2") + sub_process("w", inside, flows) + boundary("c", "w", condition("n > 2"), cancels=False)
    one = make(body + user("note"), "s > w; w > e; c > note; note > e2", later, n=0)
    notes = [one.complete("a", n=number).open.count("note") for number in (1, 3, 4, 2, 5)]
    assert notes == [0, 1, 1, 1, 2]
    one.complete("a", n=7).complete("note").complete("note")
    assert one.step.finished


def _escalating(event: str, end: str = "") -> tuple[str, str]:
    throw = node("intermediateThrowEvent", "t", escalation("es"))
    inside = node("startEvent", "is") + user("a") + throw + user("b") + node("endEvent", "ie", end)
    body = ends("e", "e2") + sub_process("w", inside, "is > a; a > t; t > b; b > ie") + event + user("boss")
    return body, "s > w; w > e" + ("; up > boss; boss > e2" if event else "; e > boss; boss > e2")


@pytest.mark.bpmn("Intermediate throw event: escalation")
@pytest.mark.bpmn("Boundary event: escalation, non-interrupting")
@both
def test_an_escalation_tells_the_boss_beside_the_work(make: Make) -> None:
    one = make(*_escalating(boundary("up", "w", escalation("es"), cancels=False))).complete("a")
    assert one.open == ["b", "boss"]
    assert one.complete("boss").complete("b").step.finished


@pytest.mark.bpmn("Boundary event: escalation, interrupting")
@both
def test_an_escalation_hands_the_work_over(make: Make) -> None:
    one = make(*_escalating(boundary("up", "w", escalation()))).complete("a")
    assert (one.open, one.step.data) == (["boss"], {"escalation": {"code": "late"}})
    assert one.complete("boss").step.finished


@pytest.mark.bpmn("End event: escalation")
@both
def test_an_escalation_at_the_end_and_one_that_nobody_catches(make: Make) -> None:
    one = make(*_escalating(boundary("up", "w", escalation("es2"), cancels=False), escalation("es2")))
    assert one.complete("a").open == ["b"]
    assert one.complete("b").open == ["boss"]
    assert one.complete("boss").step.finished


def test_an_escalation_leaves_two_rooms_and_may_come_again() -> None:
    deep = node("startEvent", "ds") + node("intermediateThrowEvent", "t", escalation("es")) + user("a")
    deep += gateway("exclusive", "g", "de") + gateway("exclusive", "m") + node("endEvent", "de")
    inner = sub_process("deep", deep, "ds > m; m > t; t > a; a > g; g > m if again; g > de else")
    body = ends("e", "e2") + sub_process(
        "w", node("startEvent", "is") + inner + node("endEvent", "ie"), "is > deep; deep > ie"
    )
    body += boundary("up", "w", escalation("es"), cancels=False) + user("boss")
    one = case(body, "s > w; w > e; up > boss; boss > e2")
    assert one.complete("a", again=True).open == ["a", "boss", "boss"]
    one.complete("a", again=False).complete("boss")
    assert one.complete("boss").step.finished


def test_an_escalation_leaves_a_called_process() -> None:
    inside = node("startEvent", "cs") + node("endEvent", "ce", escalation("es"))
    called = document(inside, "cs > ce", beside=NAMES, name="q")
    body = (
        ends() + node("callActivity", "call", calledElement="q") + boundary("up", "call", escalation()) + user("boss")
    )
    definition = runtime.parse(document(body, "s > call; call > e; up > boss; boss > e"), "p", {"q": called})
    assert Case(definition, at_once).open == ["boss"]


def test_two_limits_that_pass_at_one_moment_take_the_work_away_once() -> None:
    body = ends() + user("a") + boundary("t1", "a", timer("P1D")) + boundary("t2", "a", timer("P1D"))
    body += boundary("t3", "a", timer("P1D"), cancels=False) + user("x") + user("y") + user("z")
    one = case(body, "s > a; a > e; t1 > x; t2 > y; t3 > z; x > e; y > e; z > e")
    assert len(one.at(one.step.timers[0].due).open) == 2
    assert one.open[1] == "z"


def test_work_that_a_repeated_reminder_has_started_outlives_the_work_it_reminds_of() -> None:
    cycle = timer("R3/P1D", "timeCycle")
    body = ends("e", "e2") + service("a") + boundary("t", "a", cycle, cancels=False) + user("remind")
    one = case(body, "s > a; a > e; t > remind; remind > e2")
    one.at(one.step.timers[0].due).answer("a")
    assert (one.open, one.step.timers, one.step.finished) == (["remind"], (), False)
    assert one.complete("remind").step.finished


def test_a_worker_that_has_only_just_read_the_diagram_goes_on_where_another_stopped() -> None:
    assert isinstance(wanderer(ends() + user("a"), "s > a; a > e").complete("a"), Wanderer)
