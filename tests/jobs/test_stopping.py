"""A worker that is told to stop while it waits for a peer that hardly says anything: it ends, and nothing is lost."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from uuid import UUID

import pytest
from sqlalchemy import select

from app.cli.database import ROOT
from app.domain.actors.actor import SYSTEM
from app.domain.exchange import peers, queries
from app.domain.exchange.models import Peer, Route
from app.jobs import queue
from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.outbox import LEASE, Job
from tests.house import Office
from tests.story import Told

LONGEST, PATIENCE = 10.0, 30.0


@pytest.fixture
def dripping() -> Iterator[tuple[int, Event]]:
    """The port of a peer that answers a byte a second, for an hour, and whether it was asked."""
    asked, over = Event(), Event()

    def drip(door: socket.socket) -> None:
        try:
            line, _where = door.accept()
        except TimeoutError:
            return
        with line:
            line.recv(65536)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3600\r\n\r\n")
            asked.set()
            with suppress(OSError):  # whoever asked has gone
                while not over.wait(1):
                    line.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(PATIENCE)
        thread = Thread(target=drip, args=(door,))
        thread.start()
        yield door.getsockname()[1], asked
        over.set()
        thread.join()


def test_a_worker_that_waits_for_a_slow_peer_stops_within_seconds_and_what_it_carried_is_carried_later(
    office: Office, redis_url: str, dripping: tuple[int, Event], tmp_path: Path
) -> None:
    port, asked = dripping
    delivery_id = _waiting(office, f"http://127.0.0.1:{port}")
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "app", "worker"], cwd=ROOT, env=_given(office, redis_url), stderr=log
        )
        try:
            office.app.extensions["bell"] = bell = queue.bell(redis_url)
            queue.ring()
            assert asked.wait(PATIENCE), (tmp_path / "log").read_text()
            begun = monotonic()
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(PATIENCE) == 0
            assert monotonic() - begun < LONGEST
        finally:
            worker.kill()
            worker.wait()
            bell.connection.close()

    query = select(Job).where(Job.kind == "exchange.deliver", Job.state == "ready")
    job = db.session.scalars(query).one()
    assert (job.payload["delivery_id"], job.attempts > 0) == (str(delivery_id), True)
    assert job.lease_until is not None  # nobody renews it any more
    assert job.lease_until - clock.now() <= LEASE


def _waiting(office: Office, address: str) -> UUID:
    """A delivery that is due, to a peer at an address."""
    recipient = office.unit(office.tour["recipients"][0]["unit"]).id
    with transaction() as session:
        peer = Peer(name="slow", profile="peer", address=address, state="paused")
        session.add(peer)
        session.flush()
        session.add(Route(unit_id=recipient, peer_id=peer.id))
        peer_id = peer.id
    case = Told(office).sent(recipients=1)
    peers.resume(SYSTEM, peer_id)
    [delivery] = queries.deliveries(case.document_id)
    found = delivery.id
    db.session.remove()
    return found


def _given(office: Office, redis_url: str) -> dict[str, str]:
    """The environment of a process of this office."""
    return {
        **os.environ,
        "EOFFICE_DATA": str(office.app.config["PKI"].parent),
        "EOFFICE_DATABASE_URL": office.app.config["SQLALCHEMY_DATABASE_URI"],
        "EOFFICE_REDIS_URL": redis_url,
    }
