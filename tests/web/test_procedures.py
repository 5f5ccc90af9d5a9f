"""The pages of procedures: the overview, why a procedure is as it is, drafts, versions and conflicts."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain.procedures import drafts, queries
from app.domain.procedures.commands import pin
from app.domain.procedures.drafts import Subject
from app.kernel.db import db
from tests.house import Office
from tests.places import (
    COMMUNE,
    DISTRICT,
    KEY,
    OTHER,
    ROOT,
    admin,
    administrator,
    draft,
    handling_days,
    level,
    say,
    unit,
)
from tests.story import Told
from tests.web.browser import plain
from tests.web.test_costs import counted

PLACE = f"units/{COMMUNE}"
BASE = Path("processes/common/incoming_document/process.bpmn")


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    """An administrator of a commune."""
    return office.client(administrator(office, COMMUNE))


def _seen(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_overview_tells_version_origin_drift_and_open_cases_of_each_unit(office: Office) -> None:
    told = Told(office)
    told.start()
    version = say(admin(office, ROOT), f"units/{DISTRICT}", {"parameters": {"check_days": 9}}, key="outgoing_document")
    page = _seen(office.client(administrator(office, DISTRICT)), "/procedures?key=outgoing_document&level=district")

    assert "UBND huyện Sơn Tịnh, phiên bản 1" in page
    assert str(version.id) in page
    assert "Khác 1 nội dung" in page
    assert re.search(r'data-label="Hồ sơ đang mở"><a href="/procedures/outgoing_document/cases\?[^"]+">1</a>', page)
    assert "UBND xã Tịnh Bắc</th>" not in page


def test_the_overview_costs_the_same_for_any_number_of_units(office: Office) -> None:
    sign_in = administrator(office, ROOT)
    client = office.client(sign_in)
    _seen(client, "/procedures")
    costs = []
    for number in range(2):
        db.session.remove()
        with counted() as cost:
            _seen(client, "/procedures")
        costs.append(cost.statements)
        for more in range(5):
            unit(office, f"xa-{number}-{more}", "commune", DISTRICT)
    assert costs[0] == costs[1] <= 30


def test_the_filter_leaves_only_what_was_asked_for(office: Office) -> None:
    client = office.client(administrator(office, ROOT))
    assert "Không có quy trình phù hợp" in _seen(client, "/procedures?unit=nowhere")
    page = _seen(client, f"/procedures?unit={COMMUNE}&key={KEY}")
    assert page.count('data-label="Phiên bản"') == 1


def test_each_part_of_an_effective_procedure_says_where_it_comes_from(browser: FlaskClient, office: Office) -> None:
    say(admin(office, ROOT), "levels/commune", {"parameters": {"handling_days": 3}})
    page = _seen(browser, f"/procedures/{KEY}/{COMMUNE}")

    assert "Cấp xã</td>" in page
    assert "Dùng chung (theo phần mềm)" in page
    assert "<svg" in page


def test_a_deadline_is_said_otherwise_in_a_form_and_runs_after_it_was_published(
    browser: FlaskClient, office: Office
) -> None:
    answer = browser.post(
        f"/procedures/{KEY}/{COMMUNE}", data={"parameters.handling_days": "3", "parameters.direction_days": "1"}
    )
    assert answer.status_code == 303
    page = _seen(browser, answer.location)
    assert "Không còn việc gì" in page
    assert '"handling_days": 3' in page.replace("&#34;", '"')
    assert "direction_days" not in page
    assert handling_days(pin(KEY, office.unit(COMMUNE).id)) == 5

    done = browser.post(
        f"{answer.location}/publish", data={"reason": "Rút ngắn", "label": "thí điểm"}, follow_redirects=True
    )
    assert "Phiên bản 1 đang có hiệu lực" in done.text
    assert handling_days(pin(KEY, office.unit(COMMUNE).id)) == 3


def test_a_draft_needs_a_reason_and_says_so(browser: FlaskClient, office: Office) -> None:
    made = draft(admin(office, COMMUNE), PLACE, {"parameters": {"handling_days": 3}})
    answer = browser.post(f"/procedures/drafts/{made.id}/publish", data={"reason": " "})

    assert answer.status_code == 422
    assert "Chưa thực hiện được" in answer.text


def test_a_stale_save_shows_both_texts(browser: FlaskClient, office: Office) -> None:
    made = draft(admin(office, COMMUNE), PLACE, {"parameters": {"handling_days": 3}})
    seen = made.row_version
    address = f"/procedures/drafts/{made.id}"
    assert browser.post(address, data={"row_version": seen, "content": '{"description": "mới"}'}).status_code == 303
    answer = browser.post(address, data={"row_version": seen, "content": '{"description": "của tôi"}'})

    assert answer.status_code == 409
    assert "của tôi" in answer.text
    assert "mới" in answer.text
    wrong = browser.post(address, data={"row_version": seen + 1, "content": "{"})
    assert wrong.status_code == 400
    assert "JSON" in wrong.text


def test_a_diagram_of_another_tool_is_uploaded_and_what_is_left_is_listed(browser: FlaskClient, office: Office) -> None:
    begun = browser.post("/procedures/drafts", data={"kind": "procedure", "key": "moi", "place": PLACE})
    file = Path("tests/engine/dialects/camunda7.bpmn").read_bytes()
    row = drafts.draft_about(Subject("procedure", "moi", PLACE))
    assert row is not None
    given = {"row_version": row.row_version, "file": (BytesIO(file), "a.bpmn")}
    answer = browser.post(f"{begun.location}/diagram", data=given, follow_redirects=True)

    assert answer.status_code == 200
    assert "Việc cần làm trong sơ đồ" in answer.text
    assert "Việc phải làm trước khi ban hành" in _seen(browser, begun.location)
    db.session.expire_all()
    row = drafts.draft_about(Subject("procedure", "moi", PLACE))
    assert row is not None
    refused = browser.post(
        f"{begun.location}/diagram",
        data={"row_version": row.row_version, "file": (BytesIO(b"x"), "a"), "replace": "1"},
    )
    assert refused.status_code == 400
    gone = browser.post(f"{begun.location}/discard", follow_redirects=True)
    assert "Đã bỏ bản nháp" in gone.text


def test_a_version_shows_what_changed_value_by_value_and_element_by_element(
    browser: FlaskClient, office: Office
) -> None:
    actor, text = admin(office, COMMUNE), BASE.read_text("utf-8")
    say(actor, PLACE, {"diagram": text, "description": "cũ"})
    changed = text.replace('name="Cấp số đến"', 'name="Vào sổ"')
    second = say(actor, PLACE, {"diagram": changed, "description": "mới"})
    page = _seen(browser, f"/procedures/versions/{second.id}")

    assert "cũ" in page
    assert "Vào sổ việc của hệ thống" in plain(page)
    assert "tên</span>" in page


def test_versions_are_labelled_retired_and_returned_to(browser: FlaskClient, office: Office) -> None:
    actor = admin(office, COMMUNE)
    first = say(actor, PLACE, {"parameters": {"handling_days": 2}})
    second = say(actor, PLACE, {"parameters": {"handling_days": 3}})
    acts = (("label", "bản 2"), ("retire", ""), ("rollback", "lỗi"))
    for act, words in acts:
        wanted = first if act == "rollback" else second
        answer = browser.post(f"/procedures/versions/{wanted.id}/{act}", data={"text": words}, follow_redirects=True)
        assert answer.status_code == 200
    twice = browser.post(f"/procedures/versions/{second.id}/retire", follow_redirects=True)

    assert "Hãy chọn phiên bản khác" in twice.text
    page = _seen(browser, f"/procedures/{KEY}")
    assert "Ngừng áp dụng" in page
    assert "bản 2" in page


def test_a_conflict_is_shown_with_both_sides_and_settled(browser: FlaskClient, office: Office) -> None:
    say(admin(office, COMMUNE), PLACE, {"parameters": {"handling_days": 2}})
    say(admin(office, ROOT), "common", {"parameters": {"handling_days": 9}})
    assert "Xung đột" in _seen(browser, "/procedures")
    notice = queries.open_notices(admin(office, COMMUNE))[0]
    page = _seen(browser, f"/procedures/notices/{notice.id}")
    assert "Theo cấp trên<small>9</small>" in page
    assert "Giữ của mình<small>2</small>" in page

    done = browser.post(f"/procedures/notices/{notice.id}", data={"how": "keep"}, follow_redirects=True)
    assert "Đã xử lý" in done.text
    again = browser.post(f"/procedures/notices/{notice.id}", data={"how": "keep"}, follow_redirects=True)
    assert "đã được xử lý" in again.text


def test_pages_read_in_english_and_a_new_level_has_its_name(app: Flask, office: Office) -> None:
    level("hamlet", 5)
    unit(office, "thon-1", "hamlet", COMMUNE)
    say(admin(office, ROOT), "levels/hamlet", {"parameters": {"handling_days": 1}})
    client = office.client(administrator(office, ROOT))
    client.post("/locale", data={"locale": "en"})

    assert "Level hamlet" in _seen(client, f"/procedures/{KEY}/thon-1")
    assert "Receiving and handling" in _seen(client, "/procedures?unit=thon-1")


def test_another_units_administrator_finds_nothing(office: Office) -> None:
    mine = admin(office, COMMUNE)
    version, writing = say(mine, PLACE, {"description": "Mật"}), draft(mine, PLACE, {"description": "Mật hơn"})
    say(admin(office, ROOT), "common", {"description": "Chung"})
    notice = queries.open_notices(mine)[0]
    client = office.client(administrator(office, OTHER))

    for address in (f"{KEY}/{COMMUNE}", f"versions/{version.id}", f"drafts/{writing.id}", f"notices/{notice.id}"):
        assert client.get(f"/procedures/{address}").status_code == 404, address
    for address in ("/procedures", f"/procedures/{KEY}"):
        assert "Mật" not in _seen(client, address)


def test_a_procedure_has_its_name_and_leads_to_all_that_can_be_done_with_it_and_back(office: Office) -> None:
    client = office.client(administrator(office, ROOT))
    page = _seen(client, "/procedures/leave_request")
    assert "<h1>Đơn xin nghỉ phép</h1>" in page
    assert "levels/" not in plain(page)
    for tool in ("try", "replay", "migration", "triggers"):
        assert f'href="/procedures/leave_request/{tool}"' in page
        assert 'href="/procedures/leave_request"' in _seen(client, f"/procedures/leave_request/{tool}"), tool
    assert 'href="/procedures/expressions"' in _seen(client, "/procedures")
    assert 'href="/procedures"' in _seen(client, "/procedures/expressions")


def test_why_a_procedure_is_as_it_is_stands_there_in_words(browser: FlaskClient) -> None:
    shown = plain(_seen(browser, f"/procedures/leave_request/{COMMUNE}"))
    assert "Biểu mẫu của bước: Quyết định cho nghỉ Quyết định cho nghỉ" in shown
    assert "Lãnh đạo đơn vị kiểm tra trước khi trình Không" in shown
    assert "Bắt đầu bởi Người dùng" in shown


def test_a_trial_says_whom_the_first_step_waits_for(browser: FlaskClient) -> None:
    assert "Người thực hiện: Người bắt đầu quy trình" in plain(_seen(browser, "/procedures/leave_request/try"))


def test_what_was_settled_from_above_is_written_down_in_words(office: Office, browser: FlaskClient) -> None:
    say(admin(office, COMMUNE), PLACE, {"parameters": {"handling_days": 5}})
    say(admin(office, ROOT), "common", {"parameters": {"handling_days": 7}})
    [waiting] = queries.open_notices(admin(office, COMMUNE))
    browser.post(f"/procedures/notices/{waiting.id}", data={"how": "follow"})
    newest = queries.versions(admin(office, COMMUNE), "procedure", KEY)
    assert next(one.reason for one in newest if one.place == PLACE) == "Theo cấp trên (Dùng chung)"


def test_a_diagram_that_was_not_there_before_is_a_change(office: Office, browser: FlaskClient) -> None:
    version = say(admin(office, COMMUNE), PLACE, {"diagram": BASE.read_text("utf-8")})
    assert "Sơ đồ Không quy định Xem hình vẽ" in plain(_seen(browser, f"/procedures/versions/{version.id}"))


def test_the_overview_is_filtered_and_sorted_and_drift_leads_to_the_comparison_in_words(office: Office) -> None:
    say(
        admin(office, COMMUNE), PLACE, {"parameters": {"handling_days": 2}, "steps": {"handle": {"name": "Xử lý ngay"}}}
    )
    client = office.client(administrator(office, ROOT))
    address = f"/procedures/{KEY}/{COMMUNE}/compare"
    for query in ("show=own", f"show=drift&key={KEY}&sort=drift&down=1", "show=nonsense&sort=nonsense&down=x"):
        page = _seen(client, f"/procedures?{query}")
        assert f'href="{address}"' in page, query
    assert _seen(client, "/procedures?show=own").count('data-label="Phiên bản"') == 1
    page = _seen(client, f"/procedures?key={KEY}&sort=drift&down=1")
    assert 'aria-sort="descending"' in page
    assert page.index(f"/{KEY}/{COMMUNE}") < page.index(f"/{KEY}/{OTHER}")
    assert "Không có quy trình phù hợp" in _seen(client, "/procedures?show=broken")
    assert "Xử lý ngay" in _seen(client, address)


def test_a_draft_is_a_hub_with_one_next_act_and_the_diagram_as_it_will_run(
    browser: FlaskClient, office: Office
) -> None:
    new = {"after": "direct", "name": "Họp giao ban", "role": "clerk", "form": "take_up"}
    say(admin(office, ROOT), "levels/commune", {"added": {"added_commune_1": new}})
    made = draft(admin(office, COMMUNE), PLACE, {})
    page = _seen(browser, f"/procedures/drafts/{made.id}")
    assert page.count('class="button primary"') == 1
    assert re.search(r'class="button primary" href="/procedures/drafts/[^"]+/diagram"', page), "nothing is changed yet"
    assert "Họp giao ban" in page, "a step that the level put in"
    heads = ("Việc phải làm trước", "1. Sửa", "2. Thử", "3. So sánh", "4. Ban hành", "Nâng cao", "Bỏ bản nháp")
    assert [page.index(one) for one in heads] == sorted(page.index(one) for one in heads)

    draft(admin(office, COMMUNE), PLACE, {"steps": {"direct": {"name": "<script>alert(1)</script>"}}})
    page = _seen(browser, f"/procedures/drafts/{made.id}")
    assert page.count('class="button primary"') == 1
    assert re.search(r'class="button primary" href="/procedures/drafts/[^"]+/publishing"', page)
    assert "Khác 1 thành phần của sơ đồ" in plain(page)
    assert "<script>alert" not in page

    broken = draft(admin(office, COMMUNE), PLACE, {"diagram": "<không phải sơ đồ"}, key="moi")
    page = plain(_seen(browser, f"/procedures/drafts/{broken.id}"))
    assert "Chưa có bản nào đang ban hành để so sánh" in page
    assert "Cả quy trình" in page
