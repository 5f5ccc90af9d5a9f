"""What other tools write, taken over where it is certain; the rest is listed for a person."""

import pytest
from lxml import etree

from app.engine import gate, importing, runtime
from app.engine.declarations import describe
from app.engine.report import Report
from app.engine.vocabulary import ELEMENTS
from app.engine.xml import read
from tests.engine.diagrams import boundary, document, ends, gateway, node, service, timer, user

LINE = "s > a; a > e"
VENDORS = (
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:flowable="http://flowable.org/bpmn"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:x="urn:x"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
)


def _document(body: str, flows: str = LINE, **rest: str) -> bytes:
    return document(body, flows, **rest).replace(b"xmlns:eo=", f"{VENDORS} xmlns:eo=".encode())


def _imported(body: str, flows: str = LINE, **rest: str) -> tuple[bytes, Report]:
    """The document as it would be kept, and what is said about it; what is said to run does run."""
    xml = _document(body, flows, **rest)
    root = read(xml)
    importing.convert(root)
    ours, report = etree.tostring(root), gate.examine(xml)
    if report.verdict in {"runs", "rewritten"}:
        runtime.parse(ours, "p")
    return ours, report


def _said(report: Report, key: str, verdict: str = "todo") -> list[str]:
    return [note.reason for one in report.findings if one.id == key for note in one.of(verdict)]


def _task(attributes: str = "", inside: str = "", kind: str = "userTask") -> str:
    extensions = f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>" if inside else ""
    return f'<bpmn:{kind} id="a" {attributes}>{extensions}</bpmn:{kind}>'


@pytest.mark.parametrize(
    ("body", "form", "role", "post"),
    [
        (_task('camunda:formKey="embedded:app:forms/approveInvoice.html"'), "approve_invoice", None, None),
        (_task('flowable:formKey="approve" flowable:candidateGroups="van-thu"'), "approve", "van_thu", None),
        (_task('camunda:assignee="${chief.post}"'), None, None, "chief.post"),
        (
            _task(
                inside='<zeebe:userTask/><zeebe:formDefinition formId="approve"/>'
                '<zeebe:assignmentDefinition assignee="=chief" candidateGroups="clerk"/>'
            ),
            "approve",
            "clerk",
            "chief",
        ),
        (
            _task(
                inside="<spiffworkflow:properties><spiffworkflow:property"
                ' name="formJsonSchemaFilename" value="approve.json"/></spiffworkflow:properties>'
            ),
            "approve",
            None,
            None,
        ),
    ],
)
def test_who_does_a_step_with_which_form_is_taken_over(
    body: str, form: str | None, role: str | None, post: str | None
) -> None:
    ours, report = _imported(ends() + body)
    assert report.verdict == "rewritten"
    declared = next(one.task for one in describe(ours) if one.id == "a")
    assert declared is not None
    assert (declared.form, declared.role, declared.post) == (form, role, post)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (_task('camunda:assignee="demo"'), "import.assignee"),
        (_task('camunda:candidateGroups="one,two"'), "import.assignee"),
        (_task('camunda:candidateUsers="${f(x)}"'), "import.assignee"),
        (_task('camunda:formKey="${form}"'), "import.form"),
        (_task(inside="<camunda:formData/>"), "import.form"),
        (_task('camunda:dueDate="${now}"'), "import.deadline"),
        (_task(inside='<camunda:taskListener class="x" event="create"/>'), "import.behaviour"),
        (_task('camunda:delegateExpression="${sendMail}"', kind="serviceTask"), "import.operation"),
        (_task(inside='<zeebe:taskDefinition type="send-mail"/>', kind="serviceTask"), "import.operation"),
    ],
)
def test_what_is_not_certain_is_left_with_its_text(body: str, reason: str) -> None:
    _, report = _imported(ends() + body)
    assert (report.verdict, _said(report, "a")) == ("draft", [reason])


def test_an_operation_of_ours_is_recognised_under_other_names() -> None:
    inside = (
        '<camunda:inputOutput><camunda:inputParameter name="document_id">${doc.id}</camunda:inputParameter>'
        '<camunda:inputParameter name="kind">final</camunda:inputParameter></camunda:inputOutput>'
    )
    ours, report = _imported(ends() + _task('camunda:topic="documents.issue"', inside, "serviceTask"))
    assert report.verdict == "rewritten"
    asked = next(one.operation for one in describe(ours) if one.id == "a")
    assert asked is not None
    assert (asked.name, dict(asked.params)) == ("documents.issue", {"document_id": "doc.id", "kind": "'final'"})


def test_conditions_are_said_in_our_words_or_kept_as_documentation() -> None:
    body = ends() + gateway("exclusive", "g") + user("a") + user("b")
    flows = "s > g; g > a if ${x == 'a'}; g > b if ${f(x)}; g > e if =x = \"c\"; a > e; b > e"
    ours, report = _imported(body, flows)
    assert _said(report, "g_to_a", "rewritten") == _said(report, "g_to_e", "rewritten") == ["import.expression"]
    assert _said(report, "g_to_b") == ["import.condition"]
    assert b"<bpmn:documentation>${f(x)}</bpmn:documentation>" in ours
    assert b">x == 'a'<" in ours


@pytest.mark.parametrize("text", ["&quot;P3D&quot;", "'P3D'", "=duration(&quot;P3D&quot;)", "=&quot;P3D&quot;"])
def test_a_quoted_time_is_a_plain_one(text: str) -> None:
    body = ends() + user("a") + user("b") + boundary("t", "a", timer(text))
    ours, report = _imported(body, "s > a; a > b; t > b; b > e")
    assert report.verdict == "rewritten"
    assert b"<bpmn:timeDuration>P3D</bpmn:timeDuration>" in ours


def test_a_time_that_nobody_understands_is_left() -> None:
    body = ends() + user("a") + user("b") + boundary("t", "a", timer("0 0 9 * * MON"))
    _, report = _imported(body, "s > a; a > b; t > b; b > e")
    assert "import.time" in _said(report, "t")


@pytest.mark.parametrize("key", ["a.b", "Việc", "x" * 101])
def test_an_id_that_the_engine_cannot_use_is_changed_wherever_it_stands(key: str) -> None:
    flows = f'<bpmn:sequenceFlow id="f" sourceRef="s" targetRef="{key}"/>'
    flows += f'<bpmn:sequenceFlow id="f2" sourceRef="{key}" targetRef="e"/>'
    lanes = node("laneSet", "ls", node("lane", "l", f"<bpmn:flowNodeRef>{key}</bpmn:flowNodeRef>"))
    ours, report = _imported(lanes + ends() + node("userTask", key) + flows, "")
    assert (report.verdict, _said(report, key, "rewritten")) == ("rewritten", ["import.id"])
    assert f'"{key}"'.encode() not in ours


def test_what_tools_write_for_themselves_is_dropped() -> None:
    inside = '<x:color rgb="red"/><zeebe:properties><zeebe:property name="a" value="b"/></zeebe:properties>'
    body = _task('camunda:asyncBefore="true" x:shape="round" implementation="##unspecified"', inside)
    ours, report = _imported(ends() + body, beside='<bpmn:itemDefinition id="i" structureRef="x:string"/>')
    assert report.verdict == "rewritten"
    assert b"asyncBefore" not in ours
    assert b"x:color" not in ours
    assert b"itemDefinition" not in ours


def test_a_process_that_was_only_drawn_becomes_one_that_runs() -> None:
    xml = _document(ends(), "s > e").replace(b'isExecutable="true"', b'isExecutable="false"')
    report = gate.examine(xml)
    assert (report.verdict, _said(report, "p", "rewritten")) == ("rewritten", ["import.executable"])


def test_an_empty_pool_of_a_partner_is_no_process() -> None:
    beside = '<bpmn:collaboration id="c"><bpmn:participant id="them" processRef="theirs"/>'
    beside += '<bpmn:participant id="we" processRef="p"/></bpmn:collaboration><bpmn:process id="theirs"/>'
    _, report = _imported(ends(), "s > e", beside=beside)
    assert report.verdict == "rewritten"


UNUSED = (
    "Beside the process: itemDefinition",
    "Beside the process: interface",
    "Beside the process: resource",
    "Beside the process: import",
    "Beside the process: globalTask",
    "Beside the process: globalUserTask",
    "Beside the process: globalManualTask",
    "Beside the process: globalScriptTask",
    "Beside the process: globalBusinessRuleTask",
    "Data: dataStore",
)


@pytest.mark.parametrize(
    "kind",
    [pytest.param(name.split(": ")[1], marks=pytest.mark.bpmn(name, how="rewritten")) for name in UNUSED],
)
def test_what_is_declared_and_used_by_nobody_is_dropped(kind: str) -> None:
    ours, report = _imported(ends(), "s > e", beside=node(kind, "unused"))
    assert report.verdict == ("runs" if kind in ELEMENTS else "rewritten")
    assert (b"unused" in ours) is (kind in ELEMENTS)


def test_references_may_be_qualified_names() -> None:
    flow = '<bpmn:sequenceFlow id="f" sourceRef="t:s" targetRef="t:e"/>'
    xml = _document(ends() + flow, "").replace(b"<bpmn:definitions", b'<bpmn:definitions xmlns:t="urn:test"')
    assert gate.examine(xml).verdict == "runs"


def test_a_condition_on_the_default_way_is_dropped() -> None:
    body = ends() + gateway("exclusive", "g", "b") + user("a") + user("b")
    _, report = _imported(body, "s > g; g > a if x; g > b if y; a > e; b > e")
    assert _said(report, "g_to_b", "rewritten") == ["import.default"]


def test_a_list_to_repeat_over_is_taken_over() -> None:
    loop = '<bpmn:multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="person"/>'
    ours, report = _imported(ends() + user("a", inside=loop))
    assert report.verdict == "rewritten"
    one = runtime.start(runtime.parse(ours, "p"), {"people": ["x", "y"]}, lambda _call: None)
    assert [task.node for task in one.human_tasks] == ["a", "a"]


def test_our_own_diagrams_are_left_as_they_are() -> None:
    xml = document(ends() + user("a", 'form="f" role="clerk"') + service("b", x="1"), "s > a; a > b; b > e")
    root = read(xml)
    assert importing.convert(root).said == []
    assert etree.tostring(root) == etree.tostring(read(xml))


@pytest.mark.parametrize("before", [b"\n \t", b"\xef\xbb\xbf"])
def test_a_document_that_says_it_is_utf_16_in_letters_of_one_byte_is_read(before: bytes) -> None:
    xml = document(ends() + node("userTask", "a", name="Thẩm định"), LINE)
    for encoding in ("utf-16", "UTF16"):
        said = before + f'<?xml version="1.0" encoding="{encoding}"?>\n'.encode() + xml
        found = {one.id: one.name for one in gate.examine(said).findings}
        assert found["a"] == "Thẩm định"
    assert gate.examine(f'<?xml version="1.0" encoding="utf-16"?>{xml.decode()}'.encode("utf-16")).verdict == "runs"


def test_types_of_data_and_empty_sets_of_them_are_dropped() -> None:
    sets = '<bpmn:ioSpecification id="io"><bpmn:inputSet id="i"/><bpmn:outputSet id="o"/></bpmn:ioSpecification>'
    start = node("startEvent", "s", '<bpmn:messageEventDefinition messageRef="m" operationRef="op"/>')
    beside = '<bpmn:itemDefinition id="it" structureRef="x"/><bpmn:message id="m" name="M" itemRef="it"/>'
    _ours, report = _imported(start + node("endEvent", "e") + node("userTask", "a", sets), beside=beside)
    assert report.verdict == "rewritten"
    assert _said(report, "a", "rewritten") == _said(report, "m", "rewritten") == ["import.dropped"]


def test_data_that_are_passed_on_are_not_dropped() -> None:
    filled = '<bpmn:ioSpecification id="io"><bpmn:dataInput id="d"/><bpmn:inputSet id="i"/></bpmn:ioSpecification>'
    _ours, report = _imported(ends() + node("userTask", "a", filled))
    assert "diagram.data" in _said(report, "a")
