"""The description tells the truth: every operation's real answers are what the OpenAPI file says."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from app.domain.cases import notices
from app.kernel.db import transaction
from tests.api.conftest import Signed
from tests.house import Office
from tests.story import Told
from tests.web.browser import pdf

Operation = tuple[str, str]
NOBODY = str(uuid4())


class Described:
    """The OpenAPI file, and which of its operations were looked at."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.text: dict[str, Any] = client.get("/api/v1/openapi.json").get_json()
        self.seen: set[Operation] = set()

    def operations(self) -> Iterator[Operation]:
        """Every path and method."""
        for path, item in self.text["paths"].items():
            yield from ((method, path) for method in item if method != "parameters")

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        """A request whose answer is compared with what was promised; `ids` fill the path."""
        ids = more.pop("ids", {})
        answer: TestResponse = self.client.open(path.format(**ids), method=method.upper(), buffered=True, **more)
        self.seen.add((method, path))
        self._compare(self.text["paths"][path][method]["responses"], answer)
        return answer

    def _compare(self, promised: dict[str, Any], answer: TestResponse) -> None:
        told = promised.get(str(answer.status_code), promised["default"])
        if "$ref" in told:
            told = self.text["components"]["responses"][told["$ref"].rsplit("/", 1)[-1]]
        if "content" not in told:
            assert answer.data == b""
            assert "Content-Type" not in answer.headers
            return
        kind = answer.mimetype or ""
        assert kind in told["content"], answer.text
        schema = told["content"][kind]["schema"]
        if kind.endswith("json"):
            whole = {**schema, "components": self.text["components"]}
            Draft202012Validator(whole).validate(answer.get_json())
        else:
            assert (schema["type"], schema["format"]) == ("string", "binary")


@pytest.fixture
def described(client: FlaskClient) -> Described:
    return Described(client)


def test_what_goes_well_is_described(described: Described, told: Told, signed: Signed, office: Office) -> None:
    sent = told.sent(recipients=1)
    told.handle(told.recipients[0], last="take_up")
    drafter = signed(told.tour["drafter"])
    api = "/api/v1/"
    for path in ("documents/", "directory/agencies", "directory/posts"):
        assert described.ask("get", f"{api}{path}", headers=drafter).get_json()
    of_document = {"document_id": sent.document_id}
    for path in ("", "/file", "/statuses"):
        answer = described.ask("get", f"{api}documents/{{document_id}}{path}", ids=of_document, headers=drafter)
        assert answer.status_code == 200

    case = described.ask("post", f"{api}cases/", json={}, headers=drafter).get_json()
    described.ask("get", f"{api}cases/{{case_id}}", ids={"case_id": case["id"]}, headers=drafter)
    task = {"task_id": described.ask("get", f"{api}tasks/", headers=drafter).get_json()[0]["id"]}
    described.ask("get", f"{api}tasks/{{task_id}}", ids=task, headers=drafter)
    given = {"file": (BytesIO(pdf()), "a.pdf")}
    kept = described.ask("put", f"{api}tasks/{{task_id}}/file", ids=task, data=given, headers=drafter)
    body = {"answers": told.draft()}
    done = described.ask("post", f"{api}tasks/{{task_id}}/completion", ids=task, json=body, headers=drafter)

    second = {"task_id": told.task(told.start(), "draft").id}
    gone = described.ask("post", f"{api}tasks/{{task_id}}/discard", ids=second, headers=drafter)

    assert described.ask("get", f"{api}operations/", headers=drafter).get_json()
    posts = [office.post("chuyenvien-vp-sontinh").id]
    with transaction():
        notices.give(posts, once=sent.id, case_id=sent.id, text="Mời dự họp")
    notice = {"notice_id": described.ask("get", f"{api}notices/", headers=drafter).get_json()[0]["id"]}
    assert described.ask("put", f"{api}notices/{{notice_id}}/read", ids=notice, headers=drafter).get_json()["read_at"]

    assert (kept.status_code, done.status_code, gone.status_code) == (204, 200, 200)
    assert described.seen == set(described.operations())


def test_what_goes_wrong_is_described(described: Described, told: Told, signed: Signed) -> None:
    drafter = signed(told.tour["drafter"])
    ids = dict.fromkeys(("task_id", "case_id", "document_id", "notice_id"), NOBODY)
    for method, path in described.operations():
        assert described.ask(method, path, ids=ids).status_code == 401
        if "{" in path:
            assert described.ask(method, path, ids=ids, headers=drafter).status_code == 404

    case = told.start()
    task = {"task_id": told.task(case, "draft").id}
    completion = "/api/v1/tasks/{task_id}/completion"
    wrong: list[tuple[int, dict[str, Any]]] = [
        (400, {"data": b"{", "content_type": "application/json"}),
        (413, {"data": b"x" * 1_100_000, "content_type": "application/json"}),
        (415, {"data": b"{}", "content_type": "text/plain"}),
        (422, {"json": {"answers": {"subject": "x"}}}),
        (422, {"json": {"more": 1}}),
    ]
    for status, body in wrong:
        assert described.ask("post", completion, ids=task, headers=drafter, **body).status_code == status
    assert described.ask("get", "/api/v1/tasks/", query_string={"limit": 0}, headers=drafter).status_code == 422
    described.ask("post", completion, ids=task, json={"answers": told.draft()}, headers=drafter)
    late = described.ask("post", completion, ids=task, json={"answers": told.draft()}, headers=drafter)
    assert late.status_code == 409


def test_errors_have_one_shape(described: Described) -> None:
    shape = described.text["components"]["schemas"]["Problem"]

    assert set(shape["properties"]) == {"type", "title", "status", "code", "detail", "errors"}
    assert "Error" not in described.text["components"]["schemas"]
