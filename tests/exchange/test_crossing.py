"""A recall and its document that cross on the way: both sides end with the same, whoever was faster."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.cli.kit import letters
from app.cli.kit import pair as kit
from app.cli.kit.seeds import let_time_pass
from app.cli.kit.way import Way
from app.domain.actors.actor import SYSTEM
from app.domain.documents.models import Document
from app.domain.exchange import hearing, messages, queries, recalling
from app.domain.exchange.models import Arrival, Delivery, Message, Peer
from app.gateways.files import FileStore
from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.outbox import Job
from tests.exchange.pair import Pair

REASON = "Ban hành sai thẩm quyền."


@dataclass
class _Meanwhile:
    """A way on which something happens just when a message is on it, for the first time; then `kind` befalls it."""

    act: Callable[[], None]
    kind: str
    is_over: bool = False

    def next(self, request: str) -> str:
        """What happens to the next request."""
        if self.is_over or not request.startswith("POST /api/exchange/v1/messages"):
            return "pass"
        self.is_over = True
        self.act()
        return self.kind

    def place(self, length: int) -> int:
        """Nothing is cut here."""
        return length


@pytest.fixture
def recall(pair: Pair, both: kit.Pair) -> Callable[[], None]:
    """The clerk takes back the one document that there is."""

    def act() -> None:
        with pair.here.at_home() as office:
            [document_id] = db.session.scalars(select(Message.document_id))
            recalling.ask(office.actor(office.tour["clerk"]), document_id, reason=REASON)

    return act


def _ended(side: kit.Side) -> tuple[str, str, bool]:
    """How a delivery and its document end at the sender, and whether it is called late."""
    with side.at_home():
        delivery = db.session.scalars(select(Delivery).join(Message).where(Message.kind == "new")).one()
        return delivery.state, delivery.document.state, delivery.is_late


@pytest.mark.parametrize("kind", ["pass", "lost_answer", "dead"])
def test_a_recall_while_its_document_is_on_the_way_is_the_end_of_it_on_both_sides(
    both: kit.Pair, recall: Callable[[], None], kind: str
) -> None:
    letters.issue(both, 1)
    way = Way(both.there.port, _Meanwhile(recall, kind))
    with way.opened():
        with both.here.at_home(), transaction() as session:
            session.scalars(select(Peer)).one().address = f"http://127.0.0.1:{way.port}"
        both.work()
        let_time_pass(both.here)
        both.work()

    with both.there.at_home():
        came = {one.kind: one for one in db.session.scalars(select(Arrival))}
        kept = came.get("new")
        document = None if kept is None or kept.document_id is None else db.session.get_one(Document, kept.document_id)
        assert came["recall"].state == "admitted"
        assert kept is None or "recalled" in (kept.state, document and document.state)
    assert _ended(both.here) == ("recalled", "recalled", False)


def test_a_document_that_comes_after_its_recall_is_kept_and_nobody_works_on_it(
    both: kit.Pair, recall: Callable[[], None]
) -> None:
    message_id = letters.issue(both, 1)
    with both.here.at_home():
        [delivery] = queries.of_message(message_id)
        letter = messages.envelope(delivery.id)
        with transaction() as session:  # it is held up on its way, for long
            session.get_one(Delivery, delivery.id).is_doubtful = True
            session.execute(update(Job).values(due_at=clock.now() + timedelta(hours=1)))
    recall()
    both.work()

    store: FileStore = both.here.app.extensions["files"]
    answer = both.door().send(letter, store.path)
    with both.here.at_home():
        for receipt in answer.receipts:
            hearing.hear(SYSTEM, receipt)
    both.work()

    with both.there.at_home():
        late = db.session.scalars(select(Arrival).where(Arrival.kind == "new")).one()
        assert (late.state, late.document_id) == ("recalled", None)
    assert _ended(both.here) == ("recalled", "recalled", False)
