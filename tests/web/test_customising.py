"""A place makes a procedure its own, weakest first, and versions lie side by side: all without JavaScript."""

import re
from pathlib import Path
from typing import Any

from app.domain.procedures import customising, drafts, editing, effective, publishing, queries
from app.domain.procedures.commands import pin
from app.domain.procedures.drafts import Subject
from app.domain.procedures.publishing import Words
from tests.house import Office
from tests.places import COMMUNE, DISTRICT, KEY, ROOT, admin, administrator, draft, say
from tests.web.browser import Browser, plain

PLACE = f"units/{COMMUNE}"
PAGE = f"/procedures/{KEY}/{COMMUNE}"
BASE = Path("processes/common/incoming_document/process.bpmn").read_text("utf-8")
HOSTILE = "<script>alert(1)</script>" + "Ơ" * 470


def _publish(office: Office, place: str = PLACE) -> None:
    made = drafts.draft_about(Subject("procedure", KEY, place))
    assert made is not None
    publishing.publish(admin(office, ROOT), made.id, Words("Theo quyết định."))


def test_a_step_is_opened_on_the_diagram_and_said_otherwise_and_inherits_again(office: Office) -> None:
    browser = Browser(office, administrator(office, COMMUNE))
    page = browser.read(PAGE)
    link = f"{PAGE}?step=handle#step"
    assert f'<a href="{link}"' in page, "each step of the drawing is a link"
    assert "không còn tự theo" in page, "the price of the whole diagram"
    panel = browser.read(link)
    assert "Xử lý và báo cáo kết quả" in panel
    said = {"steps.handle.name": HOSTILE, "steps.handle.deadline": "2", "steps.handle.role": "clerk"}
    kept = browser.send(PAGE, act="keep", step="handle", row_version="", **said)  # type: ignore[arg-type]
    assert kept.location == link
    page = browser.read(link)
    assert "<script>alert" not in page
    assert "bản nháp chưa ban hành" in page
    stale = browser.send(PAGE, 409, act="keep", step="handle", row_version="", **{"steps.handle.deadline": "9"})
    assert 'value="9"' in stale.text, "what was typed is not lost"
    _publish(office)
    bpmn = pin(KEY, office.unit(COMMUNE).id).bpmn.decode()
    assert re.search(r'<eo:task[^>]* role="clerk"[^>]* deadline="2"|<eo:task[^>]* deadline="2"[^>]* role="clerk"', bpmn)
    assert "Riêng" in plain(browser.read(PAGE))
    below = plain(Browser(office, administrator(office, ROOT)).read(f"/procedures/{KEY}/levels/common?step=handle"))
    assert "1 nơi bên dưới có quy định riêng về bước này: UBND xã Tịnh Bắc" in below

    browser.send(PAGE, act="restore:steps.handle.name", step="handle")
    made = drafts.draft_about(Subject("procedure", KEY, PLACE))
    assert made is not None
    assert made.content == {"steps": {"handle": {"deadline": "2", "role": "clerk"}}}


def test_a_level_says_a_parameter_and_what_it_would_have_anyway_is_no_word_of_its_own(office: Office) -> None:
    browser, page = Browser(office, administrator(office, ROOT)), f"/procedures/{KEY}/levels/commune"
    assert "Thời hạn xử lý văn bản (ngày làm việc)" in browser.read(page)
    for text, status in (("nhiều", 400), ("4", 303)):
        browser.send(page, status, **{"parameters.handling_days": text, "parameters.direction_days": "1"})
    made = drafts.draft_about(Subject("procedure", KEY, "levels/commune"))
    assert made is not None
    assert made.content == {"parameters": {"handling_days": 4}}
    _publish(office, "levels/commune")
    assert pin(KEY, office.unit(COMMUNE).id).parameters["handling_days"] == 4
    assert browser.ask(f"/procedures/{KEY}/levels/nowhere").status_code == 404


def test_a_form_a_table_and_the_whole_diagram_are_taken_over_into_drafts_of_their_own(office: Office) -> None:
    browser = Browser(office, administrator(office, COMMUNE))
    form = effective.effective(KEY, office.unit(COMMUNE).id).forms["handle"]
    cases: tuple[tuple[str, str, str, str, set[str]], ...] = (
        ("procedure", KEY, f"/{KEY}", "diagram", {"diagram"}),
        (f"form:{form}", form, f"/{KEY}", "form", set()),
        ("decision:petition_route", "petition_route", "/complaint_petition", "table", {"dmn"}),
    )
    for what, key, page, editor, said in cases:
        for _twice in range(2):
            answer = browser.send(f"/procedures{page}/{COMMUNE}", act=f"open:{what}")
            assert answer.location.endswith(f"/{editor}")
            browser.read(answer.location)
        made = drafts.draft_about(Subject(what.partition(":")[0], key, PLACE))
        assert made is not None
        assert set(made.content) == said
    assert browser.ask(f"/procedures/{KEY}/{DISTRICT}", method="POST", data={"act": "open:procedure"}).status_code in (
        403,
        404,
    )


def test_two_versions_lie_side_by_side_with_marks_words_and_ways_to_both_drawings(office: Office) -> None:
    commune = admin(office, COMMUNE)
    say(commune, PLACE, {"diagram": BASE})
    changed = BASE.replace('name="Cấp số đến"', f'name="{HOSTILE.replace("<", "&lt;")}"', 1)
    second = say(commune, PLACE, {"diagram": changed, "steps": {"handle": {"deadline": "2", "role": "clerk"}}})
    browser = Browser(office, administrator(office, COMMUNE))
    page = browser.read(f"/procedures/versions/{second.id}/compare?against=1")
    assert page.count("<svg xmlns") == 2
    assert "<script>alert" not in page
    for anchor in ("old-enter", "new-enter", "old-handle", "new-handle"):
        assert f'href="#{anchor}"' in page
        assert f'id="{anchor}"' in page
    assert "người thực hiện: <ins>Văn thư</ins>" in page
    assert "<del>handling_deadline or parameters.handling_days</del> → <ins>2</ins>" in page
    assert browser.ask(f"/procedures/versions/{second.id}/compare?against=9").status_code == 404

    drift = plain(browser.read(f"{PAGE}/compare"))
    assert "UBND xã Tịnh Bắc khác UBND huyện Sơn Tịnh ở đâu" in drift
    assert "Văn thư" in drift
    written = draft(commune, PLACE, {"description": "Mới", "diagram": "<garbage"})
    assert "Bên này không có hình vẽ" in browser.read(f"/procedures/drafts/{written.id}/compare")


def test_the_rows_of_a_table_and_the_fields_of_a_form_are_compared_as_tables(office: Office) -> None:
    commune = admin(office, COMMUNE)
    dmn = Path("processes/common/complaint_petition/petition_route.dmn").read_text("utf-8")
    row = re.search(r"<rule.*?</rule>", dmn, re.DOTALL)
    assert row is not None
    table = say(commune, PLACE, {"dmn": dmn.replace(row[0], "", 1)}, kind="decision", key="petition_route")
    browser = Browser(office, administrator(office, COMMUNE))
    page = browser.read(f"/procedures/versions/{table.id}/compare")
    assert page.count('class="row-removed"') == 1
    form = effective.effective(KEY, office.unit(COMMUNE).id).forms["handle"]
    field = {"schema": {"properties": {"more": {"type": "string", "maxLength": 9}}}}
    label = {"texts": {"vi": {"fields": {"more": {"label": "Ghi thêm"}}}}}
    said = say(commune, PLACE, {**field, **label}, kind="form", key=form)
    assert "Trường “Ghi thêm”: maxLength" in plain(browser.read(f"/procedures/versions/{said.id}/compare"))


def test_a_level_puts_a_step_in_without_taking_the_diagram_over_and_is_asked_when_what_it_follows_changes(
    office: Office,
) -> None:
    root = admin(office, ROOT)
    say(root, "common", {"diagram": BASE})
    browser, page = Browser(office, administrator(office, ROOT)), f"/procedures/{KEY}/levels/commune"
    assert "Thêm một bước ngay sau bước này" in browser.read(f"{page}?step=direct")
    new: dict[str, Any] = {"add.after": "direct", "add.name": HOSTILE[:200], "add.role": "clerk", "add.form": "take_up"}
    nowhere = browser.send(page, 400, act="add", step="accepted", **{**new, "add.after": "accepted"})
    assert "có nhiều đường đi" in nowhere.text
    seen = browser.read(browser.send(page, act="add", **new).location)
    assert "Không còn việc gì" in seen
    assert "<script>alert" not in seen
    _publish(office, "levels/commune")
    bpmn = pin(KEY, office.unit(COMMUNE).id).bpmn.decode()
    assert 'sourceRef="added_commune_1"' in bpmn
    assert "added_commune_1" not in pin(KEY, office.unit(DISTRICT).id).bpmn.decode()

    say(root, "common", {"diagram": BASE.replace('name="Cấp số đến"', 'name="Vào sổ"', 1)})
    assert "Vào sổ" in pin(KEY, office.unit(COMMUNE).id).bpmn.decode(), "the level still follows"
    say(root, "common", {"diagram": BASE.replace('name="Cho ý kiến chỉ đạo, phân công"', 'name="Bút phê"', 1)})
    [conflict] = [one for one in queries.open_notices(root) if one.outcome == "conflict"]
    assert (conflict.place, {path.split(".")[1] for path in conflict.paths}) == ("levels/commune", {"added_commune_1"})
    browser.send(f"/procedures/notices/{conflict.id}", how="keep")
    assert "Bút phê" in pin(KEY, office.unit(COMMUNE).id).bpmn.decode()

    assert "Bỏ bước này" in browser.read(f"{page}?step=added_commune_1")
    browser.send(page, act="out:added_commune_1")
    made = drafts.draft_about(Subject("procedure", KEY, "levels/commune"))
    assert made is not None
    assert made.content == {}


def test_an_editor_shows_the_steps_that_were_put_in_and_once_it_is_saved_they_are_drawn(office: Office) -> None:
    new = {"after": "direct", "name": "Họp giao ban", "role": "clerk", "form": "take_up"}
    say(admin(office, ROOT), "levels/commune", {"added": {"added_commune_1": new}})
    mine = customising.take_over(admin(office, COMMUNE), Subject("procedure", KEY, PLACE))
    drawn = editing.opened(mine).xml
    assert 'id="added_commune_1"' in drawn, "an editor shows what the level put in"
    kept = editing.save_diagram(admin(office, COMMUNE), mine.id, drawn.encode(), mine.row_version)
    assert kept.content["diagram"].count('id="added_commune_1"') == 1
    assert drafts.todo(kept) == []
