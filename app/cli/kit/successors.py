"""Documents that update or replace others: taken at once, agreed to or declined, by one or differently by two."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.cli.kit import letters
from app.cli.kit.faults import Aimed, Plan
from app.cli.kit.seeds import Course
from app.domain.actors.actor import SYSTEM
from app.domain.documents import commands as documents
from app.domain.documents.models import Document
from app.domain.exchange import consenting, queries, reporting
from app.domain.exchange.models import Arrival
from app.kernel.db import db, transaction

APART = 50_000_000
"""Between the numbers of the two documents of a scenario."""
MESSAGE = "POST /api/exchange/v1/messages"


@dataclass(frozen=True)
class Wish:
    """One scenario: `answers` by recipient, True for yes; `is_registered` when the earlier document is by then."""

    name: str
    kind: str
    answers: tuple[bool, ...]
    is_registered: bool = True
    fault: str = ""

    def run(self, course: Course, number: int) -> list[str]:
        """Send a document, then another that updates or replaces it; what did not hold."""
        course.plan, course.crashes.armed = Plan(0, budget=0), {}
        pair, recipients = course.pair, course.pair.recipients[: len(self.answers)]
        first = letters.issue_from(pair.here, pair.sender, recipients, number)
        course.until_quiet()
        if self.is_registered:
            _each(course, first, _register)
            course.until_quiet()
        if self.fault:
            course.plan = Aimed(number, kind=self.fault, at=MESSAGE, times=len(self.answers))
        follows = (self.kind, first)
        second = letters.issue_from(pair.here, pair.sender, recipients, APART + number, follows=follows)
        course.until_quiet()
        frozen = _state(course, first)
        if self.is_registered:
            _each(course, first, self._answer)
            course.until_quiet()
        return self._wrong(course, first, second, frozen)

    def _answer(self, arrival: Arrival, place: int) -> None:
        document_id = UUID(str(arrival.document_id))
        if self.answers[place]:
            consenting.agree(SYSTEM, document_id, by="Văn thư")
        else:
            consenting.decline(SYSTEM, document_id, by="Văn thư", note="Đã thực hiện xong")

    def _wrong(self, course: Course, first: UUID, second: UUID, frozen: str) -> list[str]:
        replaces = self.kind == "replace"
        is_over = replaces and all(self.answers)
        codes = ["15" if answer else "16" for answer in self.answers]
        ended = "replaced" if replaces else "registered" if self.is_registered else "arrived"
        kept = [ended if answer else "registered" for answer in self.answers]
        came = ["arrived" if answer else "refused" for answer in self.answers]
        with course.pair.here.at_home():
            held = _chains(second)
        checks = {
            "frozen while nobody has answered": frozen == "frozen" or not self.is_registered,
            "the earlier document is what the answers made it": _state(course, first)
            == ("replaced" if is_over else "sent"),
            "everybody's answer is known": sorted(held) == sorted(["13", "01", code] for code in codes),
            "the earlier document is kept, and marked": _there(course, first) == kept,
            "the new one came, or was declined": _there(course, second) == came,
        }
        return [promise for promise, holds in checks.items() if not holds]


def _each(course: Course, message_id: UUID, act: Callable[[Arrival, int], None]) -> None:
    """Let each recipient of a message do something, in their order."""
    with course.pair.there.at_home(), transaction():
        for place, arrival in enumerate(_arrivals(course, message_id)):
            act(arrival, place)


def _register(arrival: Arrival, _place: int) -> None:
    documents.register_incoming(SYSTEM, UUID(str(arrival.document_id)))
    reporting.report(SYSTEM, reporting.chain(Arrival.id == arrival.id), code="03", by="Văn thư")


def _arrivals(course: Course, message_id: UUID) -> list[Arrival]:
    found = list(db.session.scalars(select(Arrival).where(Arrival.message_id == message_id)))
    return sorted(found, key=lambda one: course.pair.recipients.index(one.recipient.code))


def _state(course: Course, message_id: UUID) -> str:
    """What the document of a message is at its sender."""
    with course.pair.here.at_home():
        return db.session.get_one(Document, queries.of_message(message_id)[0].document_id).state


def _there(course: Course, message_id: UUID) -> list[str]:
    """What it is at each recipient."""
    with course.pair.there.at_home():
        return [db.session.get_one(Document, one.document_id).state for one in _arrivals(course, message_id)]


def _chains(message_id: UUID) -> list[list[str]]:
    trails = queries.trails(one.id for one in queries.of_message(message_id))
    return [[one.code for one in trail] for trail in trails.values()]


def _every() -> Iterator[Wish]:
    for kind in ("update", "replace"):
        yield Wish(f"{kind}: agreed to", kind, (True,))
        yield Wish(f"{kind}: declined", kind, (False,))
        yield Wish(f"{kind}: before anybody has registered", kind, (True,), is_registered=False)
        yield Wish(f"{kind}: two recipients answer differently", kind, (True, False))
        for fault in ("lost_answer", "duplicate", "crash_there"):
            yield Wish(f"{kind}: agreed to, {fault} at the message", kind, (True,), fault=fault)


WISHES = tuple(_every())
