"""What diagrams ask of cases, documents and the exchange: each operation does it, once, and answers as it promised."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.domain.actors.actor import SYSTEM
from app.domain.cases import children, commands, notices, operations, projection
from app.domain.cases.models import Call, Case, Incident, Notice, Task
from app.domain.cases.operations import Asked
from app.domain.documents.models import Document
from app.domain.exchange import messages, queries, receiving, replies
from app.domain.orgunits import calendar
from app.kernel import clock
from app.kernel.clock import office_day
from app.kernel.db import db, transaction
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing, OfficeError
from interchange.envelope import Envelope, FileSent
from tests.begun import HOME, asks, begin, letter, tasks
from tests.engine.diagrams import user
from tests.house import Office
from tests.story import Told

LINE = "s > x; x > a; a > e"
STEP = user("a", 'role="clerk"')


def _ask(office: Office, operation: str, result: str = "", **params: str) -> Case:
    return begin(office, asks("x", operation, result, **params) + STEP, LINE)


def _call(case: Case, node: str = "x") -> Call:
    db.session.rollback()
    db.session.expire_all()
    found = db.session.scalar(select(Call).where(Call.case_id == case.id, Call.node == node))
    assert found is not None
    return found


def _again(case: Case, params: dict[str, Any]) -> Any:
    """Ask the same call once more."""
    call = _call(case)
    with transaction():
        return operations.run(call.operation, Asked(db.session.get_one(Case, case.id), SYSTEM, call.id, "x", params))


def _count(kind: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(kind)) or 0


@pytest.mark.parametrize(
    ("operation", "params", "field"),
    [
        ("exchange.report", {"status": "'07'"}, "status"),
        ("exchange.report", {}, "status"),
        ("exchange.report", {"status": "'03'", "colour": "1"}, "colour"),
        ("documents.number", {"issued_on": "'soon'"}, "issued_on"),
        ("cases.set_deadline", {"days": "'three'"}, "days"),
        ("cases.notify", {"text": "'x'", "posts": "['nobody']"}, "posts"),
    ],
)
def test_a_value_that_an_operation_does_not_take_is_refused_by_name(
    office: Office, operation: str, params: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid, match=r"operation\.params") as refused:
        _ask(office, operation, **params)

    assert (refused.value.data["name"], refused.value.data["field"]) == (operation, field)
    assert refused.value.data["node"] == "x"


def test_a_late_answer_that_was_not_promised_is_kept_with_an_incident(office: Office) -> None:
    case = begin(office, asks("x", "documents.prepare") + STEP, LINE)

    commands.answer_call(SYSTEM, _call(case).id, {"pages": "many"})

    incident = db.session.scalars(select(Incident).where(Incident.case_id == case.id)).one()
    assert (incident.act, incident.code) == ("answer", "operation.result")
    assert _call(case).closed_at is None


def test_posts_and_roles_are_told_once_and_nobody_outside_the_agency(office: Office) -> None:
    head, outside = office.post("chanhvp-sontinh"), office.post("chutich-tinhbac")
    case = _ask(office, "cases.notify", "told", text="'Mời dự họp'", posts=f"['{head.id}']", roles="['clerk', 'head']")

    found = db.session.scalars(select(Notice).where(Notice.case_id == case.id)).all()
    assert {one.post_id for one in found} == {head.id, office.post("vanthu-sontinh").id}
    assert _call(case).result == {"posts": 2}
    _again(case, {"text": "Mời dự họp", "posts": [str(head.id)], "roles": ["clerk"]})
    assert _count(Notice) == 2
    with pytest.raises(Invalid, match="outside_agency"):
        _again(case, {"text": "x", "posts": str(outside.id)})


def test_a_notice_is_read_by_whoever_holds_the_post(office: Office) -> None:
    case = _ask(office, "cases.notify", text="'Mời dự họp'", roles="['head']")
    reader, stranger = office.actor("chanhvp.sontinh"), office.actor("vanthu.tinhbac")
    notice = notices.of(reader)[0]

    assert (notices.unread(reader), notices.unread(stranger), notices.of(stranger)) == (1, 0, [])
    with pytest.raises(Missing):
        notices.read(stranger, notice.id)
    notices.read(reader, notice.id)
    notices.read(reader, notice.id)
    assert (notices.unread(reader), notices.of(reader)[0].read_by) == (0, reader.person_id)
    assert notices.of(reader)[0].case_id == case.id


def test_a_draft_is_begun_for_the_document_of_the_case_once(office: Office) -> None:
    division = office.unit("vp-son-tinh").id
    case = _ask(office, "documents.create", "made", subject="'Trả lời'", drafting_unit_id=f"'{division}'")

    draft = db.session.get_one(Document, UUID(_call(case).result["document_id"]))  # type: ignore[index]
    assert (draft.state, draft.direction, draft.subject) == ("draft", "outgoing", "Trả lời")
    assert (draft.source_id, draft.unit_id, draft.drafting_unit_id) == (case.document_id, case.unit_id, division)
    before = _count(Document)
    _again(case, {"subject": "Trả lời"})
    assert _count(Document) == before
    with pytest.raises(Invalid, match="unit_outside"):
        _ask(office, "documents.create", drafting_unit_id=f"'{office.unit('xa-tinh-bac').id}'")


def test_a_draft_that_was_begun_is_drawn_up_by_the_procedure_that_is_started_for_it(office: Office) -> None:
    division = office.unit("vp-son-tinh").id
    body = (
        asks("x", "documents.create", "made", drafting_unit_id=f"'{division}'")
        + asks(
            "y",
            "cases.start",
            "child",
            procedure="'outgoing_document'",
            document_id="made.document_id",
            data=f"{{'drafting_unit_id': '{division}'}}",
        )
        + STEP
    )
    case = begin(office, body, "s > x; x > y; y > a; a > e")

    child = db.session.get_one(Case, UUID(_call(case, "y").result["case_id"]))  # type: ignore[index]
    assert (child.parent_id, child.asked_by) == (case.id, _call(case, "y").id)
    assert [(one.node, one.role, one.unit_id) for one in tasks(child)] == [("draft", "specialist", division)]
    assert _waits(case) == ["a"]


def _waits(case: Case) -> list[str]:
    return [one.node for one in tasks(case)]


def test_a_case_that_waits_for_another_goes_on_when_that_one_has_ended(office: Office) -> None:
    commune = office.unit("xa-tinh-bac")
    params = {"procedure": "'outgoing_document'", "unit_id": f"'{commune.id}'", "wait": "true"}
    params["data"] = f"{{'drafting_unit_id': '{commune.id}'}}"
    case = begin(office, asks("x", "cases.start", "child", **params) + STEP, LINE)
    assert (_waits(case), _call(case).closed_at) == ([], None)
    child = db.session.scalar(select(Case).where(Case.parent_id == case.id))
    assert child is not None
    assert child.unit_id == commune.id

    with transaction():
        projection.stop(db.session.get_one(Case, child.id), status="discarded")
    office.work()

    result = _call(case).result
    assert result is not None
    assert (result["case_id"], result["status"]) == (str(child.id), "discarded")
    assert _waits(case) == ["a"]


def test_what_came_of_a_case_is_told_to_the_one_that_started_it(office: Office) -> None:
    case = begin(office, user("a", 'role="clerk"'), "s > a; a > e", data={"colour": "red"})
    commands.complete_task(office.actor("vanthu.sontinh"), tasks(case)[0].id, answers={})

    ended = db.session.get_one(Case, case.id)
    told = children._outcome(ended)
    assert (told["status"], told["data"]) == ("done", {"colour": "red"})


def test_a_procedure_is_started_at_home_or_below_only(office: Office) -> None:
    with pytest.raises(Invalid, match="unit_not_below"):
        _ask(office, "cases.start", procedure="'incoming_document'", unit_id=f"'{office.unit('so-noi-vu').id}'")


def test_cases_that_start_each_other_without_end_are_stopped(office: Office) -> None:
    case = begin(office, STEP, "s > a; a > e")
    for _ in range(8):
        with transaction() as session:
            parent, case = case, Case(version_id=case.version_id, unit_id=case.unit_id, document_id=case.document_id)
            case.state, case.passed, case.parent_id = b"", [], parent.id
            session.add(case)
    asked = Asked(case, SYSTEM, case.id, "x", {"procedure": "incoming_document"})

    with pytest.raises(Conflict, match="too_deep"), transaction():
        operations.run("cases.start", asked)


def test_a_deadline_is_counted_in_working_days_and_told_to_later_steps(office: Office) -> None:
    body = STEP + asks("x", "cases.set_deadline", "told", days="3", document="true")
    body += user("b", 'role="clerk" deadline="told.due_on"')
    case = begin(office, body, "s > a; a > x; x > b; b > e")
    commands.complete_task(office.actor("vanthu.sontinh"), tasks(case)[0].id, answers={})

    wanted = calendar.deadline_after(3, clock.now())
    assert tasks(case, "b")[0].due_at == wanted
    assert db.session.get_one(Document, case.document_id).due_on == office_day(wanted)


def test_a_deadline_moves_the_tasks_that_are_open(office: Office) -> None:
    split = '<bpmn:parallelGateway id="g"/><bpmn:parallelGateway id="j"/>'
    later = (office_day() + timedelta(days=30)).isoformat()
    body = (
        split
        + STEP
        + user("b", 'role="clerk" deadline="1"')
        + asks("x", "cases.set_deadline", day=f"'{later}'", step="'b'")
    )
    case = begin(office, body, "s > g; g > a; g > b; a > x; x > j; b > j; j > e")
    commands.complete_task(office.actor("vanthu.sontinh"), tasks(case, "a")[0].id, answers={})

    assert office_day(tasks(case, "b")[0].due_at).isoformat() == later


@pytest.mark.parametrize("params", [{}, {"days": "1", "day": "'2099-01-01'"}, {"day": "'2001-01-01'"}])
def test_a_deadline_is_days_or_a_day_to_come(office: Office, params: dict[str, str]) -> None:
    with pytest.raises(Invalid, match=r"deadline\."):
        _ask(office, "cases.set_deadline", **params)


def test_a_document_is_put_away_once_its_handling_is_over(office: Office) -> None:
    case = _ask(office, "documents.archive", "kept")

    assert db.session.get_one(Document, case.document_id).state == "archived"
    assert _again(case, {}) == {"state": "archived"}
    draft = letter(office, direction="outgoing", state="draft")
    with pytest.raises(Conflict, match="not_over"):
        begin(office, asks("x", "documents.archive") + STEP, LINE, about=draft)


def _sent(office: Office) -> Document:
    """A letter of the district, number 12, that the department has."""
    facts: dict[str, Any] = {"number": 12, "notation": "UBND-VX", "issued_on": office_day()}
    return letter(office, direction="outgoing", state="sent", **facts)


def _waiting(office: Office, sent: Document, *, to: str = "so-noi-vu") -> Case:
    case = begin(office, asks("x", "exchange.await_reply", "reply") + STEP, LINE, about=sent)
    with transaction() as session:
        message = messages.open_message(session.get_one(Document, sent.id), session.get_one(Case, case.id))
        messages.address(SYSTEM, message, [office.unit(to)])
    return case


def _arrive(office: Office, replies_to: str, sender: str = "so-noi-vu") -> Document:
    facts = dict.fromkeys(("field", "signer_title"), "") | {"document_type": "CV", "urgency": "normal"}
    facts |= {"subject": "V/v trả lời", "notation": "SNV", "issued_on": office_day().isoformat(), "issuer_name": "Sở"}
    sent: dict[str, Any] = {**facts, "number": 7, "due_on": None, "replies_to": replies_to}
    file = FileSent("a.pdf", "0" * 64, 1, 1)
    message_id = str(UUID(int=_count(Document)))
    receiving.receive(SYSTEM, Envelope(message_id, sender, HOME, sent, (file,)))
    found = db.session.scalar(select(Document).where(Document.subject == "V/v trả lời"))
    assert found is not None
    return found


def test_a_case_goes_on_when_a_document_arrives_that_names_what_it_answers(office: Office) -> None:
    sent = _sent(office)
    case = _waiting(office, sent)
    assert _waits(case) == []

    reply = _arrive(office, "12/UBND-VX")
    assert _call(case).result == {"document_id": str(reply.id), "reference": "07/SNV", "issuer": "Sở"}
    assert db.session.get_one(Document, reply.id).source_id == sent.id
    assert _waits(case) == ["a"]


@pytest.mark.parametrize(
    ("reference", "sender"), [("13/UBND-VX", "so-noi-vu"), ("12/UBND-VX", "so-tttt"), ("?", "so-noi-vu")]
)
def test_a_document_that_answers_something_else_wakes_nobody(office: Office, reference: str, sender: str) -> None:
    case = _waiting(office, _sent(office))

    assert _arrive(office, reference, sender).source_id is None
    assert _call(case).closed_at is None


def test_a_clerk_notes_a_reply_by_hand_and_nobody_else_does(office: Office) -> None:
    sent = _sent(office)
    case, reply = _waiting(office, sent), _arrive(office, "")
    with pytest.raises(Forbidden):
        replies.note_reply(office.actor("chuyenvien.vp.sontinh"), sent.id, reply_id=reply.id)
    assert [one.id for one in replies.awaited(sent.unit_id)] == [sent.id]

    replies.note_reply(office.actor("vanthu.sontinh"), sent.id, reply_id=reply.id)
    replies.note_reply(office.actor("vanthu.sontinh"), sent.id, reply_id=reply.id)
    assert _waits(case) == ["a"]
    assert replies.awaited(sent.unit_id) == []
    with pytest.raises(OfficeError, match="answers_another"):
        replies.note_reply(office.actor("vanthu.sontinh"), _sent(office).id, reply_id=reply.id)


def test_a_reply_that_is_there_already_is_not_waited_for(office: Office) -> None:
    sent = _sent(office)
    letter(office, source_id=sent.id, number=7, notation="SNV")

    assert _waits(_waiting(office, sent)) == ["a"]


def test_what_is_sent_in_answer_names_what_it_answers(office: Office) -> None:
    told = Told(office)
    case = told.until("issue", recipients=1)
    incoming = letter(office, number=9, notation="SNV-TH")
    with transaction():
        db.session.get_one(Document, case.document_id).source_id = incoming.id
    told.complete(case, "issue", told.tour["clerk"], issue_decision="issue")

    delivery = queries.deliveries(case.document_id)[0]
    assert messages.envelope(delivery.id).facts["replies_to"] == "09/SNV-TH"


def test_the_catalogue_lists_every_operation_with_its_contract(office: Office) -> None:
    assert {one.name for one in operations.catalogue()} == operations.names()
    assert operations.check("documents.number", {"document_id": None, "issued_on": "2026-01-05"}) == {
        "issued_on": "2026-01-05"
    }
    with pytest.raises(Missing):
        operations.check("cases.fly", {})


def test_tasks_that_are_closed_keep_their_deadline(office: Office) -> None:
    body = STEP + asks("x", "cases.set_deadline", days="9") + user("b", 'role="clerk"')
    case = begin(office, body, "s > a; a > x; x > b; b > e")
    commands.complete_task(office.actor("vanthu.sontinh"), tasks(case)[0].id, answers={})

    closed = db.session.scalar(select(Task).where(Task.case_id == case.id, Task.node == "a"))
    assert closed is not None
    assert closed.due_at is None
