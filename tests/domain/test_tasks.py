"""Who may do a task, and what a wrong answer does: nothing."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from app.domain.cases import commands, inbox, queries
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing
from tests.house import Office
from tests.story import Ref, Told


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


@pytest.fixture
def case(told: Told) -> Ref:
    return told.start()


def test_a_task_waits_for_its_performer_and_for_nobody_else(told: Told, case: Ref) -> None:
    waiting = {
        sign_in: len(inbox.tasks(told.office.actor(sign_in)))
        for sign_in in (told.tour["drafter"], told.tour["clerk"], told.recipients[0]["clerk"])
    }

    assert waiting == {told.tour["drafter"]: 1, told.tour["clerk"]: 0, told.recipients[0]["clerk"]: 0}


@pytest.mark.parametrize("field", ["subject", "recipients"])
def test_a_missing_field_is_named_and_nothing_moves(told: Told, case: Ref, field: str) -> None:
    answers = told.draft()
    del answers[field]

    with pytest.raises(Invalid) as refusal:
        commands.complete_task(told.office.actor(told.tour["drafter"]), told.task(case, "draft").id, answers=answers)

    assert refusal.value.fields[field][0] == "form.required"
    assert told.task(case, "draft").closed_at is None


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"surprise": "x"}, "surprise", "form.unknown_field"),
        ({"subject": "x" * 5000}, "subject", "form.maxLength"),
        ({"subject": "a\0b"}, "subject", "form.characters"),
        ({"subject": 7}, "subject", "form.type"),
        ({"urgency": "tomorrow"}, "urgency", "form.enum"),
        ({"body": "x" * 300_000}, "", "form.too_large"),
        ({"subject": "a\x1bb"}, "subject", "form.characters"),
        ({"body": "a\x85b"}, "body", "form.characters"),
        ({"subject": "\u200b \u2060\u3164"}, "subject", "form.required"),
        ({"body": "\u200b"}, "body", "form.any_of"),
        ({"recipients": [str(uuid4())]}, "recipients", "document.recipient_not_agency"),
        ({"recipients": ["nonsense"]}, "recipients", "form.enum"),
        ({"due_on": "1900-01-01"}, "due_on", "document.due_in_past"),
    ],
)
def test_a_wrong_field_is_refused_and_nothing_moves(
    told: Told, case: Ref, change: dict[str, object], field: str, code: str
) -> None:
    task = told.task(case, "draft")

    with pytest.raises(Invalid) as refusal:
        commands.complete_task(told.office.actor(told.tour["drafter"]), task.id, answers={**told.draft(), **change})

    assert refusal.value.fields[field][0] == code
    assert told.document(case).subject == ""
    assert told.task(case, "draft").id == task.id


def test_a_recipient_is_named_once_and_in_one_way(told: Told, case: Ref) -> None:
    one = told.draft(recipients=1)["recipients"][0]

    assert _refused(told, case, "draft", recipients=[one, one])["recipients"][0] == "form.uniqueItems"
    for other in (one.upper(), f"urn:uuid:{one}", f"{{{one}}}", one.replace("-", "")):
        assert _refused(told, case, "draft", recipients=[one, other])["recipients"][0] == "form.enum"


def test_an_agency_does_not_send_to_itself(told: Told, case: Ref) -> None:
    sender = str(told.office.unit(told.tour["sender"]).id)

    refused = _refused(told, case, "draft", recipients=[*told.draft()["recipients"], sender])

    assert refused["recipients"][0] == "document.recipient_is_sender"


def _refused(told: Told, case: Ref, node: str, **change: object) -> Mapping[str, tuple[str, dict[str, Any]]]:
    """What is said to the drafter of each field."""
    actor, task = told.office.actor(told.tour["drafter"]), told.task(case, node)
    with pytest.raises(Invalid) as refusal:
        commands.complete_task(actor, task.id, answers={**told.draft(), **change})
    return refusal.value.fields


def test_a_task_that_is_done_is_not_done_again(told: Told, case: Ref) -> None:
    task, actor = told.task(case, "draft"), told.office.actor(told.tour["drafter"])
    commands.complete_task(actor, task.id, answers=told.draft())

    with pytest.raises(Conflict, match=r"task\.already_done"):
        commands.complete_task(actor, task.id, answers=told.draft())


def test_a_task_of_another_agency_is_not_known(told: Told, case: Ref) -> None:
    stranger = told.office.actor(told.recipients[0]["clerk"])

    with pytest.raises(Missing, match=r"task\.missing"):
        commands.complete_task(stranger, told.task(case, "draft").id, answers=told.draft())
    with pytest.raises(Missing):
        queries.visible_case(stranger, case.id)
    with pytest.raises(Missing):
        queries.visible_document(stranger, case.document_id)


def test_a_colleague_who_may_look_may_not_do(told: Told, case: Ref) -> None:
    with pytest.raises((Forbidden, Missing)):
        commands.complete_task(
            told.office.actor(told.tour["chairman"]), told.task(case, "draft").id, answers=told.draft()
        )


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"lead_post": "FOREIGN"}, "lead_post", "slip.post_outside_agency"),
        ({"co_handler_posts": ["FOREIGN"]}, "co_handler_posts", "slip.post_outside_agency"),
        ({"information_posts": ["FOREIGN"]}, "information_posts", "slip.post_outside_agency"),
        ({"lead_post": "nonsense"}, "lead_post", "form.enum"),
        ({"co_handler_posts": ["x"]}, "co_handler_posts", "form.enum"),
        ({"handling_deadline": "2017-01-01"}, "handling_deadline", "slip.deadline_in_past"),
    ],
)
def test_work_is_given_only_to_posts_of_the_agency_and_for_days_to_come(
    told: Told, change: dict[str, Any], field: str, code: str
) -> None:
    told.sent(recipients=1)
    recipient = told.recipients[0]
    case = told.handle(recipient, last="direct")
    foreign = told.post_ids([told.recipients[1]["lead"]])[0]
    answers: dict[str, Any] = {
        "instruction": "Thực hiện.",
        "lead_post": told.post_ids([recipient["lead"]])[0],
        **change,
    }
    answers = {
        name: foreign if value == "FOREIGN" else [foreign] if value == ["FOREIGN"] else value
        for name, value in answers.items()
    }

    with pytest.raises(Invalid) as refusal:
        commands.complete_task(told.office.actor(recipient["chairman"]), told.task(case, "direct").id, answers=answers)

    assert refusal.value.fields[field][0] == code
    assert told.task(case, "direct").closed_at is None


def test_co_handlers_give_an_opinion_and_readers_confirm(told: Told) -> None:
    told.sent(recipients=1)
    recipient = told.recipients[0]
    case = told.handle(recipient, last="take_up")
    items = {item.part: item for item in queries.slip_of(case.id)}
    holders = {post["key"]: post["sign_in"] for post in told.office.world["posts"]}
    helper = told.office.actor(holders[recipient["co_handlers"][0]])
    reader = told.office.actor(holders[recipient["information"][0]])

    with pytest.raises(Invalid):
        commands.close_slip_item(helper, items["co_handler"].id)
    with pytest.raises(Missing):
        commands.close_slip_item(reader, items["co_handler"].id, opinion="Thay người khác")
    with pytest.raises(Missing):  # the lead's line ends with the task
        commands.close_slip_item(told.office.actor(recipient["specialist"]), items["lead"].id)
    for opinion, code in (("x" * 2001, "form.maxLength"), ("a\0b", "form.characters"), ("\u200b", "form.required")):
        with pytest.raises(Invalid) as refusal:
            commands.close_slip_item(helper, items["co_handler"].id, opinion=opinion)
        assert refusal.value.fields["opinion"][0] == code
    commands.close_slip_item(helper, items["co_handler"].id, opinion=" Đã rà soát, thống nhất. ")
    commands.close_slip_item(reader, items["information"].id)

    assert all(item.done_at is not None for part, item in items.items() if part != "lead")
    assert items["co_handler"].opinion == "Đã rà soát, thống nhất."
    assert inbox.slips(helper) == []
    assert inbox.slips(reader) == []
