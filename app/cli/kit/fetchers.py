"""One side cannot be reached and fetches: a document each way, and the statuses of both, whatever fails."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select, update

from app.cli.kit import letters
from app.cli.kit.faults import Plan
from app.cli.kit.letters import Attached
from app.cli.kit.pair import Side
from app.cli.kit.seeds import Course
from app.domain.actors.actor import SYSTEM
from app.domain.exchange import fetching
from app.domain.exchange.fetching import Source
from app.domain.exchange.models import Peer
from app.kernel import clock
from app.kernel.db import db, transaction

LIST, MESSAGE, PIECE = "GET /api/exchange/v1/waiting", "GET /api/exchange/v1/waiting/", "/files/"
ANSWER, RECEIPTS, HEARD = (
    f"{method} /api/exchange/v1/{what}"
    for method, what in (("POST", "receipts"), ("GET", "waiting/receipts"), ("POST", "waiting/receipts"))
)
FAULTS = (
    ("lost_answer", LIST, "the list of what waits"),
    ("damaged_answer", MESSAGE, "a message that is fetched"),
    ("crash_here", MESSAGE, "a message that is fetched"),
    ("cut_answer", PIECE, "a piece that is fetched"),
    ("damaged_answer", PIECE, "a piece that is fetched"),
    ("lost_answer", ANSWER, "the receipt of what was fetched"),
    ("crash_here", ANSWER, "the receipt of what was fetched"),
    ("crash_there", ANSWER, "the receipt of what was fetched"),
    ("damaged_answer", RECEIPTS, "the receipts that wait"),
    ("crash_there", RECEIPTS, "the receipts that wait"),
    ("lost_answer", HEARD, "what was heard of them"),
    ("crash_here", HEARD, "what was heard of them"),
)
"""Each once, at the first request of its kind."""
LOOKS = 4
"""After which everything must have come: a fault costs one."""


def play(course: Course, plan: Plan, number: int, *attachments: Attached) -> list[str]:
    """A document to the side that fetches and one from it; the promises that did not hold."""
    here, there = course.pair.here, course.pair.there
    course.plan, course.crashes.armed = plan, {}
    with _hidden(here, there):
        out = letters.issue(course.pair, number, attachments=attachments)
        back = letters.issue_from(there, course.pair.recipients[0], (course.pair.sender,), number)
        _settle(course)
        course.report(there, out)
        course.report(here, back)
        _settle(course)
    return course.wrong(out, here, there) + course.wrong(back, there, here)


@contextmanager
def _hidden(here: Side, there: Side) -> Iterator[None]:
    """Nothing reaches `there` for a while: it fetches from `here`."""
    addresses = [_go(here, "it_fetches", ""), _go(there, "we_fetch")]
    try:
        yield
    finally:
        for side, address in zip((here, there), addresses, strict=True):
            _go(side, "direct", address)


def _go(side: Side, way: str, address: str | None = None) -> str:
    """Let the peer of a side go another way; the address it had."""
    with side.at_home():
        peer = db.session.scalars(select(Peer)).one()
        before = peer.address
        fetching.choose(SYSTEM, peer.id, way=way, address=before if address is None else address)
        return before


def _settle(course: Course) -> None:
    for _ in range(LOOKS):
        course.until_quiet()
        with course.pair.there.at_home():
            with transaction() as session:
                session.execute(update(Source).values(next_at=clock.now()))
            fetching.call()
    course.until_quiet()
