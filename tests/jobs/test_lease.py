"""Work is held while it is being done, and only then."""

import threading
from datetime import timedelta
from time import sleep

import pytest
from flask import Flask

from app.jobs import lease
from app.kernel import outbox
from app.kernel.db import db, transaction
from app.kernel.outbox import Claim, Job


@pytest.fixture
def claim(app: Flask) -> Claim:
    with transaction():
        outbox.promise("letters.post", key="letters.post:1", payload={})
    found = outbox.claim()
    assert found is not None
    return found


def _shorten(claim: Claim) -> None:
    with transaction():
        job = db.session.get_one(Job, claim.id)
        assert job.lease_until is not None
        job.lease_until -= timedelta(seconds=15)


def _left(claim: Claim) -> timedelta:
    db.session.rollback()
    db.session.expire_all()
    until = db.session.get_one(Job, claim.id).lease_until
    assert until is not None
    return until - claim.made_at


def test_long_work_keeps_its_lease(app: Flask, claim: Claim) -> None:
    _shorten(claim)
    with lease.held(app, claim, every=0.02):
        sleep(0.5)

    assert _left(claim) > timedelta(seconds=15)


def test_short_work_renews_nothing_and_leaves_no_thread(app: Flask, claim: Claim) -> None:
    _shorten(claim)
    before = set(threading.enumerate())
    with lease.held(app, claim):
        pass

    assert _left(claim) < timedelta(seconds=15)
    assert not set(threading.enumerate()) - before  # one of another test may end meanwhile


def test_whoever_lost_the_lease_does_not_take_it_back(app: Flask, claim: Claim) -> None:
    with transaction():
        db.session.get_one(Job, claim.id).fence += 1
    _shorten(claim)
    with lease.held(app, claim, every=0.02):
        sleep(0.3)

    assert _left(claim) < timedelta(seconds=15)


def test_work_and_heart_do_not_stop_each_other(app: Flask, claim: Claim) -> None:
    with lease.held(app, claim, every=0.01), outbox.settle(claim):
        sleep(0.3)

    db.session.rollback()
    db.session.expire_all()
    assert db.session.get_one(Job, claim.id).state == "done"
