"""The gallery of procedures, sets as pages, and a foreign diagram worked off to its publication without an editor."""

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.cases import drafting
from app.domain.cases.models import Case, Task
from app.domain.procedures import drafts, library
from app.domain.procedures.commands import pin
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import DiagramImport, LayerDraft, LayerVersion
from app.kernel import archive
from app.kernel.db import db
from tests.house import Office
from tests.places import COMMUNE, KEY, OTHER, ROOT, admin, administrator, draft, handling_days, say
from tests.story import Told
from tests.web.browser import plain

DIALECTS = Path("tests/engine/dialects")
PLACE = f"units/{COMMUNE}"
DRAWN = Path("processes/common/leave_request/process.bpmn")


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    """An administrator of a commune."""
    return office.client(administrator(office, COMMUNE))


def _seen(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    return unescape(answer.text)


def _drawn(key: str) -> str:
    return DRAWN.read_text("utf-8").replace('"leave_request"', f'"{key}"')


def _row(key: str, place: str = PLACE) -> LayerDraft:
    db.session.expire_all()
    found = drafts.draft_about(Subject("procedure", key, place))
    assert found is not None
    return found


def test_the_gallery_shows_every_procedure_in_words_and_finds_it_by_level_and_by_word(
    browser: FlaskClient, office: Office
) -> None:
    own = {"diagram": _drawn("rieng"), "title": {"vi": "Riêng của xã khác"}}
    say(admin(office, OTHER), f"units/{OTHER}", own, key="rieng")
    hostile = {"vi": "<script>alert(1)</script>" + "à" * 480}
    say(admin(office, ROOT), "levels/province", {"diagram": _drawn("cua_tinh"), "title": hostile}, key="cua_tinh")
    page = _seen(browser, "/procedures/gallery")

    for key in library.catalogue():
        common = library.layer("common", key)
        assert common is not None
        for part in ("title", "description", "legal_basis"):
            assert common.manifest[part]["vi"] in page, (key, part)
            assert common.manifest[part]["en"], (key, part)
    assert "Riêng của xã khác" not in page
    assert "<script>alert" not in browser.get("/procedures/gallery").text
    assert page.count('class="sheet gallery-card"') == len(library.catalogue()) + 1
    assert "cua_tinh" in page
    assert "cua_tinh" not in _seen(browser, "/procedures/gallery?level=commune")
    found = _seen(browser, "/procedures/gallery?word=NGHI+phep&level=commune")
    assert found.count('class="sheet gallery-card"') == 1
    assert "Không có quy trình phù hợp" in _seen(browser, "/procedures/gallery?word=zzz")

    address = next(iter(re.findall(r'src="(/procedures/gallery/leave_request/picture[^"]+)"', found)))
    picture = browser.get(address)
    assert picture.mimetype == "image/svg+xml"
    assert "immutable" in picture.headers["Cache-Control"]
    one = plain(_seen(browser, "/procedures/gallery/leave_request?place=common&form=agree_leave"))
    for words in ("Xét đơn tại đơn vị", "1 ngày làm việc", "Khi", "Thì", "hồ sơ kết thúc", "Bộ luật Lao động"):
        assert words in one, words
    assert browser.get(f"/procedures/gallery/rieng?place=units/{OTHER}").status_code == 404


def test_a_procedure_is_taken_for_a_unit_with_what_is_inherited_said_first(
    browser: FlaskClient, office: Office
) -> None:
    page = _seen(browser, f"/procedures/gallery/{KEY}/use?for={PLACE}")
    assert "đã được thừa hưởng quy trình này" in page
    assert "Dùng chung (theo phần mềm)" in page
    taken = browser.post(f"/procedures/gallery/{KEY}/use", data={"for": PLACE, "place": "common"})
    assert _row(KEY).content == {}
    assert taken.location.endswith(str(_row(KEY).id))

    boss = admin(office, ROOT)
    say(boss, "levels/district", {"texts": {"vi": {"title": "Đơn của huyện"}}}, kind="form", key="request_leave")
    said = {"diagram": _drawn("moi"), "forms": {"request": "request_leave"}, "title": {"vi": "Mới"}}
    say(boss, "levels/district", said, key="moi")
    root = office.client(administrator(office, ROOT))
    page = _seen(root, "/procedures/gallery/moi/use?place=levels/district&for=levels/commune")
    assert "chưa có quy trình này" in page
    assert page.count("<li>Biểu mẫu: ") == 1
    data = {"for": "levels/commune", "place": "levels/district"}
    assert root.post("/procedures/gallery/moi/use", data=data).status_code == 303
    made = _row("moi", "levels/commune")
    assert made.content == said
    form = drafts.draft_about(Subject("form", "request_leave", "levels/commune"))
    assert form is not None
    assert form.content == {"texts": {"vi": {"title": "Đơn của huyện"}}}
    shipped = db.session.scalars(select(LayerVersion.place).where(LayerVersion.place == "levels/commune"))
    assert list(shipped) == []
    again = root.post("/procedures/gallery/moi/use", data=data)
    assert again.location.endswith(str(made.id))


def test_a_set_is_listed_before_anything_is_made_of_it_and_then_all_of_it_is(
    browser: FlaskClient, office: Office
) -> None:
    say(admin(office, COMMUNE), PLACE, {"parameters": {"handling_days": 3}})
    out = browser.get(f"/procedures/sets/export?place={PLACE}")
    assert out.mimetype == "application/zip"
    files = archive.unpacked(out.data)
    name = f"processes/{PLACE}/{KEY}/manifest.toml"
    files[name] = files[name].replace(b"3", b"4")
    files[f"processes/{PLACE}/don_moi/manifest.toml"] = b'[title]\nvi = "<b>X</b>"\n'
    files[f"processes/{PLACE}/hong/manifest.toml"] = b"["
    given = {"file": (BytesIO(archive.packed(files)), "a.zip"), "place": PLACE}
    listed = browser.post("/procedures/sets", data=given)

    assert listed.status_code == 200
    for words in ("Khác hiện hành", "Mới", "Không dùng được", "Trong tệp"):
        assert words in listed.text, words
    carried = re.search(r'name="set" value="([^"]+)"', listed.text)
    assert carried is not None
    data: dict[str, Any] = {"set": carried[1], "place": PLACE, "source": PLACE}
    none = browser.post("/procedures/sets/drafts", data=data)
    assert (none.status_code, "Chưa chọn mục nào" in none.text) == (400, True)
    data["chosen"] = [f"procedure:{KEY}", "procedure:don_moi"]
    draft(admin(office, COMMUNE), PLACE, {"description": "của người khác"}, key="don_moi")
    stale = browser.post("/procedures/sets/drafts", data=data)
    assert stale.status_code == 409
    assert 'name="seen:procedure:don_moi" value="1"' in stale.text
    assert drafts.draft_about(Subject("procedure", KEY, PLACE)) is None
    done = browser.post("/procedures/sets/drafts", data={**data, "seen:procedure:don_moi": "1"}, follow_redirects=True)
    assert "Đã tạo 2 bản nháp" in done.text
    assert handling_days(pin(KEY, office.unit(COMMUNE).id)) == 3
    assert _row(KEY).content["parameters"]["handling_days"] == 4

    wrong = browser.post("/procedures/sets", data={"file": (BytesIO(b"PK\x03\x04 no"), "a.zip"), "place": PLACE})
    assert (wrong.status_code, "không phải là tệp zip" in wrong.text) == (400, True)


def test_the_measured_table_of_what_bpmn_runs_is_a_page_with_every_row(browser: FlaskClient) -> None:
    text = Path("docs/bpmn-support.md").read_text("utf-8")
    rows = re.findall(r"^\| .+ \| (runs|rewritten|refused) \|", text, re.MULTILINE)
    page = _seen(browser, "/procedures/gallery/elements")
    assert page.count('data-label="Kết quả"') == len(rows)
    assert f"{rows.count('runs')} phần tử chạy" in page
    assert f"{rows.count('refused')} bị từ chối" in page


def test_a_file_that_is_no_diagram_is_refused_with_what_was_typed(browser: FlaskClient) -> None:
    garbage = {"file": (BytesIO(b"\x00PNG"), "a.png"), "title": "<b>" + "x" * 500, "place": PLACE}
    refused = browser.post("/procedures/gallery/import", data=garbage)
    assert refused.status_code == 400
    assert "&lt;b&gt;xxx" in refused.text
    assert "<b>xxx" not in refused.text


def test_a_camunda_diagram_is_brought_to_publication_in_plain_forms_and_a_case_runs_through_it(
    browser: FlaskClient, office: Office
) -> None:
    file = (DIALECTS / "camunda7.bpmn").read_bytes()
    given = {"title": "Đơn đi học", "description": "Cử đi học", "starts_with": "person", "place": PLACE}
    taken = browser.post("/procedures/gallery/import", data={**given, "file": (BytesIO(file), "a.bpmn")})
    work, key = taken.location, "don_di_hoc"
    page = _seen(browser, work)
    for words in ("${initiator}", "Chưa có biểu mẫu mang mã decide", "chỗ đã được viết lại", "#Activity_fill"):
        assert words in page, words
    twice = browser.post("/procedures/gallery/import", data={**given, "file": (BytesIO(file), "a.bpmn")})
    assert (twice.status_code, 'name="replace"' in twice.text) == (409, True)
    into = {"row_version": "1", "file": (BytesIO(file), "a.bpmn")}
    again = browser.post(work.replace("/work", "/diagram"), data=into)
    assert (again.status_code, "Bản nháp đã có sơ đồ" in again.text) == (409, True)

    def tell(element: str, what: str, status: int = 303, **said: str) -> str:
        data = {"element": element, "what": what, "row_version": str(_row(key).row_version), **said}
        answer = browser.post(work, data=data)
        assert answer.status_code == status, plain(answer.text)
        return unescape(answer.text)

    _work_off(tell)
    stale = {"element": "Flow_yes", "what": "default", "row_version": "1"}
    assert browser.post(work, data=stale).status_code == 409
    ready = _seen(browser, work)
    assert "Sơ đồ đã đủ" in ready, plain(ready)

    hub = work.removesuffix("/work")
    done = browser.post(f"{hub}/publish", data={"reason": "Theo quy chế"}, follow_redirects=True)
    assert "Phiên bản 1 đang có hiệu lực" in done.text, plain(done.text)
    assert db.session.scalar(select(DiagramImport)) is None
    _run(office, key)


def _work_off(tell: Callable[..., str]) -> None:
    """What is left, some of it wrongly at first."""
    assert "Hãy chọn một vai trò" in tell("Activity_fill", "person", 400)
    assert "không có dạng" in tell("Activity_send", "operation", 400, name="cases.notify", params="oops")
    tell("Activity_fill", "person", who="post:drafter_post_id")
    tell("Activity_fill", "form", form="request_leave")
    tell("Activity_decide", "person", who="role:chairman")
    tell("Activity_decide", "form", form="agree_leave")
    assert "Flow_yes" in tell("Flow_yes", "condition", 400, condition="leave_decision = 'agree'")
    tell("Flow_yes", "condition", condition="leave_decision == 'agree'")
    tell("Flow_back", "default")
    tell("Activity_send", "operation", name="cases.notify", params="text = 'Đã duyệt'\nposts = [drafter_post_id]")


def _run(office: Office, key: str) -> None:
    """A case from its first step to its end."""
    told = Told(office)
    recipient = next(one for one in told.recipients if one["unit"] == COMMUNE)
    case = drafting.start_outgoing(office.actor(recipient["specialist"]), procedure=key)
    days = {"leave_from": "07/01/2030", "leave_to": "08/01/2030", "leave_days": "2"}
    leave = {"leave_kind": "annual", **days, "body": "Đi học"}
    case_id = case.id
    for who, answers in ((recipient["specialist"], leave), (recipient["chairman"], {"leave_decision": "agree"})):
        task = db.session.scalar(select(Task).where(Task.case_id == case_id, Task.closed_at.is_(None)))
        assert task is not None
        browser = office.client(who)
        answer = browser.post(f"/tasks/{task.id}", data=answers)
        assert answer.status_code == 303, plain(answer.text)
        office.work()
        db.session.expire_all()
    found = db.session.get(Case, case_id)
    assert found is not None
    assert found.status == "done"


def test_the_picture_of_a_procedure_shows_the_steps_that_its_place_put_in(office: Office, browser: FlaskClient) -> None:
    drawn = Path("processes/common/incoming_document/process.bpmn").read_text("utf-8")
    new = {"after": "direct", "name": "Họp giao ban", "role": "clerk", "form": "take_up"}
    say(admin(office, ROOT), "levels/commune", {"diagram": drawn, "added": {"added_commune_1": new}}, key=KEY)
    assert "giao ban" in browser.get(f"/procedures/gallery/{KEY}/picture?place=levels/commune").text
