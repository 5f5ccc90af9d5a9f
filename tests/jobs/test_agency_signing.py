"""An agency's signature on what is not the document itself: attachments, copies and scans, by one way of signing."""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import segno
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select, update

from app.domain.cases import drafting, incidents
from app.domain.documents import attachments, queries
from app.domain.signatures import queries as signatures
from app.domain.signatures.displays import UnitDisplay
from app.domain.signatures.models import SignatureRequest
from app.domain.signatures.proofs import DocumentProof
from app.domain.signers import queries as signers
from app.domain.signers.models import SignerKey, SigningSession
from app.jobs.signingprofile import profile
from app.kernel.db import db, transaction
from signing import appearance, detached, validation
from signing.display import Display
from signing.keys.files import Pkcs12Keystore
from signing.keys.protocol import Keystore
from tests.domain.test_copies import Copies, scan, words
from tests.house import Office
from tests.signing.holders import Device
from tests.signing.keyfiles import key_file, offer_files
from tests.signing.test_qr import modules
from tests.signing.whole import poppler_agrees
from tests.story import Ref, Told
from tests.web.browser import Browser, pdf, plain
from tests.web.test_attachments import SHEET
from tests.web.test_signing_at_a_desk import move_to_a_desk

ADDRESS = "https://vanban.example"
WORD = "Mật-khẩu 1945"


@pytest.fixture
def told(office: Office) -> Iterator[Told]:
    yield Told(office)
    office.app.extensions.pop("signing", None)
    office.app.extensions.pop("signing.kinds", None)


def give(told: Told, keystore: Keystore, reference: str = "") -> None:
    """From now on the sender's key is where the provider `files` says, with a seal that was set up."""
    office, seal = told.office, BytesIO()
    appearance.demo_seal("Cơ quan").image.save(seal, "PNG")
    image = office.app.extensions["files"].put(seal.getvalue(), limit=1_000_000).sha256
    office.app.extensions["signing"] = replace(profile(), keystores={**profile().keystores, "files": keystore})
    of_sender = update(SignerKey).where(SignerKey.unit_id == office.unit(told.tour["sender"]).id)
    more = {"reference": reference} if reference else {}
    with transaction():
        db.session.execute(of_sender.values(provider="files", image_sha256=image, **more))


def afresh(told: Told) -> None:
    """Let the workers do what is due, and see what they did."""
    told.office.work()
    db.session.rollback()
    db.session.expire_all()


def signed_with(told: Told, files: list[tuple[BytesIO, str]]) -> Ref:
    """A document with attachments, signed by the chairman and before the clerk."""
    case, drafter = told.start(), Browser(told.office, told.tour["drafter"])
    drafter.send(f"/documents/{case.document_id}/attachments", files=files)
    for node, who, answers in (
        ("draft", "drafter", told.draft(1)),
        ("check_content", "head", {"content_decision": "agree"}),
        ("check_form", "clerk", {"form_decision": "agree"}),
        ("approve", "chairman", {"approval_decision": "sign"}),
    ):
        told.complete(case, node, told.tour[who], **answers)
    return case


def mended(told: Told, request: SignatureRequest, **more: str) -> None:
    """The clerk presses `Ký lại`."""
    address, clerk = f"/signing/requests/{request.id}", told.office.client(told.tour["clerk"])
    assert clerk.post(address, data={"act": "again", **more}).status_code == 303
    afresh(told)


def test_line_54_attachments_are_signed_with_a_key_file_whose_passphrase_was_given_once(
    told: Told, tmp_path: Path
) -> None:
    pki = told.office.app.config["PKI"]
    offer_files(pki)
    keys = Pkcs12Keystore(tmp_path / "keys")
    keys.store("seal", key_file(pki, "organisation", "Cơ quan thử", WORD), WORD)
    give(told, keys, "seal")
    case = signed_with(told, [(BytesIO(pdf(2)), "Phụ lục.pdf"), (BytesIO(SHEET), "Biểu.xlsx")])
    clerk = told.office.client(told.tour["clerk"])
    task = told.task(case, "issue")
    clerk.post(f"/tasks/{task.id}", data={"issue_decision": "issue", "_pin": "wrong"})
    afresh(told)

    asked = [one for one in signatures.requests(case.document_id) if one.kind != "person"]
    assert {(one.state, one.failure) for one in asked} == {("failed", "key.pin_wrong")}
    assert [one.code for one in incidents.open_ones(case.id)] == ["key.pin_wrong"]
    page = clerk.get("/signing").get_data(as_text=True)
    assert page.count('name="_pin"') == 1

    mended(told, next(one for one in asked if one.kind == "organisation"), _pin=WORD)

    assert incidents.open_ones(case.id) == []
    done = {one.kind: one.state for one in signatures.requests(case.document_id)}
    assert done == {"person": "done", "attachment": "done", "organisation": "done"}
    holder = told.office.person(told.tour["clerk"]).id
    assert {one.held_by for one in signatures.requests(case.document_id) if one.kind != "person"} == {holder}
    assert {one.secret for one in db.session.scalars(select(SigningSession))} == {None}
    store, trust = told.office.app.extensions["files"], profile().trust
    paper, sheet = attachments.of(case.document_id)
    assert sheet.signature is not None
    beside = detached.verify_file(store.path(sheet.file.sha256), store.path(sheet.signature.sha256), trust)
    inside = validation.verify(path := store.path(paper.file.sha256), trust)
    assert {one.signer for verdict in (beside, inside) for one in verdict.signatures} == {"Cơ quan thử"}
    assert ([one.outcome.value for one in (beside, inside)], poppler_agrees(path, 1)) == (["valid", "valid"], True)
    assert told.document(case).state == "sent"


def test_line_z9_a_copy_whose_key_is_absent_is_an_incident_that_signing_again_mends(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies, device = Copies(told.office), Device(profile().keystore)
    source, unit = told.sent(recipients=1), told.office.unit(told.tour["sender"])
    monkeypatch.setitem(told.office.app.config, "ADDRESS", ADDRESS)
    own = Display(("{form}", "{agency}", "Ký lúc {time}"))
    with transaction():
        db.session.add(UnitDisplay(unit_id=unit.id, case="copy", display=own.packed()))
    give(told, device)
    case = copies.begin(source)
    copies.ask(case, "TrS", "electronic", pages="1")
    device.present = False
    document = copies.finish(case)

    [request] = signatures.requests(document.id)
    assert (request.state, request.failure, document.state) == ("failed", "key.absent", "numbered")
    assert [one.code for one in incidents.open_ones(case.id)] == ["key.absent"]
    clerk = Browser(told.office, told.tour["clerk"])
    assert document.subject in plain(clerk.read("/signing"))

    device.present = True
    mended(told, request, _pin="2468")

    document = told.document(case)
    assert (incidents.open_ones(case.id), document.state, device.signed) == ([], "issued", 1)
    assert signatures.requests(document.id)[0].held_by == told.office.person(told.tour["clerk"]).id
    path = copies.path(document)
    assert "Ký lúc" in words(path)
    assert validation.verify(path, profile().trust).outcome.value == "valid"
    assert poppler_agrees(path, 1)
    token = db.session.scalars(select(DocumentProof.token).where(DocumentProof.document_id == document.id)).one()
    code = [
        [bool(dot) for dot in row] for row in segno.make(f"{ADDRESS}/verify/{token}", error="m", micro=False).matrix
    ]
    assert modules(path, len(code), left=210 - 8 - 14) == code  # on the left is that of the original


def test_line_z9_a_scan_whose_seal_failed_waits_for_the_clerk_and_is_sealed_once(told: Told) -> None:
    device, tour = Device(profile().keystore, present=False), told.tour
    give(told, device)
    case = drafting.start_outgoing(told.office.actor(tour["clerk"]), procedure="complaint_petition")
    document_id, clerk = case.document_id, Browser(told.office, tour["clerk"])
    clerk.send(f"/documents/{document_id}/scan", scan=(BytesIO(scan()), "quet.pdf"))
    assert "Nhập mã PIN hoặc mật khẩu của khóa ký." in plain(clerk.read(f"/documents/{document_id}"))
    clerk.send(f"/documents/{document_id}/scan", scan=(BytesIO(scan()), "quet.pdf"), _pin="2468")
    afresh(told)
    [request] = signatures.requests(document_id)
    assert (request.state, request.failure) == ("failed", "key.absent")
    assert "Ký lại" in plain(clerk.read("/signing"))

    device.present = True
    mended(told, request, _pin="2468")

    file = queries.latest_file(document_id)
    assert file is not None
    assert (file.stage, file.name, device.signed) == ("digitised", "quet.pdf", 1)


def test_line_54_an_agency_whose_key_is_at_a_desk_signs_each_attachment_there_before_the_document(told: Told) -> None:
    unit, tour = told.office.unit(told.tour["sender"]), told.tour
    of_sender = signers.key_of_unit(unit.id)
    assert of_sender is not None
    key = profile().keystore.key(move_to_a_desk(of_sender, "agent"))
    shown = {
        "certificate": b64encode(key.certificate.public_bytes(Encoding.DER)).decode(),
        "chain": [b64encode(one.public_bytes(Encoding.DER)).decode() for one in key.chain],
    }
    case = signed_with(told, [(BytesIO(SHEET), "Biểu.xlsx")])
    clerk = told.office.client(tour["clerk"])
    answer = clerk.post(f"/tasks/{told.task(case, 'issue').id}", data={"issue_decision": "issue"})
    afresh(told)
    first, second = [f"/signing/{one.id}" for one in signatures.requests(case.document_id) if one.kind != "person"]
    assert answer.headers["Location"] == first
    assert "Biểu.xlsx" in clerk.get(first).get_data(as_text=True)
    clerk.post(f"{first}/begin", json={})
    afresh(told)
    assert "không phải PDF" in clerk.get(first).get_data(as_text=True)

    for address, then in ((first, second), (second, f"/documents/{case.document_id}")):
        clerk.post(f"{address}/begin", json=shown)
        afresh(told)
        asked = clerk.get(f"{address}/progress").get_json()["asked"]
        raw = b64encode(key.sign([b64decode(asked["digests"][0])])[0]).decode()
        clerk.post(f"{address}/answer", json={"turn": asked["turn"], "raw": raw})
        afresh(told)
        assert f'href="{then}"' in clerk.get(address).get_data(as_text=True)

    [sheet] = attachments.of(case.document_id)
    assert sheet.signature is not None
    store = told.office.app.extensions["files"]
    beside = store.path(sheet.signature.sha256)
    found = detached.verify_file(store.path(sheet.file.sha256), beside, profile().trust)
    assert (found.outcome.value, told.document(case).state) == ("valid", "sent")
