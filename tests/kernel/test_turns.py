"""What only one job at a time may use: whoever is not its turn comes back, and nobody waits for the dead."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.kernel import outbox, turns
from app.kernel.db import db, transaction
from app.kernel.errors import Unavailable
from app.kernel.outbox import Claim, Job


def _claimed(name: str) -> Claim:
    with transaction():
        outbox.promise("letters.post", key=name, payload={})
    found = outbox.claim()
    assert found is not None
    return found


def test_one_job_has_the_turn_until_its_lease_is_over(app: Flask) -> None:
    first, second = _claimed("a"), _claimed("b")
    turns.take(first, "key:token", "document:1")
    turns.take(first, "key:token")
    with pytest.raises(Unavailable, match=r"turn\.taken"):
        turns.take(second, "document:2", "key:token")
    turns.take(second, "document:2")

    with outbox.settle(first):
        pass
    turns.take(second, "key:token")
    third = _claimed("c")
    with pytest.raises(Unavailable):
        turns.take(third, "key:token")
    with transaction():
        job = db.session.get_one(Job, second.id)
        assert job.lease_until is not None
        job.lease_until -= 2 * outbox.LEASE
    turns.take(third, "key:token")


def test_whoever_could_not_have_all_turns_has_none(app: Flask) -> None:
    first, second, third = (_claimed(name) for name in "abc")
    turns.take(first, "b")
    with pytest.raises(Unavailable):
        turns.take(second, "a", "b")
    turns.take(third, "a")


def test_work_that_waits_or_was_given_up_is_hurried_and_work_under_way_left_alone(app: Flask) -> None:
    with transaction():
        for number in "123":
            outbox.promise("letters.post", key=number, payload={"to": number})
    waits, dead, runs = (outbox.claim() for _ in range(3))
    assert waits is not None
    assert dead is not None
    assert runs is not None
    outbox.retry(waits, error="late", pause=timedelta(hours=1))
    outbox.give_up(dead, error="late")

    assert [outbox.hurry("letters.post", to=one.payload["to"]) for one in (waits, dead, runs)] == [True, True, False]
    again = {job.key for job in (outbox.claim(), outbox.claim()) if job is not None}
    assert again == {waits.key, dead.key}
    assert outbox.claim() is None
    assert db.session.scalar(select(Job.fence).where(Job.id == runs.id)) == 1
