"""Two deployments on loopback, each with its own database, files and keys, that know each other as peers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from app.cli.kit import pair as kit
from app.domain.exchange import keys
from app.gateways.transports.peer import PeerTransport
from app.kernel.db import transaction
from interchange.http import Site
from tests import house
from tests.house import Office, Template
from tests.serving import served
from tests.story import Told


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
def introduced(template: Template) -> Iterator[Pair]:
    """Two deployments that have exchanged their directories."""
    with ExitStack() as stack:
        sides = []
        for _ in ("here", "there"):
            app = stack.enter_context(house.lent(template))
            sides.append(Side(Office(app, template.world), stack.enter_context(served(app))))
        here, there = sides
        kit.introduce(kit.Side(here.office.app, here.port), kit.Side(there.office.app, there.port), template.world)
        yield Pair(here, there)


def transport(side: Side, agency: str, to: Side) -> PeerTransport:
    """An agency of one deployment at the door of another."""
    with side.at_home() as office, transaction():
        return PeerTransport(Site(f"http://127.0.0.1:{to.port}"), keys.own(office.unit(agency).id))
