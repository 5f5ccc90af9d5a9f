"""Attachments in files of their own: added to a draft, signed when it is issued, judged where they arrive."""

import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from app.domain.documents import attachments
from app.domain.signatures import queries as signatures
from signing import detached
from tests.house import Office
from tests.signing.papers import needs_pdfsig
from tests.story import Told
from tests.web.browser import Browser, pdf, plain


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def package(*names: str) -> bytes:
    """A package as office programs write them."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return made.getvalue()


SHEET = package("[Content_Types].xml", "xl/workbook.xml")


@needs_pdfsig
def test_line_54_a_pdf_and_a_spreadsheet_travel_signed_and_are_judged_where_they_arrive(
    told: Told, tmp_path: Path
) -> None:
    case = told.start()
    drafter = Browser(told.office, told.tour["drafter"])
    document_id = case.document_id
    told.complete(case, "draft", told.tour["drafter"], **told.draft(1))
    told.complete(case, "check_content", told.tour["head"], content_decision="return", opinion="Thiếu phụ lục.")
    drafter.send(
        f"/documents/{document_id}/attachments",
        files=[(BytesIO(pdf(2)), "Phụ lục I.pdf"), (BytesIO(SHEET), "Biểu tổng hợp.xlsx"), (BytesIO(b"a,b"), "bo.csv")],
    )
    drafter.send(f"/documents/{document_id}/attachments/3/removal")
    for node, who, answers in (
        ("draft", "drafter", told.draft(1)),
        ("check_content", "head", {"content_decision": "agree"}),
        ("check_form", "clerk", {"form_decision": "agree"}),
        ("approve", "chairman", {"approval_decision": "sign"}),
        ("issue", "clerk", {"issue_decision": "issue"}),
    ):
        told.complete(case, node, told.tour[who], **answers)

    document = told.document(case)
    assert document.state == "sent"
    recipient = told.recipients[0]
    arrived = told.document(told.arrived(recipient))
    paper, sheet = attachments.of(arrived.id)
    found = {one.sha256: one.verdict for one in signatures.verdicts(arrived.id)}
    assert (found[paper.file.sha256], found[sheet.file.sha256]) == ("valid", "valid")

    store, profile = told.office.app.extensions["files"], told.office.app.extensions["signing"]
    said = subprocess.run(["pdftotext", store.path(paper.file.sha256), "-"], capture_output=True, text=True, check=True)
    assert f"{document.reference};" in said.stdout
    checked = subprocess.run(
        ["pdfsig", "-no-ocsp", store.path(paper.file.sha256)], capture_output=True, text=True, check=False
    )
    assert "Signature is Valid." in checked.stdout

    clerk = Browser(told.office, recipient["clerk"])
    page = plain(clerk.read(f"/documents/{arrived.id}"))
    assert "Phụ lục I.pdf" in page
    assert "Biểu tổng hợp.xlsx" in page
    taken, beside = tmp_path / "taken.xlsx", tmp_path / "taken.xlsx.p7s"
    taken.write_bytes(clerk.ask(f"/documents/{arrived.id}/attachments/2").data)
    beside.write_bytes(clerk.ask(f"/documents/{arrived.id}/attachments/2/signature").data)
    assert taken.read_bytes() == SHEET
    assert detached.verify_file(taken, beside, profile.trust).outcome.value == "valid"
    assert clerk.ask(f"/documents/{arrived.id}/attachments/1/signature").status_code == 404


def test_what_is_no_attachment_is_refused_by_name_and_nothing_of_it_is_kept(told: Told) -> None:
    case = told.start()
    drafter = Browser(told.office, told.tour["drafter"])
    for name, content, why in (
        ("virus.exe", b"MZ", "Không nhận tệp virus.exe"),
        ("bang.xlsx", b"not a package", "không đúng với loại tệp"),
        ("bang.xlsx", package("[Content_Types].xml", "xl/vbaProject.bin"), "macro"),
        ("van-ban.pdf", pdf(1, locked=True), "mật khẩu"),
    ):
        drafter.send(
            f"/documents/{case.document_id}/attachments",
            files=[(BytesIO(SHEET), "tot.xlsx"), (BytesIO(content), name)],
        )
        assert why in plain(drafter.read(f"/documents/{case.document_id}")), name
        assert attachments.of(case.document_id) == []
    drafter.send(f"/documents/{case.document_id}/attachments", files=[(BytesIO(SHEET), "tot.xlsx")])
    page = plain(drafter.read(f"/documents/{case.document_id}"))
    assert ("hiện có 1 tệp" in page, "Soạn tiếp văn bản này" in page) == (True, True)

    told.complete(case, "draft", told.tour["drafter"], **told.draft(1))
    head = Browser(told.office, told.tour["head"])
    head.send(f"/documents/{case.document_id}/attachments", status=409, files=[(BytesIO(SHEET), "tot.xlsx")])
