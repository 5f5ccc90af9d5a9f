"""The line to a peer: an authority that is trusted for it alone, and a certificate of ours that it asks for."""

from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.actors.actor import SYSTEM
from app.domain.exchange import peers, queries, trusting
from app.domain.exchange.models import Peer
from app.kernel import outbox
from app.kernel.db import db, transaction
from app.kernel.errors import Forbidden
from tests.exchange.lines import SecureWay, an_authority
from tests.exchange.pair import Pair
from tests.story import Ref

OPERATOR = "vanhanh.quangngai"


def _put(browser: FlaskClient, peer_id: object, what: str, pem: bytes) -> str:
    """What the page says after a file was uploaded."""
    upload = {"certificate": (BytesIO(pem), "x.pem")}
    answer = browser.post(f"/exchange/peers/{peer_id}/line/{what}", data=upload, follow_redirects=True)
    return answer.get_data(as_text=True)


def _tried(pair: Pair, case: Ref) -> tuple[str, str]:
    with pair.here.at_home() as office:
        peer_id = db.session.scalars(select(Peer.id)).one()
        peers.resume(SYSTEM, peer_id)
        outbox.hurry("exchange.deliver", peer_id=str(peer_id))
        office.work()
        [delivery] = queries.deliveries(case.document_id)
        return delivery.state, delivery.cause


def test_a_document_goes_over_mutual_tls_once_the_operator_has_put_both_certificates_in_place(
    pair: Pair, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority, ours = an_authority("CA Sở Nội vụ"), an_authority("CA của ta")
    mine = ours.issue("eOffice Quảng Ngãi")
    with SecureWay(pair.there.port, tmp_path, authority.issue("127.0.0.1"), ours).opened() as way:
        with pair.here.at_home() as office:
            peer = db.session.scalars(select(Peer)).one()
            browser = office.client(OPERATOR)
            with transaction():
                peer.address = f"https://127.0.0.1:{way.port}"
        case = pair.sent()
        assert _tried(pair, case) == ("waiting", "peer.not_secure")
        with pair.here.at_home() as office:
            assert "CA Sở Nội vụ" in _put(office.client(OPERATOR), peer.id, "authority", authority.pem)
        assert _tried(pair, case) in (("waiting", "peer.not_secure"), ("waiting", "peer.cut"))  # ours is asked for
        with pair.here.at_home() as office:
            page = _put(office.client(OPERATOR), peer.id, "client", mine.with_key())
            assert "eOffice Quảng Ngãi" in page
        assert _tried(pair, case) == ("delivered", "")

    with pair.here.at_home() as office:
        kept = db.session.scalars(select(Peer)).one()
        secret = mine.with_key().decode().split("-----BEGIN PRIVATE KEY-----")[1][:64].strip()
        assert trusting.shown_to(kept) == mine.with_key()
        assert all(secret not in text for text in (page, caplog.text, repr(kept.client_key), kept.client))
        browser = office.client(OPERATOR)
        for what in ("authority", "client"):
            browser.post(f"/exchange/peers/{kept.id}/line/{what}", data={"remove": "1"})
        db.session.expire_all()
        assert (kept.authority, kept.client, kept.client_key) == ("", "", None)


def test_what_is_no_certificate_to_trust_or_to_show_is_refused_by_name(pair: Pair) -> None:
    authority = an_authority("CA")
    mine, other, over = authority.issue("a"), authority.issue("b"), authority.issue("c", days=-1)
    with pair.here.at_home() as office:
        peer = db.session.scalars(select(Peer)).one()
        browser = office.client(OPERATOR)
        assert "Kết nối này dùng http://" in _put(browser, peer.id, "authority", authority.pem)
        with transaction():
            peer.address = "https://snv.example"
        wrong = {
            "Tệp không đọc được": [("authority", b"x"), ("client", b""), ("authority", authority.pem * 11)],
            "không phải chứng thư của đơn vị cấp": [("authority", mine.pem)],
            "đã hết hạn": [("client", over.with_key())],
            "Tệp thiếu khóa bí mật": [("client", mine.pem)],
            "Khóa bí mật có mật khẩu": [("client", mine.with_key(b"1234"))],
            "không thuộc chứng thư": [("client", other.pem + mine.with_key())],
        }
        for said, cases in wrong.items():
            for what, pem in cases:
                assert said in _put(browser, peer.id, what, pem), (said, what)
        assert browser.post(f"/exchange/peers/{peer.id}/line/fly").status_code == 404
        with pytest.raises(Forbidden):
            trusting.trust(office.actor(office.tour["clerk"]), peer.id, authority.pem)
        assert (peer.authority, peer.client_key) == ("", None)
