"""A clerk sets the agency's signature up on a phone, alone, from nothing; and a document is issued with it."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from flask import Flask
from playwright.sync_api import Browser

from app.domain.signatures import queries as signatures
from app.domain.signers import queries
from app.jobs.signingprofile import profile
from app.kernel.db import db, transaction
from signing import appearance
from signing.keys.files import Pkcs12Keystore
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
    page.click(STEP)
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


@pytest.fixture
def waiting(told: Told) -> Ref:
    """A document that waits for a chairman whose key is in a file with a password."""
    case, office = told.until("approve"), told.office
    key = queries.key_of_person(office.person(told.tour["chairman"]).id)
    assert key is not None
    offer_files(office.app.config["PKI"])
    office.app.extensions.pop("signing", None)
    keystore, drawn = profile().keystores["files"], BytesIO()
    assert isinstance(keystore, Pkcs12Keystore)
    keystore.store("chairman", key_file(office.app.config["PKI"], "person", "Chủ tịch", OPENING), OPENING)
    appearance.demo_signature("person").image.save(drawn, "PNG")
    with transaction():
        key.provider, key.reference = "files", "chairman"
        key.image_sha256 = office.app.extensions["files"].put(drawn.getvalue(), limit=1_000_000).sha256
    db.session.remove()
    return case


@needs("chromium")
def test_line_61_a_chairman_signs_on_a_phone_with_a_password_and_without_scripts(
    served: tuple[Flask, str], told: Told, waiting: Ref, chromium: Browser
) -> None:
    context = chromium.new_context(
        viewport={"width": PHONE, "height": 740}, locale="vi-VN", has_touch=True, java_script_enabled=False
    )
    clerk = Clerk(told.office, Desk(context.new_page(), served[1], told.tour["chairman"]))
    page = clerk.page
    clerk.desk.picture("phone-inbox")
    page.locator("main a[href^='/tasks/']").first.tap()
    page.locator("input[name=_pin]").fill("sai")
    clerk.desk.picture("phone-task")
    page.get_by_role("button", name="Duyệt và ký số").tap()
    page.wait_for_url(f"{served[1]}/")
    clerk.work()

    page.reload()
    page.get_by_role("link", name="Xem và xử lý").tap()
    page.get_by_text("Mật khẩu hoặc mã PIN không đúng").wait_for()
    page.locator("input[name=_pin]").fill(OPENING)
    clerk.desk.picture("phone-wrong-pin")
    page.get_by_role("button", name="Ký lại").tap()
    page.get_by_text("Đã yêu cầu ký lại").wait_for()
    clerk.work()
    page.reload()
    clerk.desk.picture("phone-signed")
    page.get_by_text("Không có văn bản nào chờ ký").wait_for()
    assert told.document(waiting).state == "signed"
    context.close()
