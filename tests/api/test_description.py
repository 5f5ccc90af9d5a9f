"""The description tells the truth: every operation's real answers are what the OpenAPI file says."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from app.domain.cases import notices
from app.domain.cases.models import Case
from app.kernel.db import db, transaction
from tests.api import layers
from tests.api.conftest import Signed
from tests.engine.diagrams import ends, gateway, user
from tests.oddities import MINE, Oddities
from tests.story import Ref, Told
from tests.web.browser import pdf

Operation = tuple[str, str]
NOBODY = str(uuid4())
_REPLAY = "/api/v1/procedures/{key}/replay"


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


def _version(sent: Ref) -> UUID:
    case = db.session.get(Case, sent.id)
    assert case is not None
    return case.version_id


@pytest.fixture
def described(client: FlaskClient) -> Described:
    return Described(client)


def _hand_about(described: Described, told: Told, signed: Signed) -> None:
    """Every other act on a task, each once."""
    case = told.until("check_form")
    clerk, head, chairman = (signed(told.tour[part]) for part in ("clerk", "head", "chairman"))
    post = str(next(iter(told.office.actor(told.tour["head"]).post_ids)))
    key, why = str(told.task(case, "check_form").id), {"reason": "Vắng."}

    def do(act: str, task: str, who: dict[str, str], **body: Any) -> str:
        path = f"/api/v1/tasks/{{task_id}}/{act}"
        sent = {"json": body} if body else {}
        answer = described.ask("post", path, ids={"task_id": task}, headers=who, **sent)
        assert answer.status_code in {200, 201}, answer.text
        return str(answer.get_json()["id"])

    do("claim", key, clerk)
    do("unclaim", key, clerk)
    do("delegation", key, clerk, post_id=post, **why)
    do("delegation/end", key, clerk, **why)
    do("answer", do("opinions", key, clerk, post_id=post, question="Được không?"), head, opinion="Được.")
    do("dismissal", do("cosigners", key, clerk, post_id=post, **why), clerk, **why)
    do("assignment", key, chairman, post_id=post, **why)
    do("return", key, head, **why)
    back = str(told.task(case, "check_content").id)
    told.complete(case, "check_content", told.tour["head"], content_decision="agree")
    do("withdraw", back, head, **why)


def test_what_goes_well_is_described(described: Described, told: Told, signed: Signed) -> None:
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

    odd = Oddities(told.office)
    _repair_everything(described, odd, signed)
    _move_and_reopen(described, odd, signed)
    second = {"task_id": told.task(told.start(), "draft").id}
    gone = described.ask("post", f"{api}tasks/{{task_id}}/discard", ids=second, headers=drafter)

    _switch(described, told, signed)
    assert described.ask("get", f"{api}operations/", headers=drafter).get_json()
    _notice(described, told, sent, drafter)
    assert (kept.status_code, done.status_code, gone.status_code) == (204, 200, 200)
    for answer in layers.acts(described.ask, told.office, signed):
        assert answer.status_code in (200, 204), answer.text
    _hand_about(described, told, signed)
    assert described.seen == set(described.operations()) - {("post", _REPLAY)}, "the last has a test of its own"


def _notice(described: Described, told: Told, about: Ref, headers: dict[str, str]) -> None:
    """Read a notice."""
    posts, path = [told.office.post("chuyenvien-vp-sontinh").id], "/api/v1/notices/"
    with transaction():
        notices.give(posts, once=about.id, case_id=about.id, text="Mời dự họp")
    notice = {"notice_id": described.ask("get", path, headers=headers).get_json()[0]["id"]}
    assert described.ask("put", f"{path}{{notice_id}}/read", ids=notice, headers=headers).get_json()["read_at"]


def _switch(described: Described, told: Told, signed: Signed) -> None:
    """Ask every operation about starts that need no person."""
    administrator = signed("quantri.sontinh")
    begins = {"key": "incoming_document", "unit_id": told.office.unit("huyen-son-tinh").id}
    boards = "/api/v1/procedures/{key}/triggers"
    assert described.ask("get", boards, ids=begins, headers=administrator).get_json()[0]["switches"] == []
    for method, status in (("put", 400), ("delete", 204)):
        answer = described.ask(method, f"{boards}/{{unit_id}}", ids=begins, headers=administrator)
        assert answer.status_code == status


def _repair_everything(described: Described, odd: Oddities, signed: Signed) -> None:
    """Ask every operation about incidents, with a case that is stuck."""
    body = ends() + user("a", MINE) + gateway("exclusive", "g") + user("b", MINE) + user("c", MINE)
    version = odd.version(body, "s > a; a > g; g > b if n > 3; g > c if n <= 3; b > e; c > e")
    stuck = [odd.start(version) for _ in range(4)]
    for case_id in stuck:
        odd.complete(case_id)
    path, operator = "/api/v1/incidents/", signed(odd.operator)
    assert len(described.ask("get", path, headers=operator).get_json()) == 4

    def ask(method: str, part: str, case_id: UUID, **words: Any) -> Any:
        ids = {"incident_id": odd.incident(case_id).id}
        more = {"json": words} if words else {}
        return described.ask(method, f"{path}{{incident_id}}{part}", ids=ids, headers=operator, **more).get_json()

    assert {"b", "c"} <= set(ask("get", "", stuck[0])["destinations"])
    assert ask("put", "/note", stuck[0], note="x")["note"] == "x"
    assert ask("post", "/retry", stuck[0], reason="x") == {"outcome": "failed_again_same"}
    assert ask("post", "/retry", stuck[0], reason="x", changes={"n": 1}) == {"outcome": "went_on"}
    assert ask("post", "/move", stuck[1], reason="x", to_node="b") == {"outcome": "went_on"}
    assert ask("post", "/skip", stuck[2], reason="x")["code"] == "incident.not_skippable"
    words = {"act": "retry", "reason": "x", "words": {"n": 5}}
    assert described.ask("post", f"{path}bulk", json={**words, "expected": 1}, headers=operator).status_code == 409
    begun = described.ask("post", f"{path}bulk", json={**words, "expected": 2}, headers=operator)
    odd.office.work()
    ids = {"bulk_id": begun.get_json()["id"]}
    followed = described.ask("get", f"{path}bulk/{{bulk_id}}", ids=ids, headers=operator).get_json()
    assert (begun.status_code, followed["outcomes"]) == (202, {"went_on": 2})


def _move_and_reopen(described: Described, odd: Oddities, signed: Signed) -> None:
    """Ask every operation about moving cases to another version and opening ended ones again."""
    old = odd.version(ends() + user("a", MINE), "s > a; a > e")
    new = odd.version(ends() + user("a", MINE) + user("b", MINE), "s > a; a > b; b > e")
    case_id, operator, path = odd.start(old), signed(odd.operator), "/api/v1/migrations/"
    words = {"procedure": "p", "to": str(new), "cases": [str(case_id)]}
    tried = described.ask("post", f"{path}trial", json=words, headers=operator).get_json()
    made = described.ask("post", path, json={**words, "reason": "x"}, headers=operator).get_json()
    odd.office.work()
    ids = {"bulk_id": made["id"]}
    moved = described.ask("get", f"{path}{{bulk_id}}", ids=ids, headers=operator).get_json()
    back = described.ask("post", f"{path}{{bulk_id}}/undo", ids=ids, json={"reason": "x"}, headers=operator)
    odd.office.work()
    assert (tried["counts"], moved["counts"], back.status_code) == ({"move": 1}, {"moved": 1}, 202)
    odd.complete(case_id)
    again = {"ids": {"case_id": case_id}, "json": {"node": "a", "reason": "x"}, "headers": operator}
    assert described.ask("post", "/api/v1/cases/{case_id}/reopening", **again).get_json()["status"] == "open"


def test_a_replay_is_described(described: Described, told: Told, signed: Signed) -> None:
    version = {"version_id": str(_version(told.start()))}
    answer = _replayed(described, version, signed("quantri.sontinh"))
    assert set(answer.get_json()["counts"].values()) == {0}


def _replayed(described: Described, body: dict[str, str], headers: dict[str, str]) -> TestResponse:
    return described.ask("post", _REPLAY, ids={"key": "outgoing_document"}, json=body, headers=headers)


def test_what_goes_wrong_is_described(described: Described, told: Told, signed: Signed) -> None:
    drafter = signed(told.tour["drafter"])
    names = ("task_id", "case_id", "document_id", "unit_id", "incident_id", "bulk_id", "notice_id", *layers.IDS)
    ids = dict.fromkeys(names, NOBODY)
    for method, path in described.operations():
        assert described.ask(method, path, ids=ids).status_code == 401
        if "{" in path:
            body = {"json": {"version_id": NOBODY}} if path == _REPLAY else {}
            assert described.ask(method, path, ids=ids, headers=drafter, **body).status_code == 404

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
