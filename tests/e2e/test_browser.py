"""The story as people see it: a real Chromium, at a desk and on a phone, leaving pictures to look at."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.cli import demo
from app.cli.tour.deployment import Deployment
from app.cli.tour.story import Story
from tests.needs import needs

ROOT = Path(__file__).resolve().parents[2]
PICTURES = Path(os.environ.get("EOFFICE_ARTIFACTS", ROOT / "artifacts")) / "screenshots"
DESK, PHONE = 1280, 360
PATIENCE = 60_000
STATUSES = ("01", "03", "04", "05", "06")
ENDLESS = "x" * 1990
LARGE = 60 * 1024 * 1024
THUMB = 44
SMALL = """width => [...document.querySelectorAll(".back, .link, .then-next, .button, .tab, .nav a, summary")]
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => one.checkVisibility() && box.width && (box.height < width - .5 || box.width < width - .5))
  .map(([one, box]) => `${one.className} ${one.textContent.trim().slice(0, 30)} ${box.width}x${box.height}`)"""
OUTSIDE = """() => [...document.querySelectorAll("main time")]
  .filter(one => one.checkVisibility() && !one.closest(".scroll, .steps, .tabs"))
  .filter(one => one.getBoundingClientRect().right > innerWidth).map(one => one.textContent)"""
WIDE = "document.documentElement?.scrollWidth ?? 0"
"""How wide the page is; while one page gives way to the next there is no document at all."""
IN_SIGHT = """box => { const outer = box.getBoundingClientRect();
  const inner = box.querySelector(".node.current, .node.late, [aria-current]").getBoundingClientRect();
  return inner.left >= outer.left - 1 && inner.right <= outer.right + 1; }"""


class Desk:
    """One signed-in person at a browser window."""

    def __init__(self, page: Page, address: str, sign_in: str) -> None:
        self.page, self.address = page, address
        self.wrong: list[str] = []
        page.on("console", lambda line: self.wrong.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.goto(f"{address}/sign-in")
        page.fill("input[name=name]", sign_in)
        page.fill("input[name=password]", demo.PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{address}/")

    def picture(self, name: str) -> None:
        """The whole page, in the width it has; nothing may stick out sideways."""
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        while not (wide := self.page.evaluate(WIDE)):
            self.page.wait_for_load_state()
        assert wide <= width, f"{name} is {wide} px wide at {width} px"
        if width == PHONE:
            assert self.page.evaluate(SMALL, THUMB) == [], name
            assert self.page.evaluate(OUTSIDE) == [], name
        self.page.evaluate("window.scrollTo(0, 0)")
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)

    def sees_the_current_step(self, box: str) -> None:
        """What is drawn wider than the window opens where the work stands."""
        for found in self.page.locator(box).all():
            if found.is_visible():
                assert found.evaluate(IN_SIGHT), f"{box} of {self.page.url}"

    def turn_to(self, pane: str) -> None:
        """On a phone, the part of a task that is shown."""
        self.page.locator(f".pane-tabs a[href='#{pane}']").click()

    def open_task(self) -> None:
        """The first task of the inbox, waited for as a person would: by looking again."""
        link = self.page.locator("main a[href^='/tasks/']").first
        for _ in range(60):
            self.page.goto(self.address)
            if link.count():
                break
            self.page.wait_for_timeout(500)
        link.click()
        self.page.wait_for_url(re.compile(r"/tasks/"))
        for image in self.page.locator("main img").all()[-1:]:
            image.scroll_into_view_if_needed()

    def press(self, name: str, value: str) -> None:
        """One of the buttons that end a task."""
        self.page.locator(f"form.task-form button[name='{name}'][value='{value}']").click()
        self.page.wait_for_url(f"{self.address}/")

    def finish(self) -> None:
        """The button of a task that asks for no decision."""
        self.page.locator("form.task-form .actions button").last.click()
        self.page.wait_for_url(f"{self.address}/")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def _desk(chromium: Browser, address: str, sign_in: str, width: int = DESK, **options: Any) -> Iterator[Desk]:
    height = 900 if width == DESK else 740
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="vi-VN", **options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    desk = Desk(page, address, sign_in)
    yield desk
    context.close()
    assert desk.wrong == []


@needs("chromium")
@pytest.mark.slow
def test_the_story_in_a_browser(chromium: Browser, tmp_path: Path) -> None:
    world = demo.read("2017")
    with Deployment(tmp_path / "2017", "2017") as deployment:
        _front_door(chromium, deployment.address)
        _send_out(chromium, deployment.address, world)
        first, *others = world["tour"]["recipients"]
        _receive_on_a_phone(chromium, deployment.address, world, first)
        story = Story("2017", deployment.address, tmp_path, lambda _line: None)
        for recipient in others:
            story.receive(recipient)
        _watch(chromium, deployment.address, world)


def _front_door(chromium: Browser, address: str) -> None:
    for width in (DESK, PHONE):
        context = chromium.new_context(viewport={"width": width, "height": 760}, locale="vi-VN")
        page = context.new_page()
        page.goto(address)
        expect(page.locator("input[name=password]")).to_be_visible()
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"sign-in-{width}.png", full_page=True)
        page.goto(f"{address}/design")
        page.screenshot(path=PICTURES / f"design-{width}.png", full_page=True)
        context.close()


def _send_out(chromium: Browser, address: str, world: Mapping[str, Any]) -> None:
    tour = world["tour"]
    with _desk(chromium, address, tour["drafter"]) as desk:
        desk.picture("inbox-empty")
        desk.page.goto(f"{address}/cases/start")
        desk.picture("start")
        desk.page.locator("form.start button").first.click()
        desk.page.wait_for_url(re.compile(r"/tasks/"))
        _draft(desk, tour, world)
    decisions = (
        ("head", "content_decision", "agree"),
        ("clerk", "form_decision", "agree"),
        ("chairman", "approval_decision", "sign"),
    )
    for part, name, value in decisions:
        with _desk(chromium, address, tour[part]) as desk:
            desk.open_task()
            if part == "head":
                desk.page.fill("form.task-form [name=opinion]", ENDLESS)
                _lose_the_session(desk, tour[part], name, value)
            desk.picture(f"task-{name}")
            desk.press(name, value)
    with _desk(chromium, address, tour["clerk"]) as desk:
        desk.open_task()
        desk.picture("task-issue")
        desk.press("issue_decision", "issue")
    _look_at_once(chromium, address, tour)


def _look_at_once(chromium: Browser, address: str, tour: Mapping[str, Any]) -> None:
    """The sender looks while the recipients have not yet begun."""
    for width in (DESK, PHONE):
        with _desk(chromium, address, tour["drafter"], width) as desk:
            desk.page.goto(f"{address}/documents")
            desk.page.locator("main a[href^='/documents/']").first.click()
            desk.page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}"))
            desk.page.goto(desk.page.url.replace("/documents/", "/sent/"))
            expect(desk.page.locator("main")).to_contain_text("Bước hiện tại:")
            desk.sees_the_current_step(".diagram")
            desk.picture("sent-at-once")


def _lose_the_session(desk: Desk, sign_in: str, name: str, value: str) -> None:
    """The session ends while somebody types; they sign in beside it and go on with what they had."""
    page = desk.page
    page.context.clear_cookies()
    page.locator(f".actions button[name='{name}'][value='{value}']").click()
    expect(page.locator(".kept textarea")).to_have_value(ENDLESS)
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 900})
        desk.picture("signed-out")
    with page.expect_popup() as opened:
        page.locator("main a.primary").click()
    door = opened.value
    door.fill("input[name=name]", sign_in)
    door.fill("input[name=password]", demo.PASSWORD)
    door.press("input[name=password]", "Enter")
    door.wait_for_url(re.compile(r"/tasks/"))
    door.close()
    page.locator(".kept button").click()
    expect(page.locator("form.task-form [name=opinion]")).to_have_value(ENDLESS)
    assert [status for line in desk.wrong for status in ("401", "400") if status in line] == ["401", "400"], desk.wrong
    desk.wrong.clear()


def _draft(desk: Desk, tour: Mapping[str, Any], world: Mapping[str, Any]) -> None:
    page = desk.page
    page.locator("form.task-form .actions button").last.click()
    expect(page.locator(".error-summary")).to_be_visible()
    desk.picture("draft-wrong")
    assert len(desk.wrong) == 1, desk.wrong
    assert "422" in desk.wrong.pop()  # Chromium reports the refusal that was meant to be one
    names = {unit["code"]: unit["name"] for unit in world["units"]}
    page.fill("form.task-form [name=subject]", tour["subject"])
    page.fill("form.task-form [name=field]", tour["field"])
    page.fill("form.task-form [name=body]", tour["body"])
    page.fill("form.task-form [name=due_on]", "05012030")
    _attach_too_much(desk)
    expect(page.locator("form.task-form [name=due_on]")).to_have_value("05/01/2030")
    expect(page.locator("form.task-form [name=body]")).to_have_value(tour["body"].strip())
    for recipient in tour["recipients"]:
        page.locator("label.choice", has_text=re.compile(rf"^\s*{re.escape(names[recipient['unit']])}")).first.click()
    desk.picture("draft")
    desk.finish()


def _attach_too_much(desk: Desk) -> None:
    """A file over the limit is spoken of when it is chosen, and refused beside what was typed when it is sent."""
    page = desk.page
    with TemporaryDirectory() as folder:
        scan = Path(folder, "bản quét.pdf")
        with scan.open("wb") as file:
            file.truncate(LARGE)
        page.locator("form.task-form [name=file]").set_input_files(scan)
        expect(page.locator("[data-file-large]")).to_be_visible()
        desk.picture("draft-large-file")
        page.locator("form.task-form .actions button").last.click()
        expect(page.locator(".error-summary")).to_contain_text("lớn hơn mức cho phép")
    assert "422" in desk.wrong.pop()
    expect(page.locator("[data-file-large]")).to_be_hidden()


def _receive_on_a_phone(
    chromium: Browser, address: str, world: Mapping[str, Any], recipient: Mapping[str, Any]
) -> None:
    titles = {post["key"]: post["title"] for post in world["posts"]}
    with _desk(chromium, address, recipient["clerk"], PHONE, has_touch=True) as desk:
        _register(desk)
    with _desk(chromium, address, recipient["chairman"], PHONE, has_touch=True) as desk:
        desk.open_task()
        desk.turn_to("work")
        desk.page.fill(
            "form.task-form [name=instruction]", "Giao chủ trì tham mưu thực hiện, báo cáo kết quả đúng hạn."
        )
        lead = desk.page.locator("form.task-form [name=lead_post] option", has_text=titles[recipient["lead"]]).first
        desk.page.select_option("form.task-form [name=lead_post]", value=lead.get_attribute("value"))
        desk.picture("direct")
        desk.finish()
    with _desk(chromium, address, recipient["specialist"], PHONE, has_touch=True) as desk:
        _handle(desk)


def _register(desk: Desk) -> None:
    desk.open_task()
    desk.picture("register-document")
    desk.turn_to("case")
    desk.page.locator("#case details.reveal summary").first.click()
    desk.sees_the_current_step("#case .diagram, #case .steps")
    desk.picture("register-case")
    desk.turn_to("work")
    desk.picture("register")
    desk.page.goto(desk.address)
    desk.picture("inbox")
    desk.open_task()
    desk.press("registration_decision", "register")
    desk.page.goto(f"{desk.address}/registers")
    desk.picture("registers")
    desk.page.locator("main a[href^='/registers/']", has_text="văn bản đến").first.click()
    expect(desk.page.locator("main")).to_contain_text("01/UBND-VX")
    desk.picture("register-book")


def _handle(desk: Desk) -> None:
    desk.open_task()
    desk.picture("take-up")
    desk.finish()
    desk.open_task()
    desk.turn_to("work")
    desk.page.fill("form.task-form [name=result]", "Đã thực hiện xong theo chỉ đạo.")
    desk.picture("handle")
    desk.finish()
    desk.page.goto(f"{desk.address}/?tab=done")
    desk.picture("inbox-done")


def _watch(chromium: Browser, address: str, world: Mapping[str, Any]) -> None:
    for width in (DESK, PHONE):
        with _desk(chromium, address, world["tour"]["drafter"], width) as desk:
            page = desk.page
            page.goto(f"{address}/documents")
            desk.picture("documents")
            page.locator("main a[href^='/documents/']").first.click()
            page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}"))
            desk.picture("document")
            page.goto(page.url.replace("/documents/", "/sent/"))
            for code in STATUSES[1:]:
                expect(page.locator("main")).to_contain_text(_status(code))
            desk.picture("sent")
            page.goto(page.url.replace("/sent/", "/documents/"))
            page.locator("main a[href^='/cases/']").first.click()
            page.wait_for_url(re.compile(r"/cases/"))
            desk.picture("case")
            page.goto(f"{address}/account")
            desk.picture("account")
    with _desk(chromium, address, world["tour"]["clerk"], DESK, color_scheme="dark") as desk:
        desk.page.goto(f"{address}/registers")
        desk.page.locator("main a[href^='/registers/']").first.click()
        desk.page.wait_for_url(re.compile(r"/registers/[0-9a-f-]{36}"))
        desk.picture("register-book-dark")


def _status(code: str) -> re.Pattern[str]:
    words = {"03": "tiếp nhận", "04": "phân công", "05": "đang xử lý", "06": "hoàn thành"}
    return re.compile(words[code], re.IGNORECASE)
