"""Switching self-starting procedures on and off, on a page and by another program."""

import pytest
from lxml import etree

from app.domain.actors import commands as accounts
from app.domain.cases.correspondence import Trigger
from app.engine import layout
from app.kernel.db import db
from tests.cases.shelf import Shelf, forget_rows
from tests.engine.diagrams import NAMES, document, ends, node, signal, timer, user
from tests.house import Office
from tests.web.browser import Browser, plain

UNIT, ADMINISTRATOR, STRANGER = "huyen-son-tinh", "quantri.sontinh", "chutich.tinhbac"
ADDRESS = "/procedures/daily/triggers"
ROLE = 'role="specialist"'


@pytest.fixture
def daily(procedures: Shelf) -> Shelf:
    starts = node("startEvent", "s1", timer("R/P1D", "timeCycle")) + node("startEvent", "s2", signal("sig1"))
    flows = "s1 > a; s2 > a; a > e"
    procedures.put(
        "daily", document(starts + user("a", ROLE) + node("endEvent", "e"), flows, beside=NAMES), steps=("a",)
    )
    procedures.put("by_hand", document(ends() + user("a", ROLE), "s > a; a > e"), steps=("a",))
    return procedures


def _triggers() -> int:
    forget_rows()
    return db.session.query(Trigger).count()


@pytest.mark.usefixtures("daily")
def test_an_administrator_switches_a_procedure_on_and_off_on_its_page(office: Office) -> None:
    browser, switch = Browser(office, ADMINISTRATOR), f"{ADDRESS}/{office.unit(UNIT).id}"
    page = plain(browser.read(ADDRESS))
    assert "Theo lịch R/P1D Đang tắt" in page
    assert "Khi có tín hiệu “storm” Đang tắt" in page

    browser.send(switch, act="on")
    page = plain(browser.read(ADDRESS))
    assert "Đã bật tự khởi động tại" in page
    assert "Theo lịch R/P1D Lần tới" in page
    assert _triggers() == 2

    browser.send(switch, act="off")
    assert "Khi có tín hiệu “storm” Đang tắt" in plain(browser.read(ADDRESS))
    assert _triggers() == 0


@pytest.mark.usefixtures("daily")
def test_a_procedure_that_people_begin_says_so(office: Office) -> None:
    browser = Browser(office, ADMINISTRATOR)
    assert "Chỉ bắt đầu bằng thao tác của người dùng" in browser.read("/procedures/by_hand/triggers")
    browser.send(f"/procedures/by_hand/triggers/{office.unit(UNIT).id}", 400, act="on")
    browser.read("/procedures/nothing/triggers", 404)


@pytest.mark.usefixtures("daily")
def test_others_do_not_know_of_it_and_other_units_are_not_ones_own(office: Office) -> None:
    there = f"{ADDRESS}/{office.unit(UNIT).id}"
    Browser(office, STRANGER).read(ADDRESS, 404)
    Browser(office, STRANGER).send(there, 404, act="on")
    Browser(office, ADMINISTRATOR).send(f"{ADDRESS}/{office.unit('xa-tinh-bac').id}", 403, act="on")
    assert _triggers() == 0


@pytest.mark.usefixtures("daily")
def test_another_program_does_the_same(office: Office) -> None:
    client = office.client()
    token = accounts.make_token(office.actor(ADMINISTRATOR), label="test")
    headers, address = {"Authorization": f"Bearer {token}"}, "/api/v1/procedures/daily/triggers"
    there = f"{address}/{office.unit(UNIT).id}"

    made = client.put(there, headers=headers).get_json()
    assert [(one["node"], one["kind"], one["due_at"] is None) for one in made] == [
        ("s1", "timer", False),
        ("s2", "signal", True),
    ]
    (board,) = client.get(address, headers=headers).get_json()
    assert (board["is_on"], board["switches"][0]["trigger"]) == (True, made[0])
    assert client.delete(there, headers=headers).status_code == 204
    (board,) = client.get(address, headers=headers).get_json()
    assert (board["is_on"], board["switches"][0]["trigger"]) == (False, None)


def test_the_paper_of_a_case_that_began_by_itself_is_shown_as_such(procedures: Shelf, office: Office) -> None:
    root = etree.fromstring(document(ends() + user("a", ROLE), "s > a; a > e"))
    layout.draw(root)
    procedures.put("by_hand", etree.tostring(root), steps=("a",))
    case = procedures.case(procedures.start("by_hand", UNIT))
    browser = Browser(office, "chutich.sontinh")
    assert "Nội bộ" in browser.read("/documents")
    assert "Thủ tục by_hand" in browser.read(f"/cases/{case.id}")
    browser.read(f"/documents/{case.document_id}")
