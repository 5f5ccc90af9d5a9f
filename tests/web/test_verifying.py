"""Anyone may ask whether a file, or a paper in the hand, is what an agency signed; nothing of it is kept."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from app.domain.cases import queries as cases
from app.domain.documents import queries as documents
from app.domain.signatures import checking, proofs, publicpages
from app.jobs import signingprofile
from app.kernel.errors import Forbidden
from app.web import i18n
from tests.house import Office
from tests.story import Ref, Told
from tests.web.browser import Browser, plain


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def _issued(told: Told) -> tuple[Ref, str, bytes]:
    """An issued document, its token, and its file."""
    case = told.sent(recipients=1)
    checking.ask_due()
    told.office.work()
    file, proof = documents.latest_file(case.document_id, stage="issued"), proofs.proof(case.document_id)
    assert file is not None
    assert proof is not None
    return case, proof.token, told.office.app.extensions["files"].path(file.sha256).read_bytes()


def _send(office: Office, address: str, content: bytes, status: int = 200) -> str:
    answer = office.client().post(address, data={"file": (BytesIO(content), "văn-bản.pdf")})
    assert answer.status_code == status, plain(answer.text)
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    return plain(answer.text)


def _left(office: Office) -> list[Path]:
    return list(office.app.extensions["files"].incoming.iterdir())


def test_line_60_public_verification_page_and_qr_of_an_issued_document(told: Told) -> None:
    office = told.office
    case, token, content = _issued(told)
    document, kept = told.document(case), sorted(office.app.extensions["files"].names(0, 1e12))
    assert len(token) >= 22

    page = plain(office.client().get(f"/verify/{token}").text)
    for words in (document.reference, document.issuer_name, document.subject, "Văn bản đã phát hành", "Hợp lệ"):
        assert words in page, words
    assert "giống từng byte" in _send(office, f"/verify/{token}", content)
    assert "có phần thêm vào" in _send(office, f"/verify/{token}", content + b"\n%%EOF\n")
    forged = content.replace(b"/Contents <", b"/Contents <00", 1)
    assert "Không phải tệp mà cơ quan đã phát hành" in _send(office, f"/verify/{token}", forged)

    assert "Hợp lệ: mọi chữ ký số đều đúng" in _send(office, "/verify", content)
    altered = content.replace(b"/Type /Page", b"/Type /Bage", 1) if b"/Type /Page" in content else content[:-200]
    said = _send(office, "/verify", altered)
    assert "Không hợp lệ: không được dùng tệp này như văn bản đã ký" in said or "Chưa đủ căn cứ" in said
    at = content.index(b"/Length")
    touched = content[:at] + b"/Lengtg" + content[at + 7 :]
    assert "Không hợp lệ" in _send(office, "/verify", touched)
    assert _left(office) == [], "nothing is left of what strangers send"
    assert sorted(office.app.extensions["files"].names(0, 1e12)) == kept
    unknown = office.client().get("/verify/" + "x" * 22)
    assert unknown.status_code == 404
    assert "Kiểm tra tệp PDF" in plain(unknown.text), "citizens have no inbox to go back to"


def test_the_agency_says_what_is_public_and_closes_the_page(told: Told) -> None:
    office = told.office
    case, token, _ = _issued(told)
    clerk, document = Browser(office, told.tour["clerk"]), told.document(case)
    address = f"/documents/{case.document_id}"
    assert f"/verify/{token}" in clerk.read(address)

    clerk.send(f"{address}/public", 400, is_public="1", standing="recalled", note="")
    clerk.send(f"{address}/public", is_public="1", standing="recalled", note="Công văn 09/UBND-VP")
    page = plain(office.client().get(f"/verify/{token}").text)
    assert "Văn bản đã bị thu hồi" in page
    assert "Công văn 09/UBND-VP" in page
    assert document.subject not in page
    clerk.send(f"{address}/public", standing="issued")
    assert office.client().get(f"/verify/{token}").status_code == 404
    assert "Trang đang đóng" in clerk.read(address)

    drafter = office.actor(told.tour["drafter"])
    with pytest.raises(Forbidden):
        publicpages.correct(drafter, case.document_id, is_public=True, shows_subject=True, standing="issued", note="")
    unit = document.unit_id
    assert "Đang in mã" in clerk.read("/public-codes")
    clerk.send(f"/public-codes/{unit}", is_printed="0")
    assert publicpages.open_page(case.document_id) is None
    clerk.send(f"/public-codes/{unit}", is_printed="1")
    assert publicpages.open_page(case.document_id) == token


def test_the_page_of_a_document_tells_what_each_signer_signed_and_is_checked_again_by_its_clerk(told: Told) -> None:
    told.sent(recipients=1)
    arrived, clerk = told.arrived(told.recipients[0]), Browser(told.office, told.recipients[0]["clerk"])
    address = f"/documents/{arrived.document_id}"
    page = clerk.read(address)

    words = plain(page)
    for said in (
        "Hợp lệ",
        "có dấu thời gian",
        "Số chứng thư",
        "Chỉ điền số, ngày, tháng",
        "Trọn bản của tệp",
        "Chỉ thêm dữ liệu lưu trữ",
        "(+07:00)",
    ):
        assert said in words, said
    person, agency = re.findall(r'href="(/documents/[^"]+/checks/[^"]+\.pdf)"', page)
    file = documents.latest_file(arrived.document_id)
    assert file is not None
    content = told.office.app.extensions["files"].path(file.sha256).read_bytes()
    signed = clerk.ask(person)
    assert content.startswith(signed.data)
    sealed = clerk.ask(agency).data
    assert content.startswith(sealed)
    assert len(signed.data) < len(sealed) < len(content)
    assert "attachment" in signed.headers["Content-Disposition"]
    (check,) = proofs.checks(arrived.document_id)
    evidence: Any = clerk.ask(f"{address}/checks/{check.id}.json").json
    assert (evidence["occasion"], evidence["outcome"], evidence["sha256"]) == ("arrival", "valid", file.sha256)
    clerk.read(f"{address}/checks/{check.id}/9.pdf", 404)
    clerk.read(f"{address}/checks/{cases.tasks_of(arrived.id)[0].id}.json", 404)

    trust = signingprofile.profile().trust
    vars(trust)["roots"] = vars(trust)["timestamp_roots"] = ()
    clerk.send(f"{address}/check")
    told.office.work()
    words = plain(clerk.read(address))
    for said in ("Các lần kiểm tra (2)", "Kết luận hôm nay khác lần kiểm tra đầu", "văn bản được kết luận: hợp lệ"):
        assert said in words, said
    why = i18n.catalogue("vi")["verification.unknown_issuer"].rstrip(".")
    assert f"chưa đủ căn cứ ({why})" in words
    Browser(told.office, told.recipients[1]["clerk"]).send(f"{address}/check", 404)


def test_nobody_may_send_files_without_end_and_what_is_no_file_is_refused_in_words(office: Office) -> None:
    client = office.client()
    assert 'name="robots" content="noindex' in client.get("/verify").text
    none = client.post("/verify", data={})
    assert (none.status_code, "Chưa chọn tệp" in none.text) == (400, True)
    said = _send(office, "/verify", b"not a PDF at all")
    assert "Chưa đủ căn cứ để kết luận" in said
    assert i18n.catalogue("vi")["verification.not_a_pdf"] in said
    for _ in range(8):
        client.post("/verify", data={})
    late = client.post("/verify", data={"file": (BytesIO(b"%PDF-1.7"), "a.pdf")})
    assert (late.status_code, "quá nhiều lần" in late.text) == (429, True)
    office.app.config["WTF_CSRF_ENABLED"] = True
    assert office.client().post("/verify", data={"file": (BytesIO(b"%PDF-1.7"), "a.pdf")}).status_code == 400
    assert _left(office) == []
