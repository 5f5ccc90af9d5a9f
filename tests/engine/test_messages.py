"""Messages: to the one who waits, once, and as often as the diagram says."""

from collections.abc import Callable

import pytest

from app.engine import runtime
from app.engine.runtime import MessageThrown
from app.kernel.errors import Conflict, Invalid
from tests.engine.diagrams import (
    NAMES,
    Case,
    boundary,
    case,
    document,
    ends,
    gateway,
    instances,
    later,
    message,
    node,
    said,
    service,
    sub_process,
    timer,
    user,
    wanderer,
)

Make = Callable[..., Case]
both = pytest.mark.parametrize("make", [case, wanderer])


def _catch(key: str, inside: str = "") -> str:
    return node("intermediateCatchEvent", key, inside + message("m1"))


@pytest.mark.bpmn("Intermediate catch event: message")
@both
def test_a_case_waits_for_a_message_between_two_steps(make: Make) -> None:
    one = make(ends() + _catch("c", said(result="answer")) + user("a"), "s > c; c > a; a > e")
    (awaited,) = one.step.awaited
    assert (awaited.node, awaited.name, awaited.correlation) == ("c", "reply", None)
    one.deliver("reply", text="yes")
    assert (one.open, one.step.awaited, one.step.entered) == (["a"], (), ("c",))
    assert one.complete("a").step.data == {"answer": {"text": "yes"}}


def test_a_message_without_a_name_for_its_content_leaves_no_trace() -> None:
    one = case(ends() + _catch("c"), "s > c; c > e").deliver("reply", text="yes")
    assert (one.step.finished, one.step.data) == (True, {})


def test_a_message_that_nobody_awaits_is_not_lost_without_a_word() -> None:
    one = case(ends() + user("a") + _catch("c"), "s > a; a > c; c > e")
    for name in ("reply", "other"):
        with pytest.raises(Conflict, match=r"message\.not_awaited"):
            one.deliver(name)
    one.complete("a").deliver("reply")
    assert one.step.finished
    with pytest.raises(Conflict, match=r"message\.not_awaited"):
        one.deliver("reply")


def test_a_message_goes_to_one_of_two_who_wait() -> None:
    body = ends() + gateway("parallel", "f") + _catch("c") + _catch("d") + gateway("parallel", "j")
    one = case(body, "s > f; f > c; f > d; c > j; d > j; j > e")
    assert one.awaited == ["c", "d"]
    assert len(one.deliver("reply").awaited) == 1
    assert one.deliver("reply").step.finished


@both
def test_a_correlation_finds_the_one_who_is_meant(make: Make) -> None:
    host = node(
        "receiveTask", "r", said("person.id", "told") + instances("people", "person", "all", "told"), messageRef="m1"
    )
    one = make(ends() + host, "s > r; r > e", later, people=[{"id": 7}, {"id": 8}])
    assert sorted(str(wait.correlation) for wait in one.step.awaited) == ["7", "8"]
    with pytest.raises(Conflict, match=r"message\.not_awaited"):
        one.deliver("reply", "9")
    with pytest.raises(Conflict, match=r"message\.not_awaited"):
        one.deliver("reply")
    one.deliver("reply", "8", text="b")
    with pytest.raises(Conflict, match=r"message\.not_awaited"):
        one.deliver("reply", "8")
    one.deliver("reply", "7", text="a")
    assert one.step.finished
    assert one.step.data["all"] == [{"text": "a"}, {"text": "b"}]


def test_one_who_asks_for_a_correlation_comes_before_one_who_takes_any() -> None:
    body = ends() + gateway("parallel", "f") + _catch("any") + _catch("mine", said("number")) + gateway("parallel", "j")
    one = case(body, "s > f; f > any; f > mine; any > j; mine > j; j > e", later, number="12")
    assert one.deliver("reply", "12").awaited == ["any"]
    assert one.deliver("reply", "12").step.finished


@pytest.mark.parametrize("number", [None, "", 1.5, True, [1]])
def test_a_correlation_that_is_nothing_would_be_anybody_s(number: object) -> None:
    body = ends() + user("a") + _catch("c", said("number"))
    one = case(body, "s > a; a > c; c > e")
    with pytest.raises(Invalid, match=r"engine\.correlation") as raised:
        one.complete("a", number=number)
    assert raised.value.data["node"] == "c"


@pytest.mark.bpmn("Intermediate throw event: message")
@pytest.mark.bpmn("End event: message")
def test_messages_go_out_with_what_they_carry() -> None:
    throw = node("intermediateThrowEvent", "t", said("number", who="name") + message("m1"))
    body = node("startEvent", "s") + throw + node("endEvent", "e", message("m2"))
    one = case(body, "s > t; t > e", later, number=7, name="An")
    assert one.step.messages_out == (MessageThrown("reply", {"who": "An"}, "7"), MessageThrown("cancel", {}, None))
    assert (one.step.finished, one.step.entered) == (True, ("s", "t", "e"))


def test_a_message_is_sent_once() -> None:
    body = ends() + node("intermediateThrowEvent", "t", message("m1")) + user("a") + gateway("exclusive", "g", "e")
    one = case(body, "s > t; t > a; a > g; g > t if again; g > e else")
    assert [sent.name for sent in one.step.messages_out] == ["reply"]
    assert [sent.name for sent in one.complete("a", again=True).step.messages_out] == ["reply"]
    assert one.complete("a", again=False).step.messages_out == ()


@pytest.mark.bpmn("Activity: sendTask")
def test_a_send_task_sends_its_message_or_does_its_operation() -> None:
    plain = node("sendTask", "t", said(text="words"), messageRef="m1")
    one = case(ends() + plain, "s > t; t > e", later, words="xin chào")
    assert one.step.messages_out == (MessageThrown("reply", {"text": "xin chào"}, None),)
    declared = '<bpmn:extensionElements><eo:operation name="test.send" result="sent"/></bpmn:extensionElements>'
    one = case(ends() + node("sendTask", "t", declared), "s > t; t > e")
    assert (one.asked, one.step.messages_out) == (["t"], ())
    assert one.answer("t", ok=1).step.data == {"sent": {"ok": 1}}


@pytest.mark.bpmn("Activity: receiveTask")
@both
def test_a_receive_task_waits_with_events_at_its_edge(make: Make) -> None:
    body = ends() + node("receiveTask", "r", said(result="got"), messageRef="m1") + user("a")
    body += boundary("b", "r", timer("P1D"))
    flows = "s > r; r > e; b > a; a > r"
    one = make(body, flows)
    one.at(one.step.timers[0].due)
    assert (one.open, one.awaited) == (["a"], [])
    one.complete("a").deliver("reply", x=1)
    assert (one.step.finished, one.step.data) == (True, {"got": {"x": 1}})


@pytest.mark.bpmn("Boundary event: message, interrupting")
@both
def test_a_message_takes_the_work_away_also_in_a_second_round(make: Make) -> None:
    body = ends() + user("a") + boundary("b", "a", said(result="why") + message("m2")) + user("x")
    one = make(body, "s > a; a > e; b > x; x > a")
    for number in range(3):
        one.deliver("cancel", n=number)
        assert (one.open, one.awaited, one.step.entered) == (["x"], [], ("b",))
        assert one.step.data["why"] == {"n": number}
        assert one.complete("x").open == ["a"]
    assert one.complete("a").step.finished
    assert one.step.awaited == ()


@pytest.mark.bpmn("Boundary event: message, non-interrupting")
@both
def test_the_second_message_starts_a_branch_as_the_first_did(make: Make) -> None:
    body = ends("e", "e2") + user("a") + boundary("b", "a", said(result="note") + message("m1"), cancels=False)
    one = make(body + user("read"), "s > a; a > e; b > read; read > e2")
    for number in range(3):
        one.deliver("reply", n=number)
    assert (one.open, one.awaited) == (["a", "read", "read", "read"], ["b"])
    one.complete("read").complete("a")
    assert (one.open, one.awaited, one.step.finished) == (["read", "read"], [], False)
    assert one.complete("read").complete("read").step.finished


def test_messages_beside_the_work_do_not_fill_the_state() -> None:
    body = ends("e", "e2") + user("a") + boundary("b", "a", message("m1"), cancels=False) + user("read")
    one = case(body, "s > a; a > e; b > read; read > e2")
    sizes = [len(one.deliver("reply").complete("read").step.state) for _ in range(40)]
    assert max(sizes) - min(sizes) < 20
    assert one.complete("a").step.finished


@both
def test_a_message_takes_a_whole_sub_process_away(make: Make) -> None:
    inside = node("startEvent", "is") + gateway("parallel", "f") + user("x") + service("y")
    inside += _catch("z") + node("endEvent", "ie")
    flows = "is > f; f > x; f > y; f > z; x > ie; y > ie; z > ie"
    body = ends() + sub_process("w", inside, flows) + boundary("b", "w", message("m2")) + user("after")
    one = make(body, "s > w; w > e; b > after; after > w")
    for _ in range(2):
        assert (one.open, one.asked, one.awaited) == (["x"], ["y"], ["b", "z"])
        one.deliver("cancel")
        assert (one.open, one.asked, one.awaited) == (["after"], [], [])
        one.complete("after")
    assert one.complete("x").answer("y").deliver("reply").step.finished


@both
def test_a_message_reaches_into_a_sub_process(make: Make) -> None:
    inside = node("startEvent", "is") + _catch("z", said(result="got")) + node("endEvent", "ie")
    body = ends() + sub_process("w", inside, "is > z; z > ie") + gateway("exclusive", "g", "e") + user("a")
    one = make(body, "s > w; w > a; a > g; g > w if again; g > e else")
    for number in range(3):
        one.deliver("reply", n=number)
        assert one.step.data["got"] == {"n": number}
        one.complete("a", again=number < 2)
    assert one.step.finished


@pytest.mark.bpmn("Start event: message")
@pytest.mark.bpmn("Start event: none")
@both
def test_a_process_with_several_starts_begins_at_one_of_them(make: Make) -> None:
    starts = node("startEvent", "s") + node("startEvent", "by_letter", said(result="letter") + message("m1"))
    body = starts + node("endEvent", "e") + gateway("exclusive", "g") + user("read") + user("a")
    flows = "s > g; by_letter > read; read > g; g > a; a > e"
    one = make(body, flows)
    assert (one.open, one.awaited, one.step.entered[0]) == (["a"], [], "s")
    assert one.complete("a").step.finished
    assert [(start.node, start.kind, start.name) for start in one.definition.starts] == [
        ("s", "none", None),
        ("by_letter", "message", "reply"),
    ]
    one.step = runtime.start(one.definition, {"x": 1}, later, at="by_letter", payload={"n": 2})
    assert (one.open, one.step.data) == (["read"], {"x": 1, "letter": {"n": 2}})
    assert one.complete("read").complete("a").step.finished


def test_a_process_that_only_a_message_starts_is_not_started_without() -> None:
    body = node("startEvent", "s", message("m1")) + node("endEvent", "e") + user("a")
    definition = runtime.parse(document(body, "s > a; a > e", beside=NAMES), "p")
    with pytest.raises(Invalid, match=r"engine\.start"):
        runtime.start(definition, {}, later)
    with pytest.raises(Invalid, match=r"engine\.start"):
        runtime.start(definition, {}, later, at="a")
    assert runtime.start(definition, {}, later, at="s").human_tasks[0].node == "a"


@both
def test_many_instances_that_wait_are_all_taken_away(make: Make) -> None:
    inside = node("startEvent", "is") + _catch("z", said("who")) + node("endEvent", "ie")
    many = instances("people", "who", "all", "done")
    body = ends("e", "e2") + sub_process("w", inside + many, "is > z; z > ie")
    body += boundary("b", "w", message("m2")) + user("after") + user("note")
    body += boundary("n", "w", timer("R/P1D", "timeCycle"), cancels=False)
    one = make(body, "s > w; w > e; b > after; after > w; n > note; note > e2", later, people=["x", "y"])
    for _ in range(2):
        one.at(one.step.timers[0].due).complete("note").deliver("reply", "x")
        assert one.awaited == ["b", "z"]
        one.deliver("cancel")
        assert (one.open, one.awaited, one.step.timers) == (["after"], [], ())
        one.complete("after")
    assert one.deliver("reply", "y").deliver("reply", "x").step.finished


def test_instances_in_turn_wait_one_after_the_other() -> None:
    many = instances("people", "who", "all", "told", in_turn=True)
    host = node("receiveTask", "r", said("who", "told") + many, messageRef="m1")
    one = case(
        ends() + host + boundary("b", "r", message("m2"), cancels=False) + user("x") + node("endEvent", "e2"),
        "s > r; r > e; b > x; x > e2",
        later,
        people=["x", "y"],
    )
    assert [wait.correlation for wait in one.step.awaited if wait.node == "r"] == ["x"]
    one.deliver("cancel").deliver("reply", "x", n=1).deliver("cancel").complete("x")
    assert [wait.correlation for wait in one.step.awaited if wait.node == "r"] == ["y"]
    one.deliver("reply", "y", n=2).complete("x")
    assert (one.step.finished, one.step.data["all"]) == (True, [{"n": 1}, {"n": 2}])


@both
def test_what_a_message_has_started_beside_the_work_is_not_taken_away_with_it(make: Make) -> None:
    body = (
        ends("e", "e2")
        + user("a")
        + boundary("n", "a", message("m1"), cancels=False)
        + boundary("b", "a", message("m2"))
    )
    body += user("x") + user("y") + user("after")
    one = make(body, "s > a; a > e; n > x; x > y; y > e2; b > after; after > e")
    one.deliver("reply").complete("x", n=1).deliver("reply")
    assert one.deliver("cancel").open == ["after", "x", "y"]
    one.complete("y", m=2).complete("x", n=3).complete("y").complete("after")
    assert (one.step.finished, one.step.data) == (True, {"n": 3, "m": 2})


def test_a_called_process_begins_where_nothing_triggers_it() -> None:
    starts = node("startEvent", "cs") + node("startEvent", "cm", message("m1")) + user("a") + user("b")
    called = document(starts + node("endEvent", "ce"), "cs > a; cm > b; a > ce; b > ce", beside=NAMES, name="q")
    body = ends() + node("callActivity", "call", calledElement="q") + boundary("x", "call", message("m1")) + user("z")
    xml = document(body, "s > call; call > e; x > z; z > e", beside=NAMES)
    one = Case(runtime.parse(xml, "p", {"q": called}), later)
    assert (one.open, one.awaited) == (["a"], ["x"])
    assert one.deliver("reply").open == ["z"]
    assert one.complete("z").step.finished
