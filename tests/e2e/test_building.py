"""A form is built in Chromium, at a desk and on a phone: acts only swap, the focus stays, a lost line loses nothing."""

import re

from flask import Flask
from playwright.sync_api import Browser, expect

from tests.e2e.test_browser import DESK, PHONE, Desk
from tests.house import Office, Template
from tests.needs import needs
from tests.places import ROOT, administrator

LINE_OR_CARET = re.compile("ERR_INTERNET_DISCONNECTED|Failed to fetch|inline style")
"""What a browser says of a lost line, and of the style with which a picture of it hides the caret."""
WORDS = (("Hài lòng", "Satisfied"), ("Chưa hài lòng", "Not satisfied"))


@needs("chromium")
def test_a_form_is_built_without_a_page_being_loaded_again(
    served: tuple[Flask, str], template: Template, chromium: Browser
) -> None:
    app, address = served
    sign_in = administrator(Office(app, template.world), ROOT)
    page = chromium.new_context(viewport={"width": DESK, "height": 900}, locale="vi-VN").new_page()
    desk = Desk(page, address, sign_in)
    page.goto(f"{address}/procedures/forms")
    page.fill("#title-vi", "Phiếu khảo sát")
    page.click("form.sheet .button.primary")
    page.wait_for_url("**/form")
    page.evaluate("window.stayed = true")

    _builds(desk)
    _moves_and_takes_back(desk)
    _loses_the_line(desk)
    assert page.evaluate("window.stayed")
    desk.picture("builder")
    page.set_viewport_size({"width": PHONE, "height": 740})
    page.goto(page.url + "?field=muc_do")
    desk.picture("builder")
    assert [line for line in desk.wrong if not LINE_OR_CARET.search(line)] == []


def _builds(desk: Desk) -> None:
    """Two fields, the second only for one answer of the first; the preview does as staff will see."""
    page = desk.page
    _adds(desk, "one", "Mức độ")
    expect(page.locator("#x-label_vi")).to_be_focused()
    for at, words in enumerate(WORDS):
        for language, word in zip(("vi", "en"), words, strict=True):
            page.locator(f"[name=option_{language}]").nth(at).fill(word)
    page.click(".builder-open .button.primary")
    expect(page.locator(".builder-paper")).to_contain_text("Chưa hài lòng")
    _adds(desk, "long_text", "Lý do")
    page.click("summary:has-text('Chỉ hiện khi')")
    page.check("input[value='muc_do|chua_hai_long']")
    page.click(".builder-open .button.primary")
    expect(page.locator("#f-ly_do")).to_be_hidden()
    page.check(".builder-paper input[value=chua_hai_long]")
    expect(page.locator("#f-ly_do")).to_be_visible()


def _moves_and_takes_back(desk: Desk) -> None:
    """Whoever moves a field by the keyboard goes on where they were; the last act is undone."""
    page = desk.page
    page.click("#b-up-ly_do")
    expect(page.locator(".builder-undo")).to_contain_text("Đã chuyển “Lý do” lên")
    expect(page.locator("#b-up-ly_do")).to_be_focused()
    page.click("#undo")
    expect(page.locator(".builder-row a").first).to_have_text("Mức độ")


def _loses_the_line(desk: Desk) -> None:
    """What could not be sent is said, stays, and is sent again by the same button."""
    page = desk.page
    page.context.set_offline(True)
    page.fill("#a-label_vi", "Gõ lúc mất mạng")
    page.click("#act-add button")
    expect(page.locator("[data-offline]")).to_be_visible()
    expect(page.locator("#a-label_vi")).to_have_value("Gõ lúc mất mạng")
    page.context.set_offline(False)
    page.click("#act-add button")
    expect(page.locator(".builder-undo")).to_contain_text("Đã thêm trường “Gõ lúc mất mạng”")


def _adds(desk: Desk, kind: str, label: str) -> None:
    """One more field, by the form below the list."""
    desk.page.select_option("#a-kind", kind)
    desk.page.fill("#a-label_vi", label)
    desk.page.click("#act-add button")
    expect(desk.page.locator(".builder-undo")).to_contain_text(f"Đã thêm trường “{label}”")
