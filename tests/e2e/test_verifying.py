"""The public pages on a phone: nothing for axe to find, and a verdict in words without any script."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from app.domain.documents import queries as documents
from app.domain.signatures import checking, proofs
from tests.e2e.test_accessibility import found
from tests.e2e.test_browser import PHONE
from tests.house import Office, Template
from tests.needs import needs
from tests.story import Told


@pytest.fixture
def issued(served: tuple[Flask, str], template: Template) -> tuple[str, Path]:
    """The public page of an issued document, and its file; made before a browser runs: nothing is signed beside one."""
    office = Office(served[0], template.world)
    case = Told(office).sent(recipients=1)
    checking.ask_due()
    office.work()
    proof, file = proofs.proof(case.document_id), documents.latest_file(case.document_id, stage="issued")
    assert proof is not None
    assert file is not None
    return f"/verify/{proof.token}", served[0].extensions["files"].path(file.sha256)


@needs("chromium")
def test_a_forged_file_is_called_invalid_in_words_on_a_phone_without_scripts(
    served: tuple[Flask, str], issued: tuple[str, Path], chromium: Browser, tmp_path: Path
) -> None:
    address, file = issued
    content = file.read_bytes()
    at, forged = content.index(b"/Length"), tmp_path / "van-ban.pdf"
    forged.write_bytes(content[:at] + b"/Lengtg" + content[at + 7 :])
    size = {"width": PHONE, "height": 700}
    page = chromium.new_context(viewport=size, locale="vi-VN", java_script_enabled=False).new_page()  # type: ignore[arg-type]
    page.goto(f"{served[1]}/verify")
    page.get_by_label("Tệp PDF").set_input_files(forged)
    page.get_by_role("button", name="Kiểm tra chữ ký").click()
    expect(page.get_by_text("Không hợp lệ: không được dùng tệp này như văn bản đã ký")).to_be_visible()
    assert page.get_by_text("không hợp lệ", exact=True).count() == 2

    watched = chromium.new_context(viewport=size, locale="vi-VN").new_page()  # type: ignore[arg-type]
    anybody: Any = SimpleNamespace(page=watched, address=served[1])
    assert found(anybody, ["/verify", address]) == {}
    watched.get_by_label("Tệp PDF").set_input_files(forged)
    watched.get_by_role("button", name="So sánh với bản đã phát hành").click()
    expect(watched.get_by_text("Không phải tệp mà cơ quan đã phát hành")).to_be_visible()
    wide = watched.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE, "nothing runs over the edge"
