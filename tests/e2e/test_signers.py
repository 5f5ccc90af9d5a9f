"""A clerk sets the agency's signature up on a phone, alone, from nothing; and a document is issued with it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from flask import Flask
from playwright.sync_api import Browser

from app.domain.signatures import queries as signatures
from app.domain.signers import queries
from app.kernel.db import db, transaction
from signing import appearance
from tests.e2e.test_accessibility import RULES
from tests.e2e.test_browser import PHONE, Desk
from tests.house import Office, Template
from tests.needs import needs
from tests.signing.keyfiles import key_file, offer_files
from tests.signing.test_image import photographed
from tests.story import Ref, Told

UNIT, NAME, OPENING = "huyen-son-tinh", "UBND huyện Sơn Tịnh", "mat-khau-123"
STEP = "a:has-text('Tệp chứng thư số')"


class Clerk:
    """The clerk at a phone, and the worker that does what the page asks for."""

    def __init__(self, office: Office, desk: Desk) -> None:
        self.office, self.desk, self.page = office, desk, desk.page

    def press(self, name: str, then: str, *, work: bool = True) -> None:
        """Press a button, let the worker work, and wait for what the page says then by itself."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        if work:
            self.page.get_by_role("status").wait_for()
            self.work()
        self.page.get_by_text(then).first.wait_for()

    def work(self) -> None:
        """What the worker has to do; beside a browser nothing is signed in the same thread."""
        with ThreadPoolExecutor(1) as other:
            other.submit(self._work).result()

    def _work(self) -> None:
        with self.office.app.app_context():
            self.office.work()
            db.session.remove()

    def looks(self, name: str) -> None:
        """The page fits the phone, and axe finds nothing."""
        self.desk.picture(name)
        said = Axe().run(self.page, options=RULES).response["violations"]
        assert [(one["id"], node["html"][:120]) for one in said for node in one["nodes"]] == [], name

    def choose_file(self, path: Path, opening: str) -> None:
        """Step one."""
        self.page.click(STEP)
        self.page.set_input_files("#file", path)
        self.page.fill("#pin", opening)


@pytest.fixture
def told(served: tuple[Flask, str], template: Template) -> Told:
    return Told(Office(served[0], template.world))


@pytest.fixture
def case(told: Told) -> Ref:
    """A document that waits to be issued, at an agency whose signature is not set up."""
    case = told.until("issue")
    key = queries.key_of_unit(told.office.unit(UNIT).id)
    assert key is not None
    with transaction():
        key.state = "retired"
    db.session.remove()
    offer_files(told.office.app.config["PKI"])
    told.office.app.extensions.pop("signing", None)
    return case


@pytest.fixture
def files(told: Told, tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of an authority that is believed here, in a file with a password; and a photographed seal."""
    path, seal = tmp_path / "co-quan.p12", tmp_path / "dau.jpg"
    path.write_bytes(key_file(told.office.app.config["PKI"], "organisation", NAME, OPENING))
    seal.write_bytes(photographed(appearance.demo_seal(NAME).image, (1400, 1400)))
    return path, seal


@needs("chromium")
def test_a_clerk_sets_up_the_agencys_signature_on_a_phone_and_issues_with_it(
    served: tuple[Flask, str], told: Told, case: Ref, files: tuple[Path, Path], chromium: Browser
) -> None:
    issue = f"{served[1]}/tasks/{told.task(case, 'issue').id}"
    context = chromium.new_context(viewport={"width": PHONE, "height": 800}, locale="vi-VN")
    clerk = Clerk(told.office, Desk(context.new_page(), served[1], told.tour["clerk"]))
    page = clerk.page
    page.goto(f"{served[1]}/units/{UNIT}/signing")
    clerk.looks("signer-1-key")
    clerk.choose_file(files[0], "sai")
    clerk.press("Tiếp tục", "Mật khẩu hoặc mã PIN không đúng")
    clerk.choose_file(files[0], OPENING)
    clerk.press("Tiếp tục", "Tải lên hình con dấu")
    page.set_input_files("#picture", files[1])
    clerk.looks("signer-2-picture")
    clerk.press("Tiếp tục", "Ký thử một trang", work=False)
    clerk.looks("signer-3-test")
    clerk.press("Ký thử", "Đã kiểm tra: hợp lệ")
    clerk.looks("signer-4-check")
    clerk.press("Đưa vào sử dụng", "đang giữ khóa", work=False)
    clerk.looks("signer-5-in-use")
    page.goto(issue)
    page.click("button[value=issue]")
    page.wait_for_url(f"{served[1]}/")
    assert clerk.desk.wrong == []
    clerk.work()
    assert told.document(case).state == "sent"
    (sealed,) = [one for one in signatures.requests(case.document_id) if one.kind == "organisation"]
    key = queries.key_of_unit(told.office.unit(UNIT).id)
    assert key is not None
    assert (sealed.signer_key_id, sealed.certificate_serial, sealed.held_by) == (key.id, key.serial, key.made_by)
