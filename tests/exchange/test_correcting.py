"""A refusal is an outcome: its reason reaches the sender in words, and one tap makes the corrected document."""

import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.cases.models import Case, Incident
from app.domain.documents import attachments
from app.domain.documents.commands import FileGiven
from app.domain.documents.models import Document
from app.domain.exchange import queries
from app.domain.exchange.models import Arrival
from app.gateways.files import FileStore
from app.kernel.db import db
from tests.house import Office
from tests.story import Ref, Told

REFUSAL = {
    "registration_decision": "refuse",
    "refuse_reason": "damaged_file",
    "refuse_text": "Thiếu trang 2 của phụ lục.",
}


@pytest.fixture
def told(office: Office) -> Told:
    """The story of one document."""
    return Told(office)


def _refused(told: Told) -> Ref:
    """A document with an attachment that the first of two recipients refused."""
    case = told.start()
    store: FileStore = told.office.app.extensions["files"]
    kept = store.put(b"xa,so\nA,1\n", limit=100)
    file = FileGiven("phu-luc.csv", kept.sha256, kept.size)
    attachments.add(told.office.actor(told.tour["drafter"]), case.document_id, files=[file])
    told.carry(case, told.draft())
    told.complete(told.arrived(told.recipients[0]), "register", told.recipients[0]["clerk"], **REFUSAL)
    return case


def test_promise_8_and_line_68_a_refusal_reaches_the_sender_in_words_and_is_no_error(told: Told) -> None:
    case = _refused(told)
    clerk = told.office.client(told.tour["clerk"])
    page = clerk.get(f"/sent/{case.document_id}").get_data(as_text=True)
    assert "Tệp lỗi" in page or "hỏng" in page, "the reason by its name"
    assert REFUSAL["refuse_text"] in page
    refused = next(one for one in queries.deliveries(case.document_id) if one.status == "02")
    heard = queries.trails([refused.id])[refused.id][-1]
    assert (heard.code, heard.reason, heard.note) == ("02", "damaged_file", REFUSAL["refuse_text"])
    assert heard.signature, "signed like every receipt"
    assert db.session.scalars(select(Incident)).all() == []
    assert db.session.scalars(select(Case.status)).all().count("incident") == 0
    assert told.document(case).state == "sent", "the other recipient has it all the same"


def test_line_n14_one_tap_corrects_what_was_refused_and_sends_it_in_the_same_thread(told: Told) -> None:
    case = _refused(told)
    clerk, path = told.office.client(told.tour["clerk"]), f"/sent/{case.document_id}"
    page = clerk.get(path).get_data(as_text=True)
    [recipient] = re.findall(r'name="kind" value="new"><input type="hidden" name="recipients" value="([^"]+)"', page)
    assert clerk.post(f"{path}/successor", data={"kind": "new", "recipients": recipient}).status_code == 303
    assert clerk.post(f"{path}/successor", data={"kind": "new", "recipients": recipient}).status_code == 409

    first, again = _said(told, case), _begun(told)
    assert _said(told, again) == {**first, "reference": ""}, "a copy with its files and facts, without the number"
    drafter = told.office.client(told.tour["drafter"])
    task = drafter.get(f"/tasks/{told.task(again, 'draft').id}").get_data(as_text=True)
    assert REFUSAL["refuse_text"] in task, "the reason in sight"
    assert first["reference"] in task

    told.carry(again, {**told.draft(1), "subject": "V/v giao kế hoạch (đủ phụ lục)"})
    original, kind, relates_to = _message(case)[0], *_message(again)[1:]
    assert (kind, relates_to) == ("new", original)
    [delivery] = queries.deliveries(again.document_id)
    assert (delivery.state, str(delivery.recipient_id)) == ("delivered", recipient)
    query = select(Arrival.document_id).where(Arrival.message_id == _message(again)[0], Arrival.relates_to == original)
    arrived = db.session.scalars(query).one()
    there = told.office.client(told.recipients[0]["clerk"])
    assert first["reference"] in there.get(f"/documents/{arrived}").get_data(as_text=True)
    assert _said(told, again)["reference"] in clerk.get(path).get_data(as_text=True)


def _begun(told: Told) -> Ref:
    """The draft that was made."""
    query = select(Case).join(Document, Document.id == Case.document_id)
    case = db.session.scalars(query.where(Document.direction == "outgoing", Document.state == "draft")).one()
    return Ref(case.id, case.document_id)


def _said(told: Told, case: Ref) -> dict[str, Any]:
    """What a document says, the names of its attachments, and its number."""
    document = told.document(case)
    said = {name: getattr(document, name) for name in ("document_type", "field", "subject", "body", "reference")}
    return {**said, "attached": [one.file.name for one in attachments.of(document.id)]}


def _message(case: Ref) -> tuple[UUID, str, UUID | None]:
    """The id of the message that carries a document, what it is for, and what it relates to."""
    found = queries.sent(case.document_id)
    assert found is not None
    return found.id, found.kind, found.relates_to
