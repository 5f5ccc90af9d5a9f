"""Redis rings; it can neither choose what runs nor undo what was kept."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job as RqJob

from app.domain.cases import commands
from app.jobs import queue
from app.jobs.queue import DRAIN, NAME, HouseJob
from app.kernel import outbox
from app.kernel.db import db, transaction
from app.kernel.outbox import Job
from tests.house import Office
from tests.story import Told


@pytest.fixture
def bell(app: Flask, redis_url: str) -> Iterator[Queue]:
    with Redis.from_url(redis_url) as client:
        client.flushdb()
    app.extensions["bell"] = queue.bell(redis_url)
    yield app.extensions["bell"]
    app.extensions["bell"].connection.close()


def test_a_promise_rings_once_it_is_kept(bell: Queue) -> None:
    with pytest.raises(RuntimeError), transaction():
        outbox.promise("x", key="x:1", payload={})
        raise RuntimeError
    assert bell.count == 0

    with transaction():
        outbox.promise("x", key="x:2", payload={})
        outbox.promise("x", key="x:3", payload={})

    assert bell.count == 1


def test_rings_do_not_pile_up(bell: Queue) -> None:
    for _ in range(50):
        queue.ring()

    assert bell.count <= queue.WAITING_RINGS


def test_a_bell_that_is_away_loses_nothing(app: Flask) -> None:
    app.extensions["bell"] = queue.bell("unix:///nonexistent/redis.sock")

    with transaction():
        outbox.promise("x", key="x:1", payload={})

    assert outbox.is_work_due()


@pytest.mark.parametrize(
    "change",
    [
        {"data": json.dumps(["os.system", None, ["touch /tmp/owned"], {}])},
        {"data": json.dumps([DRAIN, None, ["argument"], {}])},
        {"data": json.dumps([DRAIN, None, [], {"key": "word"}])},
        {"data": json.dumps(["app.jobs.outbox.run_one", None, [], {}])},
        {"success_callback_name": "os.getcwd"},
        {"failure_callback_name": "os.getcwd"},
        {"stopped_callback_name": "os.getcwd"},
    ],
)
def test_whoever_writes_to_redis_cannot_choose_what_runs(bell: Queue, change: dict[str, str]) -> None:
    job = bell.enqueue_call(DRAIN)
    for field, value in change.items():
        bell.connection.hset(job.key, field, value)

    read = HouseJob.fetch(job.id, connection=bell.connection, serializer=bell.serializer)
    with pytest.raises((PermissionError, AttributeError)):
        _touch(read)


def _touch(job: RqJob) -> None:
    """Everything a worker would call."""
    _ = job.func, job.success_callback, job.failure_callback, job.stopped_callback


def test_a_worker_that_is_rung_does_what_is_due(bell: Queue, office: Office) -> None:
    told = Told(office)
    case = told.start()
    commands.complete_task(office.actor(told.tour["drafter"]), told.task(case, "draft").id, answers=told.draft())
    worker = SimpleWorker(
        [Queue(NAME, connection=bell.connection, serializer="json", job_class=HouseJob)],
        connection=bell.connection,
        job_class=HouseJob,
        serializer="json",
    )

    worker.work(burst=True, logging_level="CRITICAL")

    assert told.task(case, "check_content").closed_at is None
    db.session.rollback()
    assert {job.state for job in db.session.query(Job)} == {"done"}
