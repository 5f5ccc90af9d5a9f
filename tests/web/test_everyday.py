"""Each procedure of the library from its first step to its last through the pages, in both demo worlds."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from app.domain.cases import commands, queries
from app.domain.cases.models import Case, Task
from app.domain.documents.models import Document
from app.domain.registers import queries as registers
from app.domain.registers.models import RegisterEntry
from app.kernel import clock
from app.kernel.db import db
from tests import house
from tests.house import Office, Template
from tests.web.browser import Browser, pdf, plain

TODAY = clock.office_day().isoformat()


@pytest.fixture(scope="module", params=["2017", "2025"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """Each of the demo worlds, made once."""
    with house.template(tmp_path_factory.mktemp("world"), request.param) as made:
        yield made


@pytest.fixture
def agency(world: Template) -> Iterator["Agency"]:
    """The agency that writes in the story of a world."""
    with house.lent(world) as app:
        office = Office(app, world.world)
        people = {role: office.tour[role] for role in ("drafter", "head", "clerk", "chairman")}
        yield Agency(office, office.tour["sender"], people)


@pytest.fixture
def commune(agency: "Agency") -> "Agency":
    """The first agency of the story that receives: it has no heads of units."""
    first = agency.office.tour["recipients"][0]
    people = {"drafter": first["specialist"], "clerk": first["clerk"], "chairman": first["chairman"]}
    return Agency(agency.office, first["unit"], people)


class Agency:
    """The people of one agency at their browsers, and the case they have in hand."""

    def __init__(self, office: Office, unit: str, people: dict[str, str]) -> None:
        self.office, self.people = office, people
        self.unit_id: UUID = office.unit(unit).id
        self.case_id: UUID | None = None

    def begin(self, procedure: str, who: str = "drafter") -> None:
        """Start a procedure from the page that offers it; it leads to the first step."""
        browser = Browser(self.office, self.people[who])
        assert f'value="{procedure}"' in browser.read("/cases/start")
        place = browser.send("/cases/start", procedure=procedure).headers["Location"]
        browser.read(place)
        task = db.session.get_one(Task, UUID(place.rpartition("/")[2]))
        self.case_id = task.case_id

    def does(self, who: str, node: str, **fields: Any) -> None:
        """Open a step, fill in its form and send it; the workers do what follows."""
        self.signs_in(self.people[who], node, **fields)

    def signs_in(self, sign_in: str, node: str, **fields: Any) -> None:
        """The same for anybody."""
        browser = Browser(self.office, sign_in)
        actor = self.office.actor(sign_in)
        query = select(Task).where(Task.case_id == self.case_id, Task.node == node, Task.closed_at.is_(None))
        task = next(one for one in db.session.scalars(query) if queries.may_perform(actor, one))
        address = f"/tasks/{task.id}"
        browser.read(address)
        browser.send(address, **fields)
        self.office.work()

    def signed_and_sealed(self) -> None:
        """What approving, signing, numbering and sealing ask of people."""
        if "head" in self.people:
            self.does("head", "check_content", content_decision="agree")
        self.does("clerk", "check_form", form_decision="agree")
        self.does("chairman", "approve", approval_decision="sign")
        self.does("clerk", "issue", issue_decision="issue")

    def post(self, who: str) -> str:
        """The post of one of the people, as forms name it."""
        return str(self.office.actor(self.people[who]).seats[0].post_id)

    def recipients(self) -> list[str]:
        """Two other agencies."""
        return [str(self.office.unit(one["unit"]).id) for one in self.office.tour["recipients"][-2:]]

    @property
    def case(self) -> Case:
        """The case as it is now."""
        db.session.rollback()
        db.session.expire_all()
        return db.session.get_one(Case, self.case_id)

    @property
    def document(self) -> Document:
        """Its document."""
        return self.case.document

    def passes(self, days: int) -> time_machine.travel:
        """Some days later, with the clock of the office running."""
        return time_machine.travel(clock.now() + timedelta(days=days), tick=True)

    def ticks(self) -> None:
        """The clock of the office: what is due fires."""
        for case_id in queries.due_timers(clock.now()):
            commands.fire_timers(case_id)
        self.office.work()


def scan() -> dict[str, Any]:
    """A scanned paper, as a browser sends it."""
    return {"file": (BytesIO(pdf(2)), "scan.pdf")}


def test_an_internal_document_is_signed_and_read(agency: Agency) -> None:
    readers = [agency.post("head"), agency.post("clerk")]
    agency.begin("internal_document")
    agency.does(
        "drafter", "draft", document_type="TB", subject="Lịch trực", body="Phân công trực.", reader_posts=readers
    )
    agency.signed_and_sealed()
    agency.does("head", "read")
    agency.does("clerk", "read")

    assert agency.case.status == "done"
    assert (agency.document.direction, agency.document.number) == ("internal", 1)


def test_a_commune_submits_to_its_clerk_and_chairman_at_once(commune: Agency) -> None:
    commune.begin("internal_document")
    commune.does(
        "drafter",
        "draft",
        document_type="TTr",
        subject="Xin kinh phí",
        body="Đề nghị.",
        reader_posts=[commune.post("clerk")],
    )
    commune.signed_and_sealed()
    commune.does("clerk", "read")

    assert commune.case.status == "done"


def test_a_draft_goes_round_for_opinions_and_silence_is_agreement(agency: Agency) -> None:
    asked = agency.office.tour["recipients"][0]
    agency.begin("opinion_circulation")
    agency.does(
        "drafter",
        "draft",
        document_type="KH",
        subject="Kế hoạch cải cách hành chính",
        body="Dự thảo.",
        consulted_posts=[agency.post("head"), agency.post("clerk")],
        consulted_units=[str(agency.office.unit(asked["unit"]).id)],
        opinion_due=(clock.office_day() + timedelta(days=5)).isoformat(),
    )
    agency.does("head", "ask_posts", opinion_decision="agree")
    agency.signs_in(asked["chairman"], "ask_agencies", opinion_decision="amend", opinion="Bổ sung nguồn kinh phí.")
    with agency.passes(days=7):
        agency.ticks()
        agency.does("drafter", "summarise", summary_decision="submit", summary="Tiếp thu một ý kiến.")
        agency.does("chairman", "approve_summary", approval_decision="agree")

    assert agency.case.status == "done"
    assert agency.document.state == "closed"


def test_a_copy_is_compared_signed_and_numbered_in_the_series_of_copies(agency: Agency) -> None:
    agency.begin("certified_copy")
    agency.does(
        "drafter",
        "request",
        document_type="SY",
        medium="paper",
        source_reference="12/QĐ-UBND",
        source_date="2025-12-01",
        source_issuer="UBND tỉnh",
        subject="Về việc giao kế hoạch",
        copies="3",
        purpose="Nộp hồ sơ",
        **scan(),
    )
    agency.does("clerk", "compare", compare_decision="agree")
    agency.does("chairman", "sign_copy", copy_decision="certify")
    agency.does("clerk", "issue", issue_decision="issue")
    agency.does("clerk", "hand_over", handed_copies="3", handed_on=TODAY)

    assert agency.case.status == "done"
    assert agency.document.reference.startswith("01/SY-")
    register = registers.register_of(agency.unit_id, "copy")
    assert db.session.scalar(select(RegisterEntry.document_id).where(RegisterEntry.register_id == register.id))
    assert "bản sao" in Browser(agency.office, agency.people["clerk"]).read(f"/registers/{register.id}")


def test_a_recalled_document_is_replaced_by_a_new_draft(agency: Agency) -> None:
    agency.begin("recall_replacement")
    agency.does(
        "drafter",
        "draft",
        recall_kind="replace",
        old_reference="15/QĐ-UBND",
        old_date="2025-12-20",
        reason="Sai căn cứ",
        replaced_type="QĐ",
        replaced_subject="Về việc giao kế hoạch (thay thế)",
        document_type="CV",
        subject="Thu hồi Quyết định số 15",
        body="Đề nghị các cơ quan trả lại.",
        recipients=agency.recipients(),
    )
    agency.signed_and_sealed()
    agency.does("clerk", "record", recorded_on=TODAY, register_note="Thu hồi")

    assert [call.operation for call in queries.calls_of(agency.case.id)][-1] == "exchange.follow"
    replacing = db.session.scalars(select(Document).where(Document.source_id == agency.document.id)).one()
    assert (replacing.document_type, replacing.state) == ("QĐ", "draft")
    begun = db.session.scalars(select(Case).where(Case.document_id == replacing.id)).one()
    assert begun.version.key == "outgoing_document"


def test_an_urgent_document_takes_the_short_way(agency: Agency) -> None:
    agency.begin("urgent_document")
    agency.does(
        "drafter",
        "draft",
        document_type="CV",
        urgency="express",
        subject="Ứng phó bão",
        body="Sơ tán dân.",
        recipients=agency.recipients(),
    )
    with time_machine.travel(clock.now() + timedelta(minutes=70), tick=True):
        agency.ticks()
    agency.does("chairman", "approve", approval_decision="sign")
    agency.does("clerk", "issue", issue_decision="issue")

    assert {"remind", "send"} <= set(agency.case.passed)
    assert agency.document.state == "sent"


def test_dossiers_are_submitted_and_archived(agency: Agency) -> None:
    agency.begin("dossier_submission")
    agency.does(
        "drafter",
        "list",
        subject="Nộp lưu hồ sơ năm 2025",
        dossiers="12",
        retention="years_20",
        work_ended_on="2025-12-31",
        body="01.TCCB Hồ sơ tuyển dụng",
    )
    agency.does("head", "check", check_decision="agree")
    agency.does("clerk", "receive", receive_decision="receive", received_dossiers="12")
    agency.does("drafter", "confirm")

    assert (agency.case.status, agency.document.state) == ("done", "archived")


def test_a_delegation_begins_and_ends_by_itself(agency: Agency) -> None:
    agency.begin("authorization")
    agency.does(
        "drafter",
        "draft",
        capacity="TUQ.",
        delegate_post=agency.post("head"),
        valid_from=TODAY,
        valid_to=(clock.office_day() + timedelta(days=20)).isoformat(),
        scope="Ký chứng thực",
        document_type="GUQ",
        subject="Ủy quyền ký chứng thực",
        body="Ủy quyền trong thời gian trên.",
    )
    agency.signed_and_sealed()
    agency.ticks()
    with agency.passes(days=1):
        agency.ticks()
        assert "watch" in {task.node for task in queries.tasks_of(agency.case.id) if task.closed_at is None}
    with agency.passes(days=22):
        agency.ticks()
        assert agency.case.status == "done"
    assert agency.document.reference.startswith("01/GUQ-")


@pytest.mark.parametrize("where", ["agency", "commune"])
def test_a_petition_is_accepted_settled_and_answered(where: str, agency: Agency, commune: Agency) -> None:
    here = {"agency": agency, "commune": commune}[where]
    here.begin("complaint_petition", "clerk")
    here.does(
        "clerk",
        "register",
        sender_name="Hộ dân thôn 2",
        petition_kind="complaint",
        subject="Khiếu nại quyết định thu hồi đất",
        **scan(),
    )
    here.does(
        "drafter", "classify", petition_kind="complaint", complete="yes", settled="no", competent="yes", remark="Đủ."
    )
    here.does("chairman", "direct", petition_decision="accept", lead_post=here.post("drafter"))
    here.does("drafter", "handle", result_decision="done", result="Đã xác minh, đối thoại.")
    here.does("chairman", "approve_result", approval_decision="agree")
    here.does("clerk", "reply", reply_reference="20/QĐ-UBND", told_on=TODAY, told_how="post")

    assert (here.case.status, here.document.state) == ("done", "archived")
    assert here.document.arrival_number == 1
    page = Browser(here.office, here.people["clerk"]).read(f"/documents/{here.document.id}")
    assert "Hộ dân thôn 2" in page


@pytest.mark.parametrize(("where", "steps"), [("agency", ["agree", "decide"]), ("commune", ["decide"])])
def test_leave_is_asked_for_and_granted(where: str, steps: list[str], agency: Agency, commune: Agency) -> None:
    here = {"agency": agency, "commune": commune}[where]
    here.begin("leave_request")
    here.does(
        "drafter",
        "request",
        leave_kind="annual",
        leave_from=TODAY,
        leave_to=TODAY,
        leave_days="5",
        body="Về quê.",
    )
    who: dict[str, Callable[..., None]] = {
        "agree": lambda: here.does("head", "agree", leave_decision="agree"),
        "decide": lambda: here.does("chairman", "decide", leave_decision="agree"),
    }
    for step in steps:
        who[step]()

    assert (here.case.status, here.document.state) == ("done", "closed")


def test_whoever_decides_reads_what_was_asked_for(commune: Agency) -> None:
    commune.begin("leave_request")
    asked = {"leave_kind": "private", "leave_from": TODAY, "leave_to": TODAY, "leave_days": "5", "body": "Về quê."}
    commune.does("drafter", "request", **asked, stand_in_post=commune.post("clerk"))

    chairman = Browser(commune.office, commune.people["chairman"])
    page = plain(chairman.read(chairman.first_task()))
    shown = page[page.index("Nội dung đã khai ở các bước trước") : page.index("Thông tin văn bản")]
    for words in (
        "Nghỉ việc riêng",
        f"{clock.office_day():%d/%m/%Y}",
        "Số ngày làm việc xin nghỉ 5",
        "Về quê.",
        "Văn thư",
    ):
        assert words in shown
    assert "Về quê." in plain(chairman.read(f"/cases/{commune.case_id}"))
