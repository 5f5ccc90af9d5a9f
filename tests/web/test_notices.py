"""The bell, the page of notices, why a task is whose it is, urging, and the page about expressions."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.domain.cases import notices
from app.domain.cases.models import Case
from app.kernel.clock import office_day
from app.kernel.db import transaction
from tests.begun import asks, begin, letter, tasks
from tests.engine.diagrams import user
from tests.house import Office

SPECIALIST, HEAD = "chuyenvien.vp.sontinh", "chanhvp.sontinh"


def _case(office: Office, performer: str) -> Case:
    return begin(office, user("a", f'performer="{performer}"'), "s > a; a > e")


def _page(client: FlaskClient, address: str, **more: object) -> str:
    answer = client.get(address, headers=dict(more))
    assert answer.status_code == 200, address
    return re.sub(r"\s+", " ", answer.text)


def _give(office: Office, case: Case, **said: object) -> None:
    with transaction():
        notices.give([office.post("chanhvp-sontinh").id], once=case.id, case_id=case.id, **said)


def test_the_bell_counts_what_is_unread_and_the_page_reads_it(office: Office) -> None:
    case, client = _case(office, "'chanhvp-sontinh'"), office.client(HEAD)
    assert "Thông báo: 0 chưa đọc" in _page(client, "/")
    assert "Chưa có thông báo" in _page(client, "/notices")
    _give(office, case, text="Mời dự họp lúc 8 giờ")

    assert "Thông báo: 1 chưa đọc" in _page(client, "/")
    page = _page(client, "/notices")
    assert "Mời dự họp lúc 8 giờ" in page
    assert "Báo cáo chuyển đổi số" in page
    action = re.search(r'action="(/notices/[0-9a-f-]{36}/read)"', page)
    assert action is not None
    answer = client.post(action[1])
    assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}")
    assert "Thông báo: 0 chưa đọc" in _page(client, "/")


def test_all_notices_are_read_at_once(office: Office) -> None:
    case, client = _case(office, "'chanhvp-sontinh'"), office.client(HEAD)
    _give(office, case, code="notice.late", detail={"step": "Soạn thảo"})
    assert "Việc “Soạn thảo” đã quá hạn." in _page(client, "/notices")

    assert client.post("/notices/read").status_code == 303
    assert notices.unread(office.actor(HEAD)) == 0
    assert "Đánh dấu tất cả" not in _page(client, "/notices")


def test_whoever_was_told_of_a_case_may_look_at_it(office: Office) -> None:
    case, client = _case(office, "'chutich-sontinh'"), office.client(SPECIALIST)
    assert client.get(f"/cases/{case.id}").status_code == 404
    with transaction():
        notices.give([office.post("chuyenvien-vp-sontinh").id], once=case.id, case_id=case.id, text="Để biết")

    assert client.get(f"/cases/{case.id}").status_code == 200


@pytest.mark.parametrize(
    ("performer", "sentence"),
    [
        ("role('head')", "giao cho người giữ vai trò “Lãnh đạo đơn vị” tại Ủy ban nhân dân huyện Sơn Tịnh."),
        ("'chanhvp-sontinh'", "giao đích danh cho chức danh “Chánh Văn phòng” (Văn phòng HĐND và UBND)."),
        ("superior_of('chuyenvien-vp-sontinh')", "giao cho cấp trên trực tiếp: “Chánh Văn phòng”"),
    ],
)
def test_the_page_of_a_task_says_why_it_is_mine(office: Office, performer: str, sentence: str) -> None:
    task = tasks(_case(office, performer))[0]

    page = _page(office.client(HEAD), f"/tasks/{task.id}")
    assert "Vì sao tôi nhận việc này" in page
    assert sentence in page


def test_the_page_of_a_task_says_when_it_came_to_the_fallback(office: Office) -> None:
    task = tasks(_case(office, "'no-such-post'"))[0]

    page = _page(office.client("vanthu.sontinh"), f"/tasks/{task.id}")
    assert '<details class="reveal" open><summary>Vì sao tôi nhận việc này' in page
    assert "nơi nhận dự phòng: Không có chức danh “no-such-post”." in page


def test_a_leader_urges_a_case_on_its_page(office: Office) -> None:
    case, client = _case(office, "'chuyenvien-vp-sontinh'"), office.client("chutich.sontinh")
    assert "Gửi đôn đốc" in _page(client, f"/cases/{case.id}")

    assert client.post(f"/cases/{case.id}/urge", data={"words": "Báo cáo ngay."}).status_code == 303
    page = _page(client, f"/cases/{case.id}")
    assert "đôn đốc xử lý" in page
    assert "Đôn đốc việc “a”: Báo cáo ngay." in _page(office.client(SPECIALIST), "/notices")


@pytest.mark.parametrize(
    ("language", "words"), [("vi", "người đứng đầu đơn vị"), ("en", "the head of a unit or agency")]
)
def test_the_page_about_expressions_shows_every_function_with_examples(
    office: Office, language: str, words: str
) -> None:
    client = office.client("quantri.sontinh")
    client.post("/locale", data={"locale": language, "next": "/"})

    page = _page(client, "/procedures/expressions")
    assert words in page
    assert "add_days(&#39;2026-02-27&#39;, 2)" in page


def test_a_clerk_notes_on_its_page_what_an_arrived_document_answers(office: Office) -> None:
    facts: dict[str, Any] = {"number": 12, "notation": "UBND-VX", "issued_on": office_day()}
    sent = letter(office, direction="outgoing", state="sent", **facts)
    waits = begin(
        office, asks("x", "exchange.await_reply") + user("b", 'role="clerk"'), "s > x; x > b; b > e", about=sent
    )
    reply = letter(office, number=7, notation="SNV")
    begin(office, user("a", 'role="clerk"'), "s > a; a > e", about=reply)
    client, address = office.client("vanthu.sontinh"), f"/documents/{reply.id}"
    assert "12/UBND-VX · Báo cáo chuyển đổi số" in _page(client, address)
    assert "Ghi nhận trả lời" not in _page(office.client("chutich.sontinh"), address)

    assert client.post(f"{address}/reply", data={"answers": str(sent.id)}).status_code == 303
    assert [one.node for one in tasks(waits)] == ["b"]
    assert "Ghi nhận trả lời" not in _page(client, address)
    assert client.post(f"{address}/reply", data={"answers": "nonsense"}).status_code == 404
