"""A case played through: what is answered, what happens, and what is told about it."""

from typing import Any

import pytest

from app.engine import rehearsal, worktime
from app.kernel import clock
from tests.engine.diagrams import boundary, document, ends, error, gateway, node, service, timer, user

LINE = "s > a; a > e"


@pytest.fixture(autouse=True)
def _own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_read", clock._read)
    monkeypatch.setattr(worktime, "_deadline", worktime._deadline)


def _play(body: str, flows: str = LINE, *events: dict[str, Any], **answers: Any) -> dict[str, Any]:
    beside = '<bpmn:error id="er" errorCode="refused"/>'
    return rehearsal.play(document(body, flows, beside=beside), None, {"x": 1}, answers, list(events))


def _states(told: dict[str, Any], *states: str) -> list[tuple[str, str]]:
    return [(one["element"], one["state"]) for one in told["trace"] if one["state"] in states]


def test_steps_without_an_answer_are_left_open() -> None:
    told = _play(ends() + user("a"))
    assert (told["status"], told["reason"], told["data"]) == ("waiting", None, {"x": 1})
    assert [(one["element"], one["state"]) for one in told["trace"]] == [
        ("s", "entered"),
        ("s", "completed"),
        ("a", "entered"),
        ("a", "waiting"),
    ]
    assert told["open"] == [{"element": "a", "name": "", "waits_for": "human"}]


def test_an_answer_for_each_visit() -> None:
    body = ends() + user("a") + gateway("exclusive", "g", "a")
    told = _play(body, "s > a; a > g; g > e if ok; g > a else", a=[{"ok": False}, {"ok": True}])
    assert told["status"] == "completed"
    assert _states(told, "completed") == [(key, "completed") for key in ("s", "a", "g", "a", "g", "e")]
    assert told["data"] == {"x": 1, "ok": True}


def test_operations_are_recorded_and_answered() -> None:
    told = _play(ends() + service("a", "kept", number="x + 1"), a={"n": 7})
    assert told["operations"] == [{"element": "a", "operation": "test.a", "params": {"number": 2}, "result": {"n": 7}}]
    assert told["data"] == {"x": 1, "kept": {"n": 7}}


def test_an_operation_waits_for_the_event_that_answers_it() -> None:
    told = _play(ends() + service("a", "kept"), LINE, {"answer": "a", "result": {"n": 8}})
    assert _states(told, "waiting", "completed") == [
        ("s", "completed"),
        ("a", "waiting"),
        ("a", "completed"),
        ("e", "completed"),
    ]
    assert told["data"]["kept"] == {"n": 8}


def test_an_operation_that_fails_goes_to_its_boundary_event_or_is_an_incident() -> None:
    body = ends() + service("a") + boundary("b", "a", error("er")) + user("fix")
    flows = LINE + "; b > fix; fix > e"
    told = _play(body, flows, {"fail": "a", "code": "refused"}, fix={})
    assert (told["status"], _states(told, "cancelled")) == ("completed", [("a", "cancelled")])
    told = _play(body, flows, {"fail": "a", "code": "lost"})
    assert (told["status"], told["reason"]["reason"]) == ("incident", "rehearsal.unhandled")
    assert told["reason"]["data"] == {"node": "a", "error": "lost"}


def test_time_passes_only_when_it_is_told_to() -> None:
    body = ends() + user("a") + boundary("t", "a", timer("P3D")) + user("b")
    flows = LINE + "; t > b; b > e"
    assert _play(body, flows, {"advance": "P2D"})["open"][0]["element"] == "a"
    told = _play(body, flows, {"advance": "P4D"}, b={})
    assert told["status"] == "completed"
    assert _states(told, "cancelled") == [("a", "cancelled")]
    assert told["ended_at"] == "2026-01-09T01:00:00+00:00"
    told = _play(body, flows, {"timer": "t"})
    assert (told["open"][0]["element"], told["ended_at"]) == ("b", "2026-01-08T01:00:00+00:00")


def test_every_round_on_the_way_rings() -> None:
    body = ends("e", "e2") + user("a") + boundary("t", "a", timer("R3/P1D", "timeCycle"), cancels=False) + service("n")
    told = _play(body, "s > a; a > e; t > n; n > e2", {"advance": "P9D"})
    assert len(told["operations"]) == 3


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"answer": "b"}, "rehearsal.not_open"),
        ({"fail": "a", "code": "x"}, "rehearsal.not_open"),
        ({"timer": "a"}, "rehearsal.not_open"),
        ({}, "rehearsal.event"),
        ({"sing": 1}, "rehearsal.event"),
        ({"answer": ["a"]}, "rehearsal.event"),
        ({"timer": {}}, "rehearsal.event"),
        ({"signal": [1]}, "rehearsal.event"),
        ({"advance": "soon"}, "rehearsal.value"),
        ({"answer": "a", "result": 3}, "rehearsal.value"),
    ],
)
def test_what_cannot_happen_is_an_incident_with_a_reason(event: dict[str, Any], reason: str) -> None:
    told = _play(ends() + user("a"), LINE, event)
    assert (told["status"], told["reason"]["reason"], told["open"][0]["element"]) == ("incident", reason, "a")


def test_a_diagram_that_does_not_run_says_why() -> None:
    told = _play(ends() + node("userTask", "a", odd="1"))
    assert (told["status"], told["reason"]["reason"], told["trace"]) == ("incident", "diagram.attribute", [])


def test_elements_keep_the_ids_of_their_file() -> None:
    told = _play(ends() + user("End"), "s > End; End > e", End={"y": 2})
    assert ("End", "completed") in _states(told, "completed")
    assert told["status"] == "completed"


def test_the_main_process_is_the_one_that_nobody_calls() -> None:
    called = '<bpmn:process id="sub" isExecutable="true">' + node("startEvent", "cs") + node("endEvent", "ce")
    called += '<bpmn:sequenceFlow id="cf" sourceRef="cs" targetRef="ce"/></bpmn:process>'
    told = rehearsal.play(
        document(ends() + node("callActivity", "a", calledElement="sub"), LINE, beside=called), None, {}, {}, []
    )
    assert (told["process"], told["status"]) == ("p", "completed")


def _late(days: Any, *events: dict[str, Any]) -> dict[str, Any]:
    late = boundary("t", "a", timer("working_days(days)")) + user("late")
    xml = document(ends() + user("a") + late, "s > a; a > e; t > late; late > e")
    return rehearsal.play(xml, None, {"days": days}, {"late": {}}, list(events))


def test_working_days_pass_over_the_weekend() -> None:
    told = _late(6, {"timer": "t"})
    assert (told["status"], told["ended_at"]) == ("completed", "2026-01-13T10:00:00+00:00")  # the second Tuesday


@pytest.mark.parametrize("days", [-1, 401, "x", None])
def test_working_days_that_nobody_waits_for_are_an_incident(days: Any) -> None:
    assert _late(days)["reason"]["reason"] == "engine.expression"
