"""Two deployments on loopback, each with its own database, files and keys, that know each other as peers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import waitress
from flask import Flask
from waitress import wasyncore

from app.cli import demo
from app.cli.database import migrate
from app.domain.exchange import directory, keys
from app.domain.exchange.models import Peer, Route
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Post, Unit
from app.factory import create_app
from app.gateways.transports.peer import PeerTransport
from app.jobs import outbox
from app.kernel.db import db, transaction
from app.settings import from_environment
from interchange.http import Site
from signing import demo_pki

WORLD = "2017"
NOWHERE = "unix:///nonexistent/redis.sock"
"""Nobody rings here: whoever plays with a pair says when work is done."""


@dataclass(frozen=True)
class Side:
    """One deployment; `port` is where it answers."""

    app: Flask
    port: int

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """Inside this deployment."""
        with self.app.app_context():
            yield

    def work(self, limit: int = 500) -> int:
        """Do what is due; how many jobs that were."""
        with self.at_home():
            return next((done for done in range(limit) if not outbox.run_one()), limit)


@dataclass(frozen=True)
class Pair:
    """An agency (`sender`, its code) sends from `here` to agencies (`recipients`) that are `there`."""

    here: Side
    there: Side
    sender: str
    recipients: tuple[str, ...]

    def work(self, rounds: int = 8) -> None:
        """Let both deployments do what is due until neither has anything to do."""
        for _ in range(rounds):
            if not self.here.work() + self.there.work():
                return

    def door(self, address: str = "") -> PeerTransport:
        """The sender at the door of the other deployment."""
        with self.here.at_home(), transaction():
            private = keys.own(orgunits.unit_by_code(self.sender).id)
        return PeerTransport(Site(address or f"http://127.0.0.1:{self.there.port}"), private)


@contextmanager
def built(folder: Path, urls: Sequence[str] = ("", "")) -> Iterator[Pair]:
    """Two new deployments of the demo world; `urls` are their databases, SQLite files where they are empty."""
    world = demo.read(WORLD)
    with ExitStack() as stack:
        apps = [made(folder / name, url, world) for name, url in zip(("here", "there"), urls, strict=True)]
        here, there = (Side(app, stack.enter_context(served(app))) for app in apps)
        yield introduce(here, there, world)


@contextmanager
def served(app: Flask, threads: int = 4) -> Iterator[int]:
    """The port of an application behind a real server; at the end nothing of it is left."""
    channels: dict[int, Any] = {}
    server = waitress.create_server(app, map=channels, host="127.0.0.1", port=0, threads=threads)
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.task_dispatcher.shutdown()  # first: who still serves a channel pulls at what closing takes away
        server.trigger.pull_trigger(lambda: wasyncore.close_all(channels))  # by the loop itself, which ends without any
        thread.join()


def introduce(here: Side, there: Side, world: Mapping[str, Any]) -> Pair:
    """Let two deployments know each other: who is where, and with which keys."""
    tour = world["tour"]
    sender = next(post["unit"] for post in world["posts"] if post["sign_in"] == tour["clerk"])
    recipients = tuple(one["unit"] for one in tour["recipients"])
    _route(here, recipients, there)
    _route(there, (sender,), here)
    _learn(here, there)
    _learn(there, here)
    return Pair(here, there, sender, recipients)


def made(folder: Path, url: str, world: Mapping[str, Any]) -> Flask:
    """A new deployment of a demo world in a folder; `url` is its database, an SQLite file when empty."""
    folder.mkdir(parents=True)
    given = {"EOFFICE_DATA": str(folder), "EOFFICE_REDIS_URL": NOWHERE}
    settings = from_environment(given | ({"EOFFICE_DATABASE_URL": url} if url else {}))
    migrate(settings.database_url)
    demo_pki.create(settings.pki, demo.subjects(world))
    app = create_app(settings, RATELIMIT_ENABLED=False)
    with app.app_context():
        demo.load(world)
    return app


def communes(side: Side, number: int) -> tuple[str, ...]:
    """More communes, at work in this deployment alone: `xa-000` and so on; their codes."""
    with side.at_home(), transaction() as session:
        like = next(unit for unit in orgunits.agencies() if unit.level_code == "commune")
        rows = [
            Unit(
                code=f"xa-{i:03d}",
                name=f"Ủy ban nhân dân xã {i}",
                short_name=f"UBND xã {i}",
                abbreviation="UBND",
                place=like.place,
                level_code=like.level_code,
                parent_id=like.parent_id,
                is_agency=True,
                valid_from=like.valid_from,
            )
            for i in range(number)
        ]
        session.add_all(rows)
        session.flush()
        session.add_all(Post(unit_id=row.id, key=f"{row.code}.clerk", title="Văn thư", role="clerk") for row in rows)
        return tuple(row.code for row in rows)


def _route(side: Side, away: Sequence[str], other: Side) -> None:
    with side.at_home(), transaction() as session:
        peer = Peer(name="other", profile="peer", address=f"http://127.0.0.1:{other.port}")
        session.add(peer)
        session.flush()
        session.add_all(Route(unit_id=orgunits.unit_by_code(code).id, peer_id=peer.id) for code in away)


def _learn(side: Side, other: Side) -> None:
    """The first keys are handed over by people: nobody can sign before they are known."""
    with other.at_home():
        listed = directory.published()
    with side.at_home():
        directory.learn(db.session.query(Peer).one().id, listed)
