"""`python3 -m app bench fanout`: one document to 144 recipients of one deployment, until every case is open.

Two workers, as on a machine with two cores; on SQLite, and on PostgreSQL where there is one. The clock runs from the
commit that promises the deliveries to the moment when each recipient has an open task; it grows with the number of
recipients, not with what the deployment has kept before.
"""

import logging
import multiprocessing
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from time import monotonic, sleep
from uuid import UUID

from sqlalchemy import func, select

from app.cli import demo
from app.cli.bench_engine import Result, machine, tell
from app.cli.kit import letters
from app.cli.kit.pair import Pair, Side, communes, made
from app.cli.postgresql import temporary
from app.domain.cases.models import Case, Task
from app.domain.exchange.models import Delivery
from app.factory import create_app
from app.jobs import outbox
from app.kernel.db import db
from app.settings import from_environment

RECIPIENTS, WORKERS, LONGEST = 144, 2, 10.0
PATIENCE = 60.0


def main(argv: list[str]) -> int:
    """Print the numbers beside their limits; 1 when one is over."""
    parser = ArgumentParser(prog="python3 -m app bench fanout", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    as_json = parser.parse_args(argv).json
    logging.disable(logging.WARNING)  # there is no bell here, and everybody says so
    with temporary() as url, tempfile.TemporaryDirectory(prefix="eoffice-bench-") as folder:
        results = [_measure("SQLite", Path(folder) / "sqlite", "")]
        if url:
            results.append(_measure("PostgreSQL", Path(folder) / "postgresql", url))
    return tell(results, f"{machine()}; {WORKERS} workers, {RECIPIENTS} recipients", as_json=as_json)


def _measure(name: str, folder: Path, url: str) -> Result:
    world = demo.read("2017")
    side = Side(made(folder, url, world), 0)
    codes = communes(side, RECIPIENTS)
    with side.at_home():
        sender = next(post["unit"] for post in world["posts"] if post["sign_in"] == world["tour"]["clerk"])
    pair = Pair(side, side, sender, codes)
    with ExitStack() as stack:
        stack.enter_context(_workers({"EOFFICE_DATA": str(folder), "EOFFICE_DATABASE_URL": url}))
        _until_open(side, letters.issue(pair, 1, recipients=1), 1)  # everything is loaded and read once
        begun = monotonic()
        message = letters.issue(pair, 2, recipients=RECIPIENTS)
        _until_open(side, message, RECIPIENTS)
        seconds = monotonic() - begun
    with side.at_home():
        db.session.remove()
        db.engine.dispose()
    return Result(f"every case open and visible, {name}", round(seconds, 2), "s", LONGEST)


@contextmanager
def _workers(environment: dict[str, str]) -> Iterator[None]:
    context = multiprocessing.get_context("spawn")
    over = context.Event()
    workers = [context.Process(target=_work, args=(environment, over)) for _ in range(WORKERS)]
    for one in workers:
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in workers:
            one.join()


def _work(environment: dict[str, str], over: Event) -> None:
    """A worker without a bell: it looks for work twenty times a second."""
    logging.disable(logging.WARNING)
    given = {name: value for name, value in environment.items() if value}
    app = create_app(from_environment({**given, "EOFFICE_REDIS_URL": "unix:///nonexistent/redis.sock"}))
    with app.app_context():
        while not over.is_set():
            if not outbox.run_one():
                sleep(0.05)


def _until_open(side: Side, message_id: UUID, wanted: int) -> None:
    until = monotonic() + PATIENCE
    delivered = select(func.count()).select_from(Delivery).where(Delivery.message_id == message_id)
    while monotonic() < until:
        with side.at_home():
            found = db.session.scalar(delivered.where(Delivery.state == "delivered"))
            waiting = db.session.scalar(
                select(func.count(func.distinct(Task.case_id)))
                .join(Case, Case.id == Task.case_id)
                .where(Task.closed_at.is_(None), Task.node == "register")
            )
            db.session.rollback()
        if found == wanted and (waiting or 0) >= wanted:
            return
        sleep(0.05)
    raise TimeoutError("the cases did not open")
