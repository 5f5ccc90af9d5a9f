"""Two deployments on loopback, each with its own database, files and keys, that know each other as peers."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.exchange import directory, keys
from app.domain.exchange.models import Peer, Route
from app.gateways.transports.peer import PeerTransport
from app.kernel.db import transaction
from interchange.http import Site
from tests import house
from tests.house import Office, Template
from tests.serving import served
from tests.story import Told

OPTIONS: dict[str, Any] = {"WTF_CSRF_ENABLED": False, "RATELIMIT_ENABLED": False}


@dataclass(frozen=True)
class Side:
    """One deployment; `port` is where it answers."""

    office: Office
    port: int

    @contextmanager
    def at_home(self) -> Iterator[Office]:
        """Inside this deployment."""
        with self.office.app.app_context():
            yield self.office


@dataclass(frozen=True)
class Pair:
    """The district sends from `here`; the communes of the tour are `there`."""

    here: Side
    there: Side

    def work(self, rounds: int = 6) -> None:
        """Let both deployments do what is due until neither has anything to do."""
        for _ in range(rounds):
            done = 0
            for side in (self.here, self.there):
                with side.at_home() as office:
                    done += office.work()
            if not done:
                return

    def sent(self, recipients: int = 1) -> Any:
        """A document of the district on its way to communes of the other deployment."""
        with self.here.at_home() as office:
            return Told(office).sent(recipients=recipients)


@contextmanager
def introduced(template: Template, folder: Path) -> Iterator[Pair]:
    """Two deployments that have exchanged their directories."""
    with ExitStack() as stack:
        sides = []
        for name in ("here", "there"):
            (folder / name).mkdir()
            app = stack.enter_context(house.copied(template, folder / name, **OPTIONS))
            sides.append(Side(Office(app, template.world), stack.enter_context(served(app))))
        here, there = sides
        communes = [one["unit"] for one in template.world["tour"]["recipients"]]
        district = next(p["unit"] for p in template.world["posts"] if p["sign_in"] == template.world["tour"]["clerk"])
        knowing = (here, communes, there), (there, [district], here)
        for side, away, other in knowing:
            _route(side, away, other)
        for side, _away, other in knowing:
            _learn(side, other)
        yield Pair(here, there)


def _route(side: Side, away: Sequence[str], other: Side) -> None:
    with side.at_home() as office, transaction() as session:
        peer = Peer(name="other", profile="peer", address=f"http://127.0.0.1:{other.port}")
        session.add(peer)
        session.flush()
        session.add_all(Route(unit_id=office.unit(code).id, peer_id=peer.id) for code in away)


def _learn(side: Side, other: Side) -> None:
    """Directories are read from one another by people at first: a key must be known before it can sign."""
    with other.at_home():
        listed = directory.published()
    with side.at_home(), transaction() as session:
        peer = session.query(Peer).one()
        directory.learn(peer.id, listed)


def transport(side: Side, agency: str, to: Side) -> PeerTransport:
    """An agency of one deployment at the door of another."""
    with side.at_home() as office, transaction():
        return PeerTransport(Site(f"http://127.0.0.1:{to.port}"), keys.own(office.unit(agency).id))
