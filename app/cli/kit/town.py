"""Five agencies, each with a deployment of its own, that reach each other over nothing but an axis."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.cli import demo
from app.cli.kit import letters
from app.cli.kit.pair import WORLD, Side, made
from app.cli.kit.seeds import let_time_pass
from app.domain.actors.actor import SYSTEM
from app.domain.exchange import mailboxes, queries, reporting
from app.domain.exchange.models import Arrival, Delivery, DeliveryStatus, Mailbox, Peer, Route
from app.domain.orgunits import queries as orgunits
from app.kernel import clock
from app.kernel.db import db, transaction

AGENCIES = ("tinh-quang-ngai", "so-noi-vu", "huyen-son-tinh", "xa-tinh-bac", "xa-tinh-binh")
"""Of the demo world of 2017: a province, a department, a district and two communes."""
HUB = "import sys; from app.cli.hub import main; sys.exit(main(sys.argv[1:]))"
PATIENCE = 10.0


@dataclass
class Hub:
    """An axis as a process of its own; it answers at `address`, agencies sign in with `credentials` by their code."""

    profile: str
    folder: Path
    address: str = ""
    credentials: dict[str, tuple[str, str]] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None

    def start(self, *options: str) -> None:
        """Start it, at the address it had before if there was one."""
        port = self.address.rpartition(":")[2] or "0"
        asked = ["--profile", self.profile, "--data", str(self.folder), "--port", port, "--json", *options]
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", HUB, *asked], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        said: Mapping[str, Any] = json.loads(self._process.stdout.readline())
        self.address = said["address"]
        self.credentials = {one["code"]: (one["system_id"], one["secret"]) for one in said["agencies"]}

    def stop(self) -> None:
        """Kill it; what it has acknowledged is on its disk."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate(timeout=PATIENCE)
            self._process = None


@dataclass
class Town:
    """Deployments by the code of the one agency each of them has; documents are numbered one after another."""

    hub: Hub
    sides: Mapping[str, Side]
    number: int = 100

    @contextmanager
    def at(self, code: str) -> Iterator[Side]:
        """Inside the deployment of an agency."""
        with self.sides[code].at_home():
            yield self.sides[code]

    def restart(self, *options: str) -> None:
        """Kill the axis and start it again."""
        self.hub.stop()
        self.hub.start(*options)

    def issue(self, sender: str, *recipients: str, follows: tuple[str, UUID] | None = None) -> UUID:
        """A document that is on its way; the id of its message. `follows` as `letters.issue_from`."""
        self.number += 1
        return letters.issue_from(self.sides[sender], sender, recipients, self.number, follows=follows)

    def report(self, code: str, message_id: UUID, *statuses: str, note: str = "") -> None:
        """The people of a recipient take a message up, step by step."""
        with self.at(code):
            for status in statuses:
                with transaction():
                    chain = reporting.chain(Arrival.message_id == message_id)
                    reporting.report(SYSTEM, chain, code=status, by="Văn thư", note=note)

    def deliveries(self, sender: str, message_id: UUID) -> dict[str, Delivery]:
        """The deliveries of a message by the code of their recipient."""
        with self.at(sender):
            return {one.recipient.code: one for one in queries.of_message(message_id)}

    def heard(self, sender: str, delivery: Delivery) -> list[DeliveryStatus]:
        """What the sender heard of a delivery, in the order of the chain."""
        with self.at(sender):
            return queries.trails([delivery.id])[delivery.id]

    def arrivals(self, code: str, message_id: UUID) -> list[Arrival]:
        """What a recipient keeps of a message."""
        with self.at(code):
            return list(db.session.scalars(select(Arrival).where(Arrival.message_id == message_id)))

    def run(self, rounds: int = 6) -> None:
        """Let all of them send, and look into their mailboxes, until nothing moves any more."""
        for _ in range(rounds):
            done = 0
            for side in self.sides.values():
                done += side.work()
                done += look(side)
            if not done:
                return
            for side in self.sides.values():
                let_time_pass(side)


def look(side: Side) -> int:
    """Empty the mailboxes of a deployment now; how many jobs that made beside the look itself."""
    with side.at_home():
        with transaction() as session:
            for box in session.query(Mailbox):
                box.next_at = clock.now()
        looks = mailboxes.call()
    return side.work() - looks


def _made(folder: Path) -> Flask:
    return made(folder, "", demo.read(WORLD))


@contextmanager
def started(folder: Path, profile: str, make: Callable[[Path], Flask] = _made) -> Iterator[Town]:
    """A hub, and a deployment for each agency; `make` makes one in a new folder."""
    hub = Hub(profile, folder / "hub")
    hub.start("--world", WORLD)
    try:
        sides = {code: Side(make(folder / code), 0) for code in AGENCIES}
        for code, side in sides.items():
            join(side, hub, code)
        yield Town(hub, sides)
    finally:
        hub.stop()


def join(side: Side, hub: Hub, agency: str) -> None:
    """Let one agency of a deployment reach the others over the axis."""
    with side.at_home(), transaction():
        peer = Peer(name="Trục liên thông", profile=hub.profile, address=hub.address)
        db.session.add(peer)
        db.session.flush()
        unit = orgunits.unit_by_code(agency)
        others = [orgunits.unit_by_code(code) for code in AGENCIES if code != agency]
        db.session.add_all(Route(unit_id=one.id, peer_id=peer.id) for one in others)
        system_id, secret = hub.credentials[orgunits.official_code(unit)]
        mailboxes.give(SYSTEM, peer.id, unit.id, system_id=system_id, secret=secret)
