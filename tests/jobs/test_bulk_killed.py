"""A worker that is killed in the middle of a bulk repair: nothing is lost, nothing happens twice."""

import os
import random
import signal
from collections import Counter
from datetime import timedelta
from time import monotonic, sleep
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.domain.cases import bulk, troubles
from app.domain.cases.models import Bulk, Incident, Task
from app.jobs import outbox
from app.kernel import outbox as promises
from app.kernel.db import db
from app.kernel.events import JournalEntry
from tests.engine.diagrams import ends, gateway, user
from tests.house import Office
from tests.oddities import MINE, Oddities

CASES = 40
PATIENCE = 60.0


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_again_and_again_a_bulk_repair_does_every_case_once(
    office: Office, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    odd, dice = Oddities(office), random.Random(seed)  # noqa: S311 - when to kill
    body = ends() + user("a", MINE) + gateway("exclusive", "g") + user("b", MINE) + user("c", MINE)
    version = odd.version(body, "s > a; a > g; g > b if n > 3; g > c if n <= 3; b > e; c > e")
    cases = [odd.start(version) for _ in range(CASES)]
    for case_id in cases:
        odd.complete(case_id)
    office.work()
    wanted, words = troubles.Wanted(), {"n": 7}
    bulk_id = troubles.repair_many(
        odd.who_operates, "retry", wanted, expected=CASES, reason="Sửa dữ liệu.", words=words
    ).id
    monkeypatch.setattr(promises, "LEASE", timedelta(seconds=0.2))
    monkeypatch.setattr("app.jobs.bulk.BATCH_SECONDS", 0.4)

    killed, until = 0, monotonic() + PATIENCE
    while not _is_over(bulk_id):
        assert monotonic() < until
        _kill_after(bulk_id, dice.randint(1, 6), dice.uniform(0, 0.02))
        killed += 1

    assert killed >= 3
    assert bulk.counts(bulk_id) == {"went_on": CASES}
    for name in ("case.task_completed", "case.incident_repaired", "case.incident_raised"):
        entries = db.session.scalars(select(JournalEntry.about).where(JournalEntry.name == name))
        assert Counter(entries) == Counter(str(one) for one in cases), name
    opened = db.session.scalars(select(Task.case_id).where(Task.node == "b"))
    assert Counter(opened) == Counter(cases)
    assert db.session.scalar(select(func.count()).where(Incident.closed_at.is_(None))) == 0


def _is_over(bulk_id: UUID) -> bool:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Bulk, bulk_id).ended_at is not None


def _done(bulk_id: UUID) -> int:
    db.session.rollback()
    return sum(number for outcome, number in bulk.counts(bulk_id).items() if outcome)


def _kill_after(bulk_id: UUID, cases: int, pause: float) -> None:
    """A worker that is killed a moment after it has done so many cases, or when there is nothing left to do."""
    aim = _done(bulk_id) + cases
    db.session.remove()
    child = os.fork()
    if child == 0:
        db.engine.dispose(close=False)
        while True:
            if not outbox.run_one():
                sleep(0.02)
    try:
        until = monotonic() + PATIENCE
        while _done(bulk_id) < aim and not _is_over(bulk_id) and monotonic() < until:
            sleep(0.005)
        sleep(pause)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
