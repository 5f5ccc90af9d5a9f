"""A leader signs on a page in a real browser, by the program and by the plugin on their own machine."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.domain.signatures import queries as signatures
from app.domain.signers import queries as signers
from app.jobs import outbox
from app.jobs.signingprofile import profile
from app.kernel.db import db
from signing.agent import desk
from signing.agent.asked import Asked, matching_code
from signing.agent.desk import Desk
from signing.keys.protocol import Key
from tests.agents import plugin
from tests.e2e.test_browser import Desk as Window
from tests.house import Office, Template
from tests.story import Told
from tests.web.test_signing_at_a_desk import move_to_a_desk


@contextmanager
def working(app: Flask) -> Iterator[None]:
    """A worker beside the server."""
    over = Event()

    def work() -> None:
        with app.app_context():
            while not over.wait(0.1):
                outbox.run_one()

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def program(key: Key, origin: str, port: int, seen: list[Asked]) -> Iterator[None]:
    """Our program, whose user agrees to everything and remembers what they saw."""

    def consent(asked: Asked) -> Key:
        seen.append(asked)
        return key

    server = desk.serving(Desk(key.certificate, key.chain, frozenset({origin}), consent), port)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Leader:
    """A chairman with a key at their own machine, at the page of a document they have just decided to sign."""

    def __init__(self, app: Flask, template: Template, address: str, page: Page, provider: str) -> None:
        self.app, self.page, self.office = app, page, Office(app, template.world)
        self.told = Told(self.office)
        chairman = str(self.office.tour["chairman"])
        key = signers.key_of_person(self.office.person(chairman).id)
        assert key is not None
        self.key = profile().keystore.key(move_to_a_desk(key, provider))
        self.case = self.told.until("approve")
        self.window = Window(page, address, chairman)
        self.window.open_task()
        page.locator("form.task-form button[value='sign']").click()
        page.wait_for_url(re.compile(r"/signing/"))

    def picture(self, name: str) -> None:
        """The page at a phone's and at a desk's width."""
        for width in (360, 1280):
            self.page.set_viewport_size({"width": width, "height": 740})
            self.window.picture(f"desk-{name}")
        self.page.set_viewport_size({"width": 360, "height": 740})

    def state(self) -> str:
        """How far the request is."""
        db.session.remove()
        return signatures.requests(self.case.document_id)[0].state


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN", ignore_https_errors=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def test_line_61_a_leader_signs_on_a_small_page_with_the_program_on_their_machine(
    served: tuple[Flask, str], template: Template, phone: Page
) -> None:
    app, address = served
    seen: list[Asked] = []
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    app.config["DESK_AGENT"] = f"http://127.0.0.1:{port}"
    leader = Leader(app, template, address, phone, "agent")
    told = phone.locator("[data-desk-told]")
    with working(app):
        phone.locator("[data-desk-sign]").click()
        expect(told).to_contain_text("Không thấy chương trình ký eOffice trên máy này")
        assert leader.state() == "waiting"
        leader.picture("absent")

        with program(leader.key, address, port, seen):
            phone.locator("[data-desk-sign]").click()
            expect(phone.locator(".notice.done")).to_contain_text("Đã ký")
    code = matching_code(seen[0].digests)
    assert (seen[0].origin, seen[0].code) == (address, code)
    assert leader.state() == "done"
    leader.picture("done")


def test_a_leader_signs_with_the_plugin_of_the_authority(
    served: tuple[Flask, str], template: Template, phone: Page, tmp_path: Path
) -> None:
    app, address = served
    app.config["DESK_PLUGIN"] = "wss://127.0.0.1:9"
    leader = Leader(app, template, address, phone, "vgca")
    with working(app):
        phone.locator("[data-desk-sign]").click()
        expect(phone.locator("[data-desk-told]")).to_contain_text("Không thấy phần mềm ký số VGCA trên máy này")

        with plugin.running(tmp_path, leader.key) as (wss, asked):
            app.config["DESK_PLUGIN"] = wss
            phone.reload()
            leader.picture("plugin")
            phone.locator("[data-desk-sign]").click()
            expect(phone.locator(".notice.done")).to_contain_text("Đã ký")
    assert asked == ["SignApproved"]
    assert leader.state() == "done"


def test_line_56_the_certificate_is_read_from_the_plugin_when_a_signature_is_set_up(
    served: tuple[Flask, str], template: Template, phone: Page, tmp_path: Path
) -> None:
    app, address = served
    office = Office(app, template.world)
    chairman = str(office.tour["chairman"])
    own = signers.key_of_person(office.person(chairman).id)
    assert own is not None
    key = profile().keystore.key(own.reference)
    app.config["DESK_PLUGIN"] = "wss://127.0.0.1:9"
    window = Window(phone, address, chairman)
    phone.goto(f"{address}/account/signing?change=1&provider=vgca")
    told, read = phone.locator("[data-told]"), phone.locator("[data-read-certificate] button")
    read.click()
    expect(told).to_contain_text("Không thấy VGCA Sign Service trên máy này")
    window.picture("certificate-absent")
    with plugin.running(tmp_path, key) as (wss, asked):
        app.config["DESK_PLUGIN"] = wss
        phone.reload()
        read.click()
        expect(told).to_contain_text("Đã đọc chứng thư")
        window.picture("certificate-read")
    assert asked == ["GetCertInfo"]
    with working(app):
        phone.get_by_role("button", name="Tiếp tục").click()
        expect(phone.locator("main")).to_contain_text(f"{key.certificate.serial_number:X}")
