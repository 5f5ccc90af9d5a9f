"""One document, from a specialist's desk to every recipient and back."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import delete

from app.domain.actors.actor import SYSTEM
from app.domain.audit.queries import history
from app.domain.cases import queries as cases
from app.domain.exchange import hearing, reporting
from app.domain.exchange import queries as exchange
from app.domain.exchange.models import Arrival, Delivery, DeliveryStatus
from app.domain.registers.models import RegisterEntry
from app.domain.signatures import queries as signatures
from app.kernel.db import db
from tests.house import Office
from tests.story import Told


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def test_a_document_is_signed_numbered_sealed_and_sent(told: Told) -> None:
    case = told.sent(recipients=2)

    document = told.document(case)
    assert (document.reference, document.state) == ("01/UBND-VX", "sent")
    assert [one.kind for one in signatures.requests(document.id)] == ["person", "organisation"]
    assert [one.receipt is not None for one in exchange.deliveries(document.id)] == [True, True]


def test_every_recipient_verifies_before_it_registers(told: Told) -> None:
    told.sent(recipients=2)

    for recipient in told.recipients[:2]:
        document = told.document(told.arrived(recipient))
        found = [(one.kind, one.verdict) for one in signatures.verdicts(document.id)]
        assert found == [("person", "valid"), ("organisation", "valid")]
        assert document.arrival_number is None


def test_each_step_at_a_recipient_returns_its_status(told: Told) -> None:
    case = told.sent(recipients=1)
    heard = []
    for node in ("register", "direct", "take_up", "handle", "nothing"):
        if node == "nothing":
            arrived = told.arrived(told.recipients[0])
            told.complete(arrived, "handle", told.recipients[0]["specialist"], result="Đã xong.")
        else:
            _replay(told, node)
        db.session.rollback()
        db.session.expire_all()
        heard.append(exchange.deliveries(case.document_id)[0].status)

    assert heard == ["01", "03", "04", "05", "06"]


def _replay(told: Told, until: str) -> None:
    """Do only the step before `until`: the earlier ones are done."""
    recipient, order = told.recipients[0], ("register", "direct", "take_up", "handle")
    if until == "register":
        return
    step = order[order.index(until) - 1]
    case = told.arrived(recipient)
    acts = {
        "register": (recipient["clerk"], {"registration_decision": "register"}),
        "direct": (
            recipient["chairman"],
            {"instruction": "Thực hiện.", "lead_post": told.post_ids([recipient["lead"]])[0]},
        ),
        "take_up": (recipient["specialist"], {}),
    }
    who, answers = acts[step]
    told.complete(case, step, who, **answers)


def test_the_senders_case_ends_when_every_recipient_is_done(told: Told) -> None:
    case = told.sent(recipients=2)
    told.handle(told.recipients[0])
    assert cases.case(case.id).status == "open"

    told.handle(told.recipients[1])

    document = told.document(case)
    assert cases.case(case.id).status == "done"
    statuses = {one.id: one.status for one in exchange.deliveries(document.id)}
    assert set(statuses.values()) == {"06"}
    trails = exchange.trails(statuses)
    assert [[one.code for one in trail] for trail in trails.values()] == [["01", "03", "04", "05", "06"]] * 2


def test_each_recipient_gives_its_own_arrival_number(told: Told) -> None:
    case = told.sent(recipients=2)
    for recipient in told.recipients[:2]:
        told.handle(recipient, last="direct")

    assert [one.arrival_number for one in exchange.deliveries(case.document_id)] == [1, 1]
    incoming = [one for one in db.session.query(RegisterEntry) if one.document_id != case.document_id]
    assert len({one.register_id for one in incoming}) == 2


def test_a_refused_document_ends_with_its_whole_reason_at_the_sender(told: Told) -> None:
    case = told.sent(recipients=1)
    explained = "Văn bản không thuộc thẩm quyền của xã. ".ljust(999, "x") + "."

    _refuse(told, told.recipients[0], explained)

    document = told.document(case)
    delivery = exchange.deliveries(document.id)[0]
    last = exchange.trails([delivery.id])[delivery.id][-1]
    assert (delivery.status, last.reason, last.note) == ("02", "wrong_recipient", explained)
    assert cases.case(case.id).status == "done"
    assert document.state == "refused_by_all"


def test_a_document_that_one_recipient_keeps_is_a_sent_one(told: Told) -> None:
    case = told.sent(recipients=2)
    _refuse(told, told.recipients[0], "Gửi nhầm.")
    told.handle(told.recipients[1])

    assert told.document(case).state == "sent"


def test_receipts_that_come_in_any_order_and_twice_say_the_same(told: Told) -> None:
    case = told.sent(recipients=1)
    _refuse(told, told.recipients[0], "Gửi nhầm.")
    delivery = exchange.deliveries(told.document(case).id)[0]
    receipts = [reporting.receipt_of(one) for one in reporting.given(_arrival(delivery).id)]
    before = (delivery.status, delivery.receipt, told.document(case).state)
    db.session.execute(delete(DeliveryStatus).where(DeliveryStatus.delivery_id == delivery.id))
    delivery.status, delivery.receipt, delivery.state = None, None, "waiting"
    db.session.commit()

    for receipt in [*reversed(receipts), *receipts]:
        hearing.hear(SYSTEM, receipt)

    assert (delivery.status, told.document(case).state) == (before[0], before[2])
    assert len(exchange.trails([delivery.id])[delivery.id]) == len(receipts) == 2


def _arrival(delivery: Delivery) -> Arrival:
    found = exchange.arrival_of_message(delivery.message.sender_id, delivery.message_id, delivery.recipient_id)
    assert found is not None
    return found


def _refuse(told: Told, recipient: Mapping[str, Any], text: str) -> None:
    answers = {"registration_decision": "refuse", "refuse_reason": "wrong_recipient", "refuse_text": text}
    told.complete(told.arrived(recipient), "register", recipient["clerk"], **answers)


def test_a_returned_draft_comes_back_to_the_drafter_with_the_reason(told: Told) -> None:
    case = told.until("check_content")

    told.complete(case, "check_content", told.tour["head"], content_decision="return", opinion="Thiếu căn cứ.")

    assert told.task(case, "draft").closed_at is None
    told.complete(case, "draft", told.tour["drafter"], **told.draft())
    assert told.task(case, "check_content").closed_at is None


def test_the_history_tells_who_did_what(told: Told) -> None:
    case = told.sent(recipients=1)

    lines = history(case.id, case.document_id)

    names = [line.name for line in lines]
    assert names.index("case.started") < names.index("signature.applied") < names.index("delivery.made")
    signed = next(line for line in lines if line.name == "case.task_completed" and line.payload["node"] == "approve")
    assert signed.who == told.office.person(told.tour["chairman"]).name
