"""What if, in the browser: on finished cases, with one change or the diagram of a draft; nothing of a case moves."""

import re

import pytest

from app.domain.cases.models import Case
from app.kernel.db import db
from tests.domain.test_replay import second_opinion
from tests.house import Office
from tests.places import ROOT, admin, administrator, draft
from tests.story import Told
from tests.web.browser import Browser, counted, plain

ADDRESS = "/procedures/incoming_document/what-if"


@pytest.fixture
def arrived(office: Office) -> Case:
    told = Told(office)
    told.sent(recipients=1)
    ref = told.handle(told.recipients[0])
    told.office.work()
    found = db.session.get(Case, ref.id)
    assert found is not None
    return found


def test_it_is_told_who_would_wait_how_long_and_what_that_rests_on(office: Office, arrived: Case) -> None:
    browser = Browser(office, administrator(office, ROOT))
    page = browser.read(ADDRESS)
    assert "Không tính việc dồn lại ở một người" in page
    with counted() as counts:
        answer = browser.send(ADDRESS, 200, how="add", step="handle", days="2")
    assert counts["commits"] == 0
    text = plain(answer.text)
    assert "Kết quả trên 1 hồ sơ đã xong" in text
    assert "Bước mới 0 → 1 không có việc 16,0 giờ · 90 %: 16,0 giờ" in text
    assert re.search(r"Cả hồ sơ 1 → 1 0,\d giờ", text)  # a story may have been told some minutes ago
    gone = plain(browser.send(ADDRESS, 200, how="remove", step="handle").text)
    assert "2 → 1" in gone
    diagram = second_opinion(arrived.version.bpmn).decode()
    made = draft(admin(office, ROOT), "common", {"diagram": diagram}, key="incoming_document")
    drawn = plain(browser.send(ADDRESS, 200, how="draft", draft=str(made.id), days="3").text)
    assert "không đi đến hết được" not in drawn
    assert "Bước mới 0 → 1 không có việc 24,0 giờ" in drawn
    empty = browser.send(ADDRESS, 200, how="add", step="handle", days="1", since="01/01/2020", until="02/01/2020")
    assert "Không có hồ sơ nào đã xong" in plain(empty.text)
    for wrong in (
        {"how": "add", "step": "handle", "days": "-1"},
        {"how": "", "step": "handle"},
        {"how": "remove", "step": "handle", "since": "hôm qua"},
    ):
        assert "Chưa tính được" in browser.send(ADDRESS, 400, **wrong).text
    browser.send(ADDRESS, 404, how="draft", draft="x", days="1")
    other = Browser(office, office.tour["drafter"])
    other.read(ADDRESS, 404)
    other.send(ADDRESS, 404, how="remove", step="handle")
