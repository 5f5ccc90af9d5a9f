"""Setting up a signature: step by step, by whoever it belongs to, and used from then on."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.domain.cases.models import Incident
from app.domain.signatures import expiry
from app.domain.signatures import queries as signatures
from app.domain.signers import queries
from app.domain.signers.models import KeyHolding, SignerKey
from app.jobs.signingprofile import profile
from app.kernel import clock
from app.kernel.db import db, transaction
from signing import appearance
from tests.house import Office
from tests.signing.holders import Device
from tests.signing.keyfiles import key_file, offer_files
from tests.signing.test_image import encoded, photographed
from tests.story import Told
from tests.web.browser import Browser, pdf, plain, summary
from tests.web.test_signing_at_a_desk import due_now

CLERK, CHAIRMAN, SPECIALIST, UNIT = "vanthu.sontinh", "chutich.sontinh", "chuyenvien.vp.sontinh", "huyen-son-tinh"


def _picture(data: bytes) -> dict[str, Any]:
    return {"picture": (io.BytesIO(data), "anh.jpg")}


def _step(page: str) -> str:
    found = re.search(r'aria-current="step">([^<]*)', page)
    return plain(found[1]) if found else ""


def _id(page: str) -> str:
    found = re.search(r"/signers/([0-9a-f-]{36})/", page)
    assert found is not None
    return found[1]


def test_a_person_sets_up_their_signature_in_four_steps(office: Office) -> None:
    me, mine = Browser(office, SPECIALIST), "/account/signing"
    assert _step(me.read(mine)) == "1. Chọn khóa"
    me.send(mine, provider="demo")
    assert "đang đọc chứng thư số" in me.read(mine)  # and the page asks again by itself
    office.work()
    page = me.read(mine)
    assert (_step(page), "DEMO Issuing CA" in page) == ("2. Hình ảnh", True)
    address = f"/signers/{_id(page)}"
    refused = me.send(f"{address}/picture", 422, **_picture(encoded(appearance.demo_seal("UBND").image)))
    assert "màu đỏ" in summary(refused.text)
    me.send(f"{address}/picture", **_picture(photographed(appearance.demo_signature("a").image)))
    assert me.ask(f"{address}/picture.png").mimetype == "image/png"
    assert _step(me.read(mine)) == "3. Ký thử"
    me.send(f"{address}/test")
    me.send(f"{address}/test", 409)
    office.work()
    page = me.read(mine)
    assert (_step(page), "Đã kiểm tra: hợp lệ" in page) == ("4. Kiểm tra", True)
    assert me.ask(f"{address}/sample.png").data.startswith(b"\x89PNG")
    assert me.ask(f"{address}/sample.pdf").data.startswith(b"%PDF")
    me.send(f"{address}/use")
    assert re.search(r"Còn 1\.82\d ngày", me.read(mine))
    me.send(f"{address}/retire")
    assert queries.key_of_person(office.person(SPECIALIST).id) is None


def test_the_clerk_sets_up_the_agencys_and_only_its_holder_signs_with_it(office: Office) -> None:
    """NĐ 30/2020, Điều 32: the device is with the clerk; it passes on with a decision in writing and a record."""
    clerk, chairman = Browser(office, CLERK), Browser(office, CHAIRMAN)
    page = f"/units/{UNIT}/signing"
    Browser(office, SPECIALIST).read(page, 404)
    Browser(office, "vanthu.tinhha").read(page, 404)
    chairman.send(page, 403, provider="demo")
    clerk.send(f"{page}?change=1", provider="demo")
    office.work()
    address = f"/signers/{_id(clerk.read(page))}"
    squeezed = appearance.demo_seal("UBND").image.resize((425, 250))
    refused = clerk.send(f"{address}/picture", 422, width="99", **_picture(photographed(squeezed)))
    assert "bị méo" in summary(refused.text)
    seal = photographed(appearance.demo_seal("UBND").image, (1400, 1400))
    assert "từ 20 đến 36" in summary(clerk.send(f"{address}/picture", 422, width="99", **_picture(seal)).text)
    clerk.send(f"{address}/picture", width="36", **_picture(seal))
    clerk.send(f"{address}/use", 409)  # nothing was tried yet
    clerk.send(f"{address}/test")
    office.work()
    assert "Đã kiểm tra: hợp lệ" in clerk.read(page)
    clerk.send(f"{address}/use")
    assert "Văn thư UBND huyện Sơn Tịnh đang giữ khóa" in plain(clerk.read(page))


def test_a_key_file_that_cannot_be_this_owners_is_told_by_name(office: Office) -> None:
    clerk, page, pki = Browser(office, CLERK), f"/units/{UNIT}/signing", office.app.config["PKI"]
    offer_files(pki)

    def given(data: bytes, opening: str = "mo-khoa") -> str:
        clerk.send(f"{page}?change=1", provider="files", pin=opening, file=(io.BytesIO(data), "khoa.p12"))
        office.work()
        return plain(clerk.read(page))

    agencys = key_file(pki, "organisation", "UBND xã khác", "mo-khoa")
    assert "không phải tệp chứng thư số" in given(b"MZ" + bytes(5000))
    assert "không đúng" in given(agencys, "sai")
    assert "không đúng" in given(agencys[: len(agencys) // 2])
    assert "không phải chứng thư số của cơ quan" in given(key_file(pki, "person", "Ai đó", "mo-khoa"))
    assert list((pki / "keys").glob("*.sealed")) == []  # nothing of it was kept
    said = given(agencys)
    assert "Tên trên chứng thư khác với tên chủ chữ ký" in said  # told, as authorities write names in many ways
    assert "UBND xã khác" in said
    (kept,) = (pki / "keys").glob("*.sealed")
    assert agencys[40:80] not in kept.read_bytes()
    large = clerk.send(f"{page}?change=1", 422, provider="files", pin="x", file=(io.BytesIO(bytes(70_000)), "k.p12"))
    assert "64 kB" in summary(large.text)


def test_the_holder_of_a_remote_key_agrees_on_the_phone_and_is_asked_once(office: Office) -> None:
    clerk, page, kept = Browser(office, CLERK), f"/units/{UNIT}/signing", profile()
    phone = Device(kept.keystore, pin="1234")
    office.app.extensions["signing"] = replace(kept, keystores={**kept.keystores, "remote": phone})
    path = office.app.config["PKI"] / "profile.toml"
    path.write_text(path.read_text() + '[[provider]]\nname = "remote"\nkind = "csc"\n')
    missing = summary(clerk.send(f"{page}?change=1", 422, provider="remote", pin="", reference="").text)
    assert ("Chưa nhập mã hoặc tên khóa" in missing, "Chưa nhập mật khẩu" in missing) == (True, True)
    clerk.send(f"{page}?change=1", provider="remote", pin="1234", reference=f"organisation-{UNIT}")
    office.work()
    address = f"/signers/{_id(clerk.read(page))}"
    seal = photographed(appearance.demo_seal("UBND").image, (1400, 1400))
    clerk.send(f"{address}/picture", width="30", **_picture(seal))
    phone.confirmed = False
    clerk.send(f"{address}/test")
    office.work()
    assert "xác nhận ký thử trên điện thoại" in clerk.read(page)
    phone.confirmed = True
    due_now()
    office.work()
    assert "Đã kiểm tra: hợp lệ" in clerk.read(page)
    assert phone.signed == 1


def test_the_agencys_key_passes_on_with_a_decision_and_a_record(office: Office) -> None:
    """NĐ 30/2020, Điều 32: allowed in writing, with a record; whoever held it before cannot sign with it any more."""
    clerk, chairman, page = Browser(office, CLERK), Browser(office, CHAIRMAN), f"/units/{UNIT}/signing"
    key = queries.key_of_unit(office.unit(UNIT).id)
    assert key is not None
    address = f"/signers/{key.id}"
    deputy = str(office.person(SPECIALIST).id)
    clerk.send(f"{address}/hand-over", 422, person=deputy, decided_by=" ")
    said = "Quyết định số 12/QĐ-UBND ngày 02/01/2026"
    clerk.send(f"{address}/hand-over", person=deputy, decided_by=said, record=(io.BytesIO(pdf()), "QD 12.pdf"))
    (record,) = re.findall(rf"{address}/holdings/[0-9a-f-]+", clerk.read(page))
    assert said in clerk.read(record)
    assert clerk.ask(f"{record}/record.pdf").data.startswith(b"%PDF")
    clerk.send(f"{address}/test", 409)  # not the holder any more
    clerk.send(f"{address}/hand-over", 403, person=str(office.person(CLERK).id), decided_by=said)
    chairman.send(f"{address}/hand-over", person=str(office.person(CLERK).id), decided_by=said)
    held = [(row.person_id, row.until is None) for row in queries.holdings(key.id)]
    assert held == [
        (office.person(CLERK).id, True),
        (office.person(SPECIALIST).id, False),
    ]


def test_whoever_cannot_sign_hears_it_before_the_task_is_done(office: Office) -> None:
    told = Told(office)
    case = told.until("approve")
    with transaction() as session:
        session.get_one(SignerKey, _of(office, CHAIRMAN).id).state = "retired"
    me, task = Browser(office, CHAIRMAN), told.task(case, "approve").id
    answer = me.send(f"/tasks/{task}", 409, approval_decision="sign")
    assert "chưa cài đặt chữ ký số" in summary(answer.text)
    assert 'href="/account/signing"' in answer.text
    assert db.session.scalar(select(func.count()).select_from(Incident)) == 0
    with transaction() as session:
        session.get_one(SignerKey, _key_id(office)).state = "ready"
    me.send(f"/tasks/{task}", approval_decision="sign")
    office.work()
    key = queries.key_of_unit(office.unit(UNIT).id)
    assert key is not None
    with transaction() as session:
        session.add(KeyHolding(key_id=key.id, person_id=office.person(CHAIRMAN).id))
    clerk, issue = Browser(office, CLERK), told.task(case, "issue").id
    refused = clerk.send(f"/tasks/{issue}", 409, issue_decision="issue")
    assert "Chủ tịch UBND huyện Sơn Tịnh đang giữ khóa" in summary(refused.text)
    with transaction() as session:
        session.add(KeyHolding(key_id=key.id, person_id=office.person(CLERK).id))
        for row in queries.holdings(key.id):
            row.until = clock.now() if row.person_id != office.person(CLERK).id else None
    clerk.send(f"/tasks/{issue}", issue_decision="issue")
    office.work()
    (sealed,) = [one for one in signatures.requests(case.document_id) if one.kind == "organisation"]
    assert (sealed.held_by, sealed.state) == (office.person(CLERK).id, "done")


def test_whoever_signs_is_reminded_before_a_certificate_ends(office: Office) -> None:
    """Sixty, thirty and seven days before, and at the end; each once, the head of the agency for its seal, too."""
    mine = _of(office, CHAIRMAN)
    key = queries.key_of_unit(office.unit(UNIT).id)
    assert key is not None
    told = []
    for days in (61, 60, 45, 20, 6, 5, 0, -3):
        with transaction() as session:
            for one in (mine.id, key.id):
                session.get_one(SignerKey, one).valid_until = clock.now() + timedelta(days=days)
                session.get_one(SignerKey, one).subject = "UBND huyện Sơn Tịnh"
        told.append((expiry.remind(), expiry.remind()))
    assert told == [(0, 0), (2, 0), (0, 0), (2, 0), (2, 0), (0, 0), (2, 0), (0, 0)]
    me = Browser(office, CHAIRMAN)
    page = plain(me.read("/notices"))
    assert "còn 60 ngày" in page
    assert "đã hết hạn" in page
    notice = re.search(r'action="(/notices/[^"]+/read)"', me.read("/notices"))
    assert notice is not None
    assert me.send(notice[1]).location in {"/account/signing", f"/units/{UNIT}/signing"}


def _of(office: Office, sign_in: str) -> SignerKey:
    found = queries.key_of_person(office.person(sign_in).id)
    assert found is not None
    return found


def _key_id(office: Office) -> UUID:
    query = select(SignerKey.id).where(SignerKey.person_id == office.person(CHAIRMAN).id)
    return db.session.scalars(query).one()
