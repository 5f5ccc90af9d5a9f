"""Documents through a way that fails by seed: nothing lost, nothing twice, no receipt for what was not kept."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Dialect, Engine, PoolProxiedConnection, func, select, update

from app.cli.kit import letters
from app.cli.kit.faults import Crash, Crashes, Plan
from app.cli.kit.pair import Pair, Side
from app.cli.kit.way import Way
from app.domain.actors.actor import SYSTEM
from app.domain.documents.models import Document
from app.domain.exchange import queries, reporting
from app.domain.exchange.models import Arrival, Peer, StatusReport
from app.jobs import carrying
from app.jobs import outbox as worker
from app.jobs.carrying import Carriers
from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.errors import Missing
from app.kernel.outbox import Job

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROUNDS = 60
TOGETHER, OFTEN = 3, 0.25
"""How many documents go at once, and how often, so that letters share transactions; else one goes alone."""
STATUSES = ("03", "04", "05", "06")


@dataclass(frozen=True)
class Broken:
    """A promise that did not hold for a seed; the seed alone brings it about again."""

    seed: int
    promise: str
    faults: tuple[str, ...]


@dataclass
class Course:
    """Two deployments with a way that fails in both directions."""

    pair: Pair
    plan: Plan = field(default_factory=lambda: Plan(0, budget=0))
    crashes: Crashes = field(default_factory=Crashes)

    def next(self, request: str) -> str:
        """What happens to the next request; a crash is one of a process at the end of its next step."""
        kind = self.plan.next(request)
        if kind.startswith("crash_"):
            self.crashes.armed[kind.removeprefix("crash_")] = "before" if self.plan.chance(0.5) else "after"
            return "pass"
        return kind

    def place(self, length: int) -> int:
        """Some byte of so many."""
        return self.plan.place(length)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Put the way between the two, and death into their commits."""
        to_there, to_here = Way(self.pair.there.port, self), Way(self.pair.here.port, self)
        sides = ((self.pair.here, "here", to_there), (self.pair.there, "there", to_here))
        with to_there.opened(), to_here.opened():
            for side, name, way in sides:
                self._lead(side, name, way)
            yield

    def run(self, seed: int, first: int = 0) -> list[Broken]:
        """One document, or some at once, and their statuses under the faults of a seed; promises that did not hold.

        Played again in the same place, a seed needs other numbers for its documents, from `first` on.
        """
        plan, begin = Plan(seed), first or letters.SEEDS + seed * TOGETHER
        broken = self.play(plan, *range(begin, begin + (TOGETHER if plan.chance(OFTEN) else 1)))
        return [Broken(seed, promise, tuple(self.plan.done)) for promise in broken]

    def play(
        self,
        plan: Plan,
        *numbers: int,
        attachments: tuple[tuple[str, bytes], ...] = (),
        told: tuple[str, ...] = STATUSES,
    ) -> list[str]:
        """Documents, by their numbers, and their statuses under some faults; the promises that did not hold.

        `told` is the order in which the statuses reach the sender.
        """
        self.plan, self.crashes.armed = plan, {}
        sent = [letters.issue(self.pair, number, attachments=attachments) for number in numbers]
        self.until_quiet()
        for message_id in sent:
            self.report(self.pair.there, message_id)
        self._put_in_order(told)
        self.until_quiet()
        return [one for message_id in sent for one in self.wrong(message_id, self.pair.here, self.pair.there)]

    def _lead(self, side: Side, name: str, way: Way) -> None:
        with side.at_home():
            engine: Engine = db.engine
            with transaction() as session:
                session.scalars(select(Peer)).one().address = f"http://127.0.0.1:{way.port}"
        self._haunt(engine.dialect, name)
        side.app.wsgi_app = _mortal(side.app.wsgi_app)  # type: ignore[assignment]

    def _haunt(self, dialect: Dialect, name: str) -> None:
        """Let processes of a side die just before a commit reaches the database, or just after."""
        commit = dialect.do_commit

        def mortal(connection: PoolProxiedConnection) -> None:
            self.crashes.before(name)
            commit(connection)
            self.crashes.after(name)

        dialect.do_commit = mortal  # type: ignore[method-assign, assignment]

    def until_quiet(self) -> None:
        """Work and let time pass until nobody has anything to do; a process that dies begins anew."""
        sides = {"here": self.pair.here, "there": self.pair.there}
        for _ in range(ROUNDS):
            if not sum(self._work(name, side) + let_time_pass(side) for name, side in sides.items()):
                return

    def _work(self, name: str, side: Side) -> int:
        """Do what is due, as a worker and the carriers beside it do; how many times there was anything."""
        done, carriers = 0, Carriers(side.app)
        with suppress(Crash), side.at_home():
            while carriers.carry_next() or worker.run_one(carrying.at_home()):
                done += 1
        self.crashes.armed.pop(name, None)  # who had nothing to do did not die of it
        return done

    def report(self, recipient: Side, message_id: UUID) -> None:
        """The recipient's people take it up, step by step, told in any order."""
        with recipient.at_home():
            for code in STATUSES:
                with suppress(Crash, Missing), transaction():
                    chain = reporting.chain(Arrival.message_id == message_id)
                    reporting.report(SYSTEM, chain, code=code, by="Văn thư")

    def _put_in_order(self, codes: tuple[str, ...]) -> None:
        """What waits to be told is told in this order."""
        with self.pair.there.at_home(), transaction() as session:
            for job in session.scalars(select(Job).where(Job.kind == "exchange.tell", Job.state == "ready")):
                code = session.get_one(StatusReport, UUID(job.payload["report_id"])).code
                job.due_at = clock.now() - timedelta(seconds=len(codes) - codes.index(code))

    def wrong(self, message_id: UUID, sender: Side, recipient: Side) -> list[str]:
        """What does not hold of a message that its recipient has done with."""
        with sender.at_home():
            [delivery] = queries.of_message(message_id)
            heard = {one.sha256: (one.body, one.signature) for one in queries.trails([delivery.id])[delivery.id]}
            state, status, receipt = delivery.state, delivery.status, delivery.receipt
        with recipient.at_home():
            arrivals = list(db.session.scalars(select(Arrival).where(Arrival.message_id == message_id)))
            given = {one.sha256: (one.body, one.signature) for one in _given(arrivals)}
            number = select(func.count()).select_from(Document).where(Document.direction == "incoming")
            documents = db.session.scalar(number.where(Document.id.in_([one.document_id for one in arrivals])))
        checks = {
            "kept exactly once": len(arrivals) == 1,
            "registered exactly once": documents == 1,
            "delivered": state == "delivered" and receipt in given,
            "every receipt is the one that was given": heard == given,
            "the last status is known": status == STATUSES[-1],
        }
        return [promise for promise, holds in checks.items() if not holds]


def _mortal(serve: "WSGIApplication") -> "WSGIApplication":
    """A web process that dies in the middle of a request answers nothing; its server does."""

    def run(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        try:
            return serve(environ, start)
        except Crash as death:
            raise ConnectionAbortedError from death

    return run


def _given(arrivals: list[Arrival]) -> list[StatusReport]:
    return [row for one in arrivals for row in reporting.given(one.id)]


def let_time_pass(side: Side) -> int:
    """What waits for its next try is due now, a dead worker's lease is over, and no circuit is open."""
    with side.at_home(), transaction() as session:
        waiting = update(Job).where(Job.state == "ready").values(due_at=clock.now(), lease_until=None)
        session.execute(update(Peer).values(open_until=None, probing_until=None, failures=0))
        return int(session.execute(waiting).rowcount)  # type: ignore[attr-defined]
