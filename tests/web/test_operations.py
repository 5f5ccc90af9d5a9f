"""The pages of operations: what is stuck, why, and what can be done about it, without a script."""

import re
from typing import Any
from uuid import UUID

import pytest

from app.domain.access.models import RoleGrant
from app.domain.cases import bulk, repairs, troubles
from app.kernel import outbox
from app.kernel.db import db, transaction
from tests.engine.diagrams import ends, gateway, user
from tests.house import Office
from tests.oddities import MINE, Oddities
from tests.web.browser import Browser, plain

BODY = ends() + user("a", MINE) + gateway("exclusive", "g") + user("b", MINE) + user("c", MINE)
FLOWS = "s > a; a > g; g > b if n > 3; g > c if n <= 3; b > e; c > e"
REASON = "Đã hỏi chuyên viên."


@pytest.fixture
def odd(office: Office) -> Oddities:
    return Oddities(office)


@pytest.fixture
def operator(odd: Oddities) -> Browser:
    return Browser(odd.office, odd.operator)


@pytest.fixture
def drafter(odd: Oddities) -> Browser:
    return Browser(odd.office, odd.drafter)


def _stuck(odd: Oddities, number: int = 1) -> list[UUID]:
    version = odd.version(BODY, FLOWS)
    cases = [odd.start(version) for _ in range(number)]
    for case_id in cases:
        odd.complete(case_id)
    return cases


def test_a_person_hears_that_their_work_was_received_and_finds_it_among_what_is_done(
    odd: Oddities, drafter: Browser
) -> None:
    case_id = odd.start(odd.version(BODY, FLOWS))
    address = f"/tasks/{odd.task(case_id, 'a').id}"

    drafter.send(address, way="Đi đường dài")

    assert "Đã nhận việc này; hồ sơ gặp sự cố" in drafter.read("/")
    assert address not in drafter.read("/")
    assert address in drafter.read("/?tab=done")
    page = drafter.read(address)
    assert "đang chờ xử lý sự cố" in page
    assert "<textarea" not in page.split('id="work"', 1)[1].split("</section>", 1)[0]


def test_operations_are_for_operators(odd: Oddities, operator: Browser, drafter: Browser) -> None:
    assert 'href="/operations"' in operator.read("/account")
    assert 'href="/operations"' not in drafter.read("/account")
    assert "Không có sự cố" in operator.read("/operations")
    for address in ("/operations", "/operations/bulk", "/operations/jobs"):
        drafter.read(address, 403)
    [case_id] = _stuck(odd)
    drafter.read(f"/operations/incidents/{odd.incident(case_id).id}", 404)


def test_incidents_are_listed_by_cause_and_step_and_found_by_words(odd: Oddities, operator: Browser) -> None:
    _stuck(odd, 2)

    page = plain(operator.read("/operations"))
    assert "Không điều kiện nào của quy trình thỏa mãn 2" in page
    assert "Sự cố (2)" in page
    assert "Sự cố (2)" in plain(operator.read("/operations?q=viec+thu"))
    assert "Sự cố (0)" in plain(operator.read("/operations?q=khac"))
    assert "Sự cố (2)" in plain(operator.read("/operations?code=engine.no_way_out&procedure=p"))
    drawn = operator.read("/operations?code=engine.no_way_out&procedure=p").split('class="diagram"', 1)[1]
    assert ">2</text>" in drawn
    assert "Sự cố (0)" in plain(operator.read("/operations?code=engine.dmn"))
    assert "Sự cố (0)" in plain(operator.read("/operations?closed=1"))
    assert "Sự cố (2)" in plain(operator.read("/operations?unit_id=nonsense&offset=x"))


def test_an_incident_says_why_and_is_repaired_with_mended_data(odd: Oddities, operator: Browser) -> None:
    [case_id] = _stuck(odd)
    address = f"/operations/incidents/{odd.incident(case_id).id}"

    page = plain(operator.read(address))
    assert "không điều kiện nào thỏa mãn nên quy trình không đi tiếp được" in page
    assert "unit_id" in page
    assert "<svg" in operator.read(address).split('class="diagram', 1)[1]
    assert str(odd.seat.agency_id) not in page.split("Dữ liệu của hồ sơ", 1)[1]
    assert operator.send(address, 422, act="retry", reason="", changes="n = 5").status_code == 422
    wrong = operator.send(address, 422, act="retry", reason=REASON, changes="n 5").text
    assert "chưa đúng dạng" in wrong
    assert f">{REASON}</textarea>" in wrong

    operator.send(address, act="retry", reason=REASON)
    assert "Vẫn không được, nguyên nhân như cũ" in operator.read(address)
    operator.send(address, act="note", note="Đang hỏi <b>chuyên viên</b>")
    assert "&lt;b&gt;chuyên viên" in operator.read(address)
    operator.send(address, act="retry", reason=REASON, changes="n = 5")

    assert "Hồ sơ đã đi tiếp" in operator.read(address)
    assert odd.stands(case_id) == ("open", ["b"])
    operator.send(address, 409, act="retry", reason=REASON)
    operator.send(address, 404, act="explode", reason=REASON)


def test_a_stuck_case_is_moved_to_a_step_of_the_list(odd: Oddities, operator: Browser) -> None:
    [case_id] = _stuck(odd)
    address = f"/operations/incidents/{odd.incident(case_id).id}"
    assert '<option value="c"' in operator.read(address)

    operator.send(address, 422, act="move", reason=REASON, to_node="nowhere")
    operator.send(address, act="move", reason=REASON, to_node="c")

    assert odd.stands(case_id) == ("open", ["c"])


def test_many_are_counted_before_and_told_one_by_one_after(odd: Oddities, operator: Browser) -> None:
    cases = _stuck(odd, 3)
    preview = operator.read("/operations/bulk?act=retry&code=engine.no_way_out")
    assert "3 sự cố sẽ được xử lý" in preview
    assert 'name="expected" value="3"' in preview
    fields: dict[str, Any] = {"act": "retry", "code": "engine.no_way_out", "expected": "3", "words": "n = 9"}

    assert 'aria-invalid="true"' in operator.send("/operations/bulk", 422, **fields, reason=" ").text
    operator.send("/operations/bulk", 409, **{**fields, "expected": "2"}, reason=REASON)
    answer = operator.send("/operations/bulk", **fields, reason=REASON)
    follow = answer.headers["Location"]
    assert "Đã xong 0/3 hồ sơ" in operator.read(follow)
    odd.office.work()

    page = operator.read(follow)
    assert "Đã xong 3 hồ sơ" in page
    assert len(re.findall("Hồ sơ đã đi tiếp", page)) >= 3
    assert [odd.stands(one) for one in cases] == [("open", ["b"])] * 3
    assert follow.rsplit("/", 1)[1] in operator.read("/operations")


def test_the_truth_about_each_case_of_a_bulk_act(odd: Oddities) -> None:
    same, mended, gone = _stuck(odd, 3)
    actor = odd.who_operates
    made = troubles.repair_many(actor, "retry", troubles.Wanted(), expected=3, reason=REASON, words={})
    repairs.retry(actor, odd.incident(gone).id, reason=REASON, changes={"n": 1})
    repairs.note(actor, odd.incident(same).id, text="x")
    odd.office.work()
    first = bulk.counts(made.id)
    again = troubles.repair_many(actor, "retry", troubles.Wanted(), expected=2, reason=REASON, words={"n": "x"})
    odd.office.work()
    skipped = troubles.repair_many(actor, "skip", troubles.Wanted(), expected=2, reason=REASON, words={})
    odd.office.work()

    assert first == {"failed_again_same": 2, "not_needed": 1}
    assert bulk.counts(again.id) == {"failed_again_new": 2}
    assert bulk.counts(skipped.id) == {"not_skippable": 2}
    assert odd.stands(mended) == ("incident", [])


def test_work_that_was_given_up_is_listed_and_revived_with_a_reason(odd: Oddities) -> None:
    with transaction():
        outbox.promise("signatures.sign", key="lost", payload={"request_id": str(UUID(int=1))})
    for _ in range(6):
        for job in db.session.query(outbox.Job):
            job.due_at = job.made_at
        db.session.commit()
        odd.office.work()
    system = next(post["sign_in"] for post in odd.office.world["posts"] if post["role"] == "operator")
    browser = Browser(odd.office, system)

    page = browser.read("/operations/jobs")
    assert "Ký số" in page
    [job_id] = re.findall(r'name="job" value="([^"]+)"', page)
    browser.send("/operations/jobs", 422, job=job_id, reason="")
    browser.send("/operations/jobs", job=job_id, reason=REASON)

    odd.forget()
    revived = db.session.get_one(outbox.Job, UUID(job_id))
    assert (revived.state, revived.attempts) == ("ready", 0)
    assert "Không có việc nào bị dừng" in browser.read("/operations/jobs")


def test_the_page_of_a_stuck_case_leads_an_operator_who_may_read_it_to_its_incident(
    odd: Oddities, operator: Browser, drafter: Browser
) -> None:
    [case_id] = _stuck(odd)
    address = f'href="/operations/incidents/{odd.incident(case_id).id}"'
    assert address not in drafter.read(f"/cases/{case_id}")
    operator.read(f"/cases/{case_id}", 404)
    with transaction():
        db.session.add(RoleGrant(role_code="administrator", permission="documents.read"))
    assert address in operator.read(f"/cases/{case_id}")
