"""Work is handed back: to whoever did it before, with a reason, or to oneself while nobody has touched it."""

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.audit.queries import history
from app.domain.cases import commands, handing, inbox, queries
from app.domain.cases.models import Call, Task
from app.kernel.db import db
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing
from tests.house import Office
from tests.story import Ref, Told


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def _return(told: Told, case: Ref, node: str, who: str, **how: Any) -> None:
    handing.return_task(told.office.actor(who), told.task(case, node).id, reason="Chưa đúng.", **how)
    told.office.work()


def _done(case: Ref, node: str) -> Task:
    found = db.session.scalars(select(Task).where(Task.case_id == case.id, Task.node == node)).all()
    return max((one for one in found if one.closed_by is not None), key=lambda one: one.closed_at or one.opened_at)


def _open(case: Ref) -> list[str]:
    return sorted(one.node for one in queries.tasks_of(case.id) if one.closed_at is None)


def test_a_step_is_returned_to_the_very_post_that_did_the_one_before(told: Told) -> None:
    case = told.until("check_form")
    _return(told, case, "check_form", told.tour["clerk"])

    again = told.task(case, "check_content")
    assert again.post_id in told.office.actor(told.tour["head"]).post_ids
    assert again.answers == {"content_decision": "agree"}
    assert _done(case, "check_form").note == "Chưa đúng."
    assert "case.task_returned" in [one.name for one in history(case.id)]
    told.complete(case, "check_content", told.tour["head"], content_decision="agree")
    assert _open(case) == ["check_form"]


def test_a_step_is_returned_to_any_earlier_step_of_its_branch(told: Told) -> None:
    case = told.until("approve")
    offered = handing.returnable(told.task(case, "approve"))
    assert [one.node for one in offered] == ["check_form", "check_content", "draft"]
    _return(told, case, "approve", told.tour["chairman"], to=offered[-1].id)

    assert _open(case) == ["draft"]
    assert told.task(case, "draft").answers["subject"] == told.tour["subject"]
    told.complete(case, "draft", told.tour["drafter"], **told.draft())
    assert _open(case) == ["check_content"]


def test_returning_a_signed_document_takes_the_signature_back(told: Told) -> None:
    case = told.until("issue")
    _return(told, case, "issue", told.tour["clerk"])

    assert _open(case) == ["approve"]
    assert told.document(case).state == "draft"
    told.complete(case, "approve", told.tour["chairman"], approval_decision="sign")
    told.complete(case, "issue", told.tour["clerk"], issue_decision="issue")
    assert told.document(case).number is not None


def test_what_has_its_number_is_not_returned(told: Told) -> None:
    case = told.until("issue")
    issue = told.task(case, "issue")
    told.document(case).number = 1
    db.session.commit()
    with pytest.raises(Conflict, match=r"document\.already_numbered"):
        handing.return_task(told.office.actor(told.tour["clerk"]), issue.id, reason="Sai.")
    assert _open(case) == ["issue"]


def test_a_registered_document_is_returned_to_whoever_assigned_it_and_not_further(told: Told) -> None:
    told.sent(recipients=1)
    one = told.recipients[0]
    case = told.handle(one, "handle")
    offered = {earlier.node: earlier for earlier in handing.returnable(told.task(case, "handle"))}
    with pytest.raises(Conflict, match=r"step\.effect"):
        _return(told, case, "handle", one["specialist"], to=offered["register"].id)
    _return(told, case, "handle", one["specialist"], to=offered["direct"].id)

    assert _open(case) == ["direct"]
    assert queries.slip_of(case.id) == []
    answers = dict(told.task(case, "direct").answers)
    told.complete(case, "direct", one["chairman"], **answers)
    assert _open(case) == ["take_up"]
    assert [line.part for line in queries.slip_of(case.id)].count("lead") == 1


def test_nothing_is_returned_without_a_reason_or_by_somebody_else(told: Told) -> None:
    case = told.until("check_form")
    task = told.task(case, "check_form")
    with pytest.raises(Invalid) as refused:
        handing.return_task(told.office.actor(told.tour["clerk"]), task.id, reason=" ")
    assert refused.value.fields == {"reason": ("form.required", {})}
    with pytest.raises(Forbidden, match=r"task\.not_yours"):
        handing.return_task(told.office.actor(told.tour["chairman"]), task.id, reason="Sai.")
    with pytest.raises(Missing):
        handing.return_task(told.office.actor(told.recipients[0]["clerk"]), task.id, reason="Sai.")
    assert _open(case) == ["check_form"]


def test_the_first_step_has_nobody_to_return_to(told: Told) -> None:
    case = told.start()
    with pytest.raises(Conflict, match=r"step\.nowhere_to_return"):
        _return(told, case, "draft", told.tour["drafter"])


def test_whoever_returns_too_late_hears_that_it_was_done(told: Told) -> None:
    case = told.until("check_form")
    task = told.task(case, "check_form")
    told.complete(case, "check_form", told.tour["clerk"], form_decision="agree")
    with pytest.raises(Conflict, match=r"task\.already_done"):
        handing.return_task(told.office.actor(told.tour["clerk"]), task.id, reason="Sai.")


def test_a_step_is_withdrawn_while_nobody_has_opened_what_it_led_to(told: Told) -> None:
    case = told.until("check_form")
    head = told.office.actor(told.tour["head"])
    done = _done(case, "check_content")
    assert handing.may_withdraw(head, done)
    handing.withdraw(head, done.id, reason="Còn thiếu ý.")

    assert _open(case) == ["check_content"]
    again = told.task(case, "check_content")
    assert (again.post_id in head.post_ids, again.answers) == (True, {"content_decision": "agree"})
    assert inbox.tasks(told.office.actor(told.tour["clerk"])) == []
    assert "case.task_withdrawn" in [one.name for one in history(case.id)]


def test_what_somebody_has_opened_is_not_withdrawn(told: Told) -> None:
    case = told.until("check_form")
    commands.note_seen(told.office.actor(told.tour["clerk"]), told.task(case, "check_form").id)
    head, done = told.office.actor(told.tour["head"]), _done(case, "check_content")
    assert not handing.may_withdraw(head, done)
    with pytest.raises(Conflict, match=r"step\.seen") as refused:
        handing.withdraw(head, done.id, reason="Còn thiếu ý.")
    assert refused.value.data["name"] == told.task(case, "check_form").name


def test_a_draft_is_withdrawn_while_its_file_is_still_being_made(told: Told) -> None:
    case, drafter = told.start(), told.office.actor(told.tour["drafter"])
    commands.complete_task(drafter, told.task(case, "draft").id, answers=told.draft())
    handing.withdraw(drafter, _done(case, "draft").id, reason="Thiếu nơi nhận.")
    told.office.work()

    assert _open(case) == ["draft"]
    assert db.session.scalar(select(Call).where(Call.case_id == case.id, Call.closed_at.is_(None))) is None
    told.complete(case, "draft", told.tour["drafter"], **told.draft())
    assert _open(case) == ["check_content"]


def test_a_draft_is_withdrawn_after_its_file_was_made(told: Told) -> None:
    case = told.until("check_content")
    handing.withdraw(told.office.actor(told.tour["drafter"]), _done(case, "draft").id, reason="Thiếu nơi nhận.")
    assert _open(case) == ["draft"]


def test_a_signature_that_was_asked_for_or_given_is_not_withdrawn(told: Told) -> None:
    case = told.until("approve")
    chairman = told.office.actor(told.tour["chairman"])
    commands.complete_task(chairman, told.task(case, "approve").id, answers={"approval_decision": "sign"})
    for _moment in ("asked", "given"):
        with pytest.raises(Conflict, match=r"step\.effect"):
            handing.withdraw(chairman, _done(case, "approve").id, reason="Nhầm.")
        told.office.work()
    assert _open(case) == ["issue"]


def test_only_whoever_did_a_step_withdraws_it(told: Told) -> None:
    case = told.until("check_form")
    done = _done(case, "check_content")
    with pytest.raises(Forbidden):
        handing.withdraw(told.office.actor(told.tour["chairman"]), done.id, reason="Nhầm.")
    with pytest.raises(Missing):
        handing.withdraw(told.office.actor(told.recipients[0]["clerk"]), done.id, reason="Nhầm.")


def test_an_assignment_is_recalled_before_the_lead_has_opened_it(told: Told) -> None:
    told.sent(recipients=1)
    one = told.recipients[0]
    case = told.handle(one, "take_up")
    chairman = told.office.actor(one["chairman"])
    handing.withdraw(chairman, _done(case, "direct").id, reason="Giao nhầm.")
    assert (_open(case), queries.slip_of(case.id)) == (["direct"], [])
