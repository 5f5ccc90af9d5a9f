"""One act on many cases: each has its outcome once, whoever is killed and however often it is tried."""

from collections import Counter
from uuid import UUID

import pytest
from flask import Flask

from app.domain.cases import bulk
from app.domain.cases.bulk import Outcome
from app.domain.cases.models import Bulk, BulkItem, Case
from app.jobs import outbox
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Conflict, Invalid, Missing
from tests.house import Office
from tests.story import Told


class Marks:
    """An act that marks the cases it has been at; it may be told to stop at one, or to refuse one."""

    def __init__(self) -> None:
        self.tries: Counter[UUID] = Counter()
        self.breaks: set[UUID] = set()
        self.refuses: set[UUID] = set()

    def act(self, _bulk: Bulk, item: BulkItem) -> Outcome:
        """Mark one case."""
        self.tries[item.case_id] += 1
        item.case.passed = [*item.case.passed, "marked"]
        db.session.flush()
        if item.case_id in self.breaks:
            raise RuntimeError("the power went out")
        if item.case_id in self.refuses:
            raise Conflict("task.already_done")
        return Outcome("went_on", before={"passed": 1})


@pytest.fixture
def marks(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Marks:
    found = Marks()
    monkeypatch.setitem(bulk.ACTS, "mark", found.act)
    return found


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def _begin(told: Told, number: int) -> tuple[UUID, list[UUID]]:
    cases = [told.start().id for _ in range(number)]
    actor = told.office.actor(told.tour["drafter"])
    return bulk.begin(actor, "mark", [(one, "") for one in cases], reason="Sửa đồng loạt").id, cases


def _marked(case_id: UUID) -> int:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Case, case_id).passed.count("marked")


def test_a_worker_does_every_case_once_and_says_what_became_of_each(told: Told, marks: Marks) -> None:
    bulk_id, cases = _begin(told, 3)
    marks.refuses = {cases[1]}

    told.office.work()

    found = db.session.get_one(Bulk, bulk_id)
    items = {one.case_id: one for one in bulk.items(told.office.actor(told.tour["drafter"]), found)}
    assert bulk.counts(bulk_id) == {"went_on": 2, "refused": 1}
    assert found.ended_at is not None
    assert (items[cases[1]].outcome, items[cases[1]].code) == ("refused", "task.already_done")
    assert [_marked(one) for one in cases] == [1, 0, 1]
    assert items[cases[0]].before == {"passed": 1}


def test_who_falls_in_the_middle_loses_nothing_and_doubles_nothing(
    told: Told, marks: Marks, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk_id, cases = _begin(told, 4)
    marks.breaks = {cases[0]}

    told.office.work()
    done_before = sum(_marked(one) for one in cases)
    assert done_before < 4
    assert _marked(cases[0]) == 0

    marks.breaks = set()
    monkeypatch.setattr("app.kernel.outbox.database_now", lambda: clock.now().replace(year=2100))
    told.office.work()

    assert [_marked(one) for one in cases] == [1, 1, 1, 1]
    assert bulk.counts(bulk_id) == {"went_on": 4}


def test_a_long_act_lets_other_work_through_between_its_parts(
    told: Told, marks: Marks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.bulk.BATCH_SECONDS", 0.0)
    bulk_id, _cases = _begin(told, 3)

    assert outbox.run_one()
    assert bulk.counts(bulk_id) == {"went_on": 1, "": 2}

    told.office.work()
    assert bulk.counts(bulk_id) == {"went_on": 3}


def test_an_act_needs_a_reason_and_something_to_act_on(told: Told, marks: Marks) -> None:
    actor = told.office.actor(told.tour["drafter"])
    case = told.start()

    with pytest.raises(Invalid) as unreasoned:
        bulk.begin(actor, "mark", [(case.id, "")], reason=" ")
    with pytest.raises(Invalid) as empty:
        bulk.begin(actor, "mark", [], reason="Sửa đồng loạt")
    with pytest.raises(Missing):
        bulk.begin(actor, "no_such_act", [(case.id, "")], reason="Sửa đồng loạt")

    assert unreasoned.value.fields["reason"][0] == "form.required"
    assert empty.value.code == "bulk.nothing_chosen"


def test_an_act_is_followed_by_whoever_began_it_and_by_who_operates_its_cases(told: Told, marks: Marks) -> None:
    bulk_id, _cases = _begin(told, 1)

    assert bulk.visible(told.office.actor(told.tour["drafter"]), bulk_id).id == bulk_id
    with pytest.raises(Missing):
        bulk.visible(told.office.actor(told.recipients[0]["clerk"]), bulk_id)
    assert bulk.recent(told.office.actor(told.recipients[0]["clerk"])) == []
