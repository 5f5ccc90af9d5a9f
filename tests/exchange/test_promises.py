"""What the exchange promises, one line at a time, between two deployments."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.actors.actor import SYSTEM
from app.domain.documents.models import Document
from app.domain.exchange import hearing, keys, messages, peers, queries, receiving
from app.domain.exchange.models import Arrival, Message, Peer
from app.gateways.files import FileStore
from app.jobs import transports
from app.kernel import clock, outbox
from app.kernel.db import db, transaction
from app.kernel.outbox import Job
from interchange import receipts
from interchange.errors import ExchangeRefused, ExchangeUnavailable
from tests.exchange.letters import Letters, a_pdf
from tests.exchange.pair import Pair


def _arrivals(pair: Pair) -> list[Arrival]:
    with pair.there.at_home():
        return list(db.session.scalars(select(Arrival)))


def test_promise_2_the_same_id_with_other_bytes_has_a_code_of_its_own(letters: Letters) -> None:
    letter = letters.letter()
    letters.send(letter)
    for other in (replace(letter, reason="khác"), replace(letter, files=letters.letter(("a.pdf", a_pdf("x"))).files)):
        with pytest.raises(ExchangeRefused, match="same_id_other_content"):
            letters.send(other)
    with pytest.raises(ExchangeRefused, match="same_number_other_content"):
        letters.send(letters.letter(("a.pdf", a_pdf("y"))))
    assert len(_arrivals(letters.pair)) == 1


def test_promise_3_and_lines_65_and_n12_a_duplicate_gets_the_original_receipt_for_ever(letters: Letters) -> None:
    letter = letters.letter()
    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(lambda _: letters.send(letter), range(8)))
    letters.pair.work()
    answers.append(letters.send(letter))
    answers.append(letters.send(letters.letter()))  # the same document under another id

    firsts = {(answer[0].body, answer[0].signature) for answer in answers}
    assert len(firsts) == 1
    [arrival] = _arrivals(letters.pair)
    assert arrival.state == "admitted"
    with letters.pair.there.at_home():
        found = select(func.count()).select_from(Document).where(Document.direction == "incoming")
        assert db.session.scalar(found) == 1


def test_promise_3_a_document_sent_once_more_under_another_id_ends_and_is_not_registered_again(pair: Pair) -> None:
    case = pair.sent()
    pair.work()
    with pair.here.at_home() as office, transaction() as session:
        [first] = queries.deliveries(case.document_id)
        again = Message(sender_id=first.message.sender_id, document_id=first.document_id, case_id=first.case_id)
        session.add(again)
        session.flush()
        messages.address(SYSTEM, again, [office.unit(first.recipient.code)])
    pair.work()
    with pair.here.at_home():
        [second] = queries.of_message(again.id)
        assert (second.state, second.cause) == ("refused", "exchange.already_there")
    assert len(_arrivals(pair)) == 1


def test_promise_4_and_line_66_a_receipt_means_that_every_file_is_durable(letters: Letters) -> None:
    letter = letters.letter(("van-ban.pdf", a_pdf()), ("so lieu.csv", b"a,b\n"))
    body = {"envelope": asdict(letter)}
    with pytest.raises(ExchangeUnavailable, match="file_missing"):
        letters.door._post("/messages", body)
    assert _arrivals(letters.pair) == []

    [receipt] = letters.send(letter)
    statement, _key = receipts.read(receipt)
    assert {one.sha256 for one in statement.files} == {one.sha256 for one in letter.files}
    store: FileStore = letters.pair.there.office.app.extensions["files"]
    assert all(store.size(one.sha256) == one.size for one in letter.files)


def _refused_port(pair: Pair, address: str) -> None:
    with pair.here.at_home(), transaction() as session:
        session.scalars(select(Peer)).one().address = address


def test_promise_5_and_lines_63_and_78_every_try_is_a_row_and_a_dead_peer_is_left_alone(pair: Pair) -> None:
    right = f"http://127.0.0.1:{pair.there.port}"
    _refused_port(pair, "http://127.0.0.1:1")
    case = pair.sent()
    with pair.here.at_home() as office:
        for _ in range(4):
            outbox.hurry("exchange.deliver", peer_id=str(db.session.scalars(select(Peer.id)).one()))
            office.work()
        [delivery] = queries.deliveries(case.document_id)
        tries = queries.attempts(delivery.id)
        peer = db.session.scalars(select(Peer)).one()
        assert [(one.outcome, one.cause) for one in tries] == [("unavailable", "peer.silent")] * peers.TOLERATED
        waits = [one.next_at - one.at for one in tries if one.next_at]
        assert [round(wait / timedelta(seconds=30), 1) <= 2**i for i, wait in enumerate(waits)] == [True] * 3
        assert all(wait >= timedelta(seconds=22) for wait in waits)
        assert peer.open_until is not None
        assert peer.open_until > clock.now()
        assert delivery.state == "waiting"

    _refused_port(pair, right)
    with pair.here.at_home() as office:
        peers.resume(SYSTEM, db.session.scalars(select(Peer.id)).one())
    pair.work()
    with pair.here.at_home():
        [delivery] = queries.deliveries(case.document_id)
        assert (delivery.state, delivery.attempts) == ("delivered", 4)


def test_promise_10_and_line_74_a_message_expires_and_a_receipt_after_that_is_a_late_success(pair: Pair) -> None:
    right = f"http://127.0.0.1:{pair.there.port}"
    _refused_port(pair, "http://127.0.0.1:1")
    case = pair.sent()
    with pair.here.at_home(), transaction():
        [delivery] = queries.deliveries(case.document_id)
        delivery.expires_at = clock.now()
    with pair.here.at_home() as office:
        outbox.hurry("exchange.deliver", delivery_id=str(delivery.id))
        office.work()
        [delivery] = queries.deliveries(case.document_id)
        assert (delivery.state, delivery.cause) == ("expired", "peer.silent")
        assert db.session.get_one(Document, case.document_id).state == "refused_by_all"

    _refused_port(pair, right)
    with pair.here.at_home() as office:
        envelope = messages.envelope(delivery.id)
        store: FileStore = office.app.extensions["files"]
        with transaction():
            peer = db.session.scalars(select(Peer)).one()
        answer = transports.to(peer, envelope.sender).send(envelope, store.path)
        for receipt in answer.receipts:
            hearing.hear(SYSTEM, receipt)
        [delivery] = queries.deliveries(case.document_id)
        assert (delivery.state, delivery.is_late) == ("delivered", True)
        assert db.session.get_one(Document, case.document_id).state == "sent"


def test_a_false_receipt_is_none(pair: Pair) -> None:
    with pair.there.at_home(), transaction():
        for one in pair.there.office.tour["recipients"]:
            keys.renew(SYSTEM, pair.there.office.unit(one["unit"]).id)  # a key that the sender has never seen
    case = pair.sent()
    with pair.here.at_home():
        [delivery] = queries.deliveries(case.document_id)
        [attempt] = queries.attempts(delivery.id)
        assert (delivery.state, delivery.receipt, delivery.is_doubtful) == ("waiting", None, True)
        assert (attempt.outcome, attempt.cause) == ("doubtful", "exchange.key_unknown")


@pytest.mark.parametrize(
    ("name", "data", "cause"),
    [
        ("van-ban.pdf", b"PK\x03\x04" + b"\x00" * 40, "pdf.not_a_pdf"),
        ("so-lieu.xlsx", b"%PDF-1.7", "attachment.not_what_it_says"),
    ],
    ids=["a zip that calls itself a PDF", "a PDF that calls itself a workbook"],
)
def test_what_is_not_what_it_says_is_held_back_and_the_sender_learns_why(
    letters: Letters, name: str, data: bytes, cause: str
) -> None:
    letter = letters.letter((name, data)) if name.endswith("pdf") else letters.letter(("a.pdf", a_pdf()), (name, data))
    letters.send(letter)
    with letters.pair.there.at_home() as office:
        office.work()
        [arrival] = list(db.session.scalars(select(Arrival)))
        assert (arrival.state, arrival.cause, arrival.document_id) == ("quarantined", cause, None)
        told = list(db.session.scalars(select(Job).where(Job.kind == "exchange.tell")))
        assert len(told) == 1
        receiving.refuse(office.actor(office.tour["recipients"][0]["clerk"]), arrival.id, reason="damaged")
        assert db.session.get_one(Arrival, arrival.id).state == "refused"
