"""Two workers, two clocks, and one of them killed again and again: everything happens, and nothing happens twice."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain.cases.correspondence import Message, Trigger
from app.domain.cases.models import Task
from app.jobs import outbox as worker
from app.jobs import schedule
from app.kernel import clock, outbox
from app.kernel.db import db, transaction
from app.kernel.outbox import Job
from tests.cases.mortals import Mortals
from tests.cases.shelf import Shelf, forget_rows
from tests.engine.diagrams import NAMES, boundary, document, ends, message, node, said, signal, timer, user

HERE = "xa-tinh-bac"
ROLE = 'role="specialist"'
MANY = 25


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a dead worker held is free again after a second."""
    monkeypatch.setattr(outbox, "LEASE", timedelta(seconds=1))


def _counting(event: str) -> bytes:
    """A case that opens one more task for each message or signal it gets."""
    beside = boundary("b", "a", event, cancels=False) + user("n", ROLE) + node("endEvent", "e2")
    return document(ends() + user("a", ROLE) + beside, "s > a; a > e; b > n; n > e2", beside=NAMES)


def _count(kind: Any, *conditions: Any) -> int:
    forget_rows()
    return db.session.scalar(select(func.count()).select_from(kind).where(*conditions)) or 0


def _settled() -> bool:
    return _count(Job, Job.state == "ready") == 0


@pytest.mark.parametrize("kind", ["message", "signal"])
def test_workers_that_are_killed_deliver_everything_once(app: Flask, procedures: Shelf, kind: str) -> None:
    throws = message("m1") if kind == "message" else signal("sig1")
    procedures.put("counts", _counting(throws), steps=("a", "n"))
    sends = node("intermediateThrowEvent", "t", said() + throws)
    procedures.put("sends", document(ends() + sends, "s > t; t > e", beside=NAMES))
    case = procedures.start("counts", HERE)
    for _ in range(MANY):
        procedures.start("sends", HERE)

    workers = Mortals(app, worker.run_one)
    workers.kill(12)
    workers.until(_settled)

    assert _count(Task, Task.case_id == case, Task.node == "n") == MANY
    assert _count(Message, Message.state == "taken") == MANY
    assert _count(Job, Job.state == "dead") == 0


def test_clocks_that_are_killed_fire_each_timer_once(app: Flask, procedures: Shelf) -> None:
    beside = boundary("b", "a", timer("PT1S"), cancels=False) + user("n", ROLE) + node("endEvent", "e2")
    xml = document(ends() + user("a", ROLE) + beside, "s > a; a > e; b > n; n > e2")
    procedures.put("reminds", xml, steps=("a", "n"))
    for _ in range(MANY):
        procedures.start("reminds", HERE)

    clocks = Mortals(app, schedule.tick)
    clocks.kill(12)
    clocks.until(lambda: _count(Task, Task.node == "n") >= MANY)

    assert _count(Task, Task.node == "n") == MANY


def test_clocks_that_are_killed_begin_a_case_once_for_each_round(app: Flask, procedures: Shelf) -> None:
    xml = document(node("startEvent", "s", timer("R/PT1H", "timeCycle")) + node("endEvent", "e"), "s > e")
    procedures.put("hourly", xml)
    unit_id, moment = procedures.office.unit(HERE).id, clock.now()
    with transaction():
        rows = [
            Trigger(procedure=f"hourly_{n}", unit_id=unit_id, node="s", kind="timer", name="R/PT1H", made_at=moment)
            for n in range(MANY)
        ]
        for row in rows:
            row.due_at = moment
        db.session.add_all(rows)

    clocks = Mortals(app, schedule.tick)
    clocks.kill(8)
    clocks.until(lambda: _count(Trigger, Trigger.due_at <= clock.now()) == 0)

    assert _count(Job, Job.kind == "cases.begin") == MANY
    assert {one.due_at for one in db.session.scalars(select(Trigger))} == {moment + timedelta(hours=1)}
