"""Taking back what was sent: at once where nobody has registered it, by consent where somebody has."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.cases.models import Case
from app.domain.documents.models import Document
from app.domain.exchange import queries, recalling, reporting
from app.domain.exchange.models import Arrival, Delivery
from app.kernel.db import db
from app.kernel.errors import Conflict, Forbidden, Invalid
from interchange import receipts
from tests.exchange.pair import Pair
from tests.story import Ref, Told

REASON = "Ban hành sai thẩm quyền."


def _asked(pair: Pair, case: Ref) -> None:
    with pair.here.at_home() as office:
        recalling.ask(office.actor(office.tour["clerk"]), case.document_id, reason=REASON)
    pair.work()


def _registered(pair: Pair, recipient: int = 0) -> Mapping[str, Any]:
    with pair.there.at_home() as office:
        told = Told(office)
        told.handle(told.recipients[recipient], last="direct")
        return told.recipients[recipient]


def _delivery(case: Ref) -> Delivery:
    return queries.deliveries(case.document_id)[0]


def test_promise_9_and_line_69_what_nobody_has_registered_is_given_back_at_once(pair: Pair) -> None:
    case = pair.sent()
    pair.work()
    _asked(pair, case)

    with pair.there.at_home():
        [received] = db.session.scalars(select(Document).where(Document.direction == "incoming"))
        assert (received.state, received.arrival_number) == ("recalled", None)
        assert db.session.scalars(select(Case.status).where(Case.document_id == received.id)).all() == ["discarded"]
    with pair.here.at_home():
        assert _delivery(case).state == "recalled"
        assert db.session.get_one(Document, case.document_id).state == "recalled"


def test_line_n13_a_registered_document_is_cancelled_by_consent_and_both_sides_hold_the_proof(pair: Pair) -> None:
    case = pair.sent()
    pair.work()
    recipient = _registered(pair)
    _asked(pair, case)
    with pair.there.at_home() as office:
        [wish] = db.session.scalars(select(Arrival).where(Arrival.kind == "recall"))
        [asking] = [
            one for one in db.session.scalars(select(Case).where(Case.document_id == wish.document_id)) if _is_wish(one)
        ]
        Told(office).complete(_ref(asking), "answer", recipient["clerk"], recall_decision="agree")
        [wish] = db.session.scalars(select(Arrival).where(Arrival.kind == "recall"))
        received = db.session.get_one(Document, wish.document_id)
        assert (received.state, received.arrival_number) == ("recalled", 1)
        given = [receipts.read(reporting.receipt_of(one))[0] for one in reporting.given(wish.id)]
        assert [one.code for one in given] == ["01", "15"]
    pair.work()

    with pair.here.at_home():
        assert db.session.get_one(Document, case.document_id).state == "recalled"
        wish_sent = recalling.of(_delivery(case).message_id)
        assert wish_sent is not None
        [asked] = queries.of_message(wish_sent.id)
        assert [one.code for one in queries.trails([asked.id])[asked.id]] == ["13", "01", "15"]


def _ref(case: Case) -> Ref:
    return Ref(case.id, case.document_id)


def _is_wish(case: Case) -> bool:
    return case.version.key == "recall_request"


def test_a_recipient_who_declines_keeps_the_document_and_says_why(pair: Pair) -> None:
    case = pair.sent()
    pair.work()
    recipient = _registered(pair)
    _asked(pair, case)
    with pair.there.at_home() as office:
        [asking] = [one for one in db.session.scalars(select(Case)) if _is_wish(one)]
        asked = _ref(asking)
        task = Told(office).task(asked, "answer")
        assert REASON in office.client(recipient["clerk"]).get(f"/tasks/{task.id}").get_data(as_text=True)
        answer = {"recall_decision": "decline", "opinion": "Đã thực hiện xong."}
        Told(office).complete(asked, "answer", recipient["clerk"], **answer)
        assert db.session.get_one(Document, asked.document_id).state == "registered"
    pair.work()

    with pair.here.at_home() as office:
        assert db.session.get_one(Document, case.document_id).state == "sent"
        page = office.client(office.tour["clerk"]).get(f"/sent/{case.document_id}").get_data(as_text=True)
        assert "Từ chối thu hồi" in page
        assert "0 nơi đồng ý, 1 nơi không đồng ý, 0 nơi chưa trả lời." in page


def test_only_the_sender_recalls_once_and_with_a_reason(pair: Pair) -> None:
    case = pair.sent()
    with pair.here.at_home() as office:
        clerk, other = office.actor(office.tour["clerk"]), office.actor(office.tour["drafter"])
        with pytest.raises(Forbidden):
            recalling.ask(other, case.document_id, reason=REASON)
        with pytest.raises(Invalid, match=r"recall\.reason"):
            recalling.ask(clerk, case.document_id, reason=" ")
        client = office.client(office.tour["clerk"])
        assert client.post(f"/sent/{case.document_id}/recall", data={"reason": REASON}).status_code == 303
        with pytest.raises(Conflict, match="recall"):
            recalling.ask(clerk, case.document_id, reason=REASON)
