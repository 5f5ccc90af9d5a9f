"""A pair of which one side cannot be reached: the communes fetch what the district has for them."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from app.cli.kit import letters as kit_letters
from app.cli.kit import pair as kit
from app.domain.actors.actor import SYSTEM
from app.domain.exchange import fetching, messages, queries
from app.domain.exchange.fetching import Source
from app.domain.exchange.models import Arrival, Delivery, Message, Peer
from app.gateways.transports.waiting import WaitingRoom
from app.kernel import clock
from app.kernel.db import db, transaction
from interchange.http import Site
from tests.exchange.pair import Pair, Side, transport


@dataclass(frozen=True)
class Behind:
    """`pair.there` has no address for `pair.here`; `sender` and `recipients` are the codes of district and communes."""

    pair: Pair
    sender: str
    recipients: tuple[str, ...]

    def look(self, port: int = 0) -> str:
        """Let the side without an address look once (by another way, perhaps); why something was left there."""
        with self.pair.there.at_home() as office:
            with transaction() as session:
                session.execute(update(Source).values(next_at=clock.now()))
                session.execute(update(Peer).values(address=f"http://127.0.0.1:{port or self.pair.here.port}"))
            fetching.call()
            office.work()
            return db.session.scalars(select(Source.cause)).one()

    def settle(self) -> None:
        """Let both sides work, and one of them look, until everything has been said."""
        for _ in range(3):
            self.pair.work()
            cause = self.look()
            assert not cause, cause
        self.pair.work()

    def issue(self, number: int, *files: tuple[str, bytes], recipient: int = 0) -> UUID:
        """A document of the district that waits for a commune; the id of its delivery."""
        to = (self.recipients[recipient],)
        message_id = kit_letters.issue_from(side(self.pair.here), self.sender, to, number, files)
        self.pair.work()
        with self.pair.here.at_home():
            [delivery] = queries.of_message(message_id)
            return delivery.id

    def room(self, agency: str = "", private: bytes = b"") -> WaitingRoom:
        """A commune (the first, unless it is named) at the door of the district."""
        door = transport(self.pair.there, agency or self.recipients[0], self.pair.here)
        return WaitingRoom(Site(f"http://127.0.0.1:{self.pair.here.port}"), private or door.private)

    def delivery(self, delivery_id: UUID) -> tuple[str, str, str]:
        """What became of a delivery: its state, its business status and its cause."""
        with self.pair.here.at_home():
            found = db.session.get_one(Delivery, delivery_id)
            return found.state, found.status or "", found.cause

    def spoil(self, delivery_id: UUID, change: Callable[[str], str]) -> None:
        """Let the district have fixed other words than it can have."""
        with self.pair.here.at_home(), transaction() as session:
            messages.envelope(delivery_id)
            message = session.get_one(Message, session.get_one(Delivery, delivery_id).message_id)
            message.manifest = change(message.manifest)

    def arrived(self) -> list[UUID]:
        """The ids of the messages that the communes have, in their order."""
        with self.pair.there.at_home():
            return list(db.session.scalars(select(Arrival.message_id).order_by(Arrival.at)))


def hidden(pair: Pair) -> Behind:
    """Take the address of one side away."""
    for where, way, address in (
        (pair.here, "it_fetches", ""),
        (pair.there, "we_fetch", f"http://127.0.0.1:{pair.here.port}"),
    ):
        with where.at_home():
            fetching.choose(SYSTEM, db.session.scalars(select(Peer.id)).one(), way=way, address=address)
    tour, world = pair.here.office.tour, pair.here.office.world
    sender = next(str(post["unit"]) for post in world["posts"] if post["sign_in"] == tour["clerk"])
    return Behind(pair, sender, tuple(str(one["unit"]) for one in tour["recipients"]))


def side(one: Side) -> kit.Side:
    """A deployment as the kit knows it."""
    return kit.Side(one.office.app, one.port)
