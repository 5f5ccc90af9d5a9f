"""Letters to one peer that go together: they share what they cost, and nothing that befalls one of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import Connection, event, select

from app.cli.kit import letters
from app.cli.kit import pair as kit
from app.cli.kit.way import Way
from app.domain.exchange import queries
from app.domain.exchange.models import Delivery, Message, Peer
from app.jobs.carrying import LETTERS, TOGETHER, Carriers
from app.kernel.db import db, transaction
from app.kernel.outbox import Job
from tests.exchange.pair import Pair

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


@pytest.fixture
def both(pair: Pair) -> kit.Pair:
    """The same two deployments, as the kit knows them."""
    world = pair.here.office.world
    sender = next(one["unit"] for one in world["posts"] if one["sign_in"] == world["tour"]["clerk"])
    away = tuple(one["unit"] for one in world["tour"]["recipients"])
    here, there = (kit.Side(side.office.app, side.port) for side in (pair.here, pair.there))
    return kit.Pair(here, there, sender, away)


def _stand(both: kit.Pair) -> dict[UUID, tuple[str, int, str | None]]:
    """Of each message its state, how often it was tried, and what its job says."""
    with both.here.at_home():
        jobs = list(db.session.scalars(select(Job).where(Job.kind == LETTERS)))
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
    for number in range(TOGETHER):
        letters.issue(both, number + 1)
    with both.here.at_home(), _counted() as commits:
        assert Carriers(both.here.app).carry_next()

    assert list(_stand(both).values()) == [("delivered", 1, None)] * TOGETHER
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
