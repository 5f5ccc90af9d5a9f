"""Several people sign one document: in turn, side by side, or as many as are needed; then whoever is competent."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from app.domain.access import queries as access
from app.domain.cases import commands, drafting
from app.domain.cases.models import Task
from app.domain.documents import queries as documents
from app.domain.orgunits.models import PostHolder
from app.kernel.db import db
from tests.house import Office
from tests.story import Ref, Told

IN_TURN = ("vanthu-sontinh", "chanhvp-sontinh")
SIDE_BY_SIDE = ("chuyenvien-vp-sontinh", "chutich-sontinh")
PANEL = ("vanthu-sontinh", "chanhvp-sontinh", "chutich-sontinh")


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def _begun(told: Told, **groups: object) -> Ref:
    """A document on its way to its signers; `groups` as the form names them, posts by their keys."""
    case = drafting.start_outgoing(told.office.actor(told.tour["drafter"]), procedure="group_signing")
    chosen = {name: told.post_ids(list(keys)) if isinstance(keys, tuple) else keys for name, keys in groups.items()}
    ref = Ref(case.id, case.document_id)
    draft = {"document_type": "QĐ", "subject": "Thành lập tổ công tác", "body": "Điều 1. Thành lập tổ công tác."}
    told.complete(ref, "draft", told.tour["drafter"], **draft, **chosen)
    return ref


def _waiting(told: Told, case: Ref, node: str) -> list[str]:
    """The posts that a step waits for, by their keys."""
    db.session.rollback()
    query = select(Task).where(Task.case_id == case.id, Task.node == node, Task.closed_at.is_(None))
    return sorted(task.post.key for task in db.session.scalars(query) if task.post is not None)


def _decide(told: Told, case: Ref, node: str, key: str, decision: str = "sign", **more: str) -> None:
    post = told.office.post(key)
    holder = db.session.scalar(select(PostHolder.person_id).where(PostHolder.post_id == post.id))
    query = select(Task.id).where(Task.case_id == case.id, Task.post_id == post.id, Task.node == node)
    task_id = db.session.scalars(query.where(Task.closed_at.is_(None))).one()
    assert holder is not None
    commands.complete_task(access.actor_of(holder), task_id, answers={"group_decision": decision, **more})
    told.office.work()


def _all_decide(told: Told, case: Ref, node: str, keys: Sequence[str]) -> None:
    for key in keys:
        _decide(told, case, node, key)


def test_line_52_signers_in_turn_and_signers_side_by_side_stand_in_one_circuit(told: Told) -> None:
    case = _begun(told, turn_posts=IN_TURN, side_posts=SIDE_BY_SIDE)
    assert _waiting(told, case, "in_turn") == [IN_TURN[0]]
    _decide(told, case, "in_turn", IN_TURN[0])
    assert _waiting(told, case, "in_turn") == [IN_TURN[1]]
    assert _waiting(told, case, "at_once") == []
    _decide(told, case, "in_turn", IN_TURN[1])

    assert _waiting(told, case, "at_once") == sorted(SIDE_BY_SIDE)
    _decide(told, case, "at_once", SIDE_BY_SIDE[1])
    assert _waiting(told, case, "at_once") == [SIDE_BY_SIDE[0]]
    _decide(told, case, "at_once", SIDE_BY_SIDE[0])

    told.complete(case, "approve", told.tour["chairman"], approval_decision="sign")
    told.complete(case, "issue", told.tour["clerk"], issue_decision="issue")
    assert [file.stage for file in documents.files(case.document_id)] == ["issued", "signed", "prepared"]
    assert told.document(case).number is not None


def test_line_53_of_a_group_as_many_as_are_needed_sign_and_the_others_are_let_go(told: Told) -> None:
    case = _begun(told, panel_posts=PANEL, panel_needed=2)
    assert _waiting(told, case, "panel") == sorted(PANEL)
    _decide(told, case, "panel", PANEL[2])
    assert len(_waiting(told, case, "panel")) == 2
    _decide(told, case, "panel", PANEL[0], "return", opinion="Chưa rõ kinh phí.")
    _decide(told, case, "panel", PANEL[1])
    assert (_waiting(told, case, "panel"), told.task(case, "approve").node) == ([], "approve")

    hopeless = _begun(told, panel_posts=PANEL, panel_needed=2)
    _decide(told, hopeless, "panel", PANEL[0], "return", opinion="Không cần lập tổ.")
    _decide(told, hopeless, "panel", PANEL[1], "return", opinion="Không cần lập tổ.")
    assert _waiting(told, hopeless, "panel") == []
    assert told.task(hopeless, "draft").name
