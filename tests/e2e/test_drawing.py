"""Two administrators at the editor of diagrams, in Chromium: what is drawn is kept, whoever takes over."""

from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.domain.procedures import drafts
from app.kernel.db import db
from tests.e2e.test_browser import Desk
from tests.house import Office, Template
from tests.needs import needs
from tests.places import COMMUNE, ROOT, admin, administrator, draft

SLOW = 20_000


@needs("chromium")
def test_a_step_is_added_kept_by_itself_and_survives_a_takeover(
    served: tuple[Flask, str], template: Template, chromium: Browser
) -> None:
    app, address = served
    office = Office(app, template.world)
    actor = admin(office, COMMUNE)
    draft_id = draft(actor, f"units/{COMMUNE}", {}).id
    where = f"{address}/procedures/drafts/{draft_id}/diagram"

    def kept() -> str:
        db.session.rollback()
        db.session.expire_all()
        return str(drafts.visible_draft(actor, draft_id).content["diagram"])

    one, other = (_at(chromium, address, office, code) for code in (COMMUNE, ROOT))
    one.page.goto(where)
    one.page.get_by_role("link", name="Vẽ sơ đồ riêng").click()
    _add_a_step(one.page, "Rà soát hồ sơ")
    assert "Rà soát hồ sơ" in kept()

    other.page.goto(where)
    _take_over(other.page, f"Quản trị {COMMUNE}")
    _name(one.page, "direct", "Chỉ đạo và phân công")
    expect(one.page.locator(".eo-banner", has_text=f"Quản trị {ROOT}")).to_be_visible(timeout=SLOW)
    copy = one.page.evaluate("EO.keeper.leftOver('')")
    assert "Chỉ đạo và phân công" in copy["xml"]
    assert "Chỉ đạo và phân công" not in kept()
    assert [line for line in one.wrong if "423" not in line] + other.wrong == []


@needs("chromium")
def test_a_telephone_shows_the_picture_and_loads_no_editor(
    served: tuple[Flask, str], template: Template, chromium: Browser
) -> None:
    app, address = served
    office = Office(app, template.world)
    made = draft(admin(office, ROOT), "common", {}, key="moi_nhat")
    phone = _at(chromium, address, office, ROOT, width=360)
    loaded: list[str] = []
    phone.page.on("request", lambda request: loaded.append(request.url))
    phone.page.goto(f"{address}/procedures/drafts/{made.id}/diagram")
    expect(phone.page.get_by_text("Cần màn hình rộng")).to_be_visible()
    expect(phone.page.locator("svg.bpmn")).to_be_visible()
    assert not [url for url in loaded if "editor.js" in url]
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 360


def _at(browser: Browser, address: str, office: Office, unit_code: str, width: int = 1280) -> Desk:
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="vi-VN")
    return Desk(context.new_page(), address, administrator(office, unit_code))


def _add_a_step(page: Page, name: str) -> None:
    expect(page.locator("#editor[data-ready]")).to_be_visible(timeout=SLOW)
    page.locator("[data-element-id=register]").first.click()
    page.locator("[data-action='append.append-task']").click()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.locator(".eo-state")).to_contain_text("đã lưu lúc", timeout=SLOW)
    expect(page.locator(".eo-problems")).to_contain_text(name, timeout=SLOW)


def _take_over(page: Page, who: str) -> None:
    banner = page.locator(".eo-banner", has_text=who)
    expect(banner).to_be_visible(timeout=SLOW)
    banner.get_by_role("button").click()
    expect(banner).to_be_hidden(timeout=SLOW)


def _name(page: Page, element: str, name: str) -> None:
    page.locator(f"[data-element-id={element}]").first.dblclick()
    page.keyboard.press("Control+a")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
