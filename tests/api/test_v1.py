"""The JSON interface does what the pages do, and says so in its description."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain.actors import commands as accounts
from tests.house import Office
from tests.story import Told

Headers = dict[str, str]


def _as(office: Office, sign_in: str) -> Headers:
    return {"Authorization": f"Bearer {accounts.make_token(office.actor(sign_in), label='test')}"}


def test_without_a_token_nothing_is_told(client: FlaskClient) -> None:
    answer = client.get("/api/v1/tasks/")

    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"


def test_a_case_is_started_and_its_first_task_completed(client: FlaskClient, told: Told) -> None:
    drafter = _as(told.office, told.tour["drafter"])

    case = client.post("/api/v1/cases/", json={}, headers=drafter)
    assert case.status_code == 201, case.text
    waiting = client.get("/api/v1/tasks/", headers=drafter).get_json()
    assert [one["node"] for one in waiting] == ["draft"]
    task = client.get(f"/api/v1/tasks/{waiting[0]['id']}", headers=drafter).get_json()
    assert task["form"]["properties"]["subject"]
    done = client.post(f"/api/v1/tasks/{waiting[0]['id']}/completion", json={"answers": told.draft()}, headers=drafter)

    assert done.status_code == 200, done.text
    assert client.get("/api/v1/tasks/", headers=drafter).get_json() == []


def test_wrong_answers_name_their_fields(client: FlaskClient, told: Told) -> None:
    case = told.start()
    drafter = _as(told.office, told.tour["drafter"])
    url = f"/api/v1/tasks/{told.task(case, 'draft').id}/completion"

    answer = client.post(url, json={"answers": {"subject": "x"}}, headers=drafter)

    assert answer.status_code in (400, 422)
    assert "recipients" in answer.get_json()["errors"]


def test_a_draft_is_thrown_away(client: FlaskClient, told: Told) -> None:
    case = told.start()
    drafter, url = _as(told.office, told.tour["drafter"]), f"/api/v1/tasks/{told.task(case, 'draft').id}/discard"

    answer = client.post(url, headers=drafter)

    assert (answer.status_code, answer.get_json()["status"]) == (200, "discarded")
    assert client.get("/api/v1/tasks/", headers=drafter).get_json() == []
    assert client.post(url, headers=drafter).status_code == 409


@pytest.mark.parametrize(("typed", "status"), [("2030-01-05", 200), ("05/01/2030", 422)])
def test_days_are_iso_8601_whatever_pages_show(client: FlaskClient, told: Told, typed: str, status: int) -> None:
    case = told.start()
    drafter = _as(told.office, told.tour["drafter"])
    url = f"/api/v1/tasks/{told.task(case, 'draft').id}/completion"

    answer = client.post(url, json={"answers": {**told.draft(), "due_on": typed}}, headers=drafter)

    assert answer.status_code == status, answer.text


def test_a_task_done_by_someone_else_is_a_conflict(client: FlaskClient, told: Told) -> None:
    case = told.start()
    drafter = _as(told.office, told.tour["drafter"])
    url = f"/api/v1/tasks/{told.task(case, 'draft').id}/completion"
    client.post(url, json={"answers": told.draft()}, headers=drafter)

    assert client.post(url, json={"answers": told.draft()}, headers=drafter).status_code == 409


@pytest.mark.parametrize(
    ("content", "code"), [(b"not a pdf at all", "pdf.not_a_pdf"), (b"%PDF-1.7\ntruncated", "pdf.")]
)
def test_a_file_that_is_no_pdf_is_refused(client: FlaskClient, told: Told, content: bytes, code: str) -> None:
    case = told.start()
    drafter = _as(told.office, told.tour["drafter"])
    given = {"file": (io.BytesIO(content), "a.pdf")}

    answer = client.put(f"/api/v1/tasks/{told.task(case, 'draft').id}/file", data=given, headers=drafter)

    assert answer.status_code in (400, 422)
    assert answer.get_json()["code"].startswith(code)


def test_statuses_of_a_sent_document_are_told_with_their_trail(client: FlaskClient, told: Told) -> None:
    case = told.sent(recipients=1)
    told.handle(told.recipients[0], last="take_up")

    url = f"/api/v1/documents/{case.document_id}/statuses"
    found = client.get(url, headers=_as(told.office, told.tour["drafter"])).get_json()

    assert [one["code"] for one in found[0]["trail"]] == ["01", "03", "04"]
    assert (found[0]["status"], found[0]["arrival_number"]) == ("04", 1)


def test_a_refusal_is_told_as_a_code_and_its_explanation(client: FlaskClient, told: Told) -> None:
    case = told.sent(recipients=1)
    answers = {"registration_decision": "refuse", "refuse_reason": "duplicate", "refuse_text": "Đã nhận ngày hôm qua."}
    told.complete(told.arrived(told.recipients[0]), "register", told.recipients[0]["clerk"], **answers)

    url = f"/api/v1/documents/{case.document_id}/statuses"
    last = client.get(url, headers=_as(told.office, told.tour["drafter"])).get_json()[0]["trail"][-1]

    assert (last["code"], last["reason"], last["note"]) == ("02", "duplicate", "Đã nhận ngày hôm qua.")


def test_the_description_names_every_route(app: Flask, client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").get_json()
    routes: set[tuple[str, str]] = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api_"):
            path = rule.rule.replace("uuid:", "").translate(str.maketrans("<>", "{}"))
            routes |= {(path, method.lower()) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}

    told = {(path, verb) for path, verbs in described["paths"].items() for verb in verbs if verb != "parameters"}
    assert routes == told
    assert described["openapi"].startswith("3.1")


@pytest.mark.parametrize("body", [None, [], {"answers": []}, {"answers": {}, "more": 1}, {"answers": "x"}])
def test_a_body_of_the_wrong_shape_is_refused(client: FlaskClient, told: Told, body: Any) -> None:
    case = told.start()
    url = f"/api/v1/tasks/{told.task(case, 'draft').id}/completion"

    answer = client.post(url, json=body, headers=_as(told.office, told.tour["drafter"]))

    assert answer.status_code in (400, 422)
