"""Figures about the cases of a procedure against a history that is reckoned by hand, and finding them by any field."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases import answers, figures, past, seeking
from app.domain.cases.answers import Compared
from app.domain.cases.figures import Pace, Period, Standing
from app.domain.cases.models import Incident, Task
from app.domain.cases.seeking import Sought
from app.domain.documents.models import Document
from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.errors import Missing
from tests.engine.diagrams import ends, user
from tests.house import Office
from tests.oddities import MINE, Oddities
from tests.places import COMMUNE, admin

BODY, FLOWS = ends() + user("a", MINE) + user("b", MINE), "s > a; a > b; b > e"
FRIDAY = datetime(2026, 1, 16, 2, tzinfo=UTC)  # 09:00 at the office
HOUR, DAY = 3600, 86_400
JANUARY = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
SOUGHT = Sought("p")


@pytest.fixture
def odd(office: Office) -> Oddities:
    return Oddities(office)


@pytest.fixture
def actor(odd: Oddities) -> Actor:
    return odd.who_operates


def _when(case_id: UUID, node: str, opened: datetime, hours: float | None, due: float | None = None) -> None:
    """Let a step have been open for so many hours, and due after so many."""
    with transaction():
        task = db.session.scalars(select(Task).where(Task.case_id == case_id, Task.node == node)).one()
        task.opened_at = opened
        task.closed_at = None if hours is None else opened + timedelta(hours=hours)
        task.due_at = None if due is None else opened + timedelta(hours=due)


def test_figures_are_those_of_a_history_reckoned_by_hand(odd: Oddities, actor: Actor) -> None:
    version = odd.version(BODY, FLOWS)
    cases = [odd.start(version) for _ in range(5)]
    for case_id, hours in zip(cases[:4], (2, 4, 6, 72 + 2), strict=True):  # the last over a weekend: 26 hours count
        odd.complete(case_id)
        _when(case_id, "a", FRIDAY, hours, due=5)
    _when(cases[0], "b", FRIDAY, None, due=1)
    _when(cases[1], "b", clock.now(), None, due=24)
    with transaction():
        db.session.add(Incident(case_id=cases[4], act="stall", reference="", node="a", code="engine.stalled"))

    assert figures.standing(actor, SOUGHT) == {"a": Standing(1, 0, 1), "b": Standing(4, 1, 0)}
    assert figures.pace(actor, SOUGHT, JANUARY) == {"a": Pace(4, 2, 4 * HOUR, 26 * HOUR, 5 * HOUR)}
    assert figures.pace(actor, SOUGHT, Period(JANUARY.until, JANUARY.until + timedelta(days=30))) == {}

    foreign = admin(odd.office, COMMUNE)
    assert (figures.standing(foreign, SOUGHT), figures.pace(foreign, SOUGHT, JANUARY)) == ({}, {})
    assert seeking.count(foreign, SOUGHT) == 0
    narrowed = Sought("p", unit_id=odd.office.unit(COMMUNE).id)
    assert figures.standing(actor, narrowed) == {}
    assert figures.standing(actor, Sought("p", urgency="express")) == {}
    assert figures.standing(actor, Sought("p", version_id=version, unit_id=odd.seat.agency_id))["b"].cases == 4


@dataclass(frozen=True)
class Three:
    """Three cases: one at its second step, one that has ended, one that is stuck and late at its first."""

    first: UUID
    second: UUID
    third: UUID


@pytest.fixture
def three(odd: Oddities) -> Three:
    version = odd.version(BODY, FLOWS)
    made = Three(odd.start(version), odd.start(version), odd.start(version))
    odd.complete(made.first, n=7, way="Đường dài")
    odd.complete(made.second, n=30, way="100% nhanh")
    odd.complete(made.second, "b")
    document_id, task_id = odd.case(made.first).document_id, odd.task(made.third, "a").id
    with transaction():
        document = db.session.get_one(Document, document_id)
        document.number, document.notation = 41, "UBND-VX"
        db.session.add(Incident(case_id=made.third, act="stall", reference="", node="a", code="engine.stalled"))
        db.session.get_one(Task, task_id).due_at = datetime(2026, 1, 9, 9, tzinfo=UTC)
    return made


def _found(actor: Actor, **wanted: Any) -> set[UUID]:
    return {one.id for one in seeking.found(actor, Sought("p", **wanted))}


def test_cases_are_found_by_number_step_state_cause_deadline_and_post(
    odd: Oddities, actor: Actor, three: Three
) -> None:
    first, second, third = three.first, three.second, three.third
    assert _found(actor) == {first, second, third}
    assert _found(actor, words="41") == _found(actor, words="ubnd-vx") == {first}
    assert _found(actor, words="viec thu") == {first, second, third}
    assert _found(actor, node="b") == _found(actor, node="b", state="open") == {first}
    assert _found(actor, node="b", state="done") == _found(actor, state="done") == {second}
    assert _found(actor, code="engine.stalled") == _found(actor, state="incident") == {third}
    assert _found(actor, due_from=date(2026, 1, 9), due_to=date(2026, 1, 9)) == {third}
    assert _found(actor, due_from=date(2026, 1, 10), state="open") == set()
    assert _found(actor, state="late") == {third}
    assert _found(actor, post_id=odd.seat.post_id) >= {second}


def test_cases_are_found_by_what_was_answered_by_those_who_may_read_it(
    odd: Oddities, actor: Actor, three: Three
) -> None:
    known = answers.fields("p")
    assert {name: one.kind for name, one in known.items()} == {"n": "number", "way": "text", "due": "text"}
    reading = actor.grants | {("documents.read", odd.seat.agency_id)}
    reader = Actor(actor.name, actor.person_id, actor.seats, reading)
    for field, sign, value, found in (
        ("n", "gt", 7, {three.second}),
        ("n", "le", 7, {three.first}),
        ("way", "has", "ường", {three.first}),
        ("way", "has", "0% n", {three.second}),
        ("way", "has", "%", {three.second}),
        ("way", "eq", "nhanh", set()),
    ):
        assert _found(reader, answer=Compared(known[field], sign, value)) == found, (field, sign, value)
    assert _found(actor, answer=Compared(known["n"], "gt", 7)) == set()


def test_a_case_is_shown_as_it_stood_after_each_thing_that_was_done(odd: Oddities) -> None:
    case_id = odd.start(odd.version(BODY, FLOWS))
    odd.complete(case_id, n=1)
    odd.complete(case_id, "b", n=2)
    [first, second] = past.moments(odd.case(case_id))

    then = past.as_it_stood(odd.case(case_id), first.done.id)
    assert [one.node for one in then.done] == ["a"]
    assert [one.answers["n"] for one in then.done] == [1]
    assert [one.node for one in then.open] == ["b"]
    then = past.as_it_stood(odd.case(case_id), second.done.id)
    assert ([one.node for one in then.done], then.open) == (["a", "b"], ())
    with pytest.raises(Missing):
        past.as_it_stood(odd.case(case_id), case_id)
    with pytest.raises(Missing):
        past.visible(admin(odd.office, COMMUNE), case_id)
