"""Two deployments with processes of their own, that know each other, perhaps with something between them."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic, sleep

from app.cli import demo
from app.cli.bench_exchange.processes import running
from app.cli.kit.pair import Pair, Side, introduce, made
from app.cli.tour.deployment import free_port
from app.domain.exchange.models import Peer
from app.kernel.db import db, transaction
from app.launcher import embedded_redis

STARTS_WITHIN = 90.0


@contextmanager
def two(folder: Path, url: str = "") -> Iterator[tuple[Pair, list[int]]]:
    """A sender and a recipient (`url` is its database) as `up` starts them, and the numbers of their processes.

    Nobody asks the sender anything, so it has no web process.
    """
    world = demo.read("2017")
    apps = [made(folder / name, at, world) for name, at in (("here", ""), ("there", url))]
    here, there = (Side(app, free_port()) for app in apps)
    pair, processes = introduce(here, there, world), list[int]()
    ways = ((here, "here", "", ("worker", "clock")), (there, "there", url, ("web", "worker", "clock")))
    with ExitStack() as stack:
        for side, name, at, commands in ways:
            environment, log = _environment(folder / name, at, side), folder / f"{name}.log"
            stack.enter_context(running(["redis"], environment, log))
            _until(partial(embedded_redis.answers, embedded_redis.socket_path(folder / name)))
            processes += stack.enter_context(running(commands, environment, log))
        _until(partial(_is_open, there.port))
        yield pair, processes
    for side in (here, there):
        with side.at_home():
            db.session.remove()
            db.engine.dispose()


def lead(pair: Pair, port: int) -> None:
    """Let the sender reach the recipient by another port."""
    with pair.here.at_home(), transaction() as session:
        session.scalars(db.select(Peer)).one().address = f"http://127.0.0.1:{port}"


def _environment(folder: Path, url: str, side: Side) -> dict[str, str]:
    redis = embedded_redis.url(embedded_redis.socket_path(folder))
    given = {"EOFFICE_DATA": str(folder), "EOFFICE_DATABASE_URL": url, "EOFFICE_REDIS_URL": redis}
    return {**given, "PORT": str(side.port)}


def _is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
        return True
    return False


def _until(holds: Callable[[], bool]) -> None:
    until = monotonic() + STARTS_WITHIN
    while not holds():
        if monotonic() > until:
            raise TimeoutError("the recipient does not answer")
        sleep(0.2)
