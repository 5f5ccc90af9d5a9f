"""Work promised in the transaction that made it necessary, claimed by lease and fencing token.

Redis only rings; this table is the truth (at-least-once attempts, exactly-once effects).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from blinker import Signal
from sqlalchemy import ColumnElement, Index, SQLColumnExpression, and_, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.clock import now
from app.kernel.db import Model, command, database_now, db, keep, on_commit, transaction

LEASE = timedelta(seconds=20)
"""How long work stays hidden after its worker died; one that lives renews it."""
LONGEST_WAIT = timedelta(hours=1)
PATIENCE = timedelta(days=7)
promised = Signal("work waits in the outbox")


class Job(Model):
    """One piece of work; `state` is ready, done or dead."""

    __tablename__ = "job"

    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="ready")
    attempts: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime] = mapped_column(default=now)
    made_at: Mapped[datetime] = mapped_column(default=now)
    error: Mapped[str | None]

    __table_args__ = (Index("ix_job_state_due_at", "state", "due_at"),)


class LostLease(Exception):
    """Somebody else has taken this work over; nothing of ours may be kept."""


@dataclass(frozen=True)
class Claim:
    """One attempt at one job."""

    id: UUID
    key: str
    kind: str
    payload: dict[str, Any]
    fence: int
    attempts: int
    made_at: datetime


def promise(kind: str, *, key: str, payload: dict[str, Any]) -> None:
    """Promise work inside the running transaction; the bell rings after it commits."""
    keep(Job(key=key, kind=kind, payload=payload))
    afterwards = db.session().info["open"]
    if promised.send not in afterwards:
        on_commit(promised.send)


def known(keys: Iterable[str]) -> set[str]:
    """Which of these promises have been made, done or not."""
    wanted = list(keys)
    return set(db.session.scalars(select(Job.key).where(Job.key.in_(wanted)))) if wanted else set()


def is_work_due(*which: ColumnElement[bool]) -> bool:
    """Whether anything (of some kind of work) could be claimed now."""
    return first_due(Job.key, *which) is not None


def first_due(where: SQLColumnExpression[str], *which: ColumnElement[bool]) -> tuple[str, str] | None:
    """The kind of the oldest job (of some kind of work) that could be claimed now, and `where` it goes."""
    db.session.rollback()  # what was read before is no longer so
    query = select(Job.kind, where).where(_is_due(database_now()), *which).order_by(Job.due_at, Job.id).limit(1)
    found = db.session.execute(query).one_or_none()
    db.session.rollback()
    return None if found is None else (found[0], found[1])


def claim(*which: ColumnElement[bool]) -> Claim | None:
    """Take the oldest due job (of some kind of work) and hide it from others for the length of a lease."""
    return next(iter(claim_some(1, *which)), None)


@command
def claim_some(most: int, *which: ColumnElement[bool]) -> list[Claim]:
    """Take so many of the oldest due jobs at once, as `claim` takes one."""
    moment = database_now()
    query = select(Job).where(_is_due(moment), *which).order_by(Job.due_at, Job.id).limit(most)
    found = list(db.session.scalars(query.with_for_update(skip_locked=True)))
    for job in found:
        job.fence += 1
        job.attempts += 1
        job.lease_until = moment + LEASE
    return [Claim(one.id, one.key, one.kind, one.payload, one.fence, one.attempts, one.made_at) for one in found]


@command
def renew(claim: Claim) -> None:
    """Hide a job for another lease while it is being done. Errors: LostLease."""
    _change(claim, lease_until=database_now() + LEASE)


@contextmanager
def settle(claim: Claim) -> Iterator[None]:
    """Keep the effects of a job and its completion in one transaction, or neither."""
    with transaction():
        yield
        _close(claim, state="done", error=None)


@command
def retry(claim: Claim, *, error: str, pause: timedelta | None = None) -> None:
    """Give a job back, to be tried again after a pause; without one it doubles each time, up to an hour."""
    if pause is None:
        pause = min(LONGEST_WAIT, timedelta(seconds=0.5 * 2 ** min(claim.attempts, 14)))
    _change(claim, lease_until=None, due_at=database_now() + pause, error=error[:500])


@command
def give_up(claim: Claim, *, error: str) -> None:
    """Stop trying; an operator sees it among the incidents."""
    _close(claim, state="dead", error=error[:500])


@command
def revive(job_id: UUID) -> None:
    """Try a dead job again, as patiently as a new one; the operator's repair."""
    query = update(Job).where(Job.id == job_id, Job.state == "dead")
    moment = now()
    db.session.execute(query.values(state="ready", attempts=0, due_at=moment, made_at=moment, lease_until=None))
    on_commit(promised.send)


@command
def hurry(kind: str, **about: str) -> bool:
    """Let work that waits for its next attempt, or was given up, be tried now; whether there was any.

    `about` are values of its payload. What a worker does at this moment is left alone.
    """
    query = update(Job).where(Job.kind == kind, *(Job.payload[name].as_string() == it for name, it in about.items()))
    moment = now()
    dead = query.where(Job.state == "dead").values(state="ready", attempts=0, due_at=moment, made_at=moment)
    waiting = query.where(Job.state == "ready", Job.lease_until.is_(None)).values(due_at=moment)
    found = sum(db.session.execute(one).rowcount for one in (dead, waiting))  # type: ignore[attr-defined]
    on_commit(promised.send)
    return found > 0


def under_way(kind: str, name: str) -> set[str]:
    """What is being done at this moment, of one kind of work: a value of each payload."""
    held = (Job.state == "ready", Job.lease_until >= database_now())
    return set(db.session.scalars(select(Job.payload[name].as_string()).where(Job.kind == kind, *held)))


def counts() -> dict[str, int]:
    """How many jobs there are in each state."""
    return dict(db.session.execute(select(Job.state, func.count()).group_by(Job.state)).all())


def dead(*, kind: str = "", offset: int = 0, limit: int = 100) -> list[Job]:
    """Jobs that were given up, oldest first; of one kind if it is named."""
    query = select(Job).where(Job.state == "dead", *([Job.kind == kind] if kind else [])).order_by(Job.made_at, Job.id)
    return list(db.session.scalars(query.limit(limit).offset(offset)))


def _close(claim: Claim, *, state: str, error: str | None) -> None:
    _change(claim, state=state, lease_until=None, error=error)


def _change(claim: Claim, **values: Any) -> None:
    query = update(Job).where(Job.id == claim.id, Job.fence == claim.fence, Job.state == "ready")
    if db.session.execute(query.values(**values)).rowcount != 1:  # type: ignore[attr-defined]
        raise LostLease(claim.key)


def _is_due(moment: datetime) -> ColumnElement[bool]:
    free = or_(Job.lease_until.is_(None), Job.lease_until < moment)
    return and_(Job.state == "ready", Job.due_at <= moment, free)
