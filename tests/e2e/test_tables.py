"""A decision table is written in Chromium: by the keyboard, each cell looked at as it changes, a lost line, a phone."""

import re

from flask import Flask
from playwright.sync_api import Browser, expect

from tests.e2e.test_browser import DESK, PHONE, Desk
from tests.house import Office, Template
from tests.needs import needs
from tests.places import ROOT, admin, administrator, draft

LOST = re.compile("ERR_INTERNET_DISCONNECTED|Failed to fetch|inline style")
"""What a browser says of a lost line, and of the style with which a picture of it hides the caret."""


@needs("chromium")
def test_a_table_is_written_by_the_keyboard_and_a_lost_line_loses_nothing(
    served: tuple[Flask, str], template: Template, chromium: Browser
) -> None:
    app, address = served
    office = Office(app, template.world)
    sign_in = administrator(office, ROOT)
    made = draft(admin(office, ROOT), "common", {}, kind="decision", key="petition_route")
    page = chromium.new_context(viewport={"width": DESK, "height": 900}, locale="vi-VN").new_page()
    desk = Desk(page, address, sign_in)
    page.goto(f"{address}/procedures/drafts/{made.id}/table")
    first = page.locator(".cell").first
    first.fill('"yes')
    first.press("Enter")
    expect(page.locator("#c-2-1")).to_be_focused()
    expect(page.locator("#e-1-1")).to_contain_text("chưa được đóng")
    first.fill('"no"')
    page.context.set_offline(True)
    page.click("main .button.primary[value=save]")
    expect(page.locator("[data-table-offline]")).to_be_visible()
    expect(first).to_have_value('"no"')
    page.context.set_offline(False)
    page.click("main .button.primary[value=save]")
    expect(page.locator("section[aria-labelledby=state]")).to_contain_text("Hàng 1 và 2 cùng đúng")
    desk.picture("table")
    page.set_viewport_size({"width": PHONE, "height": 740})
    desk.picture("table")
    assert [line for line in desk.wrong if not LOST.search(line)] == []
