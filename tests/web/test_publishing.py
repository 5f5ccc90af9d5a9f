"""Publishing a draft step by step in a browser without JavaScript: seen, tried, weighed, decided, done, taken back."""

import html
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.domain.cases import queries as cases
from app.domain.procedures import drafts
from app.domain.procedures.commands import pin
from app.domain.procedures.drafts import Subject
from app.web import changes
from tests.house import Office
from tests.places import DISTRICT, administrator, draft
from tests.story import Told
from tests.web.browser import Browser, plain
from tests.web.test_trying import Trial

KEY = "outgoing_document"
PLACE = f"units/{DISTRICT}"
ABOUT = Subject("procedure", KEY, PLACE)
HOSTILE = "<script>alert(1)</script>" + "Ủ" * 470


@pytest.fixture
def who(office: Office) -> str:
    return administrator(office, DISTRICT)


@pytest.fixture
def address(office: Office, who: str) -> str:
    made = draft(office.actor(who), PLACE, {"parameters": {"check_days": 9}}, key=KEY)
    return f"/procedures/drafts/{made.id}/publishing"


class Wizard:
    """One administrator at the steps of publishing a draft; every step sends what its page carries."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address

    def words(self, step: str) -> str:
        """The text of a step."""
        return plain(self.browser.read(f"{self.address}?step={step}"))

    def do(self, step: str, act: str, status: int = 303, **fields: Any) -> TestResponse:
        """Press a button of a step."""
        found = re.search(r'name="_turn" value="(\d+)"', self.browser.read(f"{self.address}?step={step}"))
        carried = {"step": step, "_act": act, "_turn": found[1] if found else ""}
        return self.browser.send(self.address, status, **{**carried, **fields})


def test_a_draft_is_published_step_by_step_with_its_cases_and_taken_back_with_one_button(
    office: Office, who: str, address: str
) -> None:
    case_id, unit_id = Told(office).start().id, office.unit(DISTRICT).id
    before = pin(KEY, unit_id).id
    wizard = Wizard(Browser(office, who), address)

    assert "“9”" in wizard.words("changes")
    assert "Không còn việc gì" in wizard.words("checks")
    assert "Chưa chạy kịch bản" in wizard.words("scenarios")
    wizard.do("scenarios", "prove")
    assert "Đạt" in wizard.words("scenarios")
    wizard.do("affected", "foresee")
    office.work()
    assert "Đã xem xét 1 hồ sơ. Chuyển được 1" in wizard.words("affected")
    wizard.do("way", "way", how="all", cases="move")
    assert "thành “9”." in wizard.words("summary")
    assert "Nội dung thay đổi" in plain(wizard.do("summary", "publish", 422, summary=" ", excuse=HOSTILE[:400]).text)
    done = wizard.do("summary", "publish", summary=f"Thêm ngày kiểm tra. {HOSTILE}", excuse="Chỉ đổi thời hạn.")
    office.work()

    page = wizard.browser.read(done.location)
    assert "Đã xong 1 trên 1 hồ sơ." in plain(page)
    assert "<script>alert" not in page
    assert cases.case(case_id).version_id == pin(KEY, unit_id).id != before
    assert "Quy trình «Soạn thảo và phát hành văn bản đi» có bản mới: Thêm ngày kiểm tra." in plain(
        Browser(office, "chutich.sontinh").read("/notices")
    )
    assert wizard.browser.ask(address).location == done.location
    wizard.browser.send(done.location, _act="undo", reason="Chưa phù hợp.")
    office.work()

    assert "Đã thu hồi" in plain(wizard.browser.read(done.location))
    assert cases.case(case_id).version_id == pin(KEY, unit_id).id == before
    again = drafts.draft_about(ABOUT)
    assert again is not None
    assert again.content == {"parameters": {"check_days": 9}}


def test_a_step_that_is_added_is_told_as_an_administrator_would_tell_it(app: Flask) -> None:
    old = Path("processes/common/outgoing_document/process.bpmn").read_text("utf-8")
    step = """<bpmn:userTask id="opinion" name="Xin ý kiến"><bpmn:extensionElements>
      <eo:task form="check_form" role="clerk" unit="unit_id" deadline="2" /></bpmn:extensionElements></bpmn:userTask>"""
    new = old.replace('<bpmn:userTask id="check_form"', step + '<bpmn:userTask id="check_form"')
    new = new.replace(
        'sourceRef="content_checked" targetRef="check_form"', 'sourceRef="content_checked" targetRef="opinion"'
    )
    new = new.replace('name="Cấp số và phát hành"', f'name="{html.escape(HOSTILE)}"')
    before, after = {"diagram": old}, {"diagram": new, "parameters": {"check_days": 2}, "scenarios": {"a": "b"}}
    told = changes.summary(before, after, 1000)

    assert "Thêm bước «Xin ý kiến» sau bước «Kiểm tra nội dung», do Văn thư thực hiện, hạn 2 ngày làm việc" in told
    assert "Đổi tên «Cấp số và phát hành» thành «<script>alert(1)</script>ỦỦỦ" in told
    assert "kịch bản" not in told
    assert len(changes.summary(before, after, 200)) <= 200
    assert changes.sentences(before, {"diagram": "<rác"}) == ["Sửa sơ đồ quy trình"]
    assert changes.sentences(before, before) == []


def test_what_two_decide_at_once_nobody_loses_and_nonsense_is_said_to_be_nonsense(
    office: Office, who: str, address: str
) -> None:
    wizard = Wizard(Browser(office, who), address)
    wizard.do("summary", "words", summary="Của người thứ nhất")
    stale = wizard.do("summary", "words", 409, _turn="0", summary="Của người thứ hai")
    assert "Của người thứ hai" in stale.text
    assert "Người khác vừa thay đổi" in stale.text
    assert "Của người thứ nhất" in wizard.words("summary")
    for wrong in ({"how": "never"}, {"how": "pilot"}, {"how": "pilot", "unit": "nowhere"}, {"cases": HOSTILE}):
        assert "Chưa thực hiện được" in wizard.do("way", "way", 422, **wrong).text
    for day in ("01/01/2020", "32/13/2030", HOSTILE):
        assert wizard.do("way", "way", 422, how="later", day=day, time="08:00").status_code == 422
    assert wizard.do("summary", "words", 422, summary="x" * 1001).status_code == 422
    assert wizard.do("scenarios", f"drop:{HOSTILE}", 404).status_code == 404
    assert wizard.do("summary", "explode", 400).status_code == 400
    untried = wizard.do("summary", "publish", 422, summary="Đổi hạn")
    assert "Kịch bản chưa được chạy" in untried.text
    wizard.do("way", "way", how="later", day="01/01/2099", time="07:30")
    planned = wizard.do("summary", "publish", summary="Đổi hạn", excuse="Gấp")
    assert "07:30, 01/01/2099" in wizard.browser.read(planned.location)
    late = wizard.browser.send(address, step="summary", _act="publish", summary="Lần nữa", _turn="9")
    assert late.location == planned.location, "a page that was opened before"
    wizard.browser.send(planned.location, _act="cancel")
    assert "Đổi hạn" in wizard.words("summary")


def test_a_draft_is_tried_as_a_role_with_sample_data_and_the_run_becomes_its_scenario(
    office: Office, who: str, address: str
) -> None:
    draft_id = address.split("/")[3]
    trial = Trial(office, who, f"/procedures/{KEY}/try?draft={draft_id}")
    page = trial.act(_act="sample", _role="")
    assert "Nội dung mẫu" in page
    assert "Lúc này không có việc nào chờ vai trò" in plain(trial.act(_act="role", _role="chairman"))
    there = trial.act(_act="reach", _reach="approve", _role="")
    assert 'name="_node" value="approve"' in there
    assert [step["complete"] for step in trial.record["steps"]] == ["draft", "check_content", "check_form"]
    trial.act(_act="days:2", _role="")
    answer = trial.browser.send(trial.address, _act="keep", _name=HOSTILE[:150], **_carried(trial))

    assert answer.location.endswith("publishing?step=scenarios")
    Wizard(trial.browser, address).do("scenarios", "prove")
    shown = trial.browser.read(f"{address}?step=scenarios")
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert" not in shown
    assert "Xóa khỏi bản nháp" in shown
    pin(KEY, office.unit(DISTRICT).id)
    replay = f"/procedures/{KEY}/replay"
    assert "Bản nháp của UBND huyện Sơn Tịnh" in trial.browser.send(replay, 200, version=f"draft:{draft_id}").text
    trial.browser.send(replay, 404, version="draft:nonsense")
    other = Browser(office, administrator(office, "xa-tinh-bac"))
    other.send(replay, 404, version=f"draft:{draft_id}")
    other.read(f"/procedures/{KEY}/try?draft={draft_id}", 404)
    other.read(f"/procedures/incoming_document/try?draft={draft_id}", 404)
    other.read(address, 404)


def _carried(trial: Trial) -> dict[str, Any]:
    return {name: value for name, value in trial._carried().items() if name not in ("_act", "_name")}
