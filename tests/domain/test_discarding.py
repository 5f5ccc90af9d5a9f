"""A draft that nobody needs any more is thrown away by its drafter, and by nobody else (NĐ 30/2020, Điều 10)."""

import pytest

from app.domain.cases import commands, drafting, inbox, queries
from app.domain.cases.models import Timer
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Conflict, Forbidden, Missing
from app.kernel.events import trail
from tests.house import Office
from tests.story import Told


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def test_a_draft_is_thrown_away_and_waits_for_nobody(told: Told) -> None:
    case, drafter = told.start(), told.office.actor(told.tour["drafter"])
    task = told.task(case, "draft")
    assert drafting.may_discard(drafter, task)

    drafting.discard(drafter, task.id)

    document, ended = told.document(case), queries.case(case.id)
    assert (document.state, ended.status) == ("discarded", "discarded")
    assert ended.ended_at is not None
    assert inbox.tasks(drafter) == inbox.tasks(drafter, "done") == []
    assert [one.id for one in queries.visible_documents(drafter)] == [document.id]
    assert "case.discarded" in [entry.name for entry in trail(str(case.id))]
    for act in (lambda: drafting.discard(drafter, task.id), lambda: _draft(told, drafter, task.id)):
        with pytest.raises(Conflict, match=r"task\.already_done"):
            act()


def _draft(told: Told, drafter: object, task_id: object) -> None:
    commands.complete_task(drafter, task_id, answers=told.draft())  # type: ignore[arg-type]


def test_a_draft_that_came_back_can_be_thrown_away(told: Told) -> None:
    case = told.until("check_content")
    told.complete(case, "check_content", told.tour["head"], content_decision="return", opinion="Không cần nữa.")
    assert told.document(case).state == "prepared"

    drafting.discard(told.office.actor(told.tour["drafter"]), told.task(case, "draft").id)

    assert told.document(case).state == "discarded"


@pytest.mark.parametrize(("node", "who"), [("check_content", "head"), ("approve", "chairman"), ("issue", "clerk")])
def test_what_was_submitted_is_not_thrown_away_by_whoever_has_it(told: Told, node: str, who: str) -> None:
    case = told.until(node)
    task, holder = told.task(case, node), told.office.actor(told.tour[who])

    with pytest.raises((Conflict, Forbidden)):
        drafting.discard(holder, task.id)
    with pytest.raises((Forbidden, Missing)):
        drafting.discard(told.office.actor(told.tour["drafter"]), task.id)

    assert queries.case(case.id).status == "open"


def test_a_colleague_at_the_same_desk_does_not_throw_it_away(told: Told) -> None:
    case = told.start()
    document = told.document(case)
    document.drafter_post_id = told.office.post(told.recipients[0]["lead"]).id
    db.session.commit()
    task, colleague = told.task(case, "draft"), told.office.actor(told.tour["drafter"])

    with pytest.raises(Forbidden, match=r"draft\.not_yours"):
        drafting.discard(colleague, task.id)
    assert not drafting.may_discard(colleague, task)


def test_a_timer_that_rings_after_the_end_moves_nothing(told: Told) -> None:
    case = told.start()
    drafting.discard(told.office.actor(told.tour["drafter"]), told.task(case, "draft").id)
    db.session.add(Timer(case_id=case.id, task_key="x", node="draft", due_at=clock.now()))
    db.session.commit()

    commands.fire_timers(case.id)

    assert [task.closed_at is None for task in queries.tasks_of(case.id)] == [False]
