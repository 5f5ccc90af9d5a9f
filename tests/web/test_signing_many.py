"""Signing many documents by one act: each by its own rights, one after the other, each with its result."""

import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.domain.cases import commands
from app.domain.cases.models import Bulk, BulkItem
from app.domain.documents.commands import FileGiven, add_file
from app.domain.documents.models import Document
from app.domain.signatures.models import SignatureRequest
from app.jobs import outbox
from app.kernel.db import db, transaction
from tests.house import Office
from tests.story import Ref, Told, key_away


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def _chairman(told: Told) -> FlaskClient:
    return told.office.client(told.tour["chairman"])


def _press(client: FlaskClient, without: tuple[str, ...] = ()) -> TestResponse:
    """Choose what the page offers, as a browser without a script posts it."""
    page = client.get("/signing?all=1").get_data(as_text=True)
    seen = dict(re.findall(r'name="(seen-[0-9a-f-]+)" value="([0-9a-f]*)"', page))
    ticked = re.findall(r'name="task" value="([0-9a-f-]+)" checked', page)
    return client.post("/signing", data={**seen, "task": [one for one in ticked if one not in without]})


def _state(told: Told, case: Ref) -> str:
    return told.document(case).state


def _outcomes(bulk_id: UUID) -> dict[UUID, tuple[str, str]]:
    db.session.rollback()
    db.session.expire_all()
    items = db.session.scalars(select(BulkItem).where(BulkItem.bulk_id == bulk_id))
    return {item.case_id: (item.outcome, item.code) for item in items}


def _bulk(answer: TestResponse) -> UUID:
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return UUID(answer.headers["Location"].rsplit("/", 1)[-1])


def test_line_57_many_documents_are_signed_by_one_act_and_each_has_its_own_result(told: Told) -> None:
    good, changed, done = (told.until("approve") for _ in range(3))
    client = _chairman(told)
    assert 'href="/signing"' in client.get("/").get_data(as_text=True)
    page = client.get("/signing?all=1").get_data(as_text=True)
    seen = dict(re.findall(r'name="(seen-[0-9a-f-]+)" value="([0-9a-f]*)"', page))
    ticked = re.findall(r'name="task" value="([0-9a-f-]+)" checked', page)
    assert len(ticked) == 3

    with transaction():
        document = db.session.get_one(Document, changed.document_id)
        add_file(document, FileGiven("khac.pdf", "0" * 64, 10, 1), stage="prepared")
    told.complete(done, "approve", told.tour["chairman"], approval_decision="return", opinion="Sửa lại.")
    bulk_id = _bulk(client.post("/signing", data={**seen, "task": ticked}))
    told.office.work()

    assert _outcomes(bulk_id) == {good.id: ("signed", ""), changed.id: ("changed", ""), done.id: ("gone", "")}
    assert _state(told, good) == "signed"
    assert told.task(changed, "approve").closed_at is None
    result = client.get(f"/signing/batches/{bulk_id}").get_data(as_text=True)
    assert "Đã ký 1/3 văn bản" in result
    assert "Văn bản đã thay đổi sau khi anh/chị xem" in result
    assert db.session.get_one(Bulk, bulk_id).ended_at is not None


def test_line_57_a_batch_stops_where_the_key_fails_and_goes_on_when_it_is_mended(told: Told) -> None:
    cases = [told.until("approve") for _ in range(3)]
    client = _chairman(told)
    with key_away(told):
        bulk_id = _bulk(_press(client))
        told.office.work()
    assert sorted(outcome for outcome, _ in _outcomes(bulk_id).values()) == ["", "", "failed"]
    page = client.get(f"/signing/batches/{bulk_id}").get_data(as_text=True)
    assert "Ký tiếp 3 văn bản" in page
    assert "1 chữ ký chưa xong" in client.get("/").get_data(as_text=True)

    assert client.post(f"/signing/batches/{bulk_id}", data={"act": "go_on"}).status_code == 303
    told.office.work()
    assert {outcome for outcome, _ in _outcomes(bulk_id).values()} == {"signed"}
    assert {_state(told, case) for case in cases} == {"signed"}
    assert len(list(db.session.scalars(select(SignatureRequest)))) == 3


def test_a_batch_that_is_stopped_signs_no_further_document_until_it_is_told_to_go_on(told: Told) -> None:
    for _ in range(3):
        told.until("approve")
    client = _chairman(told)
    bulk_id = _bulk(_press(client))
    while "signed" not in {outcome for outcome, _ in _outcomes(bulk_id).values()}:
        assert outbox.run_one()
    client.post(f"/signing/batches/{bulk_id}", data={"act": "stop"})
    told.office.work()
    outcomes = [outcome for outcome, _ in _outcomes(bulk_id).values()]
    assert outcomes.count("signed") < 3
    assert outcomes.count("") >= 1

    client.post(f"/signing/batches/{bulk_id}", data={"act": "go_on"})
    told.office.work()
    assert [outcome for outcome, _ in _outcomes(bulk_id).values()] == ["signed"] * 3


def test_nobody_signs_in_a_batch_what_is_not_theirs_to_sign(told: Told) -> None:
    case = told.until("approve")
    task, file = told.task(case, "approve"), "0" * 64
    clerk = told.office.client(told.tour["clerk"])
    bulk_id = _bulk(clerk.post("/signing", data={"task": str(task.id), f"seen-{task.id}": file}))
    told.office.work()
    [(outcome, _code)] = _outcomes(bulk_id).values()
    assert outcome in {"refused", "changed"}
    assert _state(told, case) != "signed"
    assert _chairman(told).get(f"/signing/batches/{bulk_id}").status_code == 404
    assert clerk.post("/signing", data={}).status_code == 422


def test_a_signer_mends_or_gives_up_a_signature_of_theirs_and_nobody_elses(told: Told) -> None:
    case = told.until("approve")
    with key_away(told):
        told.complete(case, "approve", told.tour["chairman"], approval_decision="sign")
    [request] = db.session.scalars(select(SignatureRequest))
    address = f"/signing/requests/{request.id}"
    assert told.office.client(told.tour["clerk"]).post(address, data={"act": "again"}).status_code == 404
    client = _chairman(told)
    assert "Chọn khóa hoặc chứng thư khác" in client.get("/signing").get_data(as_text=True)
    with key_away(told):
        client.post(address, data={"act": "again"})
        told.office.work()
    client.post(address, data={"act": "give_up"})
    told.office.work()
    assert told.task(case, "approve").closed_at is None

    task_id = told.task(case, "approve").id
    commands.complete_task(told.office.actor(told.tour["chairman"]), task_id, answers={"approval_decision": "sign"})
    told.office.work()
    assert _state(told, case) == "signed"
