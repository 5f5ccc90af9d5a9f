"""A clerk sets the agency's signature up on a phone, alone, from nothing; and a document is issued with it."""

from collections.abc import Mapping
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from flask import Flask
from playwright.sync_api import Browser

from app.domain.signatures import queries as signatures
from app.domain.signers import queries
from app.kernel.db import db, transaction
from signing import appearance, demo_pki
from tests.e2e.test_accessibility import RULES
from tests.e2e.test_browser import PHONE, Desk
from tests.house import Office, Template
from tests.needs import needs
from tests.signing.test_image import photographed
from tests.story import Told

PASSPHRASE = "mat-khau-123"


@needs("chromium")
def test_a_clerk_sets_up_the_agencys_signature_on_a_phone_and_issues_with_it(
    served: tuple[Flask, str], template: Template, chromium: Browser, tmp_path: Path
) -> None:
    app, address = served
    told = Told(Office(app, template.world))
    case, unit = told.until("issue"), told.office.unit("huyen-son-tinh")
    _without_signature(told.office)
    seal = tmp_path / "dau.jpg"
    seal.write_bytes(photographed(appearance.demo_seal(unit.short_name).image, (1400, 1400)))
    context = chromium.new_context(viewport={"width": PHONE, "height": 800}, locale="vi-VN")
    desk = Desk(context.new_page(), address, told.tour["clerk"])
    page = desk.page
    page.goto(f"{address}/account/signing")
    page.get_by_role("link", name=unit.name).click()
    _looks(desk, "signer-1-key")
    page.get_by_role("link", name="Tệp chứng thư số").click()
    page.set_input_files("#file", _key_file(app.config["PKI"], tmp_path, unit.short_name))
    for passphrase in ("sai", PASSPHRASE):
        if passphrase == PASSPHRASE:
            page.get_by_role("link", name="Tệp chứng thư số").click()
            page.set_input_files("#file", tmp_path / "co-quan.p12")
        page.fill("#pin", passphrase)
        page.get_by_role("button", name="Tiếp tục").click()
        page.get_by_role("status").wait_for()
        told.office.work()
        page.get_by_text(
            "Mật khẩu hoặc mã PIN không đúng" if passphrase == "sai" else "Tải lên hình con dấu"
        ).wait_for()
    page.set_input_files("#picture", seal)
    _looks(desk, "signer-2-picture")
    page.get_by_role("button", name="Tiếp tục").click()
    _looks(desk, "signer-3-test")
    page.get_by_role("button", name="Ký thử").click()
    page.get_by_role("status").wait_for()
    told.office.work()
    page.get_by_text("Đã kiểm tra: hợp lệ").wait_for()
    _looks(desk, "signer-4-check")
    page.get_by_role("button", name="Đưa vào sử dụng").click()
    page.get_by_text("đang giữ khóa").first.wait_for()
    _looks(desk, "signer-5-in-use")
    assert desk.wrong == []
    page.goto(f"{address}/tasks/{told.task(case, 'issue').id}")
    page.get_by_role("button", name="Phát hành").first.click()
    page.wait_for_url(f"{address}/")
    told.office.work()
    assert told.document(case).state == "issued"
    (sealed,) = [one for one in signatures.requests(case.document_id) if one.kind == "organisation"]
    key = queries.key_of_unit(unit.id)
    assert key is not None
    assert (sealed.signer_key_id, sealed.certificate_serial) == (key.id, key.serial)


def _without_signature(office: Office) -> None:
    """The agency has none yet, and the operator lets clerks upload key files."""
    key = queries.key_of_unit(office.unit("huyen-son-tinh").id)
    assert key is not None
    with transaction():
        key.state = "retired"
    db.session.remove()
    profile = office.app.config["PKI"] / "profile.toml"
    profile.write_text(profile.read_text() + '[[provider]]\nname = "files"\nkind = "pkcs12"\n')
    settled: Mapping[str, object] = office.app.extensions
    assert "signing" not in settled or office.app.extensions.pop("signing")


def _key_file(pki: Path, folder: Path, name: str) -> Path:
    """A certificate of the authority that this installation believes, in a file with a password."""
    demo_pki.add_subject(pki, demo_pki.Subject("made-for-export", "organisation", name, name))
    data = (pki / "keys" / "made-for-export.p12").read_bytes()
    key, certificate, others = pkcs12.load_key_and_certificates(data, demo_pki.read_secret(pki))
    assert key is not None
    locked = BestAvailableEncryption(PASSPHRASE.encode())
    path = folder / "co-quan.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"co-quan", key, certificate, others, locked))  # type: ignore[arg-type]  # a key of our own
    return path


def _looks(desk: Desk, name: str) -> None:
    desk.picture(name)
    said = Axe().run(desk.page, options=RULES).response["violations"]
    assert [(one["id"], node["html"][:120]) for one in said for node in one["nodes"]] == [], name
