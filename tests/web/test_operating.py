"""Operating a procedure without a script: the diagram with its cases, the list, acts on many, a case as it stood."""

import csv
import io
import re
from typing import Any

import pytest

from app.domain.access.models import RoleGrant
from app.domain.cases.models import Incident
from app.domain.documents.models import Document
from app.domain.orgunits import queries as orgunits
from app.kernel.db import db, transaction
from app.web.caselist import harmless
from tests.engine.diagrams import ends, user
from tests.house import Office
from tests.oddities import MINE, Oddities
from tests.places import COMMUNE, administrator
from tests.web.browser import Browser, plain

BODY, FLOWS = ends() + user("a", MINE) + user("b", MINE), "s > a; a > b; b > e"
MARKUP = "<script>alert(1)</script>" + "x" * 480


@pytest.fixture
def odd(office: Office) -> Oddities:
    return Oddities(office)


@pytest.fixture
def operator(odd: Oddities) -> Browser:
    return Browser(odd.office, odd.operator)


@pytest.fixture
def reader(odd: Oddities) -> Browser:
    """An operator who may also read the documents of the agency."""
    with transaction():
        db.session.add(RoleGrant(role_code="administrator", permission="documents.read"))
    return Browser(odd.office, odd.operator)


def test_cases_stand_on_the_diagram_and_lead_to_their_list(odd: Oddities, operator: Browser) -> None:
    version = odd.version(BODY, FLOWS)
    cases = [odd.start(version) for _ in range(3)]
    odd.complete(cases[0])
    with transaction():
        db.session.add(Incident(case_id=cases[1], act="stall", reference="", node="a", code="engine.stalled"))

    assert 'href="/procedures/p/cases"' in operator.read("/operations")
    page = operator.read("/procedures/p/cases?unit_id=nonsense&version_id=x&days=-1&urgency=%3Cb%3E")
    drawn = page.split('class="diagram', 1)[1].split("</svg>", 1)[0]
    words = "a: 2 hồ sơ, 1 sự cố, một nửa xong trong 1 phút"
    assert re.search(rf'<a href="/procedures/p/cases/list\?[^"]*node=a[^"]*" aria-label="{words}"', drawn)
    assert drawn.count("heat-bar") == 4 + 3
    assert ">!1</text>" in drawn
    table = plain(page.split("<tbody>", 1)[1].split("</tbody>", 1)[0])
    assert table.startswith("a 2 0 1 1 \u2013 1 phút 1 phút"), table
    for shown in ("late", "pace"):
        assert "<svg" in operator.read(f"/procedures/p/cases?show={shown}&since=01/01/2020&until=31/12/2020")
    assert "Chưa có hồ sơ nào" in operator.read("/procedures/nothing_known/cases")

    assert "Tìm thấy 2 hồ sơ" in operator.read("/procedures/p/cases/list?node=a")
    assert "Tìm thấy 0 hồ sơ" in Browser(odd.office, administrator(odd.office, COMMUNE)).read(
        "/procedures/p/cases/list"
    )
    clerk = Browser(odd.office, odd.drafter)
    for address in (
        "/procedures/p/cases",
        "/procedures/p/cases/list",
        "/procedures/p/cases.csv",
        "/procedures/p/cases/bulk",
    ):
        clerk.read(address, 403)


def test_a_list_shows_and_exports_only_what_may_be_read_and_runs_nothing(odd: Oddities, operator: Browser) -> None:
    version = odd.version(BODY, FLOWS)
    case_id = odd.start(version)
    document_id = odd.case(case_id).document_id
    with transaction():
        db.session.get_one(Document, document_id).subject = MARKUP
    assert "alert(1)" not in operator.read("/procedures/p/cases/list")

    with transaction():
        db.session.add(RoleGrant(role_code="administrator", permission="documents.read"))
        db.session.get_one(Document, document_id).subject = '=HYPERLINK("http://x")\n' + MARKUP
    page = operator.read("/procedures/p/cases/list?q=%3Cb%3E&field=n&value=abc&sign=zz&offset=x&due_from=99/99/9999")
    assert "Giá trị tìm không đúng kiểu của trường" in page
    operator.read("/procedures/p/cases.csv?field=n&value=abc", 400)
    page = operator.read("/procedures/p/cases/list")
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    answer = operator.ask("/procedures/p/cases.csv")
    assert answer.mimetype == "text/csv"
    [_, row] = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert row[1].startswith("'=HYPERLINK")
    assert [harmless(one)[0] for one in ("+1", "-1", "@x", "\t=1", " =1")] == ["'"] * 5
    assert harmless("12/UBND") == "12/UBND"


def test_what_would_become_of_many_is_told_before_anything_is_done(odd: Oddities, operator: Browser) -> None:
    version = odd.version(BODY, FLOWS)
    first, _, ended = (odd.start(version) for _ in range(3))
    for node in "ab":
        odd.complete(ended, node)
    ticked = f"/procedures/p/cases/bulk?act=suspend&which=ticked&case={first}&case={ended}&case=nonsense"

    page = operator.read(ticked)
    assert "Đã thử 2 trên 2 hồ sơ, chưa thay đổi gì" in page
    assert "Bị từ chối: Hồ sơ này đã kết thúc. 1" in plain(page)
    assert odd.case(first).suspended_at is None
    assert "Chưa đánh dấu hồ sơ nào" in operator.read("/procedures/p/cases/bulk?act=suspend&which=ticked")
    operator.read("/procedures/p/cases/bulk?act=explode&which=found", 404)
    assert 'name="to_node"' in operator.read("/procedures/p/cases/bulk?act=send&which=found&state=open")
    assert "Đã thử 2 trên 2" in operator.read("/procedures/p/cases/bulk?act=send&which=found&state=open&to_node=b")
    reassign = f"/procedures/p/cases/bulk?act=reassign&which=ticked&case={first}"
    assert 'name="to_post_id"' in operator.read(f"{reassign}&to_post_id=x")
    other = next(post.id for post in orgunits.posts_of_agency(odd.seat.agency_id) if post.id != odd.seat.post_id)
    assert "Làm được 1" in plain(operator.read(f"{reassign}&to_post_id={other}"))


def test_many_are_told_one_by_one_and_taken_back(odd: Oddities, operator: Browser) -> None:
    version = odd.version(BODY, FLOWS)
    _, second = odd.start(version), odd.start(version)
    fields: dict[str, Any] = {"act": "suspend", "which": "found", "state": "open", "expected": "2"}
    address = "/procedures/p/cases/bulk"
    assert 'aria-invalid="true"' in operator.send(address, 422, **fields, reason=" ").text
    operator.send(address, 409, **{**fields, "expected": "3"}, reason="Nghỉ lễ.")
    follow = operator.send(address, **fields, reason="Nghỉ lễ.").headers["Location"]
    odd.office.work()
    page = operator.read(follow)
    assert "Đã xong 2 hồ sơ" in page
    assert odd.case(second).suspended_why == "Nghỉ lễ."
    undo = re.search(r'action="(/procedures/cases/acts/[^"]+/undo)"', page)
    assert undo is not None

    back = operator.send(undo[1]).headers["Location"]
    odd.office.work()
    assert "Cho hồ sơ chạy tiếp" in operator.read(back)
    assert odd.case(second).suspended_at is None
    operator.send(undo[1], 409)


def test_a_case_is_read_as_it_stood_by_those_who_may(odd: Oddities, operator: Browser) -> None:
    version = odd.version(BODY, FLOWS)
    case_id = odd.start(version)
    address = f"/cases/{case_id}/then"
    assert "Chưa có bước nào xong" in operator.read(address)
    odd.complete(case_id, way="Đường bộ")
    odd.complete(case_id, "b", way="Đường thủy")

    unread = operator.read(address)
    assert "Đường" not in unread
    assert "Nội dung đã khai và lịch sử chỉ hiện" in unread
    with transaction():
        db.session.add(RoleGrant(role_code="administrator", permission="documents.read"))
    assert "Đường thủy" in operator.read(address)
    first = re.findall(r'href="([^"]+/then\?after=[^"]+)"', operator.read(address))[0]
    page = operator.read(first)
    assert "Đường bộ" in page
    assert "Đường thủy" not in page
    assert "Khi đó đang chờ b" in plain(page)
    assert "chỉ để xem" in page
    assert "<form" not in page.split("<main", 1)[1].split("</main>", 1)[0]
    operator.read(f"{address}?after=nonsense", 404)
    Browser(odd.office, administrator(odd.office, COMMUNE)).read(address, 404)
