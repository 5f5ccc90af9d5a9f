"""Errors and timers at the edge of activities."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from app.engine import isotime, runtime
from app.engine.runtime import OperationCall
from app.kernel import clock
from app.kernel.errors import Invalid
from tests.engine.diagrams import (
    Case,
    boundary,
    case,
    document,
    ends,
    error,
    gateway,
    later,
    node,
    service,
    timer,
    user,
    wires,
)

ERRORS = '<bpmn:error id="er" errorCode="refused"/><bpmn:error id="er2" errorCode="lost"/>'
SENDING = ends() + service("send") + boundary("b", "send", error("er")) + user("fix")
SENDING_FLOWS = "s > send; send > e; b > fix; fix > send"


def _case(body: str, flows: str) -> Case:
    return Case(runtime.parse(document(body, flows, beside=ERRORS), "p"), later)


@pytest.mark.bpmn("Boundary event: error, interrupting")
def test_an_error_goes_to_the_boundary_event_that_names_it() -> None:
    one = _case(SENDING, SENDING_FLOWS).fail("send", "refused")
    assert (one.open, one.asked, one.step.unhandled_error) == (["fix"], [], None)
    assert one.step.data == {"error": {"code": "refused", "message": "message"}}
    assert one.complete("fix").asked == ["send"]


def test_an_error_that_nobody_catches_changes_nothing() -> None:
    one = _case(SENDING, SENDING_FLOWS)
    before = one.step
    one.fail("send", "other")
    assert one.step.unhandled_error == "other"
    assert (one.step.state, one.step.waiting, one.step.entered) == (before.state, before.waiting, ())
    assert one.answer("send").step.finished


def test_the_event_that_names_the_error_comes_before_the_one_for_all() -> None:
    body = SENDING + boundary("any", "send", error()) + user("other")
    flows = SENDING_FLOWS + "; any > other; other > send"
    assert _case(body, flows).fail("send", "refused").open == ["fix"]
    assert _case(body, flows).fail("send", "unknown").open == ["other"]


def test_an_error_does_not_disturb_a_parallel_branch_that_could_catch_it() -> None:
    body = (
        ends()
        + gateway("parallel", "f")
        + service("one")
        + service("two")
        + boundary("b1", "one", error())
        + boundary("b2", "two", error())
        + user("fix1")
        + user("fix2")
        + gateway("parallel", "j")
        + gateway("exclusive", "m1")
        + gateway("exclusive", "m2")
    )
    flows = (
        "s > f; f > one; f > two; one > m1; b1 > fix1; fix1 > m1; two > m2; b2 > fix2; fix2 > m2;m1 > j; m2 > j; j > e"
    )
    one = _case(body, flows).fail("one", "x")
    assert (one.open, one.asked) == (["fix1"], ["two"])
    assert one.complete("fix1").answer("two").step.finished


def test_an_error_leaves_a_sub_process_and_stops_what_runs_inside() -> None:
    inside = (
        node("startEvent", "is")
        + gateway("parallel", "f")
        + service("send")
        + user("watch")
        + node("endEvent", "i1")
        + node("endEvent", "i2")
        + wires("is > f; f > send; f > watch; send > i1; watch > i2")
    )
    body = ends() + node("subProcess", "inner", inside) + boundary("b", "inner", error("er")) + user("fix")
    one = _case(body, "s > inner; inner > e; b > fix; fix > e")
    assert one.fail("send", "lost").step.unhandled_error == "lost"
    assert one.fail("send", "refused").open == ["fix"]
    assert one.complete("fix").step.finished


@pytest.mark.bpmn("End event: error")
def test_an_error_end_is_caught_around_its_sub_process_only_once() -> None:
    inside = (
        node("startEvent", "is")
        + gateway("parallel", "f")
        + user("a")
        + service("slow")
        + node("endEvent", "i1")
        + node("endEvent", "i2", error("er"))
        + wires("is > f; f > a; f > slow; a > i2; slow > i1")
    )
    body = ends() + node("subProcess", "inner", inside) + boundary("b", "inner", error("er")) + user("fix")
    one = _case(body, "s > inner; inner > e; b > fix; fix > e").complete("a")
    assert (one.open, one.asked, one.step.entered) == (["fix"], [], ("a", "i2", "b"))
    assert one.complete("fix").step.finished


def test_what_an_error_takes_away_does_not_run_on() -> None:
    asked: list[str] = []

    def note(call: OperationCall) -> Mapping[str, Any]:
        asked.append(call.node)
        return {}

    inside = (
        node("startEvent", "is")
        + gateway("parallel", "f")
        + node("endEvent", "broken", error("er"))
        + service("send")
        + node("endEvent", "ie")
        + wires("is > f; f > broken; f > send; send > ie")
    )
    body = ends() + node("subProcess", "inner", inside) + boundary("b", "inner", error()) + user("fix")
    definition = runtime.parse(document(body, "s > inner; inner > e; b > fix; fix > e", beside=ERRORS), "p")
    assert (Case(definition, note).open, asked) == (["fix"], [])


def test_a_case_may_end_with_a_time_limit() -> None:
    body = ends() + user("a") + boundary("b", "a", timer("P1D")) + node("endEvent", "late")
    one = case(body, "s > a; a > e; b > late")
    one.go(runtime.fire_timers, clock.now() + timedelta(days=2))
    assert (one.step.finished, one.step.entered) == (True, ("b", "late"))


@pytest.mark.bpmn("Boundary event: timer, non-interrupting")
def test_a_reminder_starts_beside_the_work_and_only_once() -> None:
    body = ends("e", "e2") + user("a") + boundary("t", "a", timer("P3D"), cancels=False) + user("remind")
    one = case(body, "s > a; a > e; t > remind; remind > e2")
    (told,) = one.step.timers
    assert told.node == "t"
    one.at(told.due - timedelta(seconds=1))
    assert one.open == ["a"]
    one.at(told.due).at(told.due)
    assert (one.open, one.step.timers) == (["a", "remind"], ())
    assert one.complete("a").complete("remind").step.finished


@pytest.mark.bpmn("Boundary event: timer, interrupting")
def test_a_time_limit_takes_the_work_away() -> None:
    body = ends() + user("a") + boundary("t", "a", timer("P3D")) + user("b")
    one = case(body, "s > a; a > e; t > b; b > e")
    one.at(one.step.timers[0].due)
    assert (one.open, one.step.entered) == (["b"], ("t",))


def test_work_done_in_time_stops_its_timer() -> None:
    body = ends() + user("a") + boundary("t", "a", timer("P3D")) + user("b")
    one = case(body, "s > a; a > b; t > b; b > e").complete("a")
    assert (one.open, one.step.timers) == (["b"], ())


def test_the_same_timer_starts_anew_on_a_second_visit() -> None:
    body = ends() + user("a") + boundary("t", "a", timer("P3D")) + user("b")
    one = case(body, "s > a; a > e; t > b; b > a")
    for _ in range(3):
        one.at(one.step.timers[0].due)
        assert one.complete("b").open == ["a"]
    assert one.step.timers[0].due > clock.now() + timedelta(days=2)


@pytest.mark.bpmn("Boundary event: timer, non-interrupting")
def test_a_repeated_reminder_comes_so_often_and_catches_up_with_one() -> None:
    cycle = timer("R3/P1D", "timeCycle")
    body = ends("e", "e2") + service("a") + boundary("t", "a", cycle, cancels=False) + user("remind")
    one = case(body, "s > a; a > e; t > remind; remind > e2")
    first = one.step.timers[0].due
    one.at(first)
    assert (one.open, one.step.timers[0].due) == (["remind"], first + timedelta(days=1))
    one.complete("remind").at(first + timedelta(days=1, hours=1))
    assert one.complete("remind").step.timers[0].due == first + timedelta(days=2)
    one.at(first + timedelta(days=9))
    assert (one.open, one.step.timers) == (["remind"], ())
    assert one.complete("remind").at(first + timedelta(days=99)).open == []
    assert one.answer("a").step.finished


def test_rounds_that_nobody_was_there_to_fire_are_skipped() -> None:
    cycle = timer("R/P1D", "timeCycle")
    body = ends("e", "e2") + service("a") + boundary("t", "a", cycle, cancels=False) + user("remind")
    one = case(body, "s > a; a > e; t > remind; remind > e2")
    first = one.step.timers[0].due
    one.at(first + timedelta(days=9, hours=1))
    assert (one.open, one.step.timers[0].due) == (["remind"], first + timedelta(days=10))


def test_a_reminder_without_end_does_not_fill_the_state() -> None:
    cycle = timer("R/P1D", "timeCycle")
    body = ends("e", "e2") + service("a") + boundary("t", "a", cycle, cancels=False) + user("remind")
    one = case(body, "s > a; a > e; t > remind; remind > e2")
    sizes = []
    for _ in range(100):
        one.at(one.step.timers[0].due).complete("remind")
        sizes.append(len(one.step.state))
    assert sizes[-1] < sizes[0] + 300


@pytest.mark.bpmn("Intermediate catch event: timer")
def test_a_case_waits_at_a_timer_between_two_steps() -> None:
    body = ends() + node("intermediateCatchEvent", "pause", timer("PT1H")) + user("a")
    one = case(body, "s > pause; pause > a; a > e")
    assert (one.open, [told.node for told in one.step.timers]) == ([], ["pause"])
    assert one.at(one.step.timers[0].due).open == ["a"]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("2036-03-01T08:00:00", datetime(2036, 3, 1, 1, tzinfo=UTC)),
        ("2036-03-01", datetime(2036, 2, 29, 17, tzinfo=UTC)),
        ("2036-03-01T08:00:00+00:00", datetime(2036, 3, 1, 8, tzinfo=UTC)),
        ("add_days(day, 1)", datetime(2036, 3, 1, 17, tzinfo=UTC)),
    ],
)
def test_a_date_without_a_zone_is_the_office_s(text: str, due: datetime) -> None:
    body = ends() + node("intermediateCatchEvent", "pause", timer(text, "timeDate"))
    one = case(body, "s > pause; pause > e", day="2036-03-01")
    assert one.step.timers[0].due == due


def test_a_date_that_has_passed_does_not_hold_anyone_up() -> None:
    body = ends() + node("intermediateCatchEvent", "pause", timer("2016-03-01", "timeDate"))
    assert case(body, "s > pause; pause > e").step.finished


@pytest.mark.parametrize(
    ("duration", "end"),
    [
        ("P1M", datetime(2026, 2, 28, 9, tzinfo=UTC)),
        ("P1Y2M3DT4H5M6S", datetime(2027, 4, 3, 13, 5, 6, tzinfo=UTC)),
        ("P2W", datetime(2026, 2, 14, 9, tzinfo=UTC)),
        ("P13M", datetime(2027, 2, 28, 9, tzinfo=UTC)),
    ],
)
def test_durations_follow_the_calendar(duration: str, end: datetime) -> None:
    assert isotime.after(datetime(2026, 1, 31, 9, tzinfo=UTC), duration) == end


@pytest.mark.parametrize("text", ["P", "PT", "P1", "1D", "P1DT", "P-1D", "P1.5D", "P999999D", "P1H"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        isotime.after(datetime(2026, 1, 1, tzinfo=UTC), text)


@pytest.mark.parametrize("text", ["R3/PT1S", "R/PT59S", "R3", "P1D", "R3/2026-01-01/P1D", "R-1/P1D"])
def test_what_is_no_cycle_or_too_fast_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        isotime.cycle(text)


def test_a_timer_from_data_that_make_no_sense_says_where() -> None:
    body = ends() + user("a") + node("intermediateCatchEvent", "pause", timer("wait"))
    one = case(body, "s > a; a > pause; pause > e")
    with pytest.raises(Invalid, match=r"engine\.timer") as raised:
        one.complete("a", wait="soon")
    assert raised.value.data["node"] == "pause"


def test_time_is_the_office_clock_s() -> None:
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=UTC), tick=False):
        one = case(ends() + node("intermediateCatchEvent", "pause", timer("P1D")), "s > pause; pause > e")
    assert one.step.timers[0].due == datetime(2030, 1, 2, tzinfo=UTC)
