"""What other programs send: strange JSON, too much of it, files with strange names."""

from io import BytesIO
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from app.domain.documents import queries as documents
from app.gateways.files import FileStore
from tests.api.conftest import Signed
from tests.story import Told
from tests.web.browser import pdf

JSON = {"Content-Type": "application/json"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=eo"}


def _form(content: bytes, name: str = "a.pdf") -> bytes:
    """A form with one file, written by a program that puts anything into the name."""
    head = f"--eo\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''{quote(name, safe='')}\r\n\r\n"
    return head.encode() + content + b"\r\n--eo--\r\n"


@pytest.mark.parametrize(
    "text",
    [
        '{"answers": ' + "[" * 900 + "]" * 900 + "}",
        '{"answers": ' + '{"a":' * 40 + "1" + "}" * 41,
        '{"answers": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"answers": {"subject": ' + "9" * 5000 + "}}",
        '{"answers": {"subject": -' + "9" * 19 + "}}",
        '{"answers": {"subject": 1e999}}',
        '{"answers": {"subject": NaN}}',
        '{"answers": {"subject": -Infinity}}',
        '{"answers": {"subject": "\\ud800"}}',
        '{"answers": {"\\udfff": "x"}}',
        '{"answers": {"subject": ["\\ud800"]}}',
        '{"answers": ',
        "",
        "\ufeff{}",
    ],
    ids=lambda text: text[:40],
)
@pytest.mark.parametrize("place", ["/api/v1/cases/", "completion"])
def test_json_that_is_none_or_that_breaks_readers_is_refused_in_words(
    client: FlaskClient, told: Told, signed: Signed, place: str, text: str
) -> None:
    drafter = told.tour["drafter"]
    if place == "completion":
        place = f"/api/v1/tasks/{told.task(told.start(), 'draft').id}/completion"

    answer = client.post(place, data=text.encode(), headers={**JSON, **signed(drafter)})

    assert answer.status_code == 400, answer.text
    assert answer.get_json()["code"].startswith("request.")
    assert "JSON" in answer.get_json()["detail"]


def test_bytes_that_are_no_text_are_refused(client: FlaskClient, told: Told, signed: Signed) -> None:
    answer = client.post("/api/v1/cases/", data=b"\xff\xfe{\0}\0", headers={**JSON, **signed(told.tour["drafter"])})

    assert (answer.status_code, answer.get_json()["code"]) == (400, "request.not_json")


@pytest.mark.parametrize("query", ["limit=" + "9" * 5000, "offset=1e999", "limit=NaN", "tab=%ff", "search=%ed%a0%80"])
def test_strange_questions_are_no_failures_of_ours(client: FlaskClient, told: Told, signed: Signed, query: str) -> None:
    assert client.get(f"/api/v1/tasks/?{query}", headers=signed(told.tour["drafter"])).status_code < 500


def test_a_body_is_small_unless_it_is_a_file(client: FlaskClient, told: Told, signed: Signed) -> None:
    drafter = signed(told.tour["drafter"])
    task = f"/api/v1/tasks/{told.task(told.start(), 'draft').id}"
    large = {"answers": {"body": "x" * 1_100_000}}

    assert client.post(f"{task}/completion", json=large, headers=drafter).status_code == 413
    assert client.post("/api/v1/cases/", json=large, headers=drafter).status_code == 413
    given = client.put(f"{task}/file", data=_form(b"%PDF-" + b"x" * 1_100_000), headers={**MULTIPART, **drafter})
    assert given.get_json()["code"].startswith("pdf."), "looked at, so it was not too large"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_a_body_of_another_kind_is_not_taken(client: FlaskClient, told: Told, signed: Signed, kind: str) -> None:
    headers = {"Content-Type": kind, **signed(told.tour["drafter"])}
    task = f"/api/v1/tasks/{told.task(told.start(), 'draft').id}"

    for answer in (
        client.post("/api/v1/cases/", data=b"{}", headers=headers),
        client.post(f"{task}/completion", data=b"{}", headers=headers),
        client.put(f"{task}/file", data=pdf(), headers=headers),
    ):
        assert (answer.status_code, answer.mimetype) == (415, "application/problem+json")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a\r\nX-Evil: 1.pdf", "aX-Evil: 1.pdf"), ("../../etc/passwd", "passwd.pdf"), ("a\0b\u202e.exe", "ab.exe.pdf")],
)
def test_a_file_has_a_name_that_can_be_sent_back(
    client: FlaskClient, told: Told, signed: Signed, given: str, kept: str
) -> None:
    case, drafter = told.start(), signed(told.tour["drafter"])
    place = f"/api/v1/tasks/{told.task(case, 'draft').id}/file"
    answer = client.put(place, data=_form(pdf(), given), headers={**MULTIPART, **drafter})
    assert answer.status_code == 204, answer.text

    back = client.get(f"/api/v1/documents/{case.document_id}/file", headers=drafter, buffered=True)

    assert back.status_code == 200
    assert documents.files(case.document_id)[0].name == kept


def test_nothing_is_kept_of_someone_who_may_not_give_it_nor_of_what_is_no_pdf(
    client: FlaskClient, told: Told, signed: Signed
) -> None:
    case = told.until("check_content")
    told.complete(case, "check_content", told.tour["head"], content_decision="agree")
    store: FileStore = told.office.app.extensions["files"]
    before = sorted(store.root.rglob("*"))

    task = f"/api/v1/tasks/{told.task(case, 'check_form').id}/file"
    refused = client.put(task, data={"file": (BytesIO(pdf()), "a.pdf")}, headers=signed(told.tour["drafter"]))
    again = told.start()
    place = f"/api/v1/tasks/{told.task(again, 'draft').id}/file"
    broken = client.put(place, data={"file": (BytesIO(b"%PDF-1.7"), "a.pdf")}, headers=signed(told.tour["drafter"]))

    assert refused.status_code == 403
    assert broken.status_code == 400
    assert sorted(store.root.rglob("*")) == before


@pytest.mark.parametrize("place", ["/api/v1/tasks", "/api/v1/documents", "/api/v1/cases", "/api/v1//tasks/"])
def test_no_address_answers_with_the_host_of_the_request(client: FlaskClient, place: str) -> None:
    answer = client.get(place, headers={"Host": "evil.example"})

    assert answer.status_code in (401, 404, 405)
    assert "evil" not in str(answer.headers) + answer.text


def test_a_list_is_there_with_and_without_its_slash(client: FlaskClient, told: Told, signed: Signed) -> None:
    drafter = signed(told.tour["drafter"])

    assert client.get("/api/v1/tasks", headers=drafter).status_code == 200
    assert client.post("/api/v1/cases", json={}, headers=drafter).status_code == 201


def test_options_tell_the_methods_and_nothing_else(client: FlaskClient, told: Told, signed: Signed) -> None:
    answer = client.options("/api/v1/tasks/", headers=signed(told.tour["drafter"]))

    assert answer.status_code == 204
    assert "GET" in answer.headers["Allow"]
    assert "Content-Type" not in answer.headers
