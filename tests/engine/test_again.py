"""Asking again for what a service task waits for, and looking at what a case knows where it waits."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.engine import runtime
from app.engine.runtime import OperationCall
from app.kernel.errors import Conflict
from tests.engine.diagrams import Case, document, ends, service, user

BODY = ends() + user("a") + service("work", "found", number="n") + user("b")


def _case(operations: Any) -> Case:
    return Case(runtime.parse(document(BODY, "s > a; a > work; work > b; b > e"), "p"), operations, n=1)


def test_it_is_the_same_call_with_what_the_case_knows_by_now() -> None:
    asked: list[OperationCall] = []

    def later(call: OperationCall) -> Mapping[str, Any] | None:
        asked.append(call)
        return None

    case = _case(later).complete("a")
    call_id = case.call("work")
    case.go(runtime.amend, {"n": 2}).go(runtime.again, call_id)

    assert [(call.task_id, call.params) for call in asked] == [(call_id, {"number": 1}), (call_id, {"number": 2})]
    assert (case.asked, case.open) == (["work"], [])
    assert case.answer("work", ok=True).open == ["b"]


def test_an_answer_at_once_lets_the_case_go_on() -> None:
    answers: list[Mapping[str, Any] | None] = [None, {"ok": True}]
    case = _case(lambda _call: answers.pop(0)).complete("a")

    case.go(runtime.again, case.call("work"))

    assert case.open == ["b"]
    assert case.step.data["found"] == {"ok": True}
    assert case.step.entered == ("work",)


def test_what_does_not_wait_is_not_asked_for() -> None:
    case = _case(lambda _call: None)

    with pytest.raises(Conflict) as refusal:
        case.go(runtime.again, case.task("a"))

    assert refusal.value.code == "call.already_answered"


def test_a_case_tells_what_it_knows_where_it_waits_and_nothing_elsewhere() -> None:
    case = _case(lambda _call: None)
    task_id = case.task("a")

    assert runtime.known(case.definition, case.step.state, task_id) == {"n": 1}
    case.complete("a", said="x")
    assert runtime.known(case.definition, case.step.state, case.call("work")) == {"n": 1, "said": "x"}
    assert runtime.known(case.definition, case.step.state, task_id) == {}
