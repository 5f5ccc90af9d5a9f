"""Signals between cases: everybody hears them who listens when they are sent, at the agency and below it."""

from uuid import UUID

import pytest

from app.domain.cases.correspondence import Message
from app.domain.cases.models import Case
from app.kernel import clock
from app.kernel.db import db
from app.kernel.outbox import Job
from tests.cases.shelf import Shelf
from tests.engine.diagrams import NAMES, document, ends, node, said, signal, user
from tests.house import Office

ABOVE, HERE, BESIDE = "huyen-son-tinh", "xa-tinh-bac", "xa-tinh-binh"
ROLE = 'role="specialist"'


@pytest.fixture
def listening(procedures: Shelf) -> Shelf:
    catch = node("intermediateCatchEvent", "c", said(result="weather") + signal("sig1"))
    procedures.put(
        "listens", document(ends() + catch + user("a", ROLE), "s > c; c > a; a > e", beside=NAMES), steps=("a",)
    )
    throw = node("intermediateThrowEvent", "t", said(force="9") + signal("sig1"))
    procedures.put("warns", document(ends() + throw, "s > t; t > e", beside=NAMES))
    return procedures


def _heard(shelf: Shelf, cases: list[UUID]) -> list[bool]:
    return [shelf.open(one) == ["a"] for one in cases]


def test_a_signal_reaches_three_cases_and_none_that_comes_later(listening: Shelf, office: Office) -> None:
    cases = [listening.start("listens", HERE) for _ in range(3)]
    listening.start("warns", HERE)
    office.work()
    late = listening.start("listens", HERE)
    office.work()

    assert _heard(listening, cases) == [True, True, True]
    assert listening.open(late) == []
    assert db.session.query(Job).filter_by(kind="cases.hear", state="done").count() == 3


def test_a_signal_is_heard_at_the_agency_and_below_but_not_above_or_beside(listening: Shelf, office: Office) -> None:
    cases = [listening.start("listens", unit) for unit in (ABOVE, HERE, BESIDE)]
    listening.start("warns", HERE)
    office.work()
    assert _heard(listening, cases) == [False, True, False]

    listening.start("warns", ABOVE)
    office.work()
    assert _heard(listening, cases) == [True, True, True]


def test_a_suspended_case_hears_a_signal_once_it_goes_on(listening: Shelf, office: Office) -> None:
    case = listening.start("listens", HERE)
    listening.case(case).suspended_at = clock.now()
    db.session.commit()
    listening.start("warns", HERE)
    office.work()
    assert listening.open(case) == []

    listening.case(case).suspended_at = None
    (job,) = db.session.query(Job).filter_by(kind="cases.hear")
    assert job.state == "ready"
    job.due_at = clock.now()
    db.session.commit()
    office.work()
    assert listening.open(case) == ["a"]


def test_a_case_that_has_ended_meanwhile_hears_nothing(listening: Shelf, office: Office) -> None:
    case = listening.start("listens", HERE)
    listening.start("warns", HERE)
    listening.case(case).ended_at = clock.now()
    db.session.commit()
    before = listening.case(case).row_version
    office.work()

    assert listening.open(case) == []
    assert db.session.query(Message).one().state == "taken"
    assert db.session.query(Job).filter(Job.state != "done").count() == 0
    assert db.session.get_one(Case, case).row_version == before
