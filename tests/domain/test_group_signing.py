"""Several people sign one document: in turn, side by side, or as many as are needed; then whoever is competent."""

import pytest
from sqlalchemy import select

from app.domain.access import queries as access
from app.domain.cases import commands, drafting
from app.domain.cases.models import Task
from app.domain.documents import queries as documents
from app.domain.orgunits.models import PostHolder
from app.domain.signatures import queries as signatures
from app.domain.signers.models import SignerKey
from app.jobs.signingprofile import profile
from app.kernel.db import db, transaction
from signing import demo_pki
from signing.demo_pki import Subject
from signing.validation import verify
from tests.house import Office
from tests.signing.whole import poppler_agrees
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


def _decide(
    told: Told, case: Ref, node: str, key: str, decision: str = "sign", *, at_once: bool = False, **more: str
) -> None:
    """Somebody decides; `at_once`: and the next one does before any worker comes."""
    post = told.office.post(key)
    holder = db.session.scalar(select(PostHolder.person_id).where(PostHolder.post_id == post.id))
    query = select(Task.id).where(Task.case_id == case.id, Task.post_id == post.id, Task.node == node)
    task_id = db.session.scalars(query.where(Task.closed_at.is_(None))).one()
    assert holder is not None
    commands.complete_task(access.actor_of(holder), task_id, answers={"group_decision": decision, **more})
    if not at_once:
        told.office.work()


def _set_up(told: Told, *sign_ins: str) -> None:
    """These people have set up a signature with a key of the demonstration."""
    for sign_in in sign_ins:
        person, key_id = told.office.person(sign_in), f"person-{sign_in}"
        demo_pki.add_subject(told.office.app.config["PKI"], Subject(key_id, "person", person.name, person.name))
        with transaction():
            db.session.add(SignerKey(person_id=person.id, provider="demo", reference=key_id, state="ready"))


def test_line_52_signers_in_turn_and_signers_side_by_side_stand_in_one_circuit(told: Told) -> None:
    _set_up(told, told.tour["clerk"], told.tour["head"], told.tour["drafter"])
    case = _begun(told, turn_posts=IN_TURN, side_posts=SIDE_BY_SIDE)
    assert _waiting(told, case, "in_turn") == [IN_TURN[0]]
    _decide(told, case, "in_turn", IN_TURN[0])
    assert _waiting(told, case, "in_turn") == [IN_TURN[1]]
    assert _waiting(told, case, "at_once") == []
    _decide(told, case, "in_turn", IN_TURN[1])

    assert _waiting(told, case, "at_once") == sorted(SIDE_BY_SIDE)
    _decide(told, case, "at_once", SIDE_BY_SIDE[1], at_once=True)
    assert _waiting(told, case, "at_once") == [SIDE_BY_SIDE[0]]
    _decide(told, case, "at_once", SIDE_BY_SIDE[0])

    told.complete(case, "approve", told.tour["chairman"], approval_decision="sign")
    told.complete(case, "issue", told.tour["clerk"], issue_decision="issue")
    files = documents.files(case.document_id)
    assert [file.stage for file in files] == ["issued", "signed", *["initialled"] * 4, "prepared"]
    assert told.document(case).number is not None
    path = told.office.app.extensions["files"].path(files[0].sha256)
    verdict = verify(path, profile().trust)
    assert [one.verdict.value for one in verdict.signatures] == ["valid"] * 6
    assert poppler_agrees(path, 6)
    kinds = [one.kind for one in signatures.requests(case.document_id)]
    assert kinds == [*["initials"] * 4, "person", "organisation"]


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
