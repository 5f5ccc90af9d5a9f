"""A deployment without an address: what waits for it is fetched, and its receipts are the acknowledgement."""

import random
from base64 import b64encode
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from app.cli.kit import letters as kit_letters
from app.cli.kit.faults import Aimed
from app.cli.kit.way import Way
from app.domain.actors.actor import SYSTEM
from app.domain.documents.models import Document
from app.domain.exchange import alerts, messages, queries, recalling, reporting
from app.domain.exchange import keys as exchange_keys
from app.domain.exchange.models import (
    Arrival,
    Attempt,
    Delivery,
    DeliveryStatus,
    ExchangeKey,
    Peer,
    Route,
    StatusReport,
)
from app.gateways.files import FileStore
from app.gateways.transports.waiting import Waiting, WaitingRoom
from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.outbox import Job
from interchange import keys
from interchange.errors import ExchangeUnavailable
from interchange.receipts import Receipt
from interchange.wire import CHUNK
from tests.exchange.behind import Behind, hidden, side
from tests.exchange.pair import Pair
from tests.story import Told

MAP = ("ban-do.zip", random.Random(11).randbytes(5 * CHUNK + 7))  # noqa: S311 - it must be repeatable


@pytest.fixture
def behind(pair: Pair) -> Behind:
    """The communes have no address."""
    return hidden(pair)


def test_line_73_documents_and_receipts_go_both_ways_though_one_side_cannot_be_reached(behind: Behind) -> None:
    pair = behind.pair
    case = pair.sent(recipients=2)
    pair.work()
    with pair.here.at_home():
        waiting = queries.deliveries(case.document_id)
        assert {(one.state, one.cause, one.attempts) for one in waiting} == {("waiting", "delivery.to_be_fetched", 0)}
        with transaction() as session:
            session.execute(update(Delivery).values(made_at=clock.now() - timedelta(hours=2)))
        assert alerts.silent() == 0

    behind.settle()
    with pair.there.at_home() as office:
        assert db.session.scalar(select(func.count()).select_from(Arrival)) == 2
        Told(office).handle(Told(office).recipients[0])
    pair.work()
    with pair.here.at_home():
        trails = queries.trails(one.id for one in queries.deliveries(case.document_id))
        codes = sorted([row.code for row in trail] for trail in trails.values())
        assert codes == [["01"], ["01", "03", "04", "05", "06"]]
        assert db.session.scalar(select(func.count()).select_from(Attempt)) == 0
        peer = db.session.scalars(select(Peer)).one()
        assert (peer.failures, peer.called_at is not None) == (0, True)


def test_promise_6_who_cannot_be_reached_fetches_the_receipts_of_what_it_sent(behind: Behind) -> None:
    pair = behind.pair
    back = kit_letters.issue_from(side(pair.there), behind.recipients[0], (behind.sender,), 12)
    pair.work()
    with pair.here.at_home():
        for code in ("03", "04", "05", "06"):
            with transaction():
                reporting.report(SYSTEM, reporting.chain(Arrival.message_id == back), code=code, by="Văn thư")
    behind.settle()
    with pair.there.at_home():
        [delivery] = queries.of_message(back)
        assert [row.code for row in queries.trails([delivery.id])[delivery.id]] == ["01", "03", "04", "05", "06"]
    with pair.here.at_home():
        assert (
            db.session.scalar(select(func.count()).where(StatusReport.sequence > 0, StatusReport.told_at.is_(None)))
            == 0
        )


def test_promise_11_a_file_that_is_fetched_goes_on_after_a_cut_and_less_than_a_piece_comes_twice(
    behind: Behind,
) -> None:
    delivery_id = behind.issue(5, MAP)
    plan = _Counted(3, kind="cut_answer", at="", times=0)
    with Way(behind.pair.here.port, plan).opened() as way:
        assert behind.look(way.port) == "peer.cut"
        begun, asked = plan.pieces, _had(behind)
        assert 0 < asked < len(MAP[1])
        plan.times = 0
        plan.is_open = True
        assert behind.look(way.port) == ""
    assert plan.pieces - begun == -(-(len(MAP[1]) - asked) // CHUNK)
    assert behind.delivery(delivery_id) == ("delivered", "01", "")
    store: FileStore = behind.pair.there.office.app.extensions["files"]
    with behind.pair.there.at_home():
        [arrival] = db.session.scalars(select(Arrival))
    assert store.path(arrival.envelope["files"][1]["sha256"]).read_bytes() == MAP[1]


class _Counted(Aimed):
    """Lets three pieces through, then none until it is open."""

    pieces = 0
    is_open = False

    def next(self, request: str) -> str:
        """What happens to a request."""
        if "/files/" not in request:
            return "pass"
        if self.pieces >= 4 and not self.is_open:
            return "cut_answer"
        self.pieces += 1
        return "pass"


def _had(behind: Behind) -> int:
    """How much of an unfinished file has come."""
    store: FileStore = behind.pair.there.office.app.extensions["files"]
    return sum(one.stat().st_size for one in (store.root / "partial").glob("*/*"))


def test_promise_14_nobody_lists_or_fetches_what_waits_for_another(behind: Behind) -> None:
    delivery_id = behind.issue(5)
    waiting = Waiting(delivery_id, behind.recipients[0])
    assert [one.id for one in behind.room().look(None).messages] == [delivery_id]
    with behind.pair.here.at_home() as office, transaction() as session:
        other = Peer(name="another", profile="peer", address="", way="it_fetches")
        session.add(other)
        session.flush()
        last = office.unit(behind.recipients[-1]).id
        session.execute(update(Route).where(Route.unit_id == last).values(peer_id=other.id))
    neighbour = behind.room(behind.recipients[1])
    assert _refused(neighbour, waiting, "message") == "delivery.missing"
    elsewhere = behind.room(behind.recipients[-1])
    assert elsewhere.look(None).messages == []
    sha256 = behind.room().message(waiting).content["files"][0]["sha256"]
    for room in (neighbour, elsewhere):
        assert _refused(room, waiting, "piece", sha256, 0) == "delivery.missing"
    assert _refused(elsewhere, waiting, "refuse", "exchange.file_type", {}) == "delivery.missing"
    stranger = behind.room(private=keys.generate())
    assert _refused(stranger, waiting, "message") == "request.stranger"
    assert _refused(behind.room(), waiting, "piece", "0" * 64, 0) == "file.missing"
    assert behind.room().piece(waiting, sha256, 0).startswith(b"%PDF")
    assert behind.delivery(delivery_id) == ("waiting", "", "delivery.to_be_fetched")


def _refused(room: WaitingRoom, waiting: Waiting, act: str, *given: object) -> str:
    try:
        getattr(room, act)(waiting, *given)
    except ExchangeUnavailable as refusal:
        return refusal.code
    return ""


def test_promise_3_and_4_whoever_dies_between_storing_and_answering_keeps_it_once_and_answers_the_same(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery_id = behind.issue(5)
    bring = WaitingRoom.bring

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(WaitingRoom, "bring", die)
    with pytest.raises(KeyboardInterrupt):
        behind.look()
    assert len(behind.arrived()) == 1
    assert behind.delivery(delivery_id)[0] == "waiting"
    brought: list[str] = []

    def tell(room: WaitingRoom, receipt: Receipt) -> None:
        bring(room, receipt)
        brought.append(receipt.sha256)

    monkeypatch.setattr(WaitingRoom, "bring", tell)
    with behind.pair.there.at_home(), transaction() as session:
        session.execute(update(Job).values(lease_until=None, due_at=clock.now()))
    behind.look()
    with behind.pair.here.at_home(), transaction() as session:
        session.execute(update(Delivery).values(state="waiting"))
    behind.look()
    assert len(behind.arrived()) == 1
    assert len(set(brought)) == 1 < len(brought)
    with behind.pair.here.at_home():
        assert db.session.scalar(select(func.count()).select_from(DeliveryStatus)) == 1


def test_line_69_what_is_taken_back_before_it_was_fetched_never_leaves_and_afterwards_the_wish_follows(
    behind: Behind,
) -> None:
    pair = behind.pair
    first, second = pair.sent(), pair.sent(recipients=2)
    pair.work()
    with pair.here.at_home() as office:
        taken = queries.deliveries(second.document_id)[0]
        behind.room(taken.recipient.code).message(Waiting(taken.id, taken.recipient.code))  # and then the line breaks
        for case in (first, second):
            recalling.ask(office.actor(office.tour["clerk"]), case.document_id, reason="Ban hành sai thẩm quyền.")
    behind.settle()
    with pair.here.at_home():
        assert [one.state for one in queries.deliveries(first.document_id)] == ["cancelled"]
        assert [one.state for one in queries.deliveries(second.document_id)] == ["recalled", "cancelled"]
    with pair.there.at_home():
        kept = db.session.execute(select(Arrival.kind, Arrival.state).order_by(Arrival.at)).all()
        assert kept == [("new", "admitted"), ("recall", "admitted")]
        [received] = db.session.scalars(select(Document).where(Document.direction == "incoming"))
        assert received.state == "recalled"


def test_one_message_that_cannot_be_had_holds_up_none_behind_it(behind: Behind) -> None:
    wrong, lost, good = behind.issue(5), behind.issue(6), behind.issue(7)
    behind.spoil(wrong, lambda text: text.replace('"urgency":"normal"', '"urgency":"soon"'))
    with behind.pair.here.at_home():
        [file] = messages.envelope(lost).files
    store: FileStore = behind.pair.here.office.app.extensions["files"]
    store.discard(file.sha256, float("inf"))
    assert behind.look() != ""
    assert behind.delivery(wrong) == ("refused", "", "envelope.wrong")
    assert behind.delivery(lost)[0] == "waiting"
    assert behind.delivery(good)[:2] == ("delivered", "01")


def test_promise_14_what_another_agency_signed_is_refused_and_what_a_stranger_did_is_left(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery_id, own = behind.issue(5), exchange_keys.own
    with behind.pair.here.at_home() as office:
        sender, other = office.unit(behind.sender).id, office.unit("tinh-quang-ngai").id
    stranger = keys.generate()
    monkeypatch.setattr(
        exchange_keys, "own", lambda unit_id, *row: stranger if unit_id == sender else own(unit_id, *row)
    )
    assert behind.look() == "request.stranger"
    assert behind.delivery(delivery_id)[0] == "waiting"

    with behind.pair.there.at_home() as office, transaction() as session:  # the province speaks for itself alone
        session.add(Route(unit_id=other, peer_id=session.scalars(select(Peer.id)).one()))
        session.execute(delete(ExchangeKey).where(ExchangeKey.unit_id == other))
        public = b64encode(keys.public(stranger)).decode()
        session.add(ExchangeKey(unit_id=other, fingerprint=keys.fingerprint(keys.public(stranger)), public=public))
    assert behind.look() == ""
    assert behind.delivery(delivery_id) == ("refused", "", "exchange.forged_sender")
    assert behind.arrived() == []
