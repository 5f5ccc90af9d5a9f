"""Work that was promised is done at least once, and its effects are kept exactly once."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.kernel import clock, outbox
from app.kernel.db import database_now, db, transaction
from app.kernel.outbox import Claim, Job, LostLease


@pytest.fixture
def job(app: Flask) -> str:
    with transaction():
        outbox.promise("letters.post", key="letters.post:1", payload={"about": "1"})
    return "letters.post:1"


def _claimed() -> Claim:
    found = outbox.claim()
    assert found is not None
    return found


def _job(key: str) -> Job:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Job).where(Job.key == key)).one()


def test_a_promise_of_an_undone_transaction_is_not_kept(app: Flask) -> None:
    with pytest.raises(RuntimeError), transaction():
        outbox.promise("letters.post", key="never", payload={})
        raise RuntimeError

    assert outbox.claim() is None


def test_claimed_work_is_hidden_from_others(job: str) -> None:
    assert _claimed().key == job

    assert outbox.claim() is None


def test_work_whose_worker_died_is_claimed_again_after_its_lease(job: str) -> None:
    first = _claimed()

    with time_machine.travel(clock.now() + outbox.LEASE + timedelta(seconds=1), tick=True):
        if db.engine.dialect.name == "sqlite":  # PostgreSQL keeps its own time
            second = _claimed()
            assert (second.fence, second.attempts) == (first.fence + 1, 2)


def test_a_worker_that_comes_back_too_late_keeps_nothing(job: str) -> None:
    late = _claimed()
    with transaction():
        _job(job).fence += 1

    with pytest.raises(LostLease), outbox.settle(late):
        outbox.promise("letters.post", key="letters.post:2", payload={})

    assert db.session.scalar(select(Job).where(Job.key == "letters.post:2")) is None


def test_effects_and_completion_are_kept_together(job: str) -> None:
    with outbox.settle(_claimed()):
        outbox.promise("letters.post", key="letters.post:2", payload={})

    assert _job(job).state == "done"
    assert _job("letters.post:2").state == "ready"


def test_pauses_between_attempts_double_up_to_an_hour(job: str) -> None:
    pauses = []
    for attempts in (1, 2, 3, 30):
        claim = _claimed()
        before = database_now()
        again = Claim(claim.id, claim.key, claim.kind, claim.payload, claim.fence, attempts, claim.made_at)
        outbox.retry(again, error="Unavailable")
        pauses.append(round((_job(job).due_at - before).total_seconds()))
        with transaction():
            _job(job).due_at = clock.now() - timedelta(seconds=1)

    assert pauses == [1, 2, 4, 3600]


def test_given_up_work_is_shown_and_can_be_revived(job: str) -> None:
    outbox.give_up(_claimed(), error="ValueError")
    assert [one.key for one in outbox.dead()] == [job]

    outbox.revive(outbox.dead()[0].id)

    assert outbox.dead() == []
    assert _claimed().key == job
