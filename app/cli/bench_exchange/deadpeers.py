"""Fifty peers, then thirty of a hundred of them dead from one moment to the next: what the healthy ones notice."""

import multiprocessing
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles
from time import monotonic, sleep
from uuid import UUID

from sqlalchemy import select

from app.cli import demo
from app.cli.bench_engine import Result
from app.cli.bench_exchange import standins
from app.cli.bench_exchange.processes import running
from app.cli.kit import letters
from app.cli.kit.pair import Pair, Side, communes, made
from app.domain.exchange import keys
from app.domain.exchange.models import Delivery, Peer, Route
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.kernel import clock
from app.kernel.db import db, transaction

PEERS, DEAD, MOST = 50, 15, 1.2
SECONDS, EVERY, AT_ONCE = 60.0, 1.0, 5
"""How long each half lasts; every so many seconds a document goes to so many peers, each in its turn."""
PATIENCE = 120.0


def results(folder: Path) -> Iterator[Result]:
    """The slowest hundredth of the deliveries to healthy peers, without and with dead ones beside them."""
    world = demo.read("2017")
    side = Side(made(folder, "", world), 0)
    codes = communes(side, PEERS)
    with side.at_home():
        sender = next(post["unit"] for post in world["posts"] if post["sign_in"] == world["tour"]["clerk"])
    turns = _Turns(Pair(side, side, sender, codes))
    ours = running(["redis", "worker", "clock"], {"EOFFICE_DATA": str(folder)}, folder / "processes.log")
    with _standing_in(side, codes) as line, ours:
        turns.go(5.0)
        alive = turns.go(SECONDS)
        line.send(DEAD)
        beside = turns.go(SECONDS)
    with side.at_home():
        db.session.remove()
        db.engine.dispose()
    yield Result(f"{PEERS} peers, all alive: p99 of {len(alive)} deliveries", _p99(alive), "s", PATIENCE)
    note = f"{DEAD} die at once: a third refuses, a third says nothing, a third fails"
    yield Result(f"p99 of {len(beside)} deliveries to the healthy ones", _p99(beside), "s", PATIENCE, note=note)
    yield Result("  times that without dead ones", round(_p99(beside) / _p99(alive), 2), "x", MOST)


class _Turns:
    """Documents to some peers at a time, each peer in its turn."""

    def __init__(self, pair: Pair) -> None:
        self.pair, self.numbers = pair, count(1)

    def go(self, seconds: float) -> list[float]:
        """Send for so long; how long each delivery to a healthy peer took, once all of them were made."""
        until, sent = monotonic() + seconds, list[UUID]()
        while monotonic() < until:
            begun, number = monotonic(), next(self.numbers)
            first = number * AT_ONCE % PEERS
            some = self.pair.recipients[first : first + AT_ONCE]
            sent.append(
                letters.issue(Pair(self.pair.here, self.pair.here, self.pair.sender, some), number, recipients=AT_ONCE)
            )
            sleep(max(0.0, begun + EVERY - monotonic()))
        return self._taken(sent)

    def _taken(self, sent: list[UUID]) -> list[float]:
        healthy = self.pair.recipients[DEAD:]
        query = select(Delivery.made_at, Delivery.delivered_at).join(Unit, Unit.id == Delivery.recipient_id)
        query = query.where(Delivery.message_id.in_(sent), Unit.code.in_(healthy))
        until = monotonic() + PATIENCE
        while monotonic() < until:
            with self.pair.here.at_home():
                rows = db.session.execute(query).all()
                db.session.rollback()
            if all(done for _made, done in rows):
                return [(done - made).total_seconds() for made, done in rows if done]
            sleep(0.2)
        raise TimeoutError("the healthy peers did not get their documents")


@contextmanager
def _standing_in(side: Side, codes: tuple[str, ...]) -> Iterator[Connection]:
    """A process that stands in for the peers, and what this deployment must know of them."""
    context = multiprocessing.get_context("spawn")
    line, end = context.Pipe()
    process = context.Process(target=standins.serve, args=(codes, end), daemon=True)
    process.start()
    found: list[tuple[int, bytes]] = line.recv()
    with side.at_home(), transaction() as session:
        for code, (port, public) in zip(codes, found, strict=True):
            unit = orgunits.unit_by_code(code)
            peer = Peer(name=code, profile="peer", address=f"http://127.0.0.1:{port}")
            session.add(peer)
            session.flush()
            session.add(Route(unit_id=unit.id, peer_id=peer.id))
            keys.publish(unit, b64encode(public).decode(), clock.now(), None)
    try:
        yield line
    finally:
        process.terminate()
        process.join()


def _p99(seconds: list[float]) -> float:
    return round(quantiles(seconds, n=100)[98], 3)
