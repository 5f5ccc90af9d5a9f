"""Beside a step: joint signers, opinions, delegation, reassignment, claiming; and cases that rest."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.domain.cases import commands, inbox, lending, opinions, pausing, queries
from app.domain.cases.models import Task
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing
from tests.house import Office
from tests.story import Ref, Told


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


@pytest.fixture
def case(told: Told) -> Ref:
    return told.until("check_form")


def _post(told: Told, who: str) -> UUID:
    return next(iter(told.office.actor(told.tour[who]).post_ids))


def test_a_step_does_not_end_before_its_joint_signer_has_spoken(told: Told, case: Ref) -> None:
    clerk, task = told.office.actor(told.tour["clerk"]), told.task(case, "check_form")
    asked = opinions.add_cosigner(clerk, task.id, post_id=_post(told, "head"), reason="Cùng kiểm tra.")
    assert asked.id in [one.id for one in inbox.tasks(told.office.actor(told.tour["head"]))]
    with pytest.raises(Conflict, match=r"task\.cosigners_open"):
        told.complete(case, "check_form", told.tour["clerk"], form_decision="agree")
    opinions.give_opinion(told.office.actor(told.tour["head"]), asked.id, agrees=True, opinion="")
    told.complete(case, "check_form", told.tour["clerk"], form_decision="agree")
    assert told.task(case, "approve").closed_at is None


def test_a_joint_signer_who_does_not_agree_says_why(told: Told, case: Ref) -> None:
    clerk, head = told.office.actor(told.tour["clerk"]), told.office.actor(told.tour["head"])
    asked = opinions.add_cosigner(clerk, told.task(case, "check_form").id, post_id=_post(told, "head"), reason="Xem.")
    for answer in ({"agrees": False, "opinion": ""}, {"opinion": "Được."}):
        with pytest.raises(Invalid):
            opinions.give_opinion(head, asked.id, **answer)
    opinions.give_opinion(head, asked.id, agrees=False, opinion="Sai thể thức.")
    assert db.session.get_one(Task, asked.id).answers == {"agrees": False, "opinion": "Sai thể thức."}


def test_a_joint_signer_can_be_done_without(told: Told, case: Ref) -> None:
    clerk, task = told.office.actor(told.tour["clerk"]), told.task(case, "check_form")
    asked = opinions.add_cosigner(clerk, task.id, post_id=_post(told, "head"), reason="Cùng kiểm tra.")
    with pytest.raises(Forbidden):
        opinions.remove_cosigner(told.office.actor(told.tour["head"]), asked.id, reason="Thôi.")
    opinions.remove_cosigner(clerk, asked.id, reason="Đi vắng.")
    told.complete(case, "check_form", told.tour["clerk"], form_decision="agree")


def test_a_step_may_end_before_an_opinion_has_come(told: Told, case: Ref) -> None:
    clerk, task = told.office.actor(told.tour["clerk"]), told.task(case, "check_form")
    asked = opinions.ask_opinion(clerk, task.id, post_id=_post(told, "head"), question="Có đúng thẩm quyền không?")
    told.complete(case, "check_form", told.tour["clerk"], form_decision="agree")
    with pytest.raises(Conflict, match=r"task\.already_done"):
        opinions.give_opinion(told.office.actor(told.tour["head"]), asked.id, opinion="Đúng.")
    assert inbox.tasks(told.office.actor(told.tour["head"])) == []


def test_what_was_asked_for_is_not_completed_like_a_step(told: Told, case: Ref) -> None:
    clerk, task = told.office.actor(told.tour["clerk"]), told.task(case, "check_form")
    asked = opinions.ask_opinion(clerk, task.id, post_id=_post(told, "head"), question="Đúng không?")
    with pytest.raises(Invalid, match=r"task\.not_a_step"):
        commands.complete_task(told.office.actor(told.tour["head"]), asked.id, answers={"form_decision": "agree"})


def test_nobody_is_asked_twice_or_from_another_agency(told: Told, case: Ref) -> None:
    clerk, task = told.office.actor(told.tour["clerk"]), told.task(case, "check_form")
    stranger = next(iter(told.office.actor(told.recipients[0]["clerk"]).post_ids))
    opinions.ask_opinion(clerk, task.id, post_id=_post(told, "head"), question="Đúng không?")
    for post_id, code in ((stranger, "slip.post_outside_agency"), (_post(told, "head"), "task.asked_already")):
        with pytest.raises(Invalid) as refused:
            opinions.add_cosigner(clerk, task.id, post_id=post_id, reason="Xem.")
        assert refused.value.fields["post_id"][0] == code


def test_a_task_is_lent_and_both_posts_stay_known(told: Told, case: Ref) -> None:
    clerk, head = told.office.actor(told.tour["clerk"]), told.office.actor(told.tour["head"])
    task = told.task(case, "check_form")
    lending.delegate(clerk, task.id, post_id=_post(told, "head"), reason="Đi công tác.")
    assert not queries.may_perform(clerk, told.task(case, "check_form"))
    with pytest.raises(Conflict, match=r"task\.lent_already"):
        lending.delegate(head, task.id, post_id=_post(told, "chairman"), reason="Bận.")
    told.complete(case, "check_form", told.tour["head"], form_decision="agree")
    done = db.session.get_one(Task, task.id)
    assert (done.closed_post_id, done.lent_by_post_id) == (_post(told, "head"), _post(told, "clerk"))


@pytest.mark.parametrize("who", ["clerk", "head"])
def test_what_was_lent_comes_back(told: Told, case: Ref, who: str) -> None:
    task = told.task(case, "check_form")
    lending.delegate(told.office.actor(told.tour["clerk"]), task.id, post_id=_post(told, "head"), reason="Vắng.")
    lending.end_delegation(told.office.actor(told.tour[who]), task.id, reason="Đã về.")
    told.complete(case, "check_form", told.tour["clerk"], form_decision="agree")


def test_those_in_charge_give_a_task_to_another_post(told: Told, case: Ref) -> None:
    task = told.task(case, "check_form")
    with pytest.raises(Forbidden, match=r"task\.not_in_charge"):
        lending.reassign(told.office.actor(told.tour["clerk"]), task.id, post_id=_post(told, "head"), reason="Bận.")
    with pytest.raises(Missing):
        stranger = told.office.actor(told.recipients[0]["chairman"])
        lending.reassign(stranger, task.id, post_id=_post(told, "head"), reason="Bận.")
    lending.reassign(told.office.actor(told.tour["chairman"]), task.id, post_id=_post(told, "head"), reason="Bận.")
    told.complete(case, "check_form", told.tour["head"], form_decision="agree")


def test_a_task_of_a_role_is_taken_by_one_and_given_back(told: Told, case: Ref) -> None:
    clerk, task = told.office.actor(told.tour["clerk"]), told.task(case, "check_form")
    lending.claim(clerk, task.id)
    assert told.task(case, "check_form").post_id == _post(told, "clerk")
    with pytest.raises(Conflict, match=r"task\.claimed"):
        lending.claim(clerk, task.id)
    lending.unclaim(clerk, task.id)
    assert told.task(case, "check_form").post_id is None


def test_a_case_that_rests_lets_nobody_act_and_its_deadlines_wait(told: Told, case: Ref) -> None:
    chairman, due = told.office.actor(told.tour["chairman"]), told.task(case, "check_form").due_at
    with pytest.raises(Forbidden):
        pausing.suspend_case(told.office.actor(told.tour["clerk"]), case.id, reason="Chờ.")
    pausing.suspend_case(chairman, case.id, reason="Chờ ý kiến cấp trên.")
    with pytest.raises(Conflict, match=r"case\.suspended"):
        told.complete(case, "check_form", told.tour["clerk"], form_decision="agree")
    found = queries.locked_case(case.id)
    found.suspended_at = clock.now() - timedelta(days=14)
    db.session.commit()
    pausing.resume_case(chairman, case.id)
    later = told.task(case, "check_form").due_at
    assert due is not None
    assert later is not None
    assert later - due >= timedelta(days=7)
    told.complete(case, "check_form", told.tour["clerk"], form_decision="agree")
