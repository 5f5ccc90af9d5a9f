"""Documents without a break from one deployment to another: how many a second, and when each has its receipt."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles
from time import monotonic, sleep

from sqlalchemy import func, select

from app.cli.bench_engine import Result
from app.cli.bench_exchange.deployments import two
from app.cli.kit import letters
from app.cli.kit.pair import Pair
from app.cli.postgresql import temporary
from app.domain.cases.models import Case
from app.domain.exchange.models import Arrival, Delivery
from app.kernel.db import db, transaction

RATE, SECONDS, MOST = 25.0, 60.0, 2.0
PATIENCE = 180.0


def results(folder: Path) -> Iterator[Result]:
    """On SQLite, and with the recipient on PostgreSQL where there is one."""
    yield from _measured("SQLite", folder / "sqlite", "")
    with ExitStack() as stack:
        url = stack.enter_context(temporary())
        if url:
            yield from _measured("to PostgreSQL", folder / "postgresql", url)


def _measured(name: str, folder: Path, url: str) -> Iterator[Result]:
    with two(folder, url) as (pair, _processes):
        letters.issue(pair, 1)
        _until(pair, 1)
        with pair.here.at_home(), transaction():
            cases = [letters.write(pair.here, pair.sender, number).id for number in range(2, int(RATE * SECONDS) + 2)]
        begun = monotonic()
        for number, case_id in enumerate(cases, 1):
            with pair.here.at_home(), transaction():
                letters.send(db.session.get_one(Case, case_id), pair.recipients[:1])
            sleep(max(0.0, begun + number / RATE - monotonic()))
        sent = monotonic() - begun
        _until(pair, int(RATE * SECONDS) + 1)
        seconds = monotonic() - begun
        with pair.here.at_home():
            rows = db.session.execute(select(Delivery.made_at, Delivery.delivered_at)).all()[1:]
        with pair.there.at_home():
            admitted = db.session.scalar(select(func.count()).where(Arrival.state == "admitted"))
    waits = [(done - made).total_seconds() for made, done in rows if done]
    note = f"{len(waits)} sent in {sent:.1f} s; {admitted} cases were open by then"
    yield Result(
        f"documents stored elsewhere, {name}",
        round(len(waits) / seconds, 1),
        "/s",
        RATE * 0.95,
        note=note,
        at_least=True,
    )
    yield Result("  from promise to receipt of storage, p95", round(quantiles(waits, n=20)[18], 2), "s", MOST)


def _until(pair: Pair, wanted: int) -> None:
    until = monotonic() + PATIENCE
    while monotonic() < until:
        with pair.here.at_home():
            found = db.session.scalar(select(func.count()).where(Delivery.state == "delivered"))
            db.session.rollback()
        if (found or 0) >= wanted:
            return
        sleep(0.1)
    raise TimeoutError("the documents did not arrive")
