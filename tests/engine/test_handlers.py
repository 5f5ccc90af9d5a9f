"""Event sub-processes: what a whole process or sub-process listens to as long as it runs."""

import threading
from collections.abc import Callable

import pytest

from app.engine import runtime
from app.kernel.errors import Conflict, Invalid
from tests.engine.diagrams import (
    NAMES,
    Case,
    boundary,
    case,
    condition,
    document,
    ends,
    error,
    escalation,
    gateway,
    handler,
    instances,
    later,
    message,
    node,
    numbered,
    service,
    signal,
    sub_process,
    timer,
    user,
    wanderer,
)

Make = Callable[..., Case]
both = pytest.mark.parametrize("make", [case, wanderer])


def _inside(body: str, flows: str) -> tuple[str, str]:
    """The same diagram within a sub-process in a loop."""
    start = node("startEvent", "os") + gateway("exclusive", "m") + gateway("exclusive", "x", "oe") + user("check")
    body = start + node("endEvent", "oe") + sub_process("w", body, flows)
    return body, "os > m; m > w; w > check; check > x; x > m if again; x > oe else"


STARTS: dict[str, tuple[str, Callable[[Case], Case]]] = {
    "message": (message("m1"), lambda one: one.deliver("reply")),
    "signal": (signal("sig1"), lambda one: one.hear("storm")),
    "timer": (timer("P3D"), lambda one: one.at(one.step.timers[0].due)),
    "conditional": (condition("bad"), lambda one: one.complete("c", bad=True)),
    "error": (error("er"), lambda one: one.fail("k", "refused")),
    "escalation": (escalation("es"), lambda one: one.complete("up")),
}


def _process(start: str, *, interrupts: bool) -> tuple[str, str]:
    body = ends("e", "e1") + gateway("parallel", "f") + user("a") + service("k") + user("c") + user("up")
    body += node("intermediateThrowEvent", "t", escalation("es")) + gateway("parallel", "j")
    body += handler("h", start, user("rescue"), interrupts=interrupts)
    return body, "s > f; f > a; f > k; f > c; f > up; a > j; k > j; c > j; up > t; t > j; j > e"


def _finish(one: Case) -> None:
    while not (one.step.finished or one.open == ["check"]):
        if one.asked:
            one.answer("k")
        else:
            one.complete(next(key for key in one.open if key != "check"))


@pytest.mark.bpmn("Event sub-process: message start, interrupting")
@pytest.mark.bpmn("Event sub-process: signal start, interrupting")
@pytest.mark.bpmn("Event sub-process: timer start, interrupting")
@pytest.mark.bpmn("Event sub-process: conditional start, interrupting")
@pytest.mark.bpmn("Event sub-process: error start, interrupting")
@pytest.mark.bpmn("Event sub-process: escalation start, interrupting")
@pytest.mark.parametrize("kind", STARTS)
@both
def test_one_that_interrupts_takes_everything_away(kind: str, make: Make) -> None:
    start, move = STARTS[kind]
    body, flows = _process(start.replace('"P3D"', "P3D"), interrupts=True)
    one = make(body.replace(node("endEvent", "e1"), ""), flows, later, bad=False)
    move(one)
    assert (one.open, one.asked, one.awaited, one.step.timers) == (["rescue"], [], [], ())
    assert one.complete("rescue").step.finished
    assert one.step.entered == ("rescue", "he", "h")


@pytest.mark.parametrize("kind", STARTS)
@both
def test_one_that_interrupts_a_sub_process_leaves_it_as_its_end_does(kind: str, make: Make) -> None:
    start, move = STARTS[kind]
    body, flows = _process(start, interrupts=True)
    one = make(*_inside(body.replace(node("endEvent", "e1"), ""), flows), later, bad=False)
    for number in range(3):
        assert "a" in one.open
        move(one)
        assert (one.open, one.asked) == (["rescue"], [])
        assert one.complete("rescue").open == ["check"]
        one.complete("check", again=number < 2, bad=False)
    assert one.step.finished


@pytest.mark.bpmn("Event sub-process: message start, non-interrupting")
@pytest.mark.bpmn("Event sub-process: signal start, non-interrupting")
@pytest.mark.bpmn("Event sub-process: timer start, non-interrupting")
@pytest.mark.bpmn("Event sub-process: conditional start, non-interrupting")
@pytest.mark.bpmn("Event sub-process: escalation start, non-interrupting")
@pytest.mark.parametrize("kind", [kind for kind in STARTS if kind != "error"])
@pytest.mark.parametrize("nested", [False, True])
@both
def test_one_that_does_not_interrupt_runs_beside(kind: str, nested: bool, make: Make) -> None:
    start, move = STARTS[kind]
    body, flows = _process(start, interrupts=False)
    body = body.replace(node("endEvent", "e1"), "")
    one = make(*(_inside(body, flows) if nested else (body, flows)), later, bad=False)
    rounds = 2 if nested else 1
    for number in range(rounds):
        move(one)
        assert (one.open.count("rescue"), "a" in one.open, one.asked) == (1, True, ["k"])
        if kind in {"message", "signal"}:
            move(one)
            assert one.open.count("rescue") == 2
        _finish(one)
        if nested:
            one.complete("check", again=number < rounds - 1, bad=False)
    assert one.step.finished
    assert (one.awaited, one.step.timers, one.step.listening) == ([], (), ())


@both
def test_a_watch_does_not_keep_a_finished_process_alive(make: Make) -> None:
    for start in (message("m1"), timer("P1D"), signal("sig1"), condition("x")):
        one = make(ends() + user("a") + handler("h", start, user("b")), "s > a; a > e").complete("a")
        assert (one.step.finished, one.step.timers, one.step.awaited, one.step.listening) == (True, (), (), ())
        with pytest.raises(Conflict):
            one.deliver("reply")


def test_a_process_waits_for_what_it_has_set_going_beside_itself() -> None:
    one = case(ends() + user("a") + handler("h", message("m1"), user("b"), interrupts=False), "s > a; a > e")
    one.deliver("reply").complete("a")
    assert (one.open, one.step.finished, one.awaited) == (["b"], False, ["hs"])
    assert one.deliver("reply").open == ["b", "b"]
    assert one.complete("b").complete("b").step.finished


def test_a_repeated_timer_starts_it_again_and_again() -> None:
    cycle = timer("R3/P1D", "timeCycle")
    one = case(ends() + user("a") + handler("h", cycle, user("b"), interrupts=False), "s > a; a > e")
    for number in range(1, 4):
        assert one.at(one.step.timers[0].due).open.count("b") == number
    assert one.step.timers == ()
    one.complete("b").complete("b").complete("b")
    assert one.complete("a").step.finished


def test_it_knows_what_the_process_knows_and_tells_only_what_it_changed() -> None:
    body = ends() + gateway("parallel", "f") + user("a") + user("b") + gateway("parallel", "j") + user("z")
    extra = '<bpmn:extensionElements><eo:message result="news"/></bpmn:extensionElements>'
    body += handler("h", extra + message("m1"), user("r"), interrupts=False)
    one = case(body, "s > f; f > a; f > b; a > j; b > j; j > z; z > e", later, n=0, m=0)
    one.complete("a", n=1)
    one.deliver("reply", text="x")
    assert one.step.data == {"n": 1, "m": 0, "news": {"text": "x"}}
    one.complete("b", m=1)
    one.complete("r", seen=True)
    one.complete("z", n=2)
    assert one.step.finished
    assert one.step.data == {"n": 2, "m": 1, "news": {"text": "x"}, "seen": True}


def test_what_it_changed_is_not_undone_by_the_process() -> None:
    one = case(
        ends() + user("a") + user("b") + handler("h", message("m1"), user("r"), interrupts=False),
        "s > a; a > b; b > e",
        later,
        n=0,
        m=0,
    )
    one.complete("a", m=1).deliver("reply").complete("r", n=5).complete("b", m=2)
    assert one.step.finished
    assert one.step.data == {"n": 5, "m": 2}


def test_what_it_never_changed_stays_what_the_process_made_of_it() -> None:
    one = case(
        ends() + user("a") + handler("h", message("m1"), user("r"), interrupts=False), "s > a; a > e", later, m=0
    )
    one.deliver("reply").deliver("reply").complete("a", m=2).complete("r", n=1).complete("r", k=1)
    assert one.step.finished
    assert one.step.data == {"m": 2, "n": 1, "k": 1}


def test_repeated_news_do_not_fill_the_state() -> None:
    one = case(ends() + user("a") + handler("h", message("m1"), user("b"), interrupts=False), "s > a; a > e")
    sizes = [len(one.deliver("reply").complete("b").step.state) for _ in range(30)]
    assert max(sizes) - min(sizes) < 20
    assert one.complete("a").step.finished


def test_an_error_is_handled_inside_before_anybody_outside_hears_of_it() -> None:
    inside = node("startEvent", "is") + service("k") + user("w") + node("endEvent", "ie", error("er"))
    inside += gateway("exclusive", "m") + handler("h", error("er"), user("inner"))
    body = ends() + sub_process("sub", inside, "is > k; k > w; w > ie".replace("is > k; k > w", "is > m; m > k; k > w"))
    body += boundary("b", "sub", error()) + user("outer")
    flows = "s > sub; sub > e; b > outer; outer > e"
    assert case(body, flows).fail("k", "refused").open == ["inner"]
    assert case(body, flows).fail("k", "lost").open == ["outer"]
    assert case(body, flows).answer("k").complete("w").open == ["inner"]


def test_an_error_of_the_handler_itself_goes_outwards() -> None:
    inside = node("startEvent", "is") + service("k") + node("endEvent", "ie")
    inside += handler("h", error("er"), service("again"))
    body = ends() + sub_process("sub", inside, "is > k; k > ie") + boundary("b", "sub", error()) + user("outer")
    one = case(body, "s > sub; sub > e; b > outer; outer > e").fail("k", "refused")
    assert one.asked == ["again"]
    assert one.fail("again", "refused").open == ["outer"]
    assert one.complete("outer").step.finished


def test_an_error_end_of_a_process_needs_its_event_sub_process() -> None:
    body = node("startEvent", "s") + user("a") + node("endEvent", "e", error("er"))
    xml = document(body + handler("h", error("er"), user("b")), "s > a; a > e", beside=NAMES)
    one = Case(runtime.parse(xml, "p"), later).complete("a")
    assert (one.open, one.complete("b").step.finished) == (["b"], True)
    with pytest.raises(Invalid, match=r"diagram\.error"):
        runtime.parse(document(body, "s > a; a > e", beside=NAMES), "p")


def test_an_end_that_terminates_ends_the_watch_too() -> None:
    body = node("startEvent", "s") + user("a") + node("endEvent", "e", "<bpmn:terminateEventDefinition/>")
    one = case(body + handler("h", timer("P1D"), user("b"), interrupts=False), "s > a; a > e").complete("a")
    assert (one.step.finished, one.step.timers) == (True, ())


def test_what_two_cases_share_is_not_changed_by_one_that_fires() -> None:
    body = ends() + user("a") + handler("h", message("m1"), user("b"), interrupts=False)
    xml = document(body, "s > a; a > e", beside=NAMES)
    definition = runtime.parse(xml, "p")
    before = {name: (spec._inputs.copy(), spec._outputs.copy()) for name, spec in definition.spec.task_specs.items()}
    done: list[bool] = []

    def run(fires: bool) -> None:
        one = Case(definition, later)
        if fires:
            one.deliver("reply").deliver("reply").complete("b").complete("b")
        done.append(one.complete("a").step.finished)

    threads = [threading.Thread(target=run, args=(number % 2 == 0,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [True] * 6
    assert before == {name: (spec._inputs, spec._outputs) for name, spec in definition.spec.task_specs.items()}


def test_a_called_process_has_watches_of_its_own() -> None:
    inside = node("startEvent", "cs") + user("a") + node("endEvent", "ce") + handler("h", message("m1"), user("b"))
    called = document(inside, "cs > a; a > ce", beside=NAMES, name="q")
    definition = runtime.parse(
        document(ends() + node("callActivity", "call", calledElement="q"), "s > call; call > e"), "p", {"q": called}
    )
    one = Case(definition, later)
    assert (one.open, one.awaited) == (["a"], ["hs"])
    assert one.deliver("reply").open == ["b"]
    assert one.complete("b").step.finished


def test_a_correlation_that_is_known_later_is_awaited_later() -> None:
    extra = '<bpmn:extensionElements><eo:message correlation="number"/></bpmn:extensionElements>'
    body = ends() + user("a") + user("b") + handler("h", extra + message("m1"), user("r"), interrupts=False)
    one = case(body, "s > a; a > b; b > e")
    assert one.awaited == []
    one.complete("a", number=12)
    assert [wait.correlation for wait in one.step.awaited] == ["12"]
    assert one.deliver("reply", "12").open == ["b", "r"]


def test_each_instance_of_a_sub_process_has_its_own_watch() -> None:
    extra = '<bpmn:extensionElements><eo:message correlation="who"/></bpmn:extensionElements>'
    inside = node("startEvent", "is") + user("a") + node("endEvent", "ie")
    inside += handler("h", extra + message("m1"), user("r")) + instances("people", "who", "all", "done")
    one = case(ends() + sub_process("w", inside, "is > a; a > ie"), "s > w; w > e", later, people=["x", "y"])
    assert (one.open, sorted(str(wait.correlation) for wait in one.step.awaited)) == (["a", "a"], ["x", "y"])
    assert one.deliver("reply", "y").open == ["a", "r"]
    assert one.complete("r", done="late").complete("a", done="well").step.data["all"] == ["well", "late"]


def test_one_started_by_what_a_token_throws_knows_what_that_token_knew() -> None:
    body = ends() + user("a") + node("intermediateThrowEvent", "t", escalation("es")) + user("b")
    one = case(body + handler("h", escalation("es"), user("r"), interrupts=True), "s > a; a > t; t > b; b > e")
    one.complete("a", n=1).complete("r")
    assert one.step.data["n"] == 1


def test_it_knows_what_instances_that_are_done_have_changed() -> None:
    many = user("a", inside=numbered("3"))
    one = case(ends() + many + handler("h", message("m1"), user("r")), "s > a; a > e", later, n=0)
    one.complete("a", n=1).deliver("reply").complete("r")
    assert one.step.data["n"] == 1


def test_it_knows_what_a_sub_process_knows_that_was_left_alone() -> None:
    inside = node("startEvent", "is") + user("a") + user("b") + node("endEvent", "ie")
    body = ends() + gateway("parallel", "f") + sub_process("sub", inside, "is > a; a > b; b > ie") + user("c")
    body += node("intermediateThrowEvent", "t", signal("sig1")) + gateway("parallel", "j")
    flows = "s > f; f > sub; f > c; c > t; t > j; sub > j; j > e"
    one = case(body + handler("h", signal("sig1"), user("r")), flows).complete("a", n=1).complete("c")
    assert one.complete("r").step.data == {"n": 1}


def test_one_hears_a_signal_before_what_is_inside_does_however_often_it_has_heard_it() -> None:
    inside = node("startEvent", "is") + user("a") + user("b") + node("endEvent", "ie")
    body = ends() + user("first") + sub_process("sub", inside, "is > a; a > b; b > ie") + gateway("exclusive", "m")
    body += boundary("x", "sub", signal("sig1"))
    body += handler("h", signal("sig1"), user("r", 'unit="n"'), interrupts=False)
    one = case(body, "s > first; first > sub; sub > m; x > m; m > e", later, n=0)
    one.hear("storm").complete("first").complete("a", n=1).hear("storm")
    assert sorted(task.unit for task in one.step.human_tasks) == [0, 1]
