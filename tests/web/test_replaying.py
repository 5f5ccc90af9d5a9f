"""Replaying cases in the browser and for programs: shares, a list, and nothing for those who may not look."""

import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from app.domain.actors import commands as accounts
from app.domain.cases.models import Case
from app.kernel.db import db
from tests.domain.test_replay import second_opinion
from tests.house import Office
from tests.story import Told
from tests.web.browser import Browser, plain

ADDRESS = "/procedures/incoming_document/replay"


@pytest.fixture
def administrator(office: Office) -> str:
    found = [post["sign_in"] for post in office.world["posts"] if post["role"] == "administrator"]
    return str(found[0])


@pytest.fixture
def arrived(office: Office) -> Case:
    told = Told(office)
    told.sent(recipients=1)
    ref = told.handle(told.recipients[0])
    told.office.work()
    found = db.session.get(Case, ref.id)
    assert found is not None
    return found


def _version(page: str) -> str:
    found = re.search(r'<option value="([0-9a-f-]{36})"', page)
    assert found is not None
    return found[1]


def test_cases_of_last_month_are_replayed_on_a_version(office: Office, administrator: str, arrived: Case) -> None:
    browser = Browser(office, administrator)
    page = browser.read(ADDRESS)
    answer = browser.send(ADDRESS, 200, version=_version(page))
    assert "Kết quả của 1 hồ sơ" in plain(answer.text)
    assert "Đi như cũ 1 (100,0 %)" in plain(answer.text)
    assert "Mọi hồ sơ đi như cũ" in plain(answer.text)


def test_another_diagram_shows_where_cases_would_wait(office: Office, administrator: str, arrived: Case) -> None:
    drawn, number = second_opinion(arrived.version.bpmn), str(arrived.id)
    browser = Browser(office, administrator)
    version = _version(browser.read(ADDRESS))
    answer = browser.send(ADDRESS, 200, version=version, diagram=(BytesIO(drawn), "draft.bpmn"))
    assert "Phải chờ thêm 1 (100,0 %)" in plain(answer.text)
    assert "Sẽ dừng lại chờ ở: Xem lai." in plain(answer.text)
    assert f"/cases/{number}" in answer.text


def test_days_without_cases_and_days_that_are_none_are_told(office: Office, administrator: str, arrived: Case) -> None:
    browser = Browser(office, administrator)
    version = _version(browser.read(ADDRESS))
    empty = browser.send(ADDRESS, 200, version=version, since="01/01/2020", until="02/01/2020")
    assert "Không có hồ sơ nào đã xong" in plain(empty.text)
    browser.send(ADDRESS, 400, version=version, since="hôm qua")
    browser.send(ADDRESS, 404, version="nonsense")


def test_only_who_may_look_at_procedures_replays(office: Office, administrator: str, arrived: Case) -> None:
    version = str(arrived.version_id)
    drafter = Browser(office, office.tour["drafter"])
    drafter.read(ADDRESS, 404)
    drafter.send(ADDRESS, 404, version=version)
    Browser(office, administrator).read("/procedures/nothing_here/replay", 404)


def test_a_program_replays_cases(office: Office, client: FlaskClient, administrator: str, arrived: Case) -> None:
    body = {"version_id": str(arrived.version_id), "diagram": second_opinion(arrived.version.bpmn).decode()}
    number = str(arrived.id)
    token = accounts.make_token(office.actor(administrator), label="test")
    address = "/api/v1/procedures/incoming_document/replay"
    answer = client.post(address, json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    told = answer.get_json()
    assert told["counts"] == {"same": 0, "other": 0, "waits": 1, "fails": 0, "unknown": 0}
    assert [(one["case_id"], one["told"]["nodes"]) for one in told["different"]] == [(number, ["second"])]


@pytest.fixture
def client(office: Office) -> FlaskClient:
    return office.app.test_client()
