"""The page of a peer that cannot be reached, or cannot reach us: which way it goes, and what waits."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.domain.exchange import peers, queries
from app.domain.exchange.models import Peer
from app.kernel.db import db
from tests.exchange.pair import Pair
from tests.story import Ref

OPERATOR = "vanhanh.quangngai"


@pytest.fixture
def sent(pair: Pair) -> Ref:
    """A document for a peer of which an operator has said that it cannot be reached."""
    with pair.here.at_home() as office:
        page, browser = _page(), office.client(OPERATOR)
        assert office.client(office.tour["clerk"]).post(f"{page}/way").status_code == 403
        assert "Hãy nhập địa chỉ" in _said(browser.post(f"{page}/way", data={"way": "we_fetch", "address": ""}))
        assert browser.post(f"{page}/way", data={"way": "it_fetches"}).status_code == 303
        assert "Bên kia chưa lấy lần nào" in _read(browser, page)
    case: Ref = pair.sent()
    pair.work()
    return case


def test_everybody_sees_that_a_document_waits_to_be_fetched(pair: Pair, sent: Ref) -> None:
    with pair.here.at_home() as office:
        assert "1 văn bản, 0 phản hồi" in _read(office.client(OPERATOR), _page())
        clerk, [delivery] = office.client(office.tour["clerk"]), queries.deliveries(sent.document_id)
        assert "Đang chờ bên nhận lấy về" in _read(clerk, f"/sent/{sent.document_id}")
        said = _read(clerk, f"/exchange/deliveries/{delivery.id}")
        assert "Bên nhận tự lấy văn bản về" in said
        assert "Thử ngay" not in said
        form = {"name": "Xã vùng cao", "address": ""}
        assert office.client(OPERATOR).post("/exchange/peers", data=form).status_code == 303
        assert [one.way for one in peers.every()] == ["it_fetches", "it_fetches"]


def test_an_operator_has_it_fetched_at_once(pair: Pair, sent: Ref) -> None:
    with pair.there.at_home() as office:
        page, browser = _page(), office.client(OPERATOR)
        assert browser.post(f"{page}/look").status_code == 404
        form = {"way": "we_fetch", "address": f"http://127.0.0.1:{pair.here.port}"}
        assert browser.post(f"{page}/way", data=form).status_code == 303
        assert "Chưa lấy lần nào" in _read(browser, page)
        assert browser.post(f"{page}/look").status_code == 303
        office.work()
        assert "Lấy về lần cuối lúc" in _read(browser, page)
    with pair.here.at_home() as office:
        assert queries.deliveries(sent.document_id)[0].state == "delivered"
        assert "Bên kia lấy lần cuối lúc" in _read(office.client(OPERATOR), _page())


def _page() -> str:
    return f"/exchange/peers/{db.session.scalars(select(Peer.id)).one()}"


def _read(browser: FlaskClient, address: str) -> str:
    return _said(browser.get(address))


def _said(answer: TestResponse) -> str:
    return str(answer.get_data(as_text=True))
