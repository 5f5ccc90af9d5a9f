"""The report of the gate: everything that is to be said about a document, not only the first thing."""

import pytest

from app.engine import gate
from app.engine.report import Finding, Report
from tests.engine.diagrams import boundary, document, ends, gateway, node, service, timer, user

LINE = "s > a; a > e"


def _report(body: str, flows: str = LINE, **rest: str) -> Report:
    return gate.examine(document(body, flows, **rest))


def _of(report: Report, key: str) -> Finding:
    return next(one for one in report.findings if one.id == key)


def _reasons(report: Report, key: str) -> list[str]:
    return [note.reason for note in _of(report, key).notes]


def test_a_diagram_that_runs_has_a_verdict_for_every_element() -> None:
    report = _report(ends() + user("a"))
    assert report.verdict == "runs"
    assert [(one.id, one.type, one.verdict) for one in report.findings] == [
        ("p", "process", "runs"),
        ("s", "startEvent", "runs"),
        ("e", "endEvent", "runs"),
        ("a", "userTask", "runs"),
        ("s_to_a", "sequenceFlow", "runs"),
        ("a_to_e", "sequenceFlow", "runs"),
    ]


def test_nothing_stops_at_the_first_problem() -> None:
    body = ends() + gateway("exclusive", "g") + node("serviceTask", "a") + node("userTask", "b", odd="1", other="2")
    report = _report(body + '<bpmn:adHocSubProcess id="c"/>', "s > g; g > a if x.__class__; g > b; a > e; b > c; c > e")
    assert report.verdict == "draft"
    assert _reasons(report, "g_to_a") == ["import.condition"]
    assert _reasons(report, "g_to_b") == ["diagram.condition"]
    assert _reasons(report, "a") == ["diagram.operation"]
    assert _reasons(report, "b") == ["diagram.attribute", "diagram.attribute"]
    assert _reasons(report, "c") == ["diagram.ad_hoc"]
    assert [one.id for one in report.findings if one.notes] == ["a", "b", "c", "g_to_a", "g_to_b"]


def test_a_part_without_an_id_is_reported_at_the_step_it_belongs_to() -> None:
    body = ends() + user("a") + service("b") + boundary("t", "a", timer("soon + open()"))
    report = _report(body, "s > a; a > b; b > e; t > b")
    assert _reasons(report, "t") == ["import.time"]
    assert _of(report, "t").line == 1


def test_wiring_is_reported_for_each_step() -> None:
    report = _report(ends() + user("a") + user("b") + user("c"), "s > a; a > e; b > c; c > b")
    assert _reasons(report, "b") == _reasons(report, "c") == ["diagram.unreachable"]


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b"", "diagram.not_xml"),
        (b"<svg/>", "diagram.not_bpmn"),
        (b"<!DOCTYPE d>" + document(ends(), ""), "diagram.doctype"),
        (b" " * 2_000_001, "diagram.too_large"),
        (document(ends() + "".join(user(f"u{one}") for one in range(200))), "diagram.too_large"),
        (document(ends() + "<bpmn:nonsense/>"), "diagram.element"),
    ],
)
def test_what_is_no_sound_bpmn_is_refused_with_a_reason(xml: bytes, reason: str) -> None:
    report = gate.examine(xml)
    assert (report.verdict, report.reasons[0].reason) == ("refused", reason)


def test_a_document_without_a_process_has_something_to_do() -> None:
    xml = document("", "").replace(b"process", b"collaboration")
    assert gate.examine(xml).verdict == "draft"


@pytest.mark.parametrize("xml", [document(ends() + user("a"), LINE), document(ends(), "s > e")])
def test_what_the_gate_lets_in_is_reported_as_running(xml: bytes) -> None:
    assert gate.examine(xml).verdict == "runs"


def test_links_are_reported_as_they_are_drawn() -> None:
    link = '<bpmn:linkEventDefinition name="on"/>'
    body = ends() + node("intermediateThrowEvent", "a", link) + node("intermediateCatchEvent", "b", link)
    report = _report(body, "s > a; b > e")
    assert report.verdict == "runs"
    assert [(one.id, one.type) for one in report.findings if one.id in {"a", "b"}] == [
        ("a", "intermediateThrowEvent"),
        ("b", "intermediateCatchEvent"),
    ]
    lost = _report(ends() + node("intermediateThrowEvent", "a", link), "s > a; a > e")
    assert (lost.verdict, _reasons(lost, "a")) == ("draft", ["diagram.link"])


def test_elements_called_like_those_of_the_library_keep_their_names_in_the_report() -> None:
    report = _report(node("startEvent", "Start") + node("endEvent", "End"), "Start > End")
    assert report.verdict == "runs"
    assert [one.id for one in report.findings][1:3] == ["Start", "End"]
