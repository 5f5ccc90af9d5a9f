"""The administrator's studio as stories in Chromium: a step is added, tried, published, taken back, settled."""

import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from app.domain.cases import queries as cases
from app.domain.procedures.commands import pin
from app.kernel.db import db
from tests.e2e.test_browser import DESK, Desk
from tests.house import Office, Template
from tests.needs import needs
from tests.places import KEY, ROOT, administrator
from tests.story import Told

SLOW = 30_000
LEVEL = f"/procedures/{KEY}/levels/commune"
STEP = "Xin ý kiến công chức"
REGISTERED = {"registration_decision": "register"}


class Studio:
    """One administrator at the studio; the workers do their part when they are called."""

    def __init__(self, desk: Desk, office: Office) -> None:
        self.desk, self.page, self.office = desk, desk.page, office
        self.page.set_default_timeout(SLOW)

    def goes(self, address: str) -> None:
        """Open a page of the product."""
        self.page.goto(f"{self.desk.address}{address}")

    def presses(self, name: str) -> None:
        """Press the first button or link of that name."""
        which = re.compile(name)
        self.page.get_by_role("button", name=which).or_(self.page.get_by_role("link", name=which)).first.click()

    def reads(self, words: str) -> None:
        """Expect words on the page."""
        expect(self.page.locator("main")).to_contain_text(words)

    def works(self) -> None:
        """Let the workers do what waits, and look again."""
        self.office.work()
        self.page.reload()

    def version(self, unit_code: str) -> str:
        """What a new case at a unit would be pinned to."""
        db.session.rollback()
        db.session.expire_all()
        return pin(KEY, self.office.unit(unit_code).id).sha256

    def parameter(self, unit_code: str) -> Any:
        """How many days the leader of a unit has for instructions, in a new case."""
        db.session.rollback()
        db.session.expire_all()
        return pin(KEY, self.office.unit(unit_code).id).parameters["direction_days"]

    def of_case(self, case_id: UUID) -> str:
        """What a case is pinned to."""
        db.session.rollback()
        db.session.expire_all()
        return cases.case(case_id).version.sha256


@pytest.fixture
def told(served: tuple[Flask, str], template: Template) -> Told:
    """A document that has just arrived at two communes; told before a browser runs, beside which nothing is signed."""
    told = Told(Office(served[0], template.world))
    told.sent()
    return told


@needs("chromium")
def test_a_step_is_added_for_all_communes_tried_published_moved_taken_back_and_settled(
    served: tuple[Flask, str], told: Told, chromium: Browser
) -> None:
    office, address = told.office, served[1]
    first, second = told.recipients[:2]
    running = {one["unit"]: told.arrived(one).id for one in (first, second)}
    studio = Studio(_at(chromium, address, administrator(office, ROOT)), office)
    before = studio.version(first["unit"])

    draft = _adds_a_step(studio)
    _tries(studio, draft)
    _publishes(studio, draft, pilot=office.unit(first["unit"]).short_name)
    piloted = studio.version(first["unit"])
    assert piloted != before == studio.version(second["unit"])
    assert studio.of_case(running[first["unit"]]) == piloted
    assert studio.of_case(running[second["unit"]]) == before

    studio.page.click("button[value=widen]")
    studio.works()
    assert studio.version(second["unit"]) != before
    assert studio.of_case(running[second["unit"]]) == studio.version(second["unit"])
    studio.reads("Đã xong 2 trên 2 hồ sơ")
    _takes_back(studio)
    assert {studio.version(one["unit"]) for one in (first, second)} == {before}
    assert {studio.of_case(one) for one in running.values()} == {before}

    commune = Studio(_at(chromium, address, administrator(office, first["unit"])), office)
    _says_otherwise(commune, f"/procedures/{KEY}/{first['unit']}", 3)
    _says_otherwise(studio, f"/procedures/{KEY}/levels/common", 2)
    assert studio.parameter(second["unit"]) == 2
    assert studio.parameter(first["unit"]) == 3
    _settles(commune)
    assert studio.parameter(first["unit"]) == 3
    assert studio.desk.wrong + commune.desk.wrong == []


def _at(browser: Browser, address: str, sign_in: str) -> Desk:
    context = browser.new_context(viewport={"width": DESK, "height": 900}, locale="vi-VN")
    return Desk(context.new_page(), address, sign_in)


def _adds_a_step(studio: Studio) -> str:
    """Behind the step of the chairman, with a form and two working days; the address of the draft."""
    page = studio.page
    studio.goes(f"{LEVEL}?step=direct#step")
    page.locator("details", has=page.locator("[id='add.name']")).locator("summary").click()
    page.fill("[id='add.name']", STEP)
    page.select_option("[id='add.role']", "clerk")
    page.select_option("[id='add.form']", "give_opinion")
    page.fill("[id='add.deadline']", "2")
    studio.desk.picture("studio-add-step")
    page.locator("button[value=add]").click()
    page.wait_for_url("**/procedures/drafts/*")
    studio.reads("Không còn việc gì")
    return page.url.removeprefix(studio.desk.address).rstrip("/")


def _tries(studio: Studio, draft: str) -> None:
    page = studio.page
    studio.goes(draft)
    studio.presses("Chạy thử")
    page.select_option("select[name=_reach]", label=STEP)
    page.locator("button[value=reach]").click()
    studio.reads(STEP)
    studio.desk.picture("studio-try")
    page.fill("[name=_name]", "Xã xin ý kiến trước khi giao việc")
    page.locator("button[value=keep]").click()
    page.wait_for_url("**/publishing?step=scenarios")


def _publishes(studio: Studio, draft: str, pilot: str) -> None:
    page = studio.page
    studio.goes(f"{draft}/publishing")
    studio.reads(f"Thêm bước «{STEP}»")
    studio.desk.picture("studio-changes")
    studio.goes(f"{draft}/publishing?step=scenarios")
    page.locator("button[value=prove]").click()
    studio.desk.picture("studio-scenarios")
    studio.goes(f"{draft}/publishing?step=affected")
    page.locator("button[value=foresee]").click()
    studio.works()
    studio.reads("Đã xem xét 2 hồ sơ")
    studio.desk.picture("studio-affected")
    studio.goes(f"{draft}/publishing?step=way")
    page.check("input[name=how][value=pilot]")
    page.locator("details", has=page.locator("input[name=unit]")).locator("summary").click()
    page.get_by_label(pilot, exact=True).check()
    page.check("input[name=cases][value=move]")
    studio.desk.picture("studio-way")
    page.locator("button[value=way]").click()
    page.wait_for_url("**step=summary")
    studio.desk.picture("studio-summary")
    if page.locator("[name=excuse]:visible").count():
        page.fill("[name=excuse]", "Kịch bản chung chưa có bước mới.")
    page.locator("button[value=publish]").click()
    page.wait_for_url("**/rollouts/*")
    studio.works()


def _takes_back(studio: Studio) -> None:
    studio.desk.picture("studio-rollout")
    studio.page.fill("#f-reason", "Cần hỏi thêm các xã.")
    studio.page.click("button[value=undo]")
    studio.works()
    studio.reads("Đã thu hồi")


def _says_otherwise(studio: Studio, address: str, days: int) -> None:
    """Another number of days for a place, published to everybody who follows it."""
    page = studio.page
    studio.goes(address)
    page.fill("[id='parameters.direction_days']", str(days))
    page.locator("form", has=page.locator("[id='parameters.direction_days']")).locator("button.primary").click()
    page.wait_for_url("**/procedures/drafts/*")
    draft = page.url.removeprefix(studio.desk.address)
    studio.goes(f"{draft}/publishing?step=summary")
    page.fill("[name=excuse]", "Chỉ đổi thời hạn.")
    page.locator("button[value=publish]").click()
    page.wait_for_url("**/rollouts/*")


def _settles(studio: Studio) -> None:
    """The place below keeps its own number of days, after it has seen what comes of it."""
    page = studio.page
    page.bring_to_front()  # only what is in front is painted, and so pictured
    studio.goes("/procedures")
    page.locator("a[href*='/procedures/notices/']").first.click()
    studio.desk.picture("studio-conflict")
    page.locator("input[value=ours]").first.check()
    page.locator("button[value=preview]").click()
    expect(page.locator("#result")).to_be_visible()
    studio.desk.picture("studio-settling")
    page.locator("button[value=choose]").click()
    studio.reads("Đã")
    studio.goes("/procedures")
    expect(page.locator("a[href*='/procedures/notices/']")).to_have_count(0)
