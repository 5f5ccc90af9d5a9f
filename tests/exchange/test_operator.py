"""The exchange is operated from pages: tries, what is held back, peers. No SQL."""

import json
from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.exchange import directory, peers, queries
from app.domain.exchange.models import Arrival, Peer, Route
from app.kernel.db import db, transaction
from app.kernel.errors import Forbidden
from interchange.directory import Identifier, Listed, PublicKey
from tests.exchange.letters import Letters
from tests.exchange.pair import Pair, Side
from tests.house import Office

OPERATOR = "vanhanh.quangngai"
NOWHERE = "http://127.0.0.1:1"


def _moved(side: Side, address: str) -> None:
    with side.at_home(), transaction() as session:
        session.scalars(select(Peer)).one().address = address


def test_promise_16_and_line_75_a_delivery_is_paused_resumed_given_up_and_sent_again_from_its_page(pair: Pair) -> None:
    _moved(pair.here, NOWHERE)
    case = pair.sent()
    with pair.here.at_home() as office:
        [delivery] = queries.deliveries(case.document_id)
        browser, address = office.client(OPERATOR), f"/exchange/deliveries/{delivery.id}"
        assert "Không kết nối được tới bên nhận." in browser.get(address).get_data(as_text=True)
        assert str(delivery.id) in browser.get("/exchange").get_data(as_text=True)
        states = []
        for act in ("pause", "resume", "expire", "again"):
            assert browser.post(f"{address}/{act}").status_code == 303
            db.session.expire_all()
            [delivery] = queries.deliveries(case.document_id)
            states.append((delivery.state, delivery.is_paused))
        assert states == [("waiting", True), ("waiting", False), ("expired", False), ("waiting", False)]
        assert browser.post(f"{address}/fly").status_code == 404
        assert office.client(office.tour["recipients"][0]["clerk"]).get(address).status_code == 404

    _moved(pair.here, f"http://127.0.0.1:{pair.there.port}")
    with pair.here.at_home() as office:
        peers.resume(office.actor(OPERATOR), db.session.scalars(select(Peer.id)).one())
        office.client(OPERATOR).post(f"{address}/again")
    pair.work()
    with pair.here.at_home():
        assert queries.deliveries(case.document_id)[0].state == "delivered"


def test_what_is_held_back_is_looked_at_anew_or_refused_by_the_recipients_clerk(letters: Letters) -> None:
    letters.send(letters.letter(("van-ban.pdf", b"PK\x03\x04" + bytes(40))))
    with letters.pair.there.at_home() as office:
        office.work()
        held = db.session.scalars(select(Arrival.id)).one()
        browser, address = office.client(office.tour["recipients"][0]["clerk"]), f"/exchange/arrivals/{held}"
        page = browser.get(address).get_data(as_text=True)
        assert "Đang giữ lại" in page
        assert "Tệp mang tên PDF nhưng bên trong không phải PDF." in page
        assert "1 gói tin đến đang giữ lại" in browser.get("/").get_data(as_text=True)
        assert address in browser.get("/exchange").get_data(as_text=True)
        assert browser.post(f"{address}/replay").status_code == 303
        office.work()
        assert _state(held) == "quarantined"
        assert browser.post(f"{address}/refuse", data={"note": "Tệp hỏng."}).status_code == 303
        assert _state(held) == "refused"
        assert browser.post(f"{address}/release").status_code == 409
        assert office.client(office.tour["drafter"]).get(address).status_code == 404


def _state(arrival_id: UUID) -> str:
    db.session.expire_all()
    return db.session.get_one(Arrival, arrival_id).state


def test_line_76_a_system_is_connected_by_its_address_and_the_directory_its_people_hand_over(office: Office) -> None:
    browser = office.client(OPERATOR)
    made = browser.post("/exchange/peers", data={"name": "Sở Nội vụ", "address": "https://snv.example"})
    page = browser.get(made.headers["Location"]).get_data(as_text=True)
    assert "Sở Nội vụ" in page
    listed = Listed(
        "Sở Nội vụ", (Identifier("eoffice", "so-noi-vu"),), (PublicKey("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),)
    )
    handed = json.dumps({"agencies": [json.loads(json.dumps(listed, default=vars))]}).encode()
    upload = {"directory": (BytesIO(handed), "danh-ba.json")}
    assert browser.post(f"{made.headers['Location']}/introduce", data=upload).status_code == 303
    assert db.session.scalars(select(Route)).one().unit_id == office.unit("so-noi-vu").id
    assert browser.post("/exchange/peers", data={"name": "x", "address": "ftp://x"}).status_code == 400

    ours = json.loads(browser.get("/exchange/directory.json").get_data())
    codes = {identifier["code"] for one in ours["agencies"] for identifier in one["identifiers"]}
    assert "huyen-son-tinh" in codes
    assert "so-noi-vu" not in codes
    with pytest.raises(Forbidden):
        directory.introduce(office.actor(office.tour["clerk"]), db.session.scalars(select(Peer.id)).one(), [])
