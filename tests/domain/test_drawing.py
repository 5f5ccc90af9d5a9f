"""Drawing a draft: nothing is lost by two who draw, by who is taken over, by garbage, or by having been wrong."""

from datetime import timedelta

import pytest
from lxml import etree

from app.domain.procedures import checks, doubts, drafts, editing, effective, library, publishing, states
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import DraftHold, DraftState, LayerDraft
from app.domain.procedures.publishing import Words
from app.engine.child import Reader
from app.kernel import clock, events
from app.kernel.db import db
from app.kernel.errors import Conflict, Invalid, Missing, TooLarge
from tests.domain.test_at_once import together
from tests.house import Office
from tests.places import COMMUNE, KEY, OTHER, ROOT, admin, draft, say

PLACE = f"units/{COMMUNE}"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def _drawn(made: LayerDraft, old: str = "", new: str = "") -> bytes:
    """What an editor has opened, with one word replaced."""
    xml = editing.opened(made).xml
    assert old in xml
    return xml.replace(old, new).encode()


def _wait(monkeypatch: pytest.MonkeyPatch, **time: float) -> None:
    moment = clock.now() + timedelta(**time)
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_a_place_draws_its_own_diagram_over_the_inherited_one_and_what_it_draws_has_the_last_word(
    office: Office,
) -> None:
    say(admin(office, ROOT), "common", {"steps": {"handle": {"deadline": "7"}}})
    actor = admin(office, COMMUNE)
    made = draft(actor, PLACE, {"steps": {"register": {"deadline": "2"}}, "parameters": {"handling_days": 4}})
    found = editing.opened(made)
    assert (found.origin, found.origins["handle"]) == ("library/common", "common")
    assert 'deadline="7"' in found.xml
    assert 'deadline="2"' in found.xml

    again = editing.save_diagram(actor, made.id, _drawn(made, 'deadline="7"', 'deadline="9"'), made.row_version)
    assert again.content["steps"] == {"handle": {"deadline": None}, "register": {"deadline": "2"}}
    assert again.content["parameters"] == {"handling_days": 4}
    after = editing.opened(again)
    assert after.origin is None
    assert 'deadline="9"' in after.xml
    assert drafts.todo(again) == []


def test_a_new_procedure_begins_with_a_diagram_that_begins_and_ends(office: Office) -> None:
    actor = admin(office, ROOT)
    made = draft(actor, "common", {"title": {"vi": "Mới"}}, key="moi_nhat")
    found = editing.opened(made)
    assert found.origin == ""
    assert checks.examined(found.xml) == []
    saved = editing.save_diagram(actor, made.id, found.xml.replace("moi_nhat", "khac").encode(), made.row_version)
    assert '<bpmn:process id="moi_nhat"' in saved.content["diagram"]


@pytest.mark.parametrize(
    ("garbage", "kind", "code"),
    [
        (b"", Invalid, "diagram.not_xml"),
        (b"\x00\xff" * 500, Invalid, "diagram.not_xml"),
        (b"<html/>", Invalid, "diagram.not_bpmn"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', Invalid, "diagram.doctype"),
        (f'<d:definitions xmlns:d="{BPMN[1:-1]}"/>'.encode(), Invalid, "diagram.no_process"),
        (b"<a>" * 100_000, Invalid, "diagram.not_xml"),
        (b" " * 2_000_001, TooLarge, "diagram.too_large"),
    ],
)
def test_what_is_no_diagram_is_refused_and_changes_nothing(
    office: Office, garbage: bytes, kind: type[Exception], code: str
) -> None:
    actor = admin(office, COMMUNE)
    made = draft(actor, PLACE, {})
    with pytest.raises((Invalid, kind)) as refusal:
        editing.save_diagram(actor, made.id, garbage, made.row_version)
    assert refusal.value.code == code  # type: ignore[attr-defined]
    db.session.expire_all()
    assert (made.content, made.row_version, states.of(made.id)) == ({}, 1, [])


def test_a_diagram_of_a_thousand_elements_is_kept_and_said_to_be_too_large(office: Office) -> None:
    actor = admin(office, ROOT)
    made = draft(actor, "common", {}, key="moi_nhat")
    root = etree.fromstring(editing.opened(made).xml.encode())
    process = root.find(f"{BPMN}process")
    assert process is not None
    for number in range(1000):
        etree.SubElement(process, f"{BPMN}userTask", id=f"n{number}", name="<script>alert(1)</script>" * 20)
    saved = editing.save_diagram(actor, made.id, etree.tostring(root), made.row_version)
    assert [one.reason for one in drafts.todo(saved)] == ["diagram.too_large"]


def test_of_two_who_save_one_is_told_and_nothing_is_lost(office: Office) -> None:
    one, other = admin(office, COMMUNE), admin(office, ROOT)
    made = draft(one, PLACE, {})
    seen = made.row_version
    editing.save_diagram(one, made.id, _drawn(made, "Nhận việc", "Ghi sổ"), seen)
    with pytest.raises(Conflict, match=r"draft\.stale"):
        editing.save_diagram(other, made.id, _drawn(made), seen)
    db.session.expire_all()
    assert made.changed_by == one.person_id

    editing.save_diagram(other, made.id, _drawn(made, "Ghi sổ", "Nhập sổ"), made.row_version)
    kept = states.state(made.id, 2)
    assert kept.changed_by == one.person_id
    assert "Ghi sổ" in kept.content["diagram"]


def test_who_draws_holds_the_draft_until_they_fall_silent_or_are_taken_over(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = admin(office, COMMUNE), admin(office, ROOT)
    made = draft(one, PLACE, {})
    since = editing.take(one, made.id).since
    assert editing.take(other, made.id).person_id == one.person_id
    with pytest.raises(Conflict, match=r"draft\.held"):
        editing.save_diagram(other, made.id, _drawn(made), made.row_version)

    _wait(monkeypatch, seconds=60)
    assert editing.take(one, made.id).since == since
    assert editing.take(other, made.id, over=True).person_id == other.person_id
    assert [event.name for event in events.trail(str(made.id))] == ["layer.draft_saved", "layer.draft_taken_over"]
    with pytest.raises(Conflict, match=r"draft\.held"):
        editing.save_diagram(one, made.id, _drawn(made), made.row_version)

    editing.let_go(one, made.id)
    assert editing.in_hand(made.id) is not None
    _wait(monkeypatch, seconds=91)
    assert editing.in_hand(made.id) is None
    editing.save_diagram(one, made.id, _drawn(made), made.row_version)
    with pytest.raises(Missing):
        editing.take(admin(office, OTHER), made.id)


def test_an_editor_that_saves_by_itself_is_one_fact_for_each_session_of_each_person(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = admin(office, COMMUNE), admin(office, ROOT)
    made = draft(one, PLACE, {})
    for _ in range(5):
        editing.save_diagram(one, made.id, _drawn(made), made.row_version)
    editing.save_diagram(other, made.id, _drawn(made), made.row_version)
    _wait(monkeypatch, minutes=31)
    editing.save_diagram(other, made.id, _drawn(made), made.row_version)
    assert [event.name for event in events.trail(str(made.id))] == ["layer.draft_saved"] * 3


def test_an_earlier_state_comes_back_and_what_was_there_becomes_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = admin(office, COMMUNE)
    about = Subject("procedure", KEY, PLACE)
    made = draft(actor, PLACE, {"parameters": {"handling_days": 1}})
    monkeypatch.setattr(states, "MOST", 12)
    for days in range(2, 31):
        _wait(monkeypatch, minutes=2)
        drafts.save_draft(actor, about, {"parameters": {"handling_days": days}}, row_version=made.row_version)
    kept = states.of(made.id)
    assert len(kept) == 12
    assert [one.number for one in kept[:4]] == [29, 28, 27, 26]

    editing.restore(actor, made.id, kept[3].number, row_version=made.row_version)
    assert made.content == {"parameters": {"handling_days": kept[3].number}}
    assert states.state(made.id, 30).content == {"parameters": {"handling_days": 30}}
    with pytest.raises(Missing):
        editing.restore(actor, made.id, 7777, row_version=made.row_version)
    with pytest.raises(Conflict):
        editing.restore(actor, made.id, kept[3].number, row_version=3)

    publishing.publish(actor, made.id, Words("Theo quyết định của cơ quan."))
    assert db.session.query(DraftState).count() + db.session.query(DraftHold).count() == 0
    with pytest.raises(Missing):
        editing.save_diagram(actor, made.id, b"<a/>", 1)


@pytest.mark.parametrize("name", sorted(library.blocks()))
def test_each_block_runs_between_a_begin_and_an_end(name: str) -> None:
    root = etree.fromstring(library.blocks()[name].encode())
    process = root.find(f"{BPMN}process")
    assert process is not None
    nodes = [one for one in process if one.get("id") and etree.QName(one).localname != "sequenceFlow"]
    leading = {flow.get("sourceRef") for flow in process.iterfind(f"{BPMN}sequenceFlow")}
    last = next(one for one in nodes if one.get("id") not in leading and not one.tag.endswith("endEvent"))
    etree.SubElement(process, f"{BPMN}startEvent", id="Start")
    etree.SubElement(process, f"{BPMN}endEvent", id="End")
    for source, target in (("Start", nodes[0].get("id", "")), (last.get("id", ""), "End")):
        etree.SubElement(process, f"{BPMN}sequenceFlow", id=f"to_{target}", sourceRef=source, targetRef=target)
    with Reader() as reader:
        report = reader.ask("examine", etree.tostring(root))
    notes = [note for one in report["findings"] for note in one["notes"] if note["reason"] not in checks.ELSEWHERE]
    assert notes == []


def test_what_was_copied_from_another_tool_is_said_in_our_words_and_what_is_half_typed_stays(office: Office) -> None:
    actor = admin(office, ROOT)
    made = draft(actor, "common", {}, key="moi_nhat")
    vendor = 'xmlns:c="http://camunda.org/schema/1.0/bpmn"'
    step = (
        f'<bpmn:userTask id="x" {vendor} c:asyncBefore="true"/><bpmn:sequenceFlow id="f" sourceRef="x" targetRef="End">'
    )
    half = "<bpmn:conditionExpression>days ></bpmn:conditionExpression>"
    xml = editing.opened(made).xml.replace("</bpmn:process>", f"{step}</bpmn:sequenceFlow></bpmn:process>")
    found = editing.examined(made, xml.encode())
    assert ("x", "import.dropped") in {(one.element, one.reason) for one in found if one.verdict == "rewritten"}
    saved = editing.save_diagram(actor, made.id, xml.encode(), made.row_version)
    assert "asyncBefore" not in saved.content["diagram"]

    typing = xml.replace("</bpmn:sequenceFlow></bpmn:process>", f"{half}</bpmn:sequenceFlow></bpmn:process>")
    saved = editing.save_diagram(actor, made.id, typing.encode(), made.row_version)
    assert "days &gt;" in saved.content["diagram"]


def test_of_two_saves_at_the_same_moment_one_is_kept_and_one_is_told(office: Office) -> None:
    one, other = admin(office, COMMUNE), admin(office, ROOT)
    made = draft(one, PLACE, {})
    key, seen, xml = made.id, made.row_version, _drawn(made)
    outcome = together(
        office.app,
        lambda: editing.save_diagram(one, key, xml, seen),
        lambda: editing.save_diagram(other, key, xml, seen),
    )
    assert outcome == ["done", "draft.stale"]
    assert [state.number for state in states.of(key)] == [seen]


def test_a_name_that_nobody_sets_is_doubted_with_what_was_probably_meant_and_may_be_published(office: Office) -> None:
    actor = admin(office, COMMUNE)
    made = draft(actor, PLACE, {})
    assert editing.examined(made, _drawn(made)) == []
    found = editing.examined(made, _drawn(made, "parameters.handling_days", "parameters.handling_dayz"))
    assert {(one.reason, one.data["near"], one.verdict) for one in found} == {
        ("doubt.name_near", "parameters.handling_days", "warning")
    }
    assert {one.element for one in found} == {"handle"}
    saved = editing.save_diagram(
        actor, made.id, _drawn(made, "parameters.handling_days", "parameters.handling_dayz"), made.row_version
    )
    assert editing.problems(saved) == found
    assert drafts.todo(saved) == []


def test_nothing_of_the_library_is_doubted(office: Office) -> None:
    unit_id = office.unit(COMMUNE).id
    found = {key: list(doubts.unknown_names(effective.effective(key, unit_id))) for key in effective.texts(unit_id)}
    assert {key: one for key, one in found.items() if one} == {}
    assert len(found) > 10
