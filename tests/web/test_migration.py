"""The page on which running cases are moved to another version."""

import re
from itertools import pairwise

import pytest
from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases.models import Bulk
from app.domain.procedures import commands as procedures
from app.domain.procedures import queries
from app.domain.procedures.models import LayerVersion
from app.kernel.db import db
from tests.domain.test_migration import AB, AB_FLOWS, ABC, ABC_FLOWS
from tests.engine.diagrams import document as diagram
from tests.engine.diagrams import ends, user
from tests.house import Office
from tests.oddities import MINE, Oddities
from tests.places import ROOT, admin, administrator, say


@pytest.fixture
def odd(office: Office) -> Oddities:
    return Oddities(office)


def test_the_page_says_per_agency_what_would_move_and_why_something_would_not(odd: Oddities) -> None:
    old, new = odd.version(ABC, ABC_FLOWS), odd.version(AB, AB_FLOWS)
    odd.start(old)
    behind = odd.start(old)
    for step in "ab":
        odd.complete(behind, step)
    page = odd.office.client(odd.operator).get(f"/procedures/p/migration?to={new}")
    assert page.status_code == 200
    assert "Đã thử 2 trên 2 hồ sơ" in page.text
    assert re.search(r"Chuyển được\">1<.*Giữ nguyên\">0<.*Bị chặn\">1<", page.text, re.DOTALL)
    assert "Bước đang đứng không còn trong phiên bản mới (c) (1)" in page.text
    assert 'name="choice:p/c"' in page.text


def test_cases_are_moved_followed_and_moved_back_by_hand(odd: Oddities) -> None:
    old, new = odd.version(AB, AB_FLOWS), odd.version(ABC, ABC_FLOWS)
    case_id = odd.start(old)
    client = odd.office.client(odd.operator)
    answer = client.post("/procedures/p/migration", data={"to": str(new), "act": "migrate", "reason": "Bước mới."})
    assert answer.status_code == 303
    odd.office.work()
    page = client.get(answer.location)
    assert "Đã chuyển" in page.text
    assert "Hoàn tác lần chuyển này" in page.text
    assert odd.case(case_id).version_id == new
    made = db.session.scalars(select(Bulk.id)).one()

    answer = client.post(f"/procedures/migrations/{made}/undo")
    odd.office.work()

    assert "Đã trở lại như trước" in client.get(answer.location).text
    assert "Hoàn tác lần chuyển này" not in client.get(f"/operations/bulk/{made}").text
    assert odd.case(case_id).version_id == old


def test_a_move_and_the_publication_it_followed_are_taken_back_together(odd: Oddities) -> None:
    publisher, client = admin(odd.office, ROOT), odd.office.client(administrator(odd.office, ROOT))
    before, content = (one := _published(publisher, "a")).id, one.content
    case_id = odd.start(procedures.pin("p", odd.seat.agency_id).id)
    old = odd.case(case_id).version_id
    _published(publisher, "ab")
    client.post("/procedures/p/migration", data={"act": "migrate", "reason": "Bước mới."})
    odd.office.work()
    assert odd.case(case_id).version_id != old
    made = db.session.scalars(select(Bulk.id)).one()
    assert f'value="{before}"' in client.get(f"/operations/bulk/{made}").text

    refused = client.post(f"/procedures/migrations/{made}/undo", data={"version_id": "nothing"})
    assert refused.status_code == 404
    client.post(f"/procedures/migrations/{made}/undo", data={"version_id": str(before), "reason": "Nhầm."})
    odd.office.work()

    newest = queries.versions(publisher, "procedure", "p")[0]
    assert (newest.number, newest.content) == (3, content)
    assert odd.case(case_id).version_id == old


def _published(publisher: Actor, steps: str) -> LayerVersion:
    """A procedure of these steps, one after the other, for every agency."""
    body = ends() + "".join(user(step, MINE) for step in steps)
    flows = "; ".join(f"{one} > {two}" for one, two in pairwise(f"s{steps}e"))
    words = {"title": {"vi": "Việc thử"}, "forms": dict.fromkeys(steps, "take_up")}
    return say(publisher, "common", {**words, "diagram": diagram(body, flows).decode()}, key="p")


def test_a_move_without_a_reason_comes_back_with_what_was_chosen(odd: Oddities) -> None:
    old, new = odd.version(ABC, ABC_FLOWS), odd.version(AB, AB_FLOWS)
    odd.start(old)
    given = {"to": str(new), "act": "migrate", "choice:p/c": "b", "reason": " "}
    answer = odd.office.client(odd.operator).post("/procedures/p/migration", data=given)
    assert answer.status_code == 422
    assert re.search(r'value="b" selected', answer.text)
    assert db.session.scalar(select(Bulk.id)) is None


def test_a_choice_that_makes_no_sense_is_said_in_words(odd: Oddities) -> None:
    old, new = odd.version(ABC, ABC_FLOWS), odd.version(AB, AB_FLOWS)
    odd.start(old)
    page = odd.office.client(odd.operator).get(f"/procedures/p/migration?to={new}&choice:p/c=nowhere")
    assert page.status_code == 200
    assert "Cách ghép bước chưa dùng được" in page.text


def test_who_has_nothing_to_move_reads_so_and_who_may_not_is_refused(odd: Oddities) -> None:
    assert "Không có hồ sơ nào đang xử lý" in odd.office.client(odd.operator).get("/procedures/p/migration").text
    assert odd.office.client(odd.drafter).get("/procedures/p/migration").status_code == 403
    assert odd.office.client(odd.drafter).post("/procedures/p/migration", data={"reason": "x"}).status_code == 403
    assert odd.office.client(odd.operator).get("/procedures/p/migration?to=nonsense").status_code == 404
