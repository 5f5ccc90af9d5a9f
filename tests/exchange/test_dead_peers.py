"""Peers that are dead in every way a peer can be, beside one that is well."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, sleep

import pytest
from flask import Flask
from sqlalchemy import select

from app.cli.kit import letters
from app.cli.kit import pair as kit
from app.domain.exchange import peers, queries
from app.domain.exchange.models import Delivery, Peer, Route
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.jobs import carrying, outbox
from app.kernel import clock
from app.kernel.db import db, transaction
from interchange import http
from tests.exchange.pair import Pair

LETTERS = 6


class _Broken(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Fail at whatever is asked."""
        self.send_error(500)

    do_POST = do_GET  # noqa: N815 - the name the server calls

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _failing() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Broken) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _route(codes: list[str], ports: list[int]) -> None:
    with transaction() as session:
        for code, port in zip(codes, ports, strict=True):
            peer = Peer(name=code, profile="peer", address=f"http://127.0.0.1:{port}")
            session.add(peer)
            session.flush()
            session.add(Route(unit_id=orgunits.unit_by_code(code).id, peer_id=peer.id))


def _until(moment: float, app: Flask, *, delivered: int) -> list[str]:
    """Who has got something until a moment, or until so much was delivered."""
    codes: list[str] = []
    query = select(Unit.code).join(Delivery, Delivery.recipient_id == Unit.id).where(Delivery.state == "delivered")
    while monotonic() < moment and len(codes) < delivered:
        sleep(0.1)
        with app.app_context():
            codes = list(db.session.scalars(query))
    return codes


def _until_open(moment: float, app: Flask, name: str) -> None:
    """Wait until the circuit of a peer is open."""
    while monotonic() < moment:
        with app.app_context():
            found = next(one.open_until for one in peers.every() if one.name == name)
        if found is not None:
            assert found > clock.now()
            return
        sleep(0.1)
    raise TimeoutError(name)


def test_promise_5_peers_that_refuse_fail_or_say_nothing_hold_up_neither_the_others_nor_the_workers(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "FIRST", 8.0)
    app, world = pair.here.office.app, pair.here.office.world
    sender = next(one["unit"] for one in world["posts"] if one["sign_in"] == world["tour"]["clerk"])
    away = [one["unit"] for one in world["tour"]["recipients"]]
    dead = [one["code"] for one in world["units"] if one["agency"] and one["code"] not in (sender, *away)][:3]
    both = kit.Pair(
        kit.Side(app, pair.here.port), kit.Side(pair.there.office.app, pair.there.port), sender, (*dead, away[0])
    )
    with socket.create_server(("127.0.0.1", 0)) as hole, _failing() as failing:
        with pair.here.at_home():
            _route(dead, [1, failing, hole.getsockname()[1]])
        sent = [letters.issue(both, number, recipients=4) for number in range(LETTERS)]
        with pair.here.at_home():
            assert not outbox.run_one(carrying.at_home())
        begun = monotonic()
        with carrying.begun(app):
            assert _until(begun + 20, app, delivered=LETTERS) == [away[0]] * LETTERS
            assert monotonic() - begun < http.FIRST
            _until_open(begun + 30, app, dead[2])

        with pair.here.at_home():
            tried = dict.fromkeys(dead, 0)
            for delivery in [one for message in sent for one in queries.of_message(message)]:
                if delivery.recipient.code in tried:
                    assert delivery.state == "waiting"
                    tried[delivery.recipient.code] += len(queries.attempts(delivery.id))
            assert tried[dead[2]] <= carrying.EACH  # six letters, and nobody waits for it more than once
            assert all(1 <= tries <= LETTERS for tries in tried.values())
