"""Which elements a play passed: by every kind of way, and told apart from what merely stood beside it."""

from collections.abc import Iterable
from typing import Any

import pytest

from app.engine import playing, worktime
from app.kernel import clock
from tests.engine.diagrams import boundary, document, ends, error, gateway, node, service, timer, user, wires

BESIDE = '<bpmn:error id="er" errorCode="refused"/>'


@pytest.fixture(autouse=True)
def _own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_read", clock._read)
    monkeypatch.setattr(worktime, "_deadline", worktime._deadline)


def _told(
    body: str, flows: str, *plays: Iterable[dict[str, Any]], called: dict[str, str] | None = None
) -> dict[str, Any]:
    xml = document(body, flows, beside=BESIDE)
    given = [{"acts": list(acts), "operations": {}} for acts in plays]
    return playing.rehearse(xml, "p", called or {}, {}, given)


def _missed(*arguments: Any, **more: Any) -> tuple[set[str], set[str]]:
    found = _told(*arguments, **more)
    assert [one["incident"] for one in found["plays"]] == [None] * len(found["plays"])
    return ({one["id"] for one in found["coverage"]["nodes"]}, {one["id"] for one in found["coverage"]["flows"]})


def _do(node_id: str, **told: Any) -> dict[str, Any]:
    return {"complete": node_id, "as": None, "told": told}


def test_a_way_not_taken_is_missed_until_another_play_takes_it() -> None:
    body = ends("e", "f") + user("a") + gateway("exclusive", "g", "f")
    flows = "s > a; a > g; g > e if ok; g > f else"
    assert _missed(body, flows, [_do("a", ok=True)]) == ({"f"}, {"g_to_f"})
    assert _missed(body, flows, [_do("a", ok=True)], [_do("a", ok=False)]) == (set(), set())


def test_an_event_at_an_edge_is_missed_while_it_only_waits() -> None:
    body = ends("e", "f") + user("a") + boundary("t", "a", timer("P1D"))
    flows = "s > a; a > e; t > f"
    assert _missed(body, flows, [_do("a")]) == ({"t", "f"}, {"t_to_f"})
    assert _missed(body, flows, [_do("a")], [{"advance": "P2D"}]) == (set(), set())


def test_a_failure_takes_the_way_of_its_event() -> None:
    body = ends("e", "f") + service("k") + boundary("b", "k", error("er"))
    flows = "s > k; k > e; b > f"
    assert _missed(body, flows, [{"fail": "k", "code": "refused"}]) == ({"e"}, {"k_to_e"})


def test_every_branch_into_a_join_counts() -> None:
    body = ends() + gateway("parallel", "f") + gateway("parallel", "j") + user("a") + user("b")
    flows = "s > f; f > a; f > b; a > j; b > j; j > e"
    assert _missed(body, flows, [_do("b"), _do("a")]) == (set(), set())
    assert _missed(body, flows, [_do("b")]) == ({"j", "e"}, {"a_to_j", "j_to_e"})


def test_what_stands_in_a_sub_process_is_told_apart_from_what_has_its_name_outside() -> None:
    inner = node("startEvent", "is") + node("endEvent", "ie") + user("i")
    body = ends() + node("subProcess", "sub", inner + wires("is > i; i > ie"))
    assert _missed(body, "s > sub; sub > e", [_do("i")]) == (set(), set())
    assert _missed(body, "s > sub; sub > e", [])[0] == {"ie", "e"}


def test_a_called_process_is_not_measured_with_its_caller() -> None:
    other = document(ends() + user("a"), "s > a; a > e", name="q").decode()
    body = ends() + node("callActivity", "c", calledElement="q")
    assert _missed(body, "s > c; c > e", [_do("a")], called={"q": other}) == (set(), set())
    assert _missed(body, "s > c; c > e", [], called={"q": other}) == ({"e"}, {"c_to_e"})


def test_instances_and_rounds_pass_their_step() -> None:
    many = "multiInstanceLoopCharacteristics"
    loop = node(many, "l", "<bpmn:loopCardinality>2</bpmn:loopCardinality>")
    assert _missed(ends() + user("a", inside=loop), "s > a; a > e", [_do("a"), _do("a")]) == (set(), set())


def test_only_whom_a_step_names_completes_it() -> None:
    found = _told(ends() + user("a", 'role="clerk"'), "s > a; a > e", [{"complete": "a", "as": "head"}])
    assert found["plays"][0]["incident"]["code"] == "rehearsal.performer"


def test_timers_in_working_days_keep_to_the_days_that_are_given() -> None:
    body = ends("e", "f") + user("a") + boundary("t", "a", timer("working_days(1)"))
    given = {"acts": [{"timer": "t"}], "special": {"2026-01-06": False}}
    found = playing.rehearse(document(body, "s > a; a > e; t > f"), "p", {}, {}, [given])
    assert found["plays"][0]["now"] == "2026-01-07T10:00:00+00:00"
