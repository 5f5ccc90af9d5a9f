"""When something goes wrong: status, words, and nothing that is nobody's business."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from app.kernel import errors
from app.kernel.db import db
from app.kernel.errors import OfficeError
from app.web.errors import status_of
from app.web.session import SECRET
from tests import house
from tests.house import Office, Template

CLERK = "vanthu.sontinh"
HIDDEN = "the content of a confidential document"
FAILURES: dict[str, tuple[Exception, int]] = {
    "invalid": (errors.Invalid("exchange.unknown_status", status="99"), 400),
    "fields": (errors.Invalid("form.invalid", fields={"subject": ("form.required", {})}), 422),
    "forbidden": (errors.Forbidden("actor.not_permitted", permission="x"), 403),
    "missing": (errors.Missing("task.missing"), 404),
    "conflict": (errors.Conflict("task.already_done"), 409),
    "too_large": (errors.TooLarge("file.too_large", limit=1), 413),
    "too_many": (errors.TooMany("sign_in.too_many", minutes=3), 429),
    "unavailable": (errors.Unavailable("timestamp.unavailable"), 503),
    "unknown": (errors.Conflict("no.such_code"), 409),
    "bug": (ZeroDivisionError(HIDDEN), 500),
    "database": (OperationalError(HIDDEN, {"subject": HIDDEN}, Exception(HIDDEN)), 500),
}


@pytest.fixture(scope="module")
def troubled_house(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An application whose pages fail on request; nothing that its visitors do leaves a trace."""
    options = {"WTF_CSRF_ENABLED": False, "RATELIMIT_ENABLED": False, "PROPAGATE_EXCEPTIONS": False}

    def fail(name: str) -> Any:
        if name.isdigit():
            abort(int(name))
        raise FAILURES[name][0]

    with house.copied(template, tmp_path_factory.mktemp("troubled"), **options) as app:
        app.add_url_rule("/fail/<name>", "fail_page", fail, methods=["GET", "POST"])
        app.add_url_rule("/api/v1/fail/<name>", "fail_api", fail)
        yield Office(app, template.world)


@pytest.fixture
def troubled(troubled_house: Office) -> Iterator[FlaskClient]:
    """A browser there."""
    with troubled_house.app.app_context():
        yield troubled_house.client(CLERK)


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_told_in_words_with_its_status(troubled: FlaskClient, name: str) -> None:
    answer = troubled.get(f"/fail/{name}")
    assert answer.status_code == FAILURES[name][1]
    assert answer.mimetype == "text/html"
    assert f"Lỗi {answer.status_code}" in answer.text
    assert "<h1>" in answer.text
    for hidden in (HIDDEN, "Traceback", "File &#34;", "no.such_code", "Error(", "sqlalche"):
        assert hidden not in answer.text


@pytest.mark.parametrize("name", FAILURES)
def test_a_program_is_told_as_the_standard_says(troubled: FlaskClient, name: str) -> None:
    answer = troubled.get(f"/api/v1/fail/{name}")
    assert answer.status_code == FAILURES[name][1]
    assert answer.content_type == "application/problem+json"
    body = json.loads(answer.data)
    assert body["status"] == answer.status_code
    assert body["detail"]
    assert body["title"]
    assert HIDDEN not in answer.text


def test_a_program_is_told_which_fields_are_wrong(troubled: FlaskClient) -> None:
    body = troubled.get("/api/v1/fail/fields").get_json(force=True)
    assert body["errors"]["subject"]["code"] == "form.required"
    assert body["errors"]["subject"]["detail"].startswith("Chưa có nội dung")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 422, 429, 500, 502, 503, 504])
def test_every_status_of_the_framework_has_a_page(troubled: FlaskClient, status: int) -> None:
    answer = troubled.get(f"/fail/{status}")
    assert answer.status_code == status
    assert f"Lỗi {status}" in answer.text


def test_the_page_of_an_error_speaks_the_readers_language(troubled: FlaskClient) -> None:
    troubled.post("/locale", data={"locale": "en"})
    assert "Someone has already done this task." in troubled.get("/fail/conflict").text
    assert "Something went wrong on our side" in troubled.get("/fail/bug").text


def test_an_address_nobody_knows_is_missing_for_everyone(office: Office) -> None:
    for client in (office.client(), office.client(CLERK)):
        answer = client.get("/no/such/page?x=<script>")
        assert answer.status_code == 404
        assert "Không tìm thấy" in answer.text
        assert "<script>" not in answer.text


def test_a_wrong_method_says_which_are_right(office: Office) -> None:
    answer = office.client().get("/sign-out")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_body_over_the_limit_is_refused_in_words(office: Office) -> None:
    office.app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = office.client(CLERK).post("/sign-in", data={"name": "x" * 2000})
    assert answer.status_code == 413
    assert "quá lớn" in answer.text


def test_a_form_of_too_many_parts_is_refused_in_words_that_fit(office: Office) -> None:
    body = "".join(f'--edge\r\nContent-Disposition: form-data; name="n{i}"\r\n\r\nx\r\n' for i in range(1100))
    answer = office.client(CLERK).post(
        "/account/tokens", data=f"{body}--edge--\r\n", content_type="multipart/form-data; boundary=edge"
    )
    assert answer.status_code == 413
    assert "quá nhiều mục" in answer.text
    assert "dpi" not in answer.text


@pytest.mark.parametrize(("method", "place"), [("PUT", "/"), ("POST", "/"), ("DELETE", "/documents")])
def test_a_wrong_method_is_no_question_of_tokens(office: Office, method: str, place: str) -> None:
    office.app.config["WTF_CSRF_ENABLED"] = True
    answer = office.client(CLERK).open(place, method=method)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_an_unknown_address_is_missing_whatever_is_posted_to_it(office: Office) -> None:
    office.app.config["WTF_CSRF_ENABLED"] = True
    assert office.client(CLERK).post("/no/such/page").status_code == 404


def test_a_program_without_a_token_is_told_how_to_sign_in(office: Office) -> None:
    answer = office.client().get("/api/v1/tasks/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.content_type == "application/problem+json"


def test_a_program_hears_what_is_wrong_with_its_request(office: Office) -> None:
    client = office.client(CLERK)
    made = client.post("/account/tokens", data={"label": "x"}).text
    token = made.split('id="secret" value="')[1].split('"')[0]
    answer = client.get("/api/v1/tasks/?limit=0", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 422
    assert "limit" in answer.get_json(force=True)["errors"]["query"]


def test_an_error_while_the_database_is_away_needs_no_database(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def gone(*_: object, **__: object) -> None:
        raise OperationalError(HIDDEN, {}, Exception(HIDDEN))

    client = app.test_client()
    with client.session_transaction() as session:
        session[SECRET] = "anything"
    monkeypatch.setattr(db.session, "scalar", gone)
    monkeypatch.setattr(db.session, "execute", gone)
    answer = client.get("/account")
    assert answer.status_code == 500
    assert "Hệ thống gặp trục trặc" in answer.text
    assert HIDDEN not in answer.text


def test_every_kind_of_failure_has_a_status() -> None:
    for kind in OfficeError.__subclasses__():
        assert status_of(kind("x")) >= 400
    assert {status_of(kind("x")) for kind in OfficeError.__subclasses__()} >= {403, 404, 409, 413, 429, 503}
