"""Both sides compare their ledgers by one hash; what differs is listed and mended."""

from collections.abc import Mapping
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select

from app.domain.exchange import keys, ledger, peers, queries
from app.domain.exchange.models import Delivery, DeliveryStatus, Peer
from app.jobs import reconciling
from app.kernel import clock
from app.kernel.db import db, transaction
from interchange import ledgers, merkle
from interchange.errors import ExchangeUnavailable
from tests.exchange.pair import Pair, Side
from tests.story import Told


def _compared(side: Side) -> ledger.LedgerCheck:
    with side.at_home():
        return reconciling.compare(db.session.scalars(select(Peer)).one(), clock.office_day())


def test_promise_13_and_line_n11_ledgers_are_compared_by_hash_listed_and_mended(pair: Pair) -> None:
    case = pair.sent(recipients=2)
    pair.work()
    with pair.there.at_home() as office:
        told = Told(office)
        told.handle(told.recipients[0])
    pair.work()
    same = _compared(pair.here)
    assert (same.ours, same.differences, same.entries) == (same.theirs, {}, 2)

    with pair.here.at_home(), transaction() as session:
        [done] = [one for one in queries.deliveries(case.document_id) if one.status == "06"]
        session.execute(
            delete(DeliveryStatus).where(DeliveryStatus.delivery_id == done.id, DeliveryStatus.code == "06")
        )
        session.get_one(Delivery, done.id).status = "05"
    differs = _compared(pair.here)
    assert list(differs.differences.values()) == ["ask"]
    assert differs.ours == same.ours  # after it was mended

    with pair.here.at_home() as office:
        assert {one.status for one in queries.deliveries(case.document_id)} == {"01", "06"}
        page = office.client("vanhanh.quangngai").get(f"/exchange/peers/{differs.peer_id}").get_data(as_text=True)
        recipient = office.unit(office.tour["recipients"][0]["unit"]).short_name
        assert f"UBND huyện Sơn Tịnh → {recipient}: đã hỏi lại biên nhận còn thiếu" in page


def test_the_recipient_tells_again_what_was_not_heard(pair: Pair) -> None:
    case = pair.sent()
    pair.work()
    with pair.there.at_home() as office:
        told = Told(office)
        told.handle(told.recipients[0], last="direct")
    pair.work()
    with pair.here.at_home(), transaction() as session:
        session.execute(delete(DeliveryStatus).where(DeliveryStatus.code == "03"))
        session.execute(delete(DeliveryStatus).where(DeliveryStatus.code == "01"))
        [delivery] = queries.deliveries(case.document_id)
        delivery.status = delivery.receipt = None
        delivery.state = "waiting"
    assert set(_compared(pair.there).differences.values()) == {"tell"}
    pair.work()
    with pair.here.at_home():
        [delivery] = queries.deliveries(case.document_id)
        assert (delivery.state, delivery.status) == ("delivered", "03")


def test_line_76_a_new_key_is_learnt_from_the_directory_and_what_it_signed_is_heard(pair: Pair) -> None:
    pair.sent()
    pair.work()
    with pair.there.at_home() as office:
        unit = office.unit(office.tour["recipients"][0]["unit"])
        keys.renew(office.actor("vanhanh.quangngai"), unit.id)
    case = pair.sent()
    with pair.here.at_home() as office:
        [delivery] = queries.deliveries(case.document_id)
        assert delivery.cause == "exchange.key_unknown"
        peer = db.session.scalars(select(Peer)).one()
        reconciling.compare(peer, clock.office_day())
        peers.resume(office.actor("vanhanh.quangngai"), peer.id)
        office.work()
        [delivery] = queries.deliveries(case.document_id)
        assert (delivery.state, delivery.cause) == ("delivered", "")


@given(st.sets(st.text(min_size=1, max_size=5), max_size=40), st.text(min_size=1, max_size=5))
def test_one_hash_stands_for_the_whole_ledger_in_any_order(entries: set[str], other: str) -> None:
    assert merkle.root(entries) == merkle.root(sorted(entries, reverse=True))
    assert (merkle.root(entries | {other}) == merkle.root(entries)) == (other in entries)


def test_of_a_large_ledger_only_the_parts_that_differ_are_asked_for() -> None:
    theirs = {f"a/{number}/b": "x" for number in range(10_000)}
    ours = {**theirs, "a/7/b": "y", "a/new/b": "z"}
    del ours["a/9/b"]
    sent = []

    def ask(part: str, root: str) -> dict[str, object]:
        said = ledgers.answer(theirs, part, root)
        sent.append(len(str(said)))
        return said

    assert ledgers.walk(ask, ours) == (ledgers.root(theirs), theirs)
    assert len(sent) < 12
    assert sum(sent) < len(str(theirs)) / 10
    assert ledgers.walk(ask, theirs)[1] == theirs
    for lie in ({"root": "0", "parts": {}}, {"root": "0"}, {}, {"root": 1}, {"root": "0", "entries": {"a": 1}}):
        with pytest.raises(ExchangeUnavailable):
            ledgers.walk(partial(_saying, lie), {"a": "b"})


def _saying(lie: Mapping[str, object], _part: str, _root: str) -> Mapping[str, object]:
    return lie
