"""Trying a procedure in the browser: everything is seen, and nothing happens."""

import ast
import html
import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.domain import tables
from app.domain.procedures import assembly, scenarios, trials
from app.engine.child import Reader
from app.kernel.db import Model, db
from tests.house import Office
from tests.web.browser import Browser, plain

ADDRESS = "/procedures/outgoing_document/try"
INCOMING = "/procedures/incoming_document/try"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def administrator(office: Office) -> str:
    found = [post["sign_in"] for post in office.world["posts"] if post["role"] == "administrator"]
    return str(found[0])


class Trial:
    """One person's trial: sends what the page carries back with each act."""

    def __init__(self, office: Office, who: str, address: str) -> None:
        self.browser, self.address = Browser(office, who), address
        self.page = self.browser.read(address)

    def _carried(self) -> dict[str, Any]:
        inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.page)
        found: dict[str, Any] = {name: html.unescape(value) for name, value in inputs if name[0] == "_"}
        found["_machine"] = [value for name, value in inputs if name == "_machine"]
        return found

    def act(self, status: int = 200, **fields: Any) -> str:
        """Send one act with all that the page carries; the page that comes back."""
        self.page = self.browser.send(self.address, status, **{**self._carried(), **fields}).text
        return self.page

    @property
    def words(self) -> str:
        """The text of the page."""
        return plain(self.page)

    @property
    def record(self) -> dict[str, Any]:
        """What was recorded so far."""
        found: dict[str, Any] = json.loads(self._carried()["_record"])
        return found


@pytest.fixture
def trial(office: Office, administrator: str) -> Trial:
    return Trial(office, administrator, ADDRESS)


def _rows() -> dict[str, int]:
    assert tables.ALL
    kept = {"session", "user_session", "sign_in"}
    every = (table for table in Model.metadata.tables.values() if table.name not in kept)
    return {table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in every}


def _draft(trial: Trial) -> dict[str, Any]:
    found = re.search(r'name="recipients" value="([^"]+)"', trial.page)
    assert found is not None
    return {"document_type": "TB", "urgency": "normal", "subject": "Họp", "body": "Nội dung", "recipients": [found[1]]}


def _to_the_end(trial: Trial) -> None:
    trial.act(**_draft(trial))
    trial.act(content_decision="agree")
    trial.act(form_decision="agree")
    trial.act(approval_decision="sign")
    trial.act(issue_decision="issue")


def test_a_whole_procedure_is_tried_and_nothing_is_signed_sent_or_kept(office: Office, trial: Trial) -> None:
    files = sorted(path.name for path in office.app.extensions["files"].root.rglob("*"))
    before = _rows()

    _to_the_end(trial)

    assert "Hồ sơ đã kết thúc" in trial.words
    assert trial.words.count("Sẽ:") == 6
    db.session.rollback()
    assert _rows() == before
    assert sorted(path.name for path in office.app.extensions["files"].root.rglob("*")) == files


def test_nothing_of_a_trial_knows_what_carries_operations_out() -> None:
    """What a trial is made of imports neither the delegates nor anything that could ask them."""
    parts = [
        "app/web/trying.py",
        "app/web/tryacts.py",
        *(f"app/domain/procedures/{one}.py" for one in ("sandbox", "trials")),
    ]
    parts += ["app/engine/playing.py", "app/engine/inside.py", "app/engine/rehearsal.py"]
    for part in parts:
        tree = ast.parse((ROOT / part).read_text("utf-8"))
        named = {one.module or "" for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
        forbidden = (
            "app.domain.cases",
            "app.domain.signatures",
            "app.domain.exchange",
            "app.jobs",
            "app.gateways",
            "signing",
        )
        assert not [name for name in named if name.startswith(forbidden)], part


def test_a_wrong_answer_is_said_beside_its_field_and_not_recorded(trial: Trial) -> None:
    trial.act(subject="Chỉ có trích yếu")

    assert trial.record["steps"] == []
    assert "error-summary" in trial.page
    assert "Chỉ có trích yếu" in trial.page


def test_the_last_act_is_taken_back(trial: Trial) -> None:
    trial.act(**_draft(trial))
    assert "Kiểm tra nội dung" in trial.words
    trial.act(_act="undo")
    assert trial.record["steps"] == []


def test_the_clock_is_moved(trial: Trial) -> None:
    trial.act(_act="days:5")
    assert trial.record["steps"] == [{"working_days": 5}]
    assert "12/01/2026" in trial.page


def test_an_automatic_step_is_let_fail(trial: Trial) -> None:
    trial.act(_act="restart", _pause="1", _now="2026-02-02T08:00")
    trial.act(**_draft(trial))
    assert "Tác vụ tự động đang chờ kết quả" in trial.words
    trial.act(_act="fail:prepare", _code="preparation_failed")
    assert trial.record["steps"][-1] == {"fail": "prepare", "code": "preparation_failed"}
    assert 'name="_node" value="draft"' in trial.page
    trial.act(**_draft(trial))
    trial.act(_act="answer:prepare", _result="{}")
    assert 'name="_node" value="check_content"' in trial.page


def test_what_is_saved_runs_as_a_scenario(trial: Trial) -> None:
    _to_the_end(trial)
    text = trial.browser.send(ADDRESS, 200, **{**trial._carried(), "_act": "save", "_name": "Đi hết quy trình"}).text
    chosen = scenarios.read(text.encode())
    assembled = assembly.from_library("outgoing_document", ("levels/province", "common"))
    with Reader() as reader:
        tried = trials.of(assembled, (), chosen, reader.ask)
    assert [(one.name, one.difference) for one in tried.outcomes] == [("Đi hết quy trình", None)]
    assert "sent" in chosen[0].expect["documents"]


def test_another_diagram_is_tried_without_being_kept(office: Office, trial: Trial) -> None:
    xml = assembly.from_library("outgoing_document", ("common",)).bpmn
    other = xml.replace("Soạn thảo văn bản".encode(), "Viết nháp thử".encode())
    trial.act(_act="draw", _file_of_diagram=(BytesIO(other), "draft.bpmn"))
    assert "Viết nháp thử" in trial.words
    trial.act(**_draft(trial))
    assert trial.record["steps"][0]["complete"] == "draft"
    assert "Viết nháp thử" in trial.page


@pytest.mark.parametrize(
    "fields",
    [
        {"_record": "[]"},
        {"_record": "{"},
        {"_record": '{"steps": [{"execute": "rm"}]}'},
        {"_record": '{"given": {"data": 7}}'},
        {"_diagram": "eJ"},
        {"_diagram": "notbase64!"},
        {"_act": "choose:x", "_record": '{"steps": [{"complete": "issue", "as": "clerk"}]}'},
    ],
)
def test_a_page_that_was_tampered_with_is_refused(trial: Trial, fields: dict[str, Any]) -> None:
    trial.act(422 if "choose:x" in fields.values() else 400, **{"_act": "draw", **fields})


@pytest.mark.parametrize(
    "act", ["sing", "timer:approve", "message:none", "answer:draft", "advance:soon", "days:0", "days:x"]
)
def test_an_act_that_cannot_happen_is_told_and_not_recorded(trial: Trial, act: str) -> None:
    trial.act(_act=act)
    assert trial.record["steps"] in (
        [],
        [{"timer": "approve"}],
        [{"message": "none", "payload": {}}],
        [{"answer": "draft", "result": {}}],
    )
    assert "notice late" in trial.page


def test_only_who_may_look_at_procedures_tries_them(office: Office, administrator: str) -> None:
    Browser(office, office.tour["drafter"]).read(ADDRESS, 404)
    Browser(office, administrator).read("/procedures/nothing_here/try", 404)
    Browser(office, administrator).read(f"{ADDRESS}?unit=0190a3b4-0000-7000-8000-000000000001", 404)
    Browser(office, administrator).read(f"{ADDRESS}?unit=nonsense", 404)
    assert "Kiểm tra chữ ký số" in Browser(office, administrator).read(INCOMING)
