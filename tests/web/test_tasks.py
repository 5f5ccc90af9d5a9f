"""A task on its page: doing it, doing it wrongly, coming too late, having no business there."""

from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest

from app.domain.documents import queries as documents
from app.kernel.db import db
from tests.house import Office
from tests.story import Ref, Told
from tests.web.browser import Browser, counted, pdf, plain, summary

LIMIT = 20


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


@pytest.fixture
def case(told: Told) -> Ref:
    return told.start()


@pytest.fixture
def drafter(told: Told) -> Browser:
    return Browser(told.office, told.tour["drafter"])


@pytest.fixture
def head(told: Told) -> Browser:
    return Browser(told.office, told.tour["head"])


def filled(told: Told, **changes: Any) -> Mapping[str, Any]:
    return {**told.draft(), **changes}


def test_a_draft_is_submitted_and_its_drafter_is_told(told: Told, case: Ref, drafter: Browser) -> None:
    answer = drafter.send(drafter.first_task(), **filled(told, due_on="05/01/2030"))

    assert answer.headers["Location"] == "/"
    assert "Đã xong việc" in drafter.read("/")
    document = told.document(case)
    assert document.subject == told.tour["subject"]
    assert document.due_on is not None
    assert document.due_on.isoformat() == "2030-01-05"


def test_completing_a_task_costs_few_statements_and_one_commit(told: Told, head: Browser) -> None:
    told.until("check_content")
    task = head.first_task()
    head.read(task)

    with counted() as cost:
        head.send(task, content_decision="agree")

    assert cost["statements"] <= LIMIT, cost
    assert cost["commits"] == 1


def test_what_is_wrong_stands_beside_what_was_typed(told: Told, case: Ref, drafter: Browser) -> None:
    recipients = told.draft()["recipients"]
    page = drafter.send(drafter.first_task(), 422, **filled(told, subject=" ", body="Nội dung đang soạn dở")).text

    assert "Trích yếu" in summary(page)
    assert "Nội dung đang soạn dở" in page
    assert all(f'value="{one}" checked' in page for one in recipients)
    assert told.document(case).subject == ""


def test_fields_the_form_does_not_have_are_refused_by_name(told: Told, case: Ref, drafter: Browser) -> None:
    page = drafter.send(drafter.first_task(), 422, **filled(told, number="1")).text

    assert "number" in summary(page)
    assert told.document(case).subject == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello", "không phải PDF"),
        (pdf()[:300], "hỏng"),
        (pdf(locked=True), "mật khẩu"),
        (b"", "trống"),
    ],
)
def test_a_file_that_will_not_do_is_refused_on_its_field(
    told: Told, case: Ref, drafter: Browser, content: bytes, words: str
) -> None:
    fields = filled(told, body="", file=(BytesIO(content), "công văn.pdf"))
    page = drafter.send(drafter.first_task(), 422, **fields).text

    assert words in summary(page)
    assert told.tour["subject"] in page
    assert told.document(case).subject == ""
    assert documents.latest_file(case.document_id) is None


def test_a_file_over_the_limit_is_refused_on_its_field(told: Told, case: Ref, drafter: Browser) -> None:
    told.office.app.config["UPLOAD_LIMIT"] = 500
    page = drafter.send(drafter.first_task(), 422, **filled(told, file=(BytesIO(pdf()), "a.pdf"))).text

    assert "lớn hơn" in summary(page)


def test_a_body_far_over_the_limit_is_refused_on_its_field_too(told: Told, case: Ref, drafter: Browser) -> None:
    told.office.app.config.update(UPLOAD_LIMIT=20_000, MAX_CONTENT_LENGTH=30_000)
    large = pdf() + b"%" * 100_000
    page = drafter.send(drafter.first_task(), 422, **filled(told, file=(BytesIO(large), "a.pdf"))).text

    assert "lớn hơn" in summary(page)
    assert told.tour["subject"] in page


def test_a_body_nobody_reads_leads_back_to_the_task(told: Told, case: Ref, drafter: Browser) -> None:
    told.office.app.config.update(UPLOAD_LIMIT=20_000, MAX_CONTENT_LENGTH=30_000, MAX_FORM_MEMORY_SIZE=10_000)
    task = drafter.first_task()
    page = drafter.send(task, 413, **filled(told, file=(BytesIO(b"%" * 300_000), "a.pdf"))).text

    assert "quá lớn" in page
    assert f'href="{task}"' in page


def test_a_file_is_judged_before_it_travels(told: Told, case: Ref, drafter: Browser) -> None:
    page = drafter.read(drafter.first_task())

    assert f'data-max="{told.office.app.config["UPLOAD_LIMIT"]}"' in page
    assert "Tệp lớn hơn" in page, "the sentence is there, hidden, for the script to show"


def test_a_draft_may_go_to_as_many_recipients_as_the_form_allows(told: Told, case: Ref, drafter: Browser) -> None:
    many = [str(uuid4()) for _ in range(500)]
    page = drafter.send(drafter.first_task(), 422, **filled(told, subject="", recipients=many)).text

    assert "Trích yếu" in summary(page)


def test_a_good_file_is_kept_when_something_else_is_wrong(told: Told, case: Ref, drafter: Browser) -> None:
    task = drafter.first_task()
    page = drafter.send(task, 422, **filled(told, subject="", body="", file=(BytesIO(pdf(2)), "công văn.pdf"))).text
    assert "công văn.pdf" in page

    drafter.send(task, **filled(told, body=""))
    kept = documents.latest_file(told.document(case).id, stage="uploaded")
    assert kept is not None
    assert (kept.name, kept.pages) == ("công văn.pdf", 2)


def test_a_file_can_be_given_before_the_task_is_done(told: Told, case: Ref, drafter: Browser) -> None:
    task = drafter.first_task()
    drafter.send(f"{task}/file", file=(BytesIO(pdf()), "a.pdf"))
    drafter.send(f"{task}/file", 422, file=(BytesIO(b"x"), "b.pdf"))

    assert "a.pdf" in drafter.read(task)


def test_whoever_comes_too_late_is_told_who_was_first(told: Told, head: Browser) -> None:
    told.until("check_content")
    task = head.first_task()
    head.send(task, content_decision="agree")
    page = head.send(task, 409, content_decision="return", opinion="Sửa nơi nhận.").text

    assert told.office.person(told.tour["head"]).name in plain(page)
    assert "Sửa nơi nhận." in page
    assert '<form class="task-form"' not in page


def test_a_task_of_another_agency_is_not_there(told: Told, case: Ref, drafter: Browser) -> None:
    task = drafter.first_task()
    stranger = Browser(told.office, told.recipients[0]["clerk"])

    stranger.read(task, 404)
    stranger.send(task, 404, subject="x")


def test_a_colleague_may_look_but_not_act(told: Told, case: Ref, drafter: Browser) -> None:
    task = drafter.first_task()
    clerk = Browser(told.office, told.tour["clerk"])

    assert "không thuộc phần của anh/chị" in clerk.read(task)
    clerk.send(task, 403, subject="x")


def test_work_that_came_back_says_who_sent_it_back_and_why(told: Told, drafter: Browser, head: Browser) -> None:
    told.until("check_content")
    task = head.first_task()
    assert "Ý kiến" in summary(head.send(task, 422, content_decision="return").text)
    head.send(task, content_decision="return", opinion="Bổ sung Trạm Thú y.")

    page = drafter.read(drafter.first_task())
    assert "đã trả lại" in page
    assert "Bổ sung Trạm Thú y." in page
    assert told.tour["subject"] in page


def test_a_deadline_that_is_over_is_not_offered_again(told: Told, drafter: Browser, head: Browser) -> None:
    case = told.until("check_content")
    told.document(case).due_on = date(2020, 2, 20)
    db.session.commit()
    head.send(head.first_task(), content_decision="return", opinion="Sửa hạn trả lời.")

    assert 'value="2020-02-20"' not in drafter.read(drafter.first_task())


def test_a_date_of_issue_that_cannot_be_is_said_beside_it(told: Told) -> None:
    told.until("issue")
    clerk = Browser(told.office, told.tour["clerk"])
    page = clerk.send(clerk.first_task(), 422, issue_decision="issue", issued_on="01/01/1900").text

    assert "Ngày ban hành: ngày ban hành không được trước ngày ký" in summary(page)
    assert 'value="01/01/1900"' in page


def test_a_signed_document_that_is_returned_shows_no_signature_and_says_why(told: Told, drafter: Browser) -> None:
    case = told.until("issue")
    clerk = Browser(told.office, told.tour["clerk"])
    assert 'class="person"' in drafter.read(f"/documents/{case.document_id}")
    clerk.send(clerk.first_task(), issue_decision="return", opinion="Sai nơi nhận.")

    task = drafter.read(drafter.first_task())
    assert "Sai nơi nhận." in task
    assert 'class="person"' not in task
    assert "Văn bản chưa được ký số." in drafter.read(f"/documents/{case.document_id}")


def test_a_draft_is_thrown_away_after_a_word_of_warning(told: Told, case: Ref, drafter: Browser, head: Browser) -> None:
    task = drafter.first_task()
    page = drafter.read(task)
    assert "không mở lại được" in page
    assert f'<form id="discard" method="post" action="{task}/discard">' in page

    assert drafter.send(f"{task}/discard").headers["Location"] == "/"
    assert "Đã bỏ dự thảo." in drafter.read("/")
    assert task not in drafter.read("/?tab=done")
    assert "Đã bỏ dự thảo" in drafter.read("/documents")
    assert told.office.person(told.tour["drafter"]).name in plain(drafter.read(task))
    assert "Đã bỏ" in plain(drafter.read(f"/cases/{case.id}"))
    drafter.send(f"{task}/discard", 409)


def test_only_the_drafter_is_offered_to_throw_a_draft_away(told: Told, head: Browser) -> None:
    told.until("check_content")
    task = head.first_task()

    assert 'id="discard"' not in head.read(task)
    head.send(f"{task}/discard", 403)


def test_a_decision_that_was_not_taken_is_asked_for(told: Told, head: Browser) -> None:
    told.until("check_content")

    page = head.send(head.first_task(), 422, opinion="Tốt").text
    assert "Vui lòng chọn một trong các nút" in summary(page)
    assert "Tốt</textarea>" in page


def test_the_next_task_opens_when_that_was_asked_for(told: Told, drafter: Browser) -> None:
    told.start()
    told.start()
    task = drafter.first_task()
    following = drafter.read(task).split('name="_next" value="')[1].split('"')[0]

    assert drafter.send(task, **filled(told, _next=following)).headers["Location"] == f"/tasks/{following}"
    last = drafter.send(f"/tasks/{following}", **filled(told, _next="https://elsewhere.example"))
    assert last.headers["Location"] == "/"


def test_no_decision_is_taken_by_pressing_enter(told: Told, case: Ref, drafter: Browser) -> None:
    page = drafter.read(drafter.first_task())
    form = page[page.index('<form class="task-form"') :]

    assert form.index('<button type="submit" disabled hidden>') < form.index('<button class="button')


def test_what_the_system_could_not_do_is_told_where_the_work_comes_back(told: Told, drafter: Browser) -> None:
    told.start()
    draft = {**told.draft(), "body": "Đoạn có biểu tượng \N{PARTY POPPER}."}
    drafter.send(drafter.first_task(), **draft)
    told.office.work()
    page = drafter.read(drafter.first_task())

    assert "Bước vừa rồi của hệ thống chưa xong" in page
    assert "ký tự không in được" in page
    drafter.send(drafter.first_task(), **told.draft())
    told.office.work()
    assert "chưa xong" not in Browser(told.office, told.tour["head"]).read("/")
