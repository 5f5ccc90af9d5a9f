"""Two deployments with processes of their own, that know each other, perhaps with something between them."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

from app.cli import demo
from app.cli.bench_exchange.processes import running
from app.cli.kit.pair import NOWHERE, Pair, Side, introduce, made
from app.cli.tour.deployment import free_port
from app.domain.exchange.models import Peer
from app.kernel.db import db, transaction

STARTS_WITHIN = 90.0


@contextmanager
def two(folder: Path, url: str = "", *, workers: Sequence[str] = ()) -> Iterator[tuple[Pair, list[int]]]:
    """A sender and a recipient (`url` is its database) that answers, and the numbers of their processes.

    The sender has a clock, which carries; the recipient a web process, and `workers` beside it.
    """
    world = demo.read("2017")
    apps = [made(folder / name, at, world) for name, at in (("here", ""), ("there", url))]
    here, there = (Side(app, free_port()) for app in apps)
    pair = introduce(here, there, world)
    begun = [_environment(folder / "here", "", here), _environment(folder / "there", url, there)]
    with running(["web", *workers], begun[1], folder / "there.log") as answering:
        _until_open(there.port)
        with running(["clock"], begun[0], folder / "here.log") as carrying:
            yield pair, [*carrying, *answering]
    for side in (here, there):
        with side.at_home():
            db.session.remove()
            db.engine.dispose()


def lead(pair: Pair, port: int) -> None:
    """Let the sender reach the recipient by another port."""
    with pair.here.at_home(), transaction() as session:
        session.scalars(db.select(Peer)).one().address = f"http://127.0.0.1:{port}"


def _environment(folder: Path, url: str, side: Side) -> dict[str, str]:
    return {
        "EOFFICE_DATA": str(folder),
        "EOFFICE_DATABASE_URL": url,
        "EOFFICE_REDIS_URL": NOWHERE,
        "PORT": str(side.port),
    }


def _until_open(port: int) -> None:
    until = monotonic() + STARTS_WITHIN
    while monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        sleep(0.2)
    raise TimeoutError("the recipient does not answer")
