"""More of what the exchange promises, each line a story between two deployments."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, request
from sqlalchemy import select

from app.cli.kit.faults import Aimed
from app.cli.kit.way import Way
from app.domain.actors.actor import SYSTEM
from app.domain.documents.models import Document
from app.domain.exchange import hearing, keys, messages, peers, queries, sending
from app.domain.exchange.models import Arrival, Delivery, Peer, Route
from app.jobs import reconciling
from app.kernel import clock, outbox
from app.kernel.db import db, transaction
from app.kernel.errors import Invalid
from interchange import receipts
from interchange.errors import ExchangeRefused
from interchange.receipts import Receipt
from tests.exchange.letters import Letters
from tests.exchange.pair import Pair
from tests.serving import served
from tests.story import Ref, Told

NOBODY = "http://127.0.0.1:1"


def _lead(pair: Pair, address: str) -> None:
    with pair.here.at_home(), transaction() as session:
        session.scalars(select(Peer)).one().address = address


def _try_now(pair: Pair) -> None:
    """Time passes: what waits is due, no circuit is open."""
    with pair.here.at_home() as office:
        peer_id = db.session.scalars(select(Peer.id)).one()
        peers.resume(SYSTEM, peer_id)
        outbox.hurry("exchange.deliver", peer_id=str(peer_id))
        office.work()


def _deliveries(pair: Pair, case: Ref) -> list[Delivery]:
    with pair.here.at_home():
        return queries.deliveries(case.document_id)


def _arrivals(pair: Pair) -> list[Arrival]:
    with pair.there.at_home():
        return list(db.session.scalars(select(Arrival)))


def test_promise_12_and_line_70_a_recipient_who_is_not_there_holds_up_nobody(pair: Pair) -> None:
    with pair.here.at_home() as office, transaction() as session:
        dead = Peer(name="dead", profile="peer", address=NOBODY)
        session.add(dead)
        session.flush()
        away = office.unit(office.tour["recipients"][1]["unit"]).id
        route = session.scalars(select(Route).where(Route.unit_id == away)).one()
        right, route.peer_id = route.peer_id, dead.id
    case = pair.sent(recipients=2)
    pair.work()
    with pair.there.at_home() as office:
        Told(office).handle(Told(office).recipients[0])
    pair.work()

    found = {one.recipient_id == away: (one.state, one.status, one.cause) for one in _deliveries(pair, case)}
    assert found == {False: ("delivered", "06", ""), True: ("waiting", None, "peer.silent")}
    with pair.here.at_home() as office:
        page = office.client(office.tour["clerk"]).get(f"/sent/{case.document_id}").get_data(as_text=True)
        assert "Hoàn thành" in page
        with transaction() as session:
            session.scalars(select(Route).where(Route.unit_id == away)).one().peer_id = right
        outbox.hurry("exchange.deliver", peer_id=str(dead.id))
    pair.work()
    assert sorted(one.status or "" for one in _deliveries(pair, case)) == ["01", "06"]


def test_line_64_every_try_and_every_sending_again_has_the_same_id(pair: Pair) -> None:
    seen: list[dict[str, Any]] = []
    asked: list[tuple[str, str]] = []
    busy = Flask("busy")

    @busy.get("/api/exchange/v1/messages/<message_id>/<recipient>")
    def ask(message_id: str, recipient: str) -> dict[str, Any]:
        asked.append((message_id, recipient))
        return {"receipts": []}

    @busy.post("/api/exchange/v1/<what>")
    def refuse(what: str) -> tuple[str, int]:
        assert what in ("offers", "messages")
        seen.append(request.get_json(force=True)["envelope"])
        return "", 503

    with served(busy) as port:
        _lead(pair, f"http://127.0.0.1:{port}")
        case = pair.sent()
        _try_now(pair)
        [delivery] = _deliveries(pair, case)
        with pair.here.at_home() as office:
            sending.expire(SYSTEM, delivery.id)
            sending.send_again(office.actor(office.tour["clerk"]), delivery.id)
        _try_now(pair)
    assert len(seen) == 3
    assert all(one == seen[0] for one in seen)
    assert asked == [(seen[0]["message_id"], seen[0]["recipient"])]  # what may have come already is asked for first

    _lead(pair, f"http://127.0.0.1:{pair.there.port}")
    _try_now(pair)
    [arrival] = _arrivals(pair)
    assert arrival.message_id == UUID(seen[0]["message_id"]) == delivery.message_id
    assert _deliveries(pair, case)[0].attempts == 4


def _again(pair: Pair, given: Receipt, **changed: Any) -> Receipt:
    """A receipt that says something else, with the signature of its recipient."""
    statement, _key = receipts.read(given)
    with pair.there.at_home() as office, transaction():
        private = keys.own(office.unit(statement.signer).id)
    return receipts.sign(replace(statement, **changed), private)


def test_line_71_a_receipt_over_other_hashes_is_rejected_whoever_signed_it(letters: Letters) -> None:
    pair = letters.pair
    _lead(pair, NOBODY)
    case = pair.sent()
    [delivery] = _deliveries(pair, case)
    with pair.here.at_home() as office:
        envelope = messages.envelope(delivery.id)
        store = office.app.extensions["files"]
    [given] = letters.door.send(envelope, store.path).receipts
    statement, _key = receipts.read(given)
    assert [one.sha256 for one in statement.files] == [one.sha256 for one in envelope.files]

    other = (replace(statement.files[0], sha256="0" * 64), *statement.files[1:])
    forged = given.body.replace(statement.files[0].sha256.encode(), b"0" * 64)
    with pair.here.at_home():
        with pytest.raises(ExchangeRefused, match=r"receipt\.signature_wrong"):
            hearing.hear(SYSTEM, Receipt(forged, given.signature))
        for files in (other, statement.files[1:]):
            with pytest.raises(Invalid, match=r"receipt\.other_content"):
                hearing.hear(SYSTEM, _again(pair, given, files=files))
        assert queries.deliveries(case.document_id)[0].receipt is None
        hearing.hear(SYSTEM, given)
        assert queries.deliveries(case.document_id)[0].receipt == given.sha256


def test_line_n10_a_success_that_was_heard_too_late_is_found_by_itself_and_is_no_second_one(pair: Pair) -> None:
    way = Way(pair.there.port, Aimed(1, kind="lost_answer", at="POST /api/exchange/v1/messages"))
    with way.opened():
        _lead(pair, f"http://127.0.0.1:{way.port}")
        case = pair.sent()
        [delivery] = _deliveries(pair, case)
        assert (delivery.state, delivery.is_doubtful, len(_arrivals(pair))) == ("waiting", True, 1)
        with pair.here.at_home() as office:
            sending.expire(SYSTEM, delivery.id)
            assert db.session.get_one(Document, case.document_id).state == "refused_by_all"
            reconciling.compare(db.session.scalars(select(Peer)).one(), clock.office_day())
            office.work()
            [delivery] = queries.deliveries(case.document_id)
            assert (delivery.state, delivery.is_late, delivery.status) == ("delivered", True, "01")
            assert db.session.get_one(Document, case.document_id).state == "sent"
            client = office.client(office.tour["clerk"])
            assert "Tới muộn" in client.get(f"/exchange/deliveries/{delivery.id}").get_data(as_text=True)
    pair.work()
    assert len(_arrivals(pair)) == 1
