"""Sub-processes that are left alone while something happens in another: nobody can tell the difference."""

import json
from random import Random
from typing import Any
from uuid import UUID

import pytest

from app.engine import codec, runtime
from tests.engine.diagrams import Case, boundary, case, ends, error, inner, instances, later, node, service, user, wires

EACH = instances("people", "person", "opinions", "opinion")
ENDS = node("startEvent", "is") + node("endEvent", "ie")
READ = ENDS + user("read", 'post="person"') + service("file", "filed") + user("answer", 'post="person"')
ASK = node("subProcess", "ask", EACH + READ + wires("is > read; read > file; file > answer; answer > ie"))
PEOPLE = [f"p{number}" for number in range(5)]


def _asking(more: str = "", flows: str = "") -> Case:
    return case(ends() + ASK + user("next") + more, f"s > ask; ask > next; next > e;{flows}", people=PEOPLE)


def _read_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = codec.load
    monkeypatch.setattr(codec, "load", lambda *given: whole(*given[:4]))


def _play(seed: int) -> list[Any]:
    """Whatever waits is answered in a random order; what could be seen at each step, without ids."""
    chance, one, seen = Random(seed), _asking(), []  # noqa: S311 - a test's dice
    while not one.step.finished:
        tasks = [(task.node, task.post, task.id) for task in one.step.human_tasks]
        calls = [(call.node, "", call.id) for call in one.step.waiting]
        seen.append([[place[:2] for place in tasks], [place[:2] for place in calls], one.step.data])
        place, post, key = chance.choice([*tasks, *calls])
        if place == "file":
            one.go(runtime.answer, key, {"by": chance.random()})
        else:
            one.go(runtime.complete, key, {"opinion": f"{place} {post} {chance.random()}"})
    return [*seen, one.step.data]


@pytest.mark.parametrize("seed", range(8))
def test_a_case_goes_the_same_way_whether_others_rest_or_are_read(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rested = _play(seed)
    _read_everything(monkeypatch)

    assert rested == _play(seed)


def test_only_the_sub_process_that_is_touched_is_read() -> None:
    one = _asking()
    before = {key: rows for key, _name, rows, _waits in json.loads(one.step.state)["flows"]}
    top = codec.load(one.definition.spec, one.definition.inner, one.step.state, None, UUID(one.step.human_tasks[3].id))
    one.go(runtime.complete, one.step.human_tasks[3].id, {})
    after = {key: rows for key, _name, rows, _waits in json.loads(one.step.state)["flows"]}

    assert (len(top.subprocesses), len(top.resting)) == (1, 4)
    assert list(before) == list(after)
    assert sum(before[key] != after[key] for key in before) == 1


def test_what_rests_goes_when_its_instances_are_taken_away() -> None:
    each = instances("people", "person", "opinions", "opinion", until="opinion == 'enough'")
    body = node("subProcess", "ask", each + ENDS + user("read") + wires("is > read; read > ie")) + user("next")
    one = case(ends() + body, "s > ask; ask > next; next > e", people=PEOPLE)
    one.complete("read", opinion="enough")

    assert one.open == ["next"]
    assert json.loads(one.step.state)["flows"] == []


def test_an_error_in_one_takes_those_that_rest_with_it() -> None:
    more = user("mend") + boundary("caught", "ask", error("er"))
    one = case(
        ends() + ASK + user("next") + more, "s > ask; ask > next; next > e; caught > mend; mend > e", people=PEOPLE
    )
    one.complete("read").complete("read").fail("file", "refused")

    assert one.open == ["mend"]
    assert one.asked == []


def test_a_sub_process_around_another_is_read_with_it() -> None:
    deep = inner(
        "outer", inner("deep", user("a"), "deeps > a; a > deepe") + user("b"), "outers > deep; deep > b; b > outere"
    )
    one = case(ends() + deep, "s > outer; outer > e")

    assert one.complete("a", n=1).complete("b").step.data == {"n": 1}


def test_a_state_that_the_first_release_kept_goes_on() -> None:
    one = _asking()
    content = json.loads(one.step.state)
    top = codec.load(one.definition.spec, one.definition.inner, one.step.state, None)
    flows = [[key.hex, flow.spec.name, codec._rows(flow, {})] for key, flow in top.subprocesses.items()]
    first = {"format": 1, "completed": False, "data": {}, "flows": [[None, "p", content["rows"]], *flows]}
    step = runtime.complete(one.definition, json.dumps(first).encode(), one.task("read"), {}, later)

    assert [task.node for task in step.human_tasks] == ["read"] * 4
    assert [call.node for call in step.waiting] == ["file"]
    assert json.loads(step.state)["format"] == codec.FORMAT
