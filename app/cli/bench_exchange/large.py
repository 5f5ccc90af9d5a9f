"""A file of two gigabytes over a line that is cut a hundred times: what is sent twice, and what memory it takes."""

import random
import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from uuid import UUID

from sqlalchemy import select

from app.cli.bench_engine import Result
from app.cli.bench_exchange.deployments import lead, two
from app.cli.bench_exchange.processes import Peaks
from app.cli.kit import letters
from app.cli.kit.faults import Plan
from app.cli.kit.pair import Pair
from app.cli.kit.way import Way
from app.domain.exchange.models import Delivery
from app.kernel.db import db
from interchange.wire import CHUNK

SIZE, CUTS, MOST_TWICE, MOST_MEMORY = 2 * 2**30, 100, 3.0, 64.0
LONGEST = 1800.0
HOW = ("cut_request", "cut_answer", "lost_answer", "error_before")


class _Cutting(Plan):
    """Cuts the line at so many pieces, each time in another way."""

    def __init__(self, pieces: int) -> None:
        super().__init__(1, budget=0)
        self.cuts = set(random.Random(1).sample(range(2, pieces), CUTS))  # noqa: S311 - it must be repeatable
        self.seen = self.cut = 0

    def next(self, request: str) -> str:
        """What happens to a request."""
        self.seen += request.startswith("PATCH")
        if self.seen not in self.cuts:
            return "pass"
        self.cuts.remove(self.seen)
        self.cut += 1
        return HOW[self.cut % len(HOW)]


class _Weighing(Way):
    """Counts the bytes of the pieces that the sender sends."""

    sent = 0

    def _carry(self, client: socket.socket, request: bytes) -> bool:
        if request.startswith(b"PATCH"):
            self.sent += len(request.partition(b"\r\n\r\n")[2])
        return super()._carry(client, request)


def results(folder: Path) -> Iterator[Result]:
    """Bytes sent twice, memory taken, and time."""
    with two(folder) as (pair, processes):
        peaks = Peaks(processes)
        _until_there(pair, letters.issue(pair, 1), peaks)  # everything is loaded and read once
        before = dict(peaks.most)
        plan = _Cutting(SIZE // CHUNK)
        way = _Weighing(pair.there.port, plan)
        with way.opened():
            lead(pair, way.port)
            begun = monotonic()
            sent = letters.issue(pair, 2, attachments=(("du-lieu.zip", _written(folder / "large")),))
            _until_there(pair, sent, peaks)
            seconds = monotonic() - begun
    grown = max(peaks.most[one] - before[one] for one in processes)
    memory = ", ".join(f"{one:.0f}" for one in peaks.most.values())
    twice = (way.sent - SIZE) / SIZE * 100
    yield Result(f"2 GB through {plan.cut} cuts: sent twice", round(twice, 2), "%", MOST_TWICE)
    yield Result(
        "  memory that grew for it, in any process", round(grown, 1), "MB", MOST_MEMORY, note=f"peaks {memory} MB"
    )
    yield Result("  from promise to receipt", round(seconds, 1), "s", LONGEST)


def _written(path: Path) -> Path:
    """A file whose bytes repeat nowhere near."""
    dice = random.Random(2)  # noqa: S311 - it must be repeatable
    piece = dice.randbytes(2**20)
    with path.open("wb") as file:
        for number in range(SIZE // len(piece)):
            file.write(number.to_bytes(8, "big") + piece[8:])
    return path


def _until_there(pair: Pair, message_id: UUID, peaks: Peaks) -> None:
    until = monotonic() + LONGEST
    while monotonic() < until:
        peaks.look()
        with pair.here.at_home():
            state = db.session.scalar(select(Delivery.state).where(Delivery.message_id == message_id))
            db.session.rollback()
        if state == "delivered":
            return
        sleep(0.2)
    raise TimeoutError("the message did not arrive")
