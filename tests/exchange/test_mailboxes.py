"""The page of an axis: who signs in there, who is reached by it; a secret goes in and never comes out."""

import logging

import pytest
from sqlalchemy import select, text

from app.domain.exchange import mailboxes, routing
from app.domain.exchange.models import Mailbox, Peer, Route
from app.kernel.db import db
from app.kernel.errors import Conflict, Invalid
from tests.house import Office

OPERATOR, SECRET = "vanhanh.quangngai", "bi-mat-cua-truc-4711"
"""The secret must be found nowhere."""


def _axis(office: Office) -> str:
    form = {"name": "Trục quốc gia", "profile": "vxp", "address": "http://127.0.0.1:9"}
    made = office.client(OPERATOR).post("/exchange/peers", data=form)
    assert made.status_code == 303
    return str(made.headers["Location"])


def test_an_operator_connects_an_agency_and_says_who_is_reached(office: Office) -> None:
    page, browser = _axis(office), office.client(OPERATOR)
    district, province = office.unit("huyen-son-tinh"), office.unit("tinh-quang-ngai")
    assert "0 cơ quan kết nối với trục" in browser.get(page).get_data(as_text=True)
    given = {"unit": str(district.id), "system_id": "sontinh", "secret": SECRET}
    assert browser.post(f"{page}/mailboxes", data=given).status_code == 303
    assert browser.post(f"{page}/routes", data={"unit": [str(province.id)]}).status_code == 303

    said = browser.get(page).get_data(as_text=True)
    assert "sontinh" in said
    assert "1 cơ quan nhận qua trục" in said
    assert [one.unit_id for one in db.session.scalars(select(Route))] == [province.id]
    operator, peer_id = office.actor(OPERATOR), db.session.scalars(select(Peer.id)).one()
    with pytest.raises(Conflict):
        routing.choose(operator, peer_id, [district.id])  # it works here
    assert browser.post(f"{page}/routes", data={}).status_code == 303
    assert list(db.session.scalars(select(Route))) == []

    [box] = db.session.scalars(select(Mailbox))
    assert browser.post(f"/exchange/mailboxes/{box.id}/look").status_code == 303
    assert office.work() > 0
    [box] = db.session.scalars(select(Mailbox))
    assert box.cause == "peer.silent"
    assert "Không kết nối được t" in browser.get(page).get_data(as_text=True)
    assert browser.post(f"/exchange/mailboxes/{box.id}/withdraw").status_code == 303
    assert mailboxes.of_peer(peer_id) == []


def test_a_secret_is_sealed_where_it_lies_and_is_neither_shown_nor_logged(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    page, browser = _axis(office), office.client(OPERATOR)
    with caplog.at_level(logging.DEBUG):
        unit = str(office.unit("huyen-son-tinh").id)
        browser.post(f"{page}/mailboxes", data={"unit": unit, "system_id": "sontinh", "secret": SECRET})
        [box] = db.session.scalars(select(Mailbox))
        browser.post(f"/exchange/mailboxes/{box.id}/look")
        office.work()
    [box] = db.session.scalars(select(Mailbox))
    assert mailboxes.secret_of(box) == SECRET
    assert SECRET not in caplog.text
    assert SECRET not in browser.get(page).get_data(as_text=True)
    names = [name for name in db.metadata.tables if name in ("mailbox", "journal", "job")]
    rows = [str(row) for name in names for row in db.session.execute(text(f"SELECT * FROM {name}"))]  # noqa: S608
    assert len(rows) > 1
    assert not [row for row in rows if SECRET in row]


def test_what_cannot_be_a_key_is_refused_by_name(office: Office) -> None:
    page, operator = _axis(office), office.actor(OPERATOR)
    peer_id, unit = db.session.scalars(select(Peer.id)).one(), office.unit("huyen-son-tinh")
    for wrong in ("", "bí mật", "a\nb", "x" * 501):
        with pytest.raises(Invalid, match=r"mailbox\.wrong"):
            mailboxes.give(operator, peer_id, unit.id, system_id="sontinh", secret=wrong)
    clerk = office.client(office.tour["clerk"])
    assert clerk.post(f"{page}/mailboxes", data={"unit": str(unit.id)}).status_code == 403
