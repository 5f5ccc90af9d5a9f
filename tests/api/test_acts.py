"""Other acts on tasks by JSON: the same commands as the pages."""

from typing import Any

from flask.testing import FlaskClient

from tests.api.conftest import Signed
from tests.story import Told


def _post(told: Told, part: str) -> str:
    return str(next(iter(told.office.actor(told.tour[part]).post_ids)))


def _ask(client: FlaskClient, headers: dict[str, str], task: Any, act: str, status: int = 200, **body: Any) -> Any:
    answer = client.post(f"/api/v1/tasks/{task}/{act}", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.get_json()


def _waiting(client: FlaskClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/v1/tasks/", headers=headers).get_json()
    return found


def test_a_task_is_returned_and_withdrawn(client: FlaskClient, told: Told, signed: Signed) -> None:
    case = told.until("check_form")
    clerk, head = signed(told.tour["clerk"]), signed(told.tour["head"])
    _ask(client, clerk, told.task(case, "check_form").id, "return", reason="Sai.")
    done = _waiting(client, head)[0]
    assert done["node"] == "check_content"
    told.complete(case, "check_content", told.tour["head"], content_decision="agree")
    _ask(client, head, done["id"], "withdraw", reason="Nhầm.")
    assert [one["node"] for one in _waiting(client, head)] == ["check_content"]
    problem = _ask(client, head, done["id"], "withdraw", 409, reason="Nhầm.")
    assert problem["code"] == "step.not_withdrawable"


def test_others_are_asked_and_answer(client: FlaskClient, told: Told, signed: Signed) -> None:
    case = told.until("check_form")
    clerk, head, task = signed(told.tour["clerk"]), signed(told.tour["head"]), told.task(case, "check_form").id
    asked = _ask(client, clerk, task, "cosigners", 201, post_id=_post(told, "head"), reason="Cùng xem.")
    assert (asked["kind"], asked["node"]) == ("cosign", "check_form")
    _ask(client, clerk, task, "completion", 409, answers={"form_decision": "agree"})
    _ask(client, head, asked["id"], "answer", agrees=True)
    question = {"post_id": _post(told, "chairman"), "question": "Được không?", "due_on": "2030-01-05"}
    opinion = _ask(client, clerk, task, "opinions", 201, **question)
    assert opinion["due_at"].startswith("2030-01-05")
    again = _ask(client, clerk, task, "cosigners", 201, post_id=_post(told, "head"), reason="Cùng xem.")
    _ask(client, clerk, again["id"], "dismissal", reason="Thôi.")
    _ask(client, clerk, task, "completion", answers={"form_decision": "agree"})


def test_a_task_changes_hands(client: FlaskClient, told: Told, signed: Signed) -> None:
    case = told.until("check_form")
    clerk, head, task = signed(told.tour["clerk"]), signed(told.tour["head"]), told.task(case, "check_form").id
    _ask(client, clerk, task, "claim")
    _ask(client, clerk, task, "unclaim")
    _ask(client, clerk, task, "delegation", post_id=_post(told, "head"), reason="Vắng.")
    assert [one["id"] for one in _waiting(client, head)] == [str(task)]
    _ask(client, clerk, task, "delegation/end", reason="Đã về.")
    _ask(client, clerk, task, "assignment", 403, post_id=_post(told, "head"), reason="Bận.")
    _ask(client, signed(told.tour["chairman"]), task, "assignment", post_id=_post(told, "head"), reason="Bận.")
    _ask(client, head, task, "return", 422, reason=" ")
