"""Real cases once more, on another diagram: which go the same way, and what becomes of the others."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from lxml import etree
from sqlalchemy import select

from app.domain.cases import replay
from app.domain.cases.models import Case, Task
from app.domain.cases.replay import Period, Report
from app.domain.procedures import assembly, forms
from app.domain.procedures.assembly import Assembled
from app.domain.procedures.commands import pinned_form
from app.engine.child import Reader
from app.engine.xml import bpmn
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Missing
from tests.house import Office
from tests.story import Ref, Told

Change = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as found:
        yield found


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def _administrator(told: Told) -> str:
    return str(next(post["sign_in"] for post in told.office.world["posts"] if post["role"] == "administrator"))


def _finish(told: Told) -> tuple[Ref, Ref]:
    """One document from its draft to its end at one recipient: two finished cases."""
    sent = told.sent(recipients=1)
    arrived = told.handle(told.recipients[0])
    told.office.work()
    return sent, arrived


def _period() -> Period:
    return Period(clock.now() - timedelta(days=1), clock.now() + timedelta(days=1))


def _case(ref: Ref) -> Case:
    db.session.rollback()
    found = db.session.get(Case, ref.id)
    assert found is not None
    return found


def _replayed(told: Told, reader: Reader, ref: Ref, target: Assembled | None = None, who: str = "") -> Report:
    case = _case(ref)
    own = assembly.of_version(case.version, pinned_form)
    actor = told.office.actor(who or _administrator(told))
    return replay.replay(actor, case.version.key, target or own, _period(), reader.ask)


def _with(ref: Ref, change: Change) -> Assembled:
    own = assembly.of_version(_case(ref).version, pinned_form)
    return assembly.redrawn(own, change(own.bpmn))


def test_what_the_engine_was_told_is_what_the_form_says_it_is_told(told: Told) -> None:
    _finish(told)
    tasks = list(db.session.scalars(select(Task).where(Task.closed_by.is_not(None))))
    assert {"draft", "issue", "register", "handle"} <= {task.node for task in tasks}
    for task in tasks:
        assert task.told == forms.told(pinned_form(task.form_sha256).schema, task.answers), task.node


def test_on_its_own_version_a_case_goes_the_same_way(told: Told, reader: Reader) -> None:
    sent, arrived = _finish(told)
    for ref in (sent, arrived):
        report = _replayed(told, reader, ref)
        assert [(one.case_id, one.kind) for one in report.outcomes] == [(ref.id, "same")]
        assert report.different == []


def test_rounds_and_failures_are_replayed(told: Told, reader: Reader) -> None:
    case, tour = told.start(), told.tour
    told.complete(case, "draft", tour["drafter"], **told.draft(1))
    told.complete(case, "check_content", tour["head"], content_decision="return", opinion="Sửa lại.")
    told.complete(case, "draft", tour["drafter"], **told.draft(1))
    told.complete(case, "check_content", tour["head"], content_decision="agree")
    told.complete(case, "check_form", tour["clerk"], form_decision="agree")
    told.complete(case, "approve", tour["chairman"], approval_decision="sign")
    told.complete(case, "issue", tour["clerk"], issue_decision="issue")
    told.handle(told.recipients[0])
    told.office.work()
    assert [one.kind for one in _replayed(told, reader, case).outcomes] == ["same"]


def test_a_new_step_is_where_cases_would_wait(told: Told, reader: Reader) -> None:
    _sent, arrived = _finish(told)
    target = _with(arrived, second_opinion)
    (one,) = _replayed(told, reader, arrived, target).outcomes
    assert one.told == {"kind": "waits", "nodes": ["second"]}


def test_a_step_that_is_gone_is_another_way(told: Told, reader: Reader) -> None:
    _sent, arrived = _finish(told)
    report = _replayed(told, reader, arrived, _with(arrived, _without_take_up))
    (one,) = report.outcomes
    assert one.told == {"kind": "other", "was": "take_up", "now": "report_05"}
    assert report.counts == {"same": 0, "other": 1, "waits": 0, "fails": 0, "unknown": 0}


def test_a_condition_that_cannot_be_weighed_fails(told: Told, reader: Reader) -> None:
    _sent, arrived = _finish(told)
    target = _with(
        arrived, lambda xml: xml.replace(b'registration_decision == "register"', b"registration_decision + 1 &gt; 2")
    )
    (one,) = _replayed(told, reader, arrived, target).outcomes
    assert (one.told["kind"], one.told["reason"]) == ("fails", "engine.expression")


def test_a_form_that_asks_for_more_fails_where_it_was_not_answered(told: Told, reader: Reader) -> None:
    _sent, arrived = _finish(told)
    own = assembly.of_version(_case(arrived).version, pinned_form)
    form = own.forms["handle"]
    stricter = {**form.schema, "required": ["result", "signed_by"]}
    asks = {**own.forms, "handle": type(form)(form.key, "another", stricter, form.texts)}
    target = Assembled(**{**vars(own), "forms": asks})
    (one,) = _replayed(told, reader, arrived, target).outcomes
    assert (one.told["kind"], one.told["reason"]) == ("fails", "replay.answers")
    assert set(one.told["data"]["fields"]) == {"signed_by"}


def test_nothing_of_a_case_moves(told: Told, reader: Reader) -> None:
    sent, _arrived = _finish(told)
    before = (_case(sent).row_version, _case(sent).state)
    _replayed(told, reader, sent, _with(sent, lambda xml: xml))
    assert (_case(sent).row_version, _case(sent).state) == before


def test_only_who_may_look_at_procedures_replays_cases(told: Told, reader: Reader) -> None:
    sent, _arrived = _finish(told)
    with pytest.raises(Missing):
        _replayed(told, reader, sent, who=told.tour["chairman"])


def second_opinion(xml: bytes) -> bytes:
    """The incoming procedure with one more step before its end, which nobody of the time answered."""
    step = (
        b'<bpmn:userTask id="second" name="Xem lai"><bpmn:extensionElements>'
        b'<eo:task form="take_up" role="head" unit="unit_id" /></bpmn:extensionElements></bpmn:userTask>'
        b'<bpmn:sequenceFlow id="to_second" sourceRef="report_06" targetRef="second" />'
        b'<bpmn:sequenceFlow id="told_06" sourceRef="second" targetRef="end" />'
    )
    xml = xml.replace(b" />", b"/>")
    flow = b'<bpmn:sequenceFlow id="told_06" sourceRef="report_06" targetRef="end"/>'
    assert flow in xml
    bare = xml.replace(b"<bpmn:incoming>told_06</bpmn:incoming>", b"").replace(
        b"<bpmn:outgoing>told_06</bpmn:outgoing>", b""
    )
    return bare.replace(flow, step)


def _without_take_up(xml: bytes) -> bytes:
    root = etree.fromstring(xml)
    for element in list(root.iter()):
        parent = element.getparent()
        about = {element.get("id"), element.get("bpmnElement"), (element.text or "").strip()}
        if parent is not None and about & {"take_up", "taken_up"}:
            parent.remove(element)
        if element.get("id") == "told_04":
            element.set("targetRef", "report_05")
    for arrow in root.iter(bpmn("incoming")):
        owner = arrow.getparent()
        if owner is not None and owner.get("id") == "report_05":
            arrow.text = "told_04"
    return bytes(etree.tostring(root))
