"""Scenarios of the library: every one holds, and together they pass every element at every level of the demo worlds."""

from collections.abc import Iterator

import pytest

from app.cli.bpmn.worlds import standings
from app.domain.procedures import assembly, library, scenarios, trials
from app.domain.procedures.scenarios import Difference, Scenario
from app.domain.procedures.trials import Outcome, Trial
from app.engine.child import Reader
from app.kernel.errors import Invalid

PLACES = ("levels/commune", "common")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as found:
        yield found


@pytest.mark.parametrize("key", library.catalogue())
def test_the_scenarios_of_a_procedure_hold_and_pass_every_element_at_every_level(key: str, reader: Reader) -> None:
    tried = trials.of_library([key], standings(), reader.ask)

    assert {level for one in tried for level in one.levels} == {one.level for one in standings()}
    for one in tried:
        assert one.refused is None
        assert [(each.name, each.difference) for each in one.outcomes if each.difference is not None] == []
        assert (one.coverage["nodes"], one.coverage["flows"]) == ([], []), one.levels


def test_levels_that_run_the_same_are_tried_once(reader: Reader) -> None:
    tried = trials.of_library(["incoming_document"], standings(), reader.ask)

    assert [set(one.levels) for one in tried] == [
        {"province", "department", "district"},
        {"commune", "ward", "special_zone"},
    ]


def _trial(reader: Reader, text: str, key: str = "incoming_document") -> Trial:
    chosen = scenarios.read(f"scenarios:\n{text}".encode())
    return trials.of(assembly.from_library(key, PLACES), ("commune",), chosen, reader.ask)


def _difference(reader: Reader, steps: str, expect: str, given: str = "{}") -> Difference | None:
    (outcome,) = _trial(reader, f"- name: Thử\n  given: {given}\n  steps: [{steps}]\n  expect: {{{expect}}}\n").outcomes
    assert isinstance(outcome, Outcome)
    return outcome.difference


REGISTER = "{complete: register, as: clerk, answers: {registration_decision: register, village: Thôn 1}}"
REFUSE = "{complete: register, as: clerk, answers: {registration_decision: refuse}}"
DIRECT = "{complete: direct, as: chairman, answers: {instruction: Xử lý, lead_post: $post}}"


@pytest.mark.parametrize(
    ("steps", "expect", "code"),
    [
        (REGISTER, "path: [enter, verify]", "scenario.not_passed"),
        (REGISTER, "path: {exactly: [start, verify, enter]}", "scenario.path"),
        (REGISTER, "never: [enter]", "scenario.passed"),
        (REGISTER, "waits_at: [handle]", "scenario.waits"),
        (REGISTER, "ended: true", "scenario.not_ended"),
        (REGISTER, 'statuses: ["04"]', "scenario.statuses"),
        (REGISTER, "documents: [sent]", "scenario.documents"),
        (REGISTER, "messages: [ready]", "scenario.messages"),
        (REGISTER, "operations: [{operation: exchange.send}]", "scenario.operation"),
        (REGISTER, 'operations: [{node: report_03, params: {status: "04"}}]', "scenario.operation"),
        (REGISTER, "data: {registration_decision: refuse}", "scenario.data"),
        (REGISTER, "deadlines: {direct: 2026-01-07}", "scenario.deadline"),
        (REGISTER, "deadlines: {direct: null}", "scenario.deadline"),
        (REGISTER, "fails: engine.data", "scenario.no_incident"),
        (REGISTER.replace("clerk", "chairman"), "ended: false", "scenario.incident"),
        (f"{REGISTER}, {DIRECT}, {{complete: take_up, as: $other}}", "ended: false", "scenario.incident"),
        (DIRECT, "ended: false", "scenario.incident"),
        ("{answer: enter}", "ended: false", "scenario.incident"),
        (REFUSE, "ended: true", "scenario.answers"),
        ("{complete: accepted, as: clerk}", "ended: true", "scenario.no_form"),
    ],
)
def test_a_scenario_that_does_not_hold_says_what_is_first_wrong(
    reader: Reader, steps: str, expect: str, code: str
) -> None:
    found = _difference(reader, steps, expect)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    ("steps", "expect"),
    [
        (REGISTER, "path: [verify, register, enter], never: [refuse], waits_at: [direct], ended: false"),
        (REGISTER, 'statuses: ["03"], documents: [registered], data: {registration_decision: register}'),
        (f"{REGISTER}, {{advance: P3D}}, {DIRECT}", "deadlines: {direct: 2026-01-06, take_up: 2026-01-09}"),
        (f"{REGISTER}, {{working_days: 4}}, {DIRECT}", "deadlines: {take_up: 2026-01-12T17:00}"),
        ("{complete: register, as: head}", "fails: rehearsal.performer"),
    ],
)
def test_a_scenario_that_holds_says_nothing(reader: Reader, steps: str, expect: str) -> None:
    if "performer" in expect:
        steps = "{complete: register, as: head, answers: {registration_decision: register}}"
    assert _difference(reader, steps, expect) is None


def test_an_operation_that_waits_is_not_done(reader: Reader) -> None:
    given = "{operations: {enter: later}}"
    assert _difference(reader, REGISTER, "waits_at: [enter], documents: []", given) is None
    answered = f"{REGISTER}, {{answer: enter, result: {{arrival_number: 3}}}}"
    expect = "waits_at: [direct], documents: [registered], data: {registration: {arrival_number: 3}}"
    assert _difference(reader, answered, expect) is None


def test_an_operation_is_answered_anew_at_each_visit(reader: Reader) -> None:
    chosen = [
        one for one in scenarios.beside(assembly.from_library("outgoing_document", PLACES)) if "ký lại" in one.name
    ]
    (one,) = chosen
    given = {**one.given, "operations": {"number": [{"number": 1}, {"number": 2}]}}
    changed = Scenario(one.name, (), given, one.steps, {"data": {"numbered": {"number": 2}}})
    tried = trials.of(assembly.from_library("outgoing_document", PLACES), (), [changed], reader.ask)
    assert tried.passed


def test_what_no_scenario_passed_is_listed(reader: Reader) -> None:
    tried = _trial(reader, f"- name: Thử\n  steps: [{REGISTER}]\n  expect: {{ended: false}}\n")
    assert {"refuse", "end_refused", "handle"} <= {one["id"] for one in tried.coverage["nodes"]}
    assert {"was_refused", "told_06"} <= {one["id"] for one in tried.coverage["flows"]}
    assert not {"enter", "was_accepted", "accepted"} & {
        one["id"] for kind in ("nodes", "flows") for one in tried.coverage[kind]
    }


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "- name: Thử\n  steps: []\n  expect: {}\n",
        "- name: Thử\n  steps: [{complete: register}]\n  expect: {ended: true}\n",
        "- name: Thử\n  steps: [{complete: register, as: clerk, answer: verify}]\n  expect: {ended: true}\n",
        "- name: Thử\n  steps: [{execute: rm}]\n  expect: {ended: true}\n",
        "- name: Thử\n  steps: []\n  expect: {ended: true, won: true}\n",
        "- name: Thử\n  given: {now: yesterday}\n  steps: []\n  expect: {ended: true}\n",
    ],
)
def test_a_file_of_another_shape_is_refused_with_the_place(text: str) -> None:
    with pytest.raises(Invalid) as raised:
        scenarios.read(f"scenarios:\n{text}".encode() if text != "[]" else b"scenarios: []")
    assert raised.value.code == "scenario.shape"
    assert raised.value.data["where"].startswith("scenarios")


def test_the_example_of_the_guide_holds(reader: Reader) -> None:
    guide = (library.ROOT / "docs" / "scenarios.md").read_text("utf-8")
    chosen = scenarios.read(guide.split("```yaml\n")[1].split("```")[0].encode())
    assert trials.of(assembly.from_library("incoming_document", ("common",)), (), chosen, reader.ask).passed
