"""Letters and receipts to one peer that go together: they share what they cost, but no misfortune."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, event, select

from app.cli.kit import letters
from app.cli.kit import pair as kit
from app.cli.kit.way import Way
from app.domain.actors.actor import SYSTEM
from app.domain.exchange import queries, reporting
from app.domain.exchange.models import Arrival, Delivery, Message, Peer
from app.jobs.carrying import MOST, Carriers
from app.kernel.db import db, transaction
from app.kernel.outbox import Job

DEAREST = 4
"""Transactions for a trip: it is claimed, begun, signed for and kept."""


@dataclass
class _Until:
    """A way that works for so many requests, and is dead then."""

    works: int
    seen: list[str] = field(default_factory=list)

    def next(self, request: str) -> str:
        """What happens to the next request."""
        self.seen.append(request)
        return "pass" if len(self.seen) <= self.works else "dead"

    def place(self, length: int) -> int:
        """Nothing is cut here."""
        return length


def _stand(both: kit.Pair) -> dict[UUID, tuple[str, int, str | None]]:
    """Of each message its state, how often it was tried, and what its job says."""
    with both.here.at_home():
        jobs = list(db.session.scalars(select(Job).where(Job.kind == "exchange.deliver")))
        said = {UUID(one.payload["delivery_id"]): one.error for one in jobs}
        rows = db.session.scalars(select(Delivery))
        return {one.message_id: (one.state, len(queries.attempts(one.id)), said[one.id]) for one in rows}


@contextmanager
def _counted() -> Iterator[list[Connection]]:
    """Every transaction that is kept meanwhile."""
    commits: list[Connection] = []

    def note(connection: Connection) -> None:
        commits.append(connection)

    event.listen(db.engine, "commit", note)
    try:
        yield commits
    finally:
        event.remove(db.engine, "commit", note)


def test_letters_to_one_peer_take_no_more_transactions_than_one(both: kit.Pair) -> None:
    for number in range(MOST):
        letters.issue(both, number + 1)
    with both.here.at_home(), _counted() as commits:
        assert Carriers(both.here.app).carry_next()

    assert list(_stand(both).values()) == [("delivered", 1, None)] * MOST
    assert len(commits) <= DEAREST


def test_a_letter_that_nobody_can_read_fails_alone(both: kit.Pair) -> None:
    *well, broken = [letters.issue(both, number + 1) for number in range(4)]
    with both.here.at_home():
        with transaction() as session:
            session.get_one(Message, broken).manifest = "{"
        Carriers(both.here.app).carry_next()

    stand = _stand(both)
    assert [stand[one] for one in well] == [("delivered", 1, None)] * 3
    assert stand[broken] == ("waiting", 0, "JSONDecodeError")


def test_a_silence_lets_the_rest_begin_anew(both: kit.Pair) -> None:
    sent = [letters.issue(both, number + 1) for number in range(5)]
    plan = _Until(works=2)
    way = Way(both.there.port, plan)
    with way.opened():
        with both.here.at_home(), transaction() as session:
            session.scalars(select(Peer)).one().address = f"http://127.0.0.1:{way.port}"
        Carriers(both.here.app).carry_next()

    stand = _stand(both)
    assert sorted(stand[one][0] for one in sent) == ["delivered"] * 2 + ["waiting"] * 3
    tries = [stand[one][1] for one in sent]
    assert (sum(tries), len(plan.seen)) == (4, 4)  # one met with silence, one asked whether it lasts, the last waits


def test_receipts_for_one_peer_take_no_more_transactions_than_one(both: kit.Pair) -> None:
    sent = [letters.issue(both, number + 1) for number in range(MOST)]
    both.work()
    with both.there.at_home():
        with transaction():
            for message_id in sent:
                reporting.report(SYSTEM, reporting.chain(Arrival.message_id == message_id), code="03", by="Văn thư")
        with _counted() as commits:
            assert Carriers(both.there.app).carry_next()

    assert len(commits) <= DEAREST
    with both.here.at_home():
        assert [one.status for one in db.session.scalars(select(Delivery))] == ["03"] * MOST
