"""Acts on many chosen cases: tried without a trace, done with the truth about each case, and taken back."""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.domain.actors.actor import Actor
from app.domain.cases import bulk, manyacts, pausing
from app.domain.cases.manyacts import Chosen
from app.domain.cases.models import Bulk, Task
from app.domain.cases.seeking import Sought
from app.domain.orgunits import queries as orgunits
from app.kernel.db import db, transaction
from app.kernel.errors import Conflict, Invalid, Missing
from app.kernel.events import JournalEntry
from tests.engine.diagrams import ends, gateway, user
from tests.house import Office
from tests.oddities import MINE, Oddities
from tests.places import COMMUNE, admin

BODY, FLOWS = ends() + user("a", MINE) + user("b", MINE) + user("c", MINE), "s > a; a > b; b > c; c > e"
STUCK = ends() + user("a", MINE) + gateway("exclusive", "g") + user("b", MINE) + user("c", MINE)
REASON = "Theo ý kiến của lãnh đạo."


@pytest.fixture
def odd(office: Office) -> Oddities:
    return Oddities(office)


@pytest.fixture
def actor(odd: Oddities) -> Actor:
    return odd.who_operates


def _chosen(act: str, sought: Sought | None = None, **spec: Any) -> Chosen:
    return Chosen(act, sought or Sought("p"), spec, REASON)


def _tried(actor: Actor, chosen: Chosen) -> Counter[tuple[str, str]]:
    tried = manyacts.rehearse(actor, chosen, manyacts.pairs(actor, chosen))
    return Counter((one.outcome.word, one.outcome.code) for one in tried)


def _done(odd: Oddities, actor: Actor, chosen: Chosen) -> UUID:
    made = manyacts.begin(actor, chosen, expected=len(manyacts.pairs(actor, chosen))).id
    odd.office.work()
    odd.forget()
    return made


def test_cases_are_let_rest_and_go_on_again_after_a_try_that_left_nothing(odd: Oddities, actor: Actor) -> None:
    version = odd.version(BODY, FLOWS)
    first, resting, ended = (odd.start(version) for _ in range(3))
    pausing.suspend_case(actor, resting, reason=REASON)
    for node in "abc":
        odd.complete(ended, node)
    chosen = _chosen(manyacts.SUSPEND)
    before = db.session.scalar(select(func.count(JournalEntry.id)))

    assert _tried(actor, chosen) == {("done", ""): 1, ("not_needed", ""): 1, ("refused", "case.ended"): 1}
    assert odd.case(first).suspended_at is None
    assert db.session.scalar(select(func.count(JournalEntry.id))) == before

    made = _done(odd, actor, chosen)
    assert bulk.counts(made) == {"done": 1, "not_needed": 1, "refused": 1}
    assert odd.case(first).suspended_why == REASON

    undone = manyacts.undo(actor, made, reason=REASON).id
    odd.office.work()
    assert bulk.counts(undone) == {"done": 1}
    assert (odd.case(first).suspended_at, odd.case(resting).suspended_at is None) == (None, False)
    with pytest.raises(Conflict):
        manyacts.undo(actor, made, reason=REASON)


def test_work_is_given_to_another_post_and_given_back_where_nobody_has_acted_since(odd: Oddities, actor: Actor) -> None:
    version = odd.version(BODY, FLOWS)
    first, second = (odd.start(version) for _ in range(2))
    posts = (one.id for one in orgunits.posts_of_agency(odd.seat.agency_id))
    others = [one for one in posts if one != odd.seat.post_id]
    before = {one: odd.task(one, "a").post_id for one in (first, second)}
    chosen = _chosen(manyacts.REASSIGN, node="a", to_post_id=str(others[0]))
    foreign = odd.office.unit(COMMUNE)
    outside = _chosen(manyacts.REASSIGN, to_post_id=str(orgunits.posts_of_agency(foreign.id)[0].id))
    assert _tried(actor, outside) == {("refused", "slip.post_outside_agency"): 2}

    made = _done(odd, actor, chosen)
    assert {odd.task(one, "a").post_id for one in (first, second)} == {others[0]}
    manyacts.begin(
        actor, _chosen(manyacts.REASSIGN, Sought("p", only=frozenset({first})), to_post_id=str(others[1])), expected=1
    )
    odd.office.work()

    undone = manyacts.undo(actor, made, reason=REASON).id
    odd.office.work()
    assert bulk.counts(undone) == {"touched": 1, "undone": 1}
    assert (odd.task(first, "a").post_id, odd.task(second, "a").post_id) == (others[1], before[second])


def test_cases_are_sent_to_another_step_or_to_the_one_before(odd: Oddities, actor: Actor) -> None:
    version = odd.version(BODY, FLOWS)
    first, second = (odd.start(version) for _ in range(2))
    odd.complete(second, n=5)
    ahead = _chosen(manyacts.SEND, to_node="c")
    assert _tried(actor, ahead) == {("done", ""): 2}
    nowhere = _chosen(manyacts.SEND, to_node="nowhere")
    assert _tried(actor, nowhere) == {("refused", "incident.not_reachable"): 2}

    assert bulk.counts(_done(odd, actor, _chosen(manyacts.RETURN))) == {"done": 1, "refused": 1}
    assert odd.stands(second) == ("open", ["a"])
    again = odd.task(second, "a")
    assert (again.answers, again.post_id) == ({"n": 5}, odd.seat.post_id)

    assert bulk.counts(_done(odd, actor, ahead)) == {"done": 2}
    assert [odd.stands(one) for one in (first, second)] == [("open", ["c"])] * 2
    left = select(Task).where(Task.case_id == first, Task.node == "a")
    assert db.session.scalars(left).one().note == REASON
    sent = select(JournalEntry.payload).where(
        JournalEntry.name == "case.task_sent_on", JournalEntry.about == str(first)
    )
    assert db.session.scalars(sent).one()["node"] == "c"


def test_what_failed_is_tried_again_case_by_case_and_strangers_do_nothing(odd: Oddities, actor: Actor) -> None:
    version = odd.version(STUCK, "s > a; a > g; g > b if n > 3; g > c if n <= 3; b > e; c > e")
    stuck, well = (odd.start(version) for _ in range(2))
    odd.complete(stuck)
    chosen = _chosen(manyacts.RETRY)
    assert [case_id for case_id, _ in manyacts.pairs(actor, chosen)] == [stuck]
    assert _tried(actor, chosen) == {("failed_again_same", "engine.no_way_out"): 1}
    assert odd.incident(stuck).attempts == 1
    assert bulk.counts(_done(odd, actor, chosen)) == {"failed_again_same": 1}

    with pytest.raises(Conflict):
        manyacts.begin(actor, _chosen(manyacts.SUSPEND), expected=1)
    with pytest.raises(Invalid):
        manyacts.begin(admin(odd.office, COMMUNE), _chosen(manyacts.SUSPEND), expected=0)
    made = manyacts.begin(actor, _chosen(manyacts.SUSPEND, Sought("p", only=frozenset({well}))), expected=1).id
    with transaction():
        db.session.get_one(Bulk, made).made_by = odd.office.person(odd.drafter).id  # who has no such right (any more)
    odd.office.work()
    assert (bulk.counts(made), odd.case(well).suspended_at) == ({"refused": 1}, None)
    with pytest.raises(Missing):
        manyacts.undo(admin(odd.office, COMMUNE), made, reason=REASON)
