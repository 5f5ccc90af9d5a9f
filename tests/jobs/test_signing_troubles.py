"""What keeps a signature from being made has its own repair, and nothing is ever signed twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.domain.cases import incidents
from app.domain.documents import queries as documents
from app.domain.documents.commands import FileGiven, add_file
from app.domain.documents.models import Document
from app.domain.signatures.models import SignatureRequest
from app.domain.signers import authentication
from app.domain.signers.models import SignerKey, SigningSession
from app.jobs import signatures
from app.jobs.signingprofile import profile
from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.outbox import Job
from signing import appearance
from signing.keys.protocol import Key, Keystore
from signing.timestamps import http_timestamper
from tests.house import Office
from tests.signing.authority import Authority
from tests.signing.holders import Device
from tests.story import Told

NOWHERE = "http://127.0.0.1:9/"
PROVIDER = '\n[[provider]]\nname = "token"\nkind = "pkcs11"\n'


class Desk:
    """A chairman before a document, with a device that is as a test wants it."""

    def __init__(self, office: Office) -> None:
        self.told, self.office = Told(office), office
        self.device = Device(profile().keystore)
        self.case = self.told.until("approve")
        self.use(keys=self.device)

    @property
    def chairman(self) -> FlaskClient:
        """The browser of the chairman."""
        return self.office.client(self.told.tour["chairman"])

    def use(self, *, keys: Keystore | None = None, **parts: Any) -> None:
        """Sign with a profile of which some parts are others, and with these keys wherever they are said to be."""
        if keys is not None:
            parts["keystores"] = {"demo": keys, "token": keys}
        self.office.app.extensions["signing"] = replace(profile(), **parts)

    def ask_for_pin(self) -> None:
        """From now on the chairman's key is on a token with a PIN."""
        self.device.pin = "2468"
        pki = self.office.app.config["PKI"]
        with (pki / "profile.toml").open("a") as file:
            file.write(PROVIDER)
        person = self.office.person(self.told.tour["chairman"])
        changed = update(SignerKey).where(SignerKey.person_id == person.id)
        with transaction():
            db.session.execute(changed.values(provider="token", image_sha256=self.picture()))

    def picture(self) -> str:
        """A picture of a signature, in the store."""
        drawn = BytesIO()
        appearance.demo_signature("person").image.save(drawn, "PNG")
        name: str = self.office.app.extensions["files"].put(drawn.getvalue(), limit=1_000_000).sha256
        return name

    def sign(self, **more: str) -> int:
        """Press `Ký` on the page of the task."""
        address = f"/tasks/{self.told.task(self.case, 'approve').id}"
        answer = self.chairman.post(address, data={"approval_decision": "sign", **more})
        self.work()
        return answer.status_code

    def again(self, **more: str) -> int:
        """Press `Ký lại` beside the signature that is not finished."""
        answer = self.chairman.post(f"/signing/requests/{self.request.id}", data={"act": "again", **more})
        self.work()
        return answer.status_code

    def work(self) -> None:
        """Let the workers do what is due."""
        self.office.work()
        db.session.rollback()
        db.session.expire_all()

    @property
    def request(self) -> SignatureRequest:
        """The only request there is."""
        return db.session.scalars(select(SignatureRequest)).one()

    @property
    def page(self) -> str:
        """What waits for the chairman's signature."""
        return self.chairman.get("/signing").get_data(as_text=True)

    @property
    def causes(self) -> list[str]:
        """Why the case does not run on."""
        return [one.code for one in incidents.open_ones(self.case.id)]

    @property
    def signatures(self) -> int:
        """How many signed files the document has."""
        return [file.stage for file in documents.files(self.case.document_id)].count("signed")


@pytest.fixture
def desk(office: Office) -> Iterator[Desk]:
    yield Desk(office)
    del office.app.extensions["signing"]


def test_line_z9_without_a_time_stamp_the_raw_signature_is_kept_and_only_the_stamp_asked_for_again(desk: Desk) -> None:
    stamper = profile().timestamper
    desk.use(timestamper=http_timestamper(NOWHERE, timeout=1))
    desk.sign()
    assert (desk.request.state, desk.request.failure) == ("raw", "timestamp.unavailable")
    assert "Đã ký, đang chờ dấu thời gian" in desk.page
    assert "1 chữ ký chưa xong" in desk.chairman.get("/").get_data(as_text=True)
    assert (desk.causes, desk.device.signed) == ([], 1)

    desk.again()
    assert (desk.request.state, desk.device.signed) == ("raw", 1)
    desk.use(timestamper=stamper)
    desk.device.present = False
    assert desk.again() == 303
    assert (desk.request.state, desk.device.signed, desk.signatures) == ("done", 1, 1)


def test_line_z9_a_document_that_changed_leads_back_to_the_step_before(desk: Desk) -> None:
    stamper = profile().timestamper
    desk.use(timestamper=http_timestamper(NOWHERE, timeout=1))
    desk.sign()
    desk.use(timestamper=stamper)
    with transaction():
        document = db.session.get_one(Document, desk.case.document_id)
        add_file(document, FileGiven("khac.pdf", "0" * 64, 10, 1), stage="prepared")
    desk.again()
    assert (desk.request.state, desk.request.failure, desk.signatures) == ("withdrawn", "signature.file_changed", 0)
    assert (desk.causes, desk.told.task(desk.case, "approve").closed_at) == ([], None)


def test_line_z9_a_certificate_that_expired_is_replaced_by_another_key(desk: Desk) -> None:
    authority = Authority("Gốc thử", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    day, subject = timedelta(days=1), {"COMMON_NAME": "Người ký thử"}
    keys = {
        "person-old": authority.key_of(subject, valid=(-2 * day, -day)),
        "person-new": authority.key_of(subject),
    }
    desk.use(keys=_Ring(keys), trust=authority.trust(), timestamper=authority.timestamper)
    person = desk.office.person(desk.told.tour["chairman"])
    mine = SignerKey.person_id == person.id
    with transaction():
        look = desk.picture()
        db.session.execute(update(SignerKey).where(mine).values(reference="person-old", image_sha256=look))
    desk.sign()
    assert (desk.request.state, desk.causes) == ("failed", ["key.expired"])
    assert "Chọn khóa hoặc chứng thư khác" in desk.page
    desk.again()
    assert (desk.request.state, desk.signatures) == ("failed", 0)

    with transaction():
        db.session.execute(update(SignerKey).where(mine).values(state="retired"))
        new = SignerKey(person_id=person.id, provider="demo", reference="person-new", state="ready", image_sha256=look)
        db.session.add(new)
    desk.again()
    assert (desk.request.state, desk.causes, desk.signatures) == ("done", [], 1)


def test_line_z9_a_pin_is_given_again_by_the_signer_and_never_tried_again_by_itself(desk: Desk) -> None:
    desk.ask_for_pin()
    assert desk.sign() == 422
    assert "Nhập mã PIN hoặc mật khẩu của khóa ký." in desk.chairman.post(
        f"/tasks/{desk.told.task(desk.case, 'approve').id}", data={"approval_decision": "sign"}
    ).get_data(as_text=True)
    assert desk.device.asked == []

    assert desk.sign(_pin="1111") == 303
    for _ in range(3):
        desk.work()
    assert (desk.request.state, desk.causes, desk.device.asked) == ("failed", ["key.pin_wrong"], ["1111"])
    assert 'name="_pin"' in desk.page
    assert desk.again() == 422
    desk.again(_pin="2468")
    assert (desk.request.state, desk.device.asked, desk.signatures) == ("done", ["1111", "2468"], 1)
    assert [one.secret for one in db.session.scalars(select(SigningSession))] == [None, None]
    kept = "".join(str(job.payload) for job in db.session.scalars(select(Job)))
    assert "2468" not in kept


def test_line_z9_a_token_that_is_not_there_or_locked_is_told_to_the_signer(desk: Desk) -> None:
    desk.ask_for_pin()
    desk.device.present = False
    desk.sign(_pin="2468")
    assert desk.causes == ["key.absent"]
    assert "Kiểm tra thiết bị" in desk.page
    desk.device.present = True
    for _ in range(3):
        desk.again(_pin="1111")
    desk.again(_pin="2468")
    assert desk.causes == ["key.pin_locked"]
    assert (desk.device.signed, desk.signatures) == (0, 0)


def test_line_56_a_remote_signature_waits_for_its_holder_through_restarts_and_closed_browsers(desk: Desk) -> None:
    desk.device.confirmed = False
    desk.sign()
    assert (desk.request.state, desk.request.failure) == ("waiting", "key.waiting_for_holder")
    assert "Chờ anh/chị xác nhận trên điện thoại" in desk.page
    prepared = desk.request.prepared_sha256
    desk.again()
    assert (desk.request.state, desk.request.prepared_sha256) == ("waiting", prepared)
    assert desk.device.rung == 1

    with transaction():
        db.session.execute(update(Job).values(made_at=clock.now() - 2 * signatures.TIME_TO_CONFIRM))
    desk.again()
    assert (desk.request.state, desk.causes) == ("failed", ["key.holder_silent"])
    desk.again()
    assert desk.request.state == "waiting"

    desk.use(keys=replace(desk.device, confirmed=True))  # another worker, as after a restart
    desk.again()
    assert (desk.request.state, desk.signatures) == ("done", 1)


def test_line_57_one_authentication_is_enough_for_many_documents_and_forgotten_afterwards(desk: Desk) -> None:
    cases = [desk.case, *(desk.told.until("approve") for _ in range(2))]
    desk.ask_for_pin()
    chosen = {"task": [str(desk.told.task(case, "approve").id) for case in cases]}
    for case in cases:
        file = documents.latest_file(case.document_id)
        chosen[f"seen-{desk.told.task(case, 'approve').id}"] = [file.sha256 if file else ""]
    assert desk.chairman.post("/signing", data=chosen).status_code == 422
    answer = desk.chairman.post("/signing", data={**chosen, "_pin": "1111"})
    desk.work()
    assert desk.device.asked == ["1111"]
    follow = answer.headers["Location"]
    assert 'name="_pin"' in desk.chairman.get(follow).get_data(as_text=True)

    desk.chairman.post(follow, data={"act": "go_on", "_pin": "2468"})
    desk.work()
    assert desk.device.asked == ["1111", *["2468"] * 3]
    assert "Đã ký 3/3 văn bản" in desk.chairman.get(follow).get_data(as_text=True)
    assert [one.secret for one in db.session.scalars(select(SigningSession))] == [None, None]


def test_what_was_given_and_not_used_is_forgotten_after_a_quarter_of_an_hour(desk: Desk) -> None:
    key = db.session.scalars(select(SignerKey).where(SignerKey.person_id.is_not(None))).first()
    assert key is not None
    assert key.person_id is not None
    with transaction():
        late = SigningSession(person_id=key.person_id, key_id=key.id, secret=b"x")
        late.expires_at = late.made_at = db.session.get_one(Document, desk.case.document_id).made_at
        db.session.add(late)
    assert authentication.live(key.person_id, key.id) is None
    assert authentication.forget_expired() == 1
    assert db.session.scalars(select(SigningSession)).one().secret is None


class _Ring:
    """Several keys by name."""

    def __init__(self, keys: dict[str, Any]) -> None:
        self._keys = keys

    def key(self, key_id: str, secret: str | None = None) -> Key:  # noqa: ARG002  # none of them is locked
        found: Key = self._keys[key_id]
        return found
