"""Signing with a key at the signer's own machine: what waits, is taken or refused, and that nothing is lost."""

import io
import shutil
import subprocess
from base64 import b64decode, b64encode
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import update

from app.domain.cases.models import Task
from app.domain.documents import queries as documents
from app.domain.signatures import queries as signatures
from app.domain.signatures.models import SignatureRequest
from app.domain.signers import queries as signers
from app.domain.signers.models import SignerKey
from app.jobs.signingprofile import profile
from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.outbox import Job
from signing import appearance, validation
from signing.prepare import ORGANISATION, PERSON
from signing.timestamps import http_timestamper
from signing.validation import Policy
from signing.verdict import Kind, Outcome
from tests.agents import desk
from tests.house import Office
from tests.story import Ref, Told


def move_to_a_desk(key: SignerKey, provider: str) -> str:
    """A set-up that is at its holder's machine from now on; the key of the demonstration plays that machine."""
    reference = key.reference
    picture = io.BytesIO()
    appearance.demo_signature(reference).image.save(picture, "PNG")
    stored = current_app.extensions["files"].put(picture.getvalue(), limit=1_000_000)
    with transaction():
        kept = db.session.get_one(SignerKey, key.id)
        kept.provider, kept.image_sha256 = provider, stored.sha256
        kept.serial = f"{profile().keystore.key(reference).certificate.serial_number:X}"
    return reference


class AtADesk:
    """A chairman whose key is at their machine, before the document they have just decided to sign."""

    def __init__(self, office: Office, provider: str) -> None:
        self.told, self.office, self.sign_in = Told(office), office, str(office.tour["chairman"])
        key = signers.key_of_person(office.person(self.sign_in).id)
        assert key is not None
        self.key = profile().keystore.key(move_to_a_desk(key, provider))
        self.case: Ref = self.told.until("approve")
        self.client: FlaskClient = office.client(self.sign_in)
        task = self.told.task(self.case, "approve")
        self.answered = self.client.post(f"/tasks/{task.id}", data={"approval_decision": "sign"})
        office.work()
        self.address = self.answered.headers["Location"]

    def request(self) -> SignatureRequest:
        """The request as it is now."""
        db.session.remove()
        return signatures.requests(self.case.document_id)[0]

    def begin(self, **body: Any) -> dict[str, Any]:
        """A turn, and what the machine is asked."""
        assert self.client.post(f"{self.address}/begin", json=body).status_code == 200
        self.office.work()
        return self.progress()

    def progress(self) -> dict[str, Any]:
        """What the script of the page is told."""
        found: dict[str, Any] = self.client.get(f"{self.address}/progress").get_json()
        return found

    def certificates(self) -> dict[str, Any]:
        """What our program shows."""
        der = [one.public_bytes(Encoding.DER) for one in (self.key.certificate, *self.key.chain)]
        return {"certificate": text(der[0]), "chain": [text(one) for one in der[1:]]}

    def send(self, address: str, data: bytes) -> tuple[int, dict[str, Any]]:
        """What the plugin brings back, as it does it: with a client that knows no session."""
        stranger = self.office.client()
        answer = stranger.post(address, data={"uploadfile": (io.BytesIO(data), "van-ban.signed.pdf")})
        self.office.work()
        return answer.status_code, answer.get_json()


def fetched(client: FlaskClient, address: str) -> tuple[int, bytes]:
    """A file, read and closed."""
    with client.get(address) as answer:
        return answer.status_code, answer.data


def text(data: bytes) -> str:
    return b64encode(data).decode()


@pytest.fixture
def agent(office: Office) -> AtADesk:
    return AtADesk(office, "agent")


@pytest.fixture
def plugin(office: Office) -> AtADesk:
    return AtADesk(office, "vgca")


def judged(office: Office, case: Ref) -> tuple[Outcome, list[str]]:
    """The verdict on the issued document, and whose signatures it carries."""
    db.session.remove()
    file = documents.latest_file(case.document_id)
    assert file is not None
    policy = Policy(expected=frozenset({Kind.PERSON, Kind.ORGANISATION}))
    path = office.app.extensions["files"].path(file.sha256)
    if shutil.which("pdfsig") is not None:
        said = subprocess.run(["pdfsig", "-no-ocsp", path], capture_output=True, text=True, check=False).stdout
        assert said.count("Signature is Valid.") == 2
    found = validation.verify(path, profile().trust, policy)
    return found.outcome, [one.field for one in found.signatures]


def test_line_56_a_signature_waits_for_the_machine_of_its_signer_and_survives_everything(
    agent: AtADesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, office = agent.request(), agent.office
    assert agent.address == f"/signing/{request.id}"
    assert request.state == "waiting"
    other_browser = office.client(agent.sign_in)
    assert agent.address in other_browser.get("/").get_data(as_text=True)
    page = other_browser.get(agent.address)
    assert "http://127.0.0.1:8988" in page.headers["Content-Security-Policy"]
    assert office.client(office.tour["clerk"]).get(agent.address).status_code == 404

    told = agent.begin(**agent.certificates())
    asked = told["asked"]
    assert told["stage"] == "ready"
    wrong = agent.key.sign([b"\0" * 32])[0]
    agent.client.post(f"{agent.address}/answer", json={"turn": asked["turn"], "raw": text(wrong)})
    office.work()
    assert (agent.request().state, agent.request().failure) == ("waiting", "key.signature_wrong")

    asked = agent.begin(**agent.certificates())["asked"]
    raw = text(agent.key.sign([b64decode(asked["digests"][0])])[0])
    with monkeypatch.context() as patch:
        silent = replace(profile(), timestamper=http_timestamper("http://127.0.0.1:9/", 2))
        patch.setitem(office.app.extensions, "signing", silent)
        assert agent.client.post(f"{agent.address}/answer", json={"turn": asked["turn"], "raw": raw}).status_code == 200
        office.work()
        assert agent.request().raw == b64decode(raw)
    late = agent.client.post(f"{agent.address}/answer", json={"turn": asked["turn"], "raw": raw})
    assert (late.status_code, bool(late.get_json()["detail"])) == (409, True)

    due_now()
    office.work()
    assert agent.progress()["state"] == "done"
    agent.told.complete(agent.case, "issue", office.tour["clerk"], issue_decision="issue")
    assert judged(office, agent.case) == (Outcome.VALID, [PERSON, ORGANISATION])


def due_now() -> None:
    """The pause of a retry is over."""
    with transaction():
        db.session.execute(update(Job).values(due_at=clock.now()).where(Job.state == "ready"))


@pytest.mark.parametrize("field", [PERSON, desk.OWN_FIELD], ids=["the prepared field", "a field of its own"])
def test_line_54_the_plugin_signs_the_whole_file_and_the_agency_seals_it(plugin: AtADesk, field: str) -> None:
    told = plugin.begin()["asked"]
    message = told["message"]
    assert told["address"] == "wss://127.0.0.1:8987/SignApproved"

    stranger = plugin.office.client()
    got, data = fetched(stranger, message["FileName"])
    again, _ = fetched(stranger, message["FileName"])
    signed = desk.signed(data, plugin.key, field)
    status, reply = plugin.send(message["FileUploadHandler"], signed)
    second, refusal = plugin.send(message["FileUploadHandler"], signed)

    assert (got, again) == (200, 404)
    assert (status, reply["Status"], reply["Message"]) == (200, True, "")
    assert (second, refusal["Status"]) == (404, False)
    assert plugin.progress()["state"] == "done"
    plugin.told.complete(plugin.case, "issue", plugin.office.tour["clerk"], issue_decision="issue")
    assert judged(plugin.office, plugin.case) == (Outcome.VALID, [field, ORGANISATION])


def test_a_file_that_is_not_the_sent_one_and_one_signature_is_told_by_name_and_can_be_sent_again(
    plugin: AtADesk,
) -> None:
    message = plugin.begin()["asked"]["message"]
    _, sent = fetched(plugin.office.client(), message["FileName"])
    assert plugin.send(message["FileUploadHandler"], sent)[0] == 200
    assert plugin.request().failure == "returned.not_signed"
    assert plugin.progress()["failure"] in plugin.client.get(plugin.address).get_data(as_text=True)

    assert plugin.client.post(f"{plugin.address}/by-hand").status_code == 303
    plugin.office.work()
    _, by_hand = fetched(plugin.client, f"{plugin.address}/file")
    upload = {"file": (io.BytesIO(desk.signed(by_hand, plugin.key, PERSON)), "da-ky.pdf")}
    assert plugin.client.post(f"{plugin.address}/file", data=upload).status_code == 303
    plugin.office.work()
    assert plugin.progress()["state"] == "done"


def test_whoever_gives_up_sends_the_case_back_and_may_decide_to_sign_again(plugin: AtADesk) -> None:
    assert plugin.client.post(f"{plugin.address}/give-up").status_code == 303
    plugin.office.work()

    assert plugin.request().state == "withdrawn"
    open_nodes = {one.node for one in db.session.query(Task).filter_by(case_id=plugin.case.id, closed_at=None)}
    assert open_nodes
    assert plugin.client.post(f"{plugin.address}/begin", json={}).status_code == 409
