"""A diagram of another tool as a story in Chromium: taken in, worked off in the editor, published and run."""

import re
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.test_browser import DESK, PHONE, Desk
from tests.e2e.test_studio import SLOW, Studio
from tests.house import Office, Template
from tests.needs import needs
from tests.places import COMMUNE, KEY, administrator
from tests.story import Told

FILE = Path(__file__).parents[1] / "engine" / "dialects" / "camunda7.bpmn"
TITLE, MINE = "Đơn xin đi học", "don_xin_di_hoc"
ROOMS = {
    "gallery": "/procedures/gallery",
    "customise": f"/procedures/{KEY}/{COMMUNE}",
    "cases": f"/procedures/{MINE}/cases",
    "what-if": f"/procedures/{MINE}/what-if",
}
DAYS = {"leave_from": "07/01/2030", "leave_to": "08/01/2030", "leave_days": "2", "body": "Đi học"}


@needs("chromium")
def test_a_diagram_of_another_tool_is_worked_off_in_the_editor_published_and_run(
    served: tuple[Flask, str], template: Template, chromium: Browser
) -> None:
    office = Office(served[0], template.world)
    recipient = next(one for one in Told(office).recipients if one["unit"] == COMMUNE)
    studio = Studio(_at(chromium, served[1], administrator(office, COMMUNE)), office)
    draft = _takes_in(studio)
    _works_off(studio)
    _publishes(studio, draft)
    specialist = _at(chromium, served[1], recipient["specialist"])
    _asks_for_leave(specialist)
    office.work()
    chairman = _at(chromium, served[1], recipient["chairman"])
    chairman.open_task()
    expect(chairman.page.locator("main")).to_contain_text("Xét đơn")
    chairman.press("leave_decision", "agree")
    office.work()
    _looks_around(studio)
    assert studio.desk.wrong + specialist.wrong + chairman.wrong == []


def _at(browser: Browser, address: str, sign_in: str) -> Desk:
    context = browser.new_context(viewport={"width": DESK, "height": 900}, locale="vi-VN")
    desk = Desk(context.new_page(), address, sign_in)
    desk.page.set_default_timeout(SLOW)
    return desk


def _takes_in(studio: Studio) -> str:
    """The file becomes a draft, whose open points are listed kind by kind; the address of the draft."""
    page = studio.page
    studio.goes("/procedures/gallery")
    studio.presses("Nhập sơ đồ từ công cụ khác")
    page.set_input_files("#file", FILE)
    page.fill("#title", TITLE)
    page.select_option("#place", f"units/{COMMUNE}")
    page.locator("form", has=page.locator("#file")).locator("button.primary").click()
    page.wait_for_url("**/work")
    for kind in ("conditions", "people", "forms", "operations"):
        expect(page.locator(f"section[aria-labelledby={kind}] details.work").first).to_be_visible()
    studio.desk.picture("studio-worklist")
    return page.url.removeprefix(studio.desk.address).removesuffix("/work")


def _works_off(studio: Studio) -> None:
    """In the editor, from an item of the list: every step, every way, until nothing is left."""
    page = studio.page
    page.locator("a[href$='/diagram#Activity_fill']").first.click()
    expect(page.locator("#editor[data-ready]")).to_be_visible(timeout=SLOW)
    expect(page.locator("h1")).to_contain_text(TITLE)
    panel = page.locator(".eo-panel")
    expect(panel.get_by_label("Tên", exact=True)).to_have_value("Viết đơn")
    panel.get_by_label("Người xử lý").select_option(label="chức danh ghi trong dữ liệu")
    _types(panel.get_by_label("Dữ liệu ghi chức danh"), "drafter_post_id")
    panel.get_by_label("Biểu mẫu", exact=True).select_option("request_leave")
    studio.desk.picture("studio-editor")
    _says_the_steps(page, panel)
    _says_the_ways(page, panel)
    expect(page.locator(".eo-state")).to_contain_text("đã lưu", timeout=SLOW)
    expect(page.locator(".eo-problems li")).to_have_count(0, timeout=SLOW)
    studio.desk.picture("studio-editor-done")


def _says_the_steps(page: Page, panel: Locator) -> None:
    """Who decides with which form, and what the machine does."""
    _chooses(page, "Xét đơn")
    panel.get_by_label("Người xử lý").select_option(label="mọi người có một vai trò")
    panel.get_by_label("Vai trò").select_option("chairman")
    panel.get_by_label("Biểu mẫu", exact=True).select_option("agree_leave")
    _chooses(page, "Gửi kết quả")
    panel.get_by_label("Làm gì").select_option("cases.notify")
    _types(panel.get_by_label("Nội dung *"), "Đã duyệt")
    _types(panel.get_by_label("Các chức danh"), "[drafter_post_id]")


def _says_the_ways(page: Page, panel: Locator) -> None:
    """When which way is taken: a name that the chosen form asks for is offered while it is typed."""
    _chooses(page, "Không")
    panel.get_by_label("Đi đường này khi không điều kiện nào khác đúng").check()
    _chooses(page, "Có")
    condition = panel.get_by_label("Đi đường này khi", exact=True)
    condition.fill("")
    condition.press_sequentially("leave_dec")
    panel.get_by_role("option", name=re.compile("leave_decision")).first.dispatch_event("pointerdown")
    expect(condition).to_have_value("leave_decision")
    condition.press_sequentially(" == 'agree'")
    _chooses(page, "Sự kiện kết thúc")
    _types(panel.get_by_label("Tên", exact=True), "Đã xong")


def _types(field: Locator, text: str) -> None:
    field.fill(text)
    field.blur()


def _chooses(page: Page, name: str) -> None:
    """An element by its line in the list of what is wrong."""
    page.locator(".eo-problems button", has=page.get_by_text(name, exact=True)).first.click()


def _publishes(studio: Studio, draft: str) -> None:
    """To everybody, with nothing to move and no scenario yet."""
    page = studio.page
    studio.goes(f"{draft}/publishing?step=summary")
    studio.desk.picture("studio-foreign-summary")
    if page.locator("[name=excuse]:visible").count():
        page.fill("[name=excuse]", "Quy trình mới, chưa có kịch bản.")
    page.locator("button[value=publish]").click()
    page.wait_for_url("**/rollouts/*")


def _asks_for_leave(desk: Desk) -> None:
    """A specialist starts a case of it and does its first step with the form that was chosen."""
    page = desk.page
    page.goto(f"{desk.address}/cases/start")
    page.locator("form.start", has_text=TITLE).locator("button").click()
    page.wait_for_url("**/tasks/*")
    page.get_by_label("Nghỉ hằng năm").check()
    for name, value in DAYS.items():
        page.fill(f"[name={name}]", value)
    desk.picture("studio-foreign-task")
    desk.finish()


def _looks_around(studio: Studio) -> None:
    """The rooms that the stories pass by, at a desk and on a phone."""
    studio.page.bring_to_front()  # only what is in front is painted, and so pictured
    for width in (DESK, PHONE):
        studio.page.set_viewport_size({"width": width, "height": 900})
        for room, address in ROOMS.items():
            studio.goes(address)
            studio.desk.picture(f"studio-{room}")
