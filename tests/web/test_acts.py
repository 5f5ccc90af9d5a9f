"""Other acts on a task, at a browser without JavaScript: small forms behind one fold, and what the history says."""

import re

import pytest

from app.domain.cases import lending, queries
from tests.house import Office
from tests.story import Ref, Told
from tests.web.browser import Browser, plain


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


@pytest.fixture
def case(told: Told) -> Ref:
    return told.until("check_form")


def _browser(told: Told, part: str) -> Browser:
    return Browser(told.office, told.tour[part])


def _post(told: Told, part: str) -> str:
    return str(next(iter(told.office.actor(told.tour[part]).post_ids)))


def _open(case: Ref) -> list[str]:
    return sorted(one.node for one in queries.tasks_of(case.id) if one.closed_at is None and one.kind == "step")


def test_a_task_is_returned_on_its_page_and_says_so_where_it_comes_back(told: Told, case: Ref) -> None:
    clerk = _browser(told, "clerk")
    address = clerk.first_task()
    page = clerk.read(address)
    to = re.search(r'<option value="([^"]+)">[^<]*Soạn thảo', page)
    assert to is not None
    assert "Thao tác khác" in page
    clerk.send(f"{address}/return", reason="Sai nơi nhận.", to=to[1])

    assert _open(case) == ["draft"]
    back = _browser(told, "drafter")
    shown = plain(back.read(back.first_task()))
    assert "Sai nơi nhận." in shown
    assert told.tour["subject"] in shown


def test_an_act_without_its_reason_is_said_beside_the_form(told: Told, case: Ref) -> None:
    clerk = _browser(told, "clerk")
    address = clerk.first_task()
    answer = clerk.send(f"{address}/cosigners", 422, reason=" ", post_id=_post(told, "head"))
    assert 'id="e-cosign-reason"' in answer.text
    assert re.search(rf'<option value="{_post(told, "head")}" selected>', answer.text)
    assert 'id="e-opinion-post_id"' in clerk.send(f"{address}/opinions", 422, question="Đúng không?").text
    assert (
        'id="e-opinion-due_on"'
        in clerk.send(
            f"{address}/opinions", 422, question="Đúng không?", post_id=_post(told, "head"), due_on="31/02/2030"
        ).text
    )


def test_a_joint_signer_answers_from_the_inbox(told: Told, case: Ref) -> None:
    clerk, head = _browser(told, "clerk"), _browser(told, "head")
    address = clerk.first_task()
    clerk.send(f"{address}/cosigners", reason="Cùng kiểm tra.", post_id=_post(told, "head"))
    assert "Cùng ký, duyệt" in plain(head.read("/"))
    asked = head.first_task()
    assert "Cùng kiểm tra." in head.read(asked)
    assert head.send(f"{asked}/answer", 422, opinion="Được.").status_code == 422
    head.send(f"{asked}/answer", agrees="no", opinion="Sai thể thức.")

    page = plain(clerk.read(address))
    assert "Không đồng ý" in page
    assert "Sai thể thức." in page
    clerk.send(address, form_decision="agree")
    assert _open(case) == ["approve"]


def test_a_joint_signer_is_dismissed_on_the_page_of_the_task(told: Told, case: Ref) -> None:
    clerk = _browser(told, "clerk")
    address = clerk.first_task()
    clerk.send(f"{address}/cosigners", reason="Cùng kiểm tra.", post_id=_post(told, "head"))
    asked = re.search(r'action="(/tasks/[^"]+/dismissal)"', clerk.read(address))
    assert asked is not None
    answer = clerk.send(asked[1], reason="Đi vắng.", _from=address.rsplit("/", 1)[1])
    assert answer.headers["Location"] == address
    assert "Đi vắng." in clerk.read(address)


def test_an_opinion_is_asked_for_and_shown_to_whoever_asked(told: Told, case: Ref) -> None:
    clerk, head = _browser(told, "clerk"), _browser(told, "head")
    address = clerk.first_task()
    clerk.send(
        f"{address}/opinions", question="Đúng thẩm quyền không?", post_id=_post(told, "head"), due_on="05/01/2030"
    )
    head.send(f"{head.first_task()}/answer", opinion="Đúng thẩm quyền.")
    assert "Đúng thẩm quyền." in clerk.read(address)


def test_a_delegated_act_shows_both_names(told: Told, case: Ref) -> None:
    clerk, head = _browser(told, "clerk"), _browser(told, "head")
    address = clerk.first_task()
    clerk.send(f"{address}/delegation", reason="Đi công tác.", post_id=_post(told, "head"))
    assert "Làm thay" in head.read(address)
    assert "Thôi giao làm thay" in clerk.read(address)
    head.send(address, form_decision="agree")
    names = told.office.person(told.tour["head"]).name, told.office.post(_key(told, "clerk")).title
    history = plain(clerk.read(f"/cases/{case.id}"))
    assert f"{names[0]} làm thay {names[1]}" in history
    assert "Đi công tác." in history


def _key(told: Told, part: str) -> str:
    return str(next(post["key"] for post in told.office.world["posts"] if post["sign_in"] == told.tour[part]))


def test_what_was_lent_is_taken_back_by_the_lender(told: Told, case: Ref) -> None:
    clerk = _browser(told, "clerk")
    address = clerk.first_task()
    clerk.send(f"{address}/delegation", reason="Đi công tác.", post_id=_post(told, "head"))
    clerk.send(f"{address}/delegation/end", reason="Đã về.")
    assert clerk.first_task() == address


def test_a_chairman_gives_a_task_to_another_post(told: Told, case: Ref) -> None:
    chairman = _browser(told, "chairman")
    address = f"/tasks/{told.task(case, 'check_form').id}"
    assert "Giao lại cho người khác" in chairman.read(address)
    chairman.send(f"{address}/assignment", reason="Nghỉ ốm.", post_id=_post(told, "head"))
    assert _browser(told, "head").first_task() == address


def test_a_task_is_taken_and_put_back(told: Told, case: Ref) -> None:
    clerk = _browser(told, "clerk")
    address = clerk.first_task()
    clerk.send(f"{address}/claim")
    assert f"{address}/unclaim" in clerk.read(address)
    clerk.send(f"{address}/unclaim")
    assert f"{address}/claim" in clerk.read(address)


def test_a_step_is_withdrawn_from_the_page_of_its_case(told: Told, case: Ref) -> None:
    head = _browser(told, "head")
    form = re.search(r'action="(/tasks/[^"]+/withdraw)"', head.read(f"/cases/{case.id}"))
    assert form is not None
    head.send(form[1], reason="Còn thiếu ý.")
    assert _open(case) == ["check_content"]
    assert "rút lại" in plain(head.read(f"/cases/{case.id}"))


def test_nothing_is_offered_to_withdraw_once_the_next_has_opened_it(told: Told, case: Ref) -> None:
    clerk = _browser(told, "clerk")
    clerk.read(clerk.first_task())
    head = _browser(told, "head")
    assert "/withdraw" not in head.read(f"/cases/{case.id}")
    done = next(one for one in queries.tasks_of(case.id) if one.node == "check_content")
    assert "đã có người mở xem" in head.send(f"/tasks/{done.id}/withdraw", 409, reason="Nhầm.").text


def test_a_case_rests_and_goes_on(told: Told, case: Ref) -> None:
    chairman, clerk = _browser(told, "chairman"), _browser(told, "clerk")
    address = clerk.first_task()
    chairman.send(f"/cases/{case.id}/suspend", reason="Chờ cấp trên.")
    assert "Chờ cấp trên." in clerk.read(address)
    clerk.send(address, 409, form_decision="agree")
    chairman.send(f"/cases/{case.id}/resume")
    clerk.send(address, form_decision="agree")


def test_whoever_returns_too_late_is_told_who_was_first(told: Told, case: Ref) -> None:
    clerk = _browser(told, "clerk")
    address = clerk.first_task()
    clerk.send(address, form_decision="agree")
    page = clerk.send(f"{address}/return", 409, reason="Sai.").text
    assert told.office.person(told.tour["clerk"]).name in page


def test_an_act_of_somebody_else_is_refused(told: Told, case: Ref) -> None:
    task = told.task(case, "check_form")
    chairman = _browser(told, "chairman")
    chairman.send(f"/tasks/{task.id}/return", 403, reason="Sai.")
    chairman.send(f"/tasks/{task.id}/delegation", 403, reason="Sai.", post_id=_post(told, "head"))
    assert not lending.may_reassign(told.office.actor(told.tour["clerk"]), told.task(case, "check_form"))
