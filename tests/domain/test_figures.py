"""Figures about the cases of a procedure against a history that is reckoned by hand, and finding them by any field."""

from datetime import UTC, datetime, timedelta
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


def test_cases_are_found_by_any_field(odd: Oddities, actor: Actor) -> None:
    version = odd.version(BODY, FLOWS)
    first, second, third = (odd.start(version) for _ in range(3))
    odd.complete(first, n=7, way="Đường dài")
    odd.complete(second, n=30, way="100% nhanh")
    odd.complete(second, "b")
    document_id, task_id = odd.case(first).document_id, odd.task(third, "a").id
    with transaction():
        document = db.session.get_one(Document, document_id)
        document.number, document.notation = 41, "UBND-VX"
        db.session.add(Incident(case_id=third, act="stall", reference="", node="a", code="engine.stalled"))
        db.session.get_one(Task, task_id).due_at = datetime(2026, 1, 9, 9, tzinfo=UTC)
    post = odd.task(first, "b").post_id or odd.seat.post_id
    known = answers.fields("p")
    assert {name: one.kind for name, one in known.items()} == {"n": "number", "way": "text", "due": "text"}

    def found(**wanted: object) -> set[UUID]:
        return {one.id for one in seeking.found(reader, Sought("p", **wanted))}  # type: ignore[arg-type]

    reader = actor
    assert found() == {first, second, third}
    assert found(words="41") == found(words="ubnd-vx") == {first}
    assert found(words="viec thu") == {first, second, third}
    assert found(node="b") == found(node="b", state="open") == {first}
    assert found(node="b", state="done") == found(state="done") == {second}
    assert found(code="engine.stalled") == found(state="incident") == {third}
    assert found(due_from=datetime(2026, 1, 9).date(), due_to=datetime(2026, 1, 9).date()) == {third}
    assert found(due_from=datetime(2026, 1, 10).date(), state="open") == set()
    assert found(state="late") == {third}
    assert found(post_id=post) >= {second}

    reader = Actor(actor.name, actor.person_id, actor.seats, actor.grants | {("documents.read", odd.seat.agency_id)})
    assert found(answer=Compared(known["n"], "gt", 7)) == {second}
    assert found(answer=Compared(known["n"], "le", 7)) == {first}
    assert found(answer=Compared(known["way"], "has", "ường")) == {first}
    assert found(answer=Compared(known["way"], "has", "0% n")) == {second}
    assert found(answer=Compared(known["way"], "has", "%")) == {second}
    reader = actor  # who operates cases and reads no documents learns nothing of what was answered
    assert found(answer=Compared(known["n"], "gt", 7)) == set()


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
