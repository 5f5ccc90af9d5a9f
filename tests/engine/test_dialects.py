"""Diagrams as other tools write them: never refused for it, and whatever is left to do is named."""

import base64
import zlib
from pathlib import Path
from urllib.parse import quote

import pytest
from lxml import etree

from app.engine import gate, importing, rehearsal, runtime
from app.engine.xml import read
from app.kernel import clock

FOLDER = Path(__file__).with_name("dialects")
DRAFTS = {
    "bizagi.bpmn": {"Id_f4": {"import.condition"}, "Id_f5": {"diagram.condition"}},
    "camunda7.bpmn": {"Activity_fill": {"import.assignee"}},
    "camunda8.bpmn": {"pay": {"import.operation", "import.behaviour"}},
    "flowable.bpmn20.xml": {"handle": {"import.assignee", "import.deadline"}, "told": {"import.operation"}},
    "signavio.bpmn": {"sid-F3": {"diagram.condition"}, "sid-F4": {"diagram.condition"}},
}
RUNNING = ["aris.bpmn", "drawio.drawio", "spiffworkflow.bpmn"]


@pytest.fixture(autouse=True)
def _own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_read", clock._read)


def test_every_dialect_is_here() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*DRAFTS, *RUNNING}


@pytest.mark.parametrize("name", DRAFTS)
def test_what_is_left_to_do_is_named(name: str) -> None:
    report = gate.examine((FOLDER / name).read_bytes())

    assert report.verdict == "draft"
    assert {one.id: {note.reason for note in one.of("todo")} for one in report.findings if one.of("todo")} == DRAFTS[
        name
    ]


@pytest.mark.parametrize("name", RUNNING)
def test_what_is_complete_runs_after_rewriting(name: str) -> None:
    xml = (FOLDER / name).read_bytes()
    answers: dict[str, dict[str, str]] = {one.id or "": {} for one in gate.examine(xml).findings}

    assert gate.examine(xml).verdict == "rewritten"
    assert rehearsal.play(xml, None, {}, answers, [{"advance": "P1D"}])["status"] == "completed"


def test_camunda_7_runs_to_its_end_once_a_person_is_chosen() -> None:
    told = rehearsal.play(
        (FOLDER / "camunda7.bpmn").read_bytes(),
        None,
        {"document": {"id": "d1"}},
        {"Activity_fill": {}, "Activity_decide": [{"decision": "refuse"}, {"decision": "approve"}]},
        [],
    )
    passed = [one["element"] for one in told["trace"] if one["state"] == "completed"]

    assert told["status"] == "completed"
    assert passed[0] == "Start"
    assert passed[-2:] == ["Activity_send", "End"]
    assert told["operations"][0]["params"] == {"document_id": "d1", "kind": "final"}


def test_camunda_8_asks_everybody_on_the_list_under_the_names_it_gives() -> None:
    root = read((FOLDER / "camunda8.bpmn").read_bytes())
    importing.convert(root)
    text = etree.tostring(root).decode()

    assert "<bpmn:loopDataOutputRef>answers</bpmn:loopDataOutputRef>" in text
    assert '<bpmn:outputDataItem name="answer"/>' in text


@pytest.mark.parametrize("name", [*DRAFTS, *RUNNING])
def test_nothing_of_the_dialect_is_left_and_a_second_import_changes_nothing(name: str) -> None:
    root, _changes = importing.opened((FOLDER / name).read_bytes())
    once = etree.tostring(root)
    again = importing.convert(read(once))

    assert {note.reason for _element, note in again.said} <= {"import.condition"}
    if name in RUNNING:
        runtime.parse(once, next(one.id or "" for one in gate.examine(once).findings if one.type == "process"))


def test_a_packed_drawing_is_the_same_drawing() -> None:
    plain = etree.fromstring((FOLDER / "drawio.drawio").read_bytes())
    sheet = plain[0]
    press = zlib.compressobj(wbits=-15)
    packed = press.compress(quote(etree.tostring(sheet[0])).encode()) + press.flush()
    sheet.remove(sheet[0])
    sheet.text = base64.b64encode(packed).decode()
    report = gate.examine(etree.tostring(plain))

    assert report.verdict == "rewritten"
    assert [one.name for one in report.findings if one.type == "userTask"] == ["Tiếp nhận đơn", "Pháp chế", "Tài chính"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<mxfile/>", "diagram.not_bpmn"),
        ("<mxfile><diagram>!!!</diagram></mxfile>", "diagram.not_xml"),
        ("<mxfile><diagram>AAAA</diagram></mxfile>", "diagram.not_xml"),
        (
            f"<mxfile><diagram>{base64.b64encode(zlib.compress(bytes(9_000_000))[2:-4]).decode()}</diagram></mxfile>",
            None,
        ),
    ],
)
def test_a_drawing_of_something_else_is_refused(text: str, reason: str | None) -> None:
    report = gate.examine(text.encode())

    assert report.verdict == "refused"
    assert reason in {None, report.reasons[0].reason}
