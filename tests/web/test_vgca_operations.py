"""Every kind of signature by the plugin of the authority: its own operation, from the page to the taken file."""

import json
import ssl
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from pyhanko.pdf_utils.reader import PdfFileReader
from websockets.sync.client import connect

from app.domain.cases import drafting
from app.domain.documents import attachments
from app.domain.documents import queries as documents
from app.domain.signatures import queries as signatures
from app.domain.signers import queries as signers
from app.domain.signers.models import SignerKey
from app.jobs.signingprofile import profile
from app.kernel.db import db
from signing import revisions
from signing.prepare import INITIALS, NUMBER, ORGANISATION
from signing.validation import verify
from signing.verdict import Outcome
from tests import serving
from tests.agents import plugin
from tests.agents.desk import OWN_FIELD
from tests.domain.test_copies import Copies, scan
from tests.domain.test_group_signing import _begun, _decide
from tests.house import Office
from tests.story import Ref, Told
from tests.web.browser import Browser, pdf
from tests.web.test_signing_at_a_desk import move_to_a_desk

NOBODY_CHECKS = ssl.create_default_context()
NOBODY_CHECKS.check_hostname, NOBODY_CHECKS.verify_mode = False, ssl.CERT_NONE


class Machine:
    """A signer's machine with the plugin, beside an office that answers at a real address."""

    def __init__(self, office: Office, folder: Path, port: int) -> None:
        self.office, self.folder, self.base = office, folder, f"http://localhost:{port}"

    def holds(self, key: SignerKey | None) -> str:
        """The set-up is at this machine from now on."""
        assert key is not None
        return move_to_a_desk(key, "vgca")

    def signs(self, client: FlaskClient, request_id: UUID, reference: str, field: str) -> tuple[str, dict[str, str]]:
        """What the script of the page does: the operation that was asked for, and what the plugin was told."""
        page = f"/signing/{request_id}"
        with plugin.running(self.folder, profile().keystore.key(reference), field) as (wss, asked):
            self.office.app.config["DESK_PLUGIN"] = wss
            assert wss in client.get(page).headers["Content-Security-Policy"]
            assert client.post(f"{page}/begin", json={}).status_code == 200
            self.office.work()
            told = client.get(f"{page}/progress", base_url=self.base).get_json()["asked"]
            with connect(told["address"], ssl=NOBODY_CHECKS) as socket:
                socket.send(json.dumps(told["message"]))
                assert json.loads(socket.recv())["Status"] is True
        self.office.work()
        db.session.remove()
        request = signatures.request(request_id)
        assert (request.state, request.failure) == ("done", "")
        return asked[0], told["message"]

    def waiting(self, case: Ref, kind: str) -> UUID:
        """What of a document waits for this machine."""
        db.session.remove()
        found = {one.kind: one for one in signatures.requests(case.document_id)}
        assert found[kind].state == "waiting"
        return found[kind].id

    def path(self, sha256: str) -> Path:
        """A file of the store."""
        found: Path = self.office.app.extensions["files"].path(sha256)
        return found


@pytest.fixture
def machine(office: Office, tmp_path: Path) -> Iterator[Machine]:
    folder = tmp_path / "plugin"
    folder.mkdir()
    with serving.served(office.app) as port:
        yield Machine(office, folder, port)


def agency(office: Office) -> SignerKey | None:
    return signers.key_of_unit(office.unit(office.tour["sender"]).id)


def test_line_54_the_clerks_plugin_signs_the_annex_and_then_seals_the_numbered_document(machine: Machine) -> None:
    office = machine.office
    told, reference = Told(office), machine.holds(agency(office))
    case = told.start()
    Browser(office, told.tour["drafter"]).send(
        f"/documents/{case.document_id}/attachments", files=[(BytesIO(pdf(1)), "Phụ lục I.pdf")]
    )
    for node, who, answers in (
        ("draft", "drafter", told.draft(1)),
        ("check_content", "head", {"content_decision": "agree"}),
        ("check_form", "clerk", {"form_decision": "agree"}),
        ("approve", "chairman", {"approval_decision": "sign"}),
    ):
        told.complete(case, node, told.tour[who], **answers)
    clerk = office.client(told.tour["clerk"])
    led = clerk.post(f"/tasks/{told.task(case, 'issue').id}", data={"issue_decision": "issue"})
    office.work()
    annex, seal = machine.waiting(case, "attachment"), machine.waiting(case, "organisation")
    assert led.headers["Location"] == f"/signing/{annex}"

    operation, message = machine.signs(clerk, annex, reference, OWN_FIELD)
    number = told.document(case).reference
    assert (operation, message["DocNumber"]) == ("SignAppendix", number)
    assert f"/signing/{seal}" in clerk.get(f"/signing/{annex}").get_data(as_text=True)
    operation, message = machine.signs(clerk, seal, reference, ORGANISATION)
    assert (operation, message["DocNumber"]) == ("SignIssued", number)
    assert datetime.fromisoformat(message["IssuedDate"]).date() == told.document(case).issued_on

    file = documents.latest_file(case.document_id)
    [attached] = attachments.of(case.document_id)
    assert file is not None
    for sha256 in (file.sha256, attached.file.sha256):
        assert verify(machine.path(sha256), profile().trust).outcome is Outcome.VALID
    with machine.path(file.sha256).open("rb") as stream:
        reader = PdfFileReader(stream)
        filled = revisions.read(reader, reader.xrefs.total_revisions - 1).texts[NUMBER].value
    assert filled == f"{told.document(case).number:02d}"
    assert told.document(case).state == "sent"


def test_line_54_the_plugin_certifies_an_electronic_copy(machine: Machine) -> None:
    copies, office = Copies(machine.office), machine.office
    source = copies.told.sent(recipients=1)
    reference = machine.holds(agency(office))
    case = copies.begin(source)
    copies.ask(case, "TrS", "electronic", pages="1")
    copies.told.complete(case, "compare", copies.tour["clerk"], compare_decision="agree")
    copies.told.complete(case, "sign_copy", copies.tour["chairman"], copy_decision="certify")
    clerk = office.client(copies.tour["clerk"])
    clerk.post(f"/tasks/{copies.told.task(case, 'issue').id}", data={"issue_decision": "issue"})
    office.work()

    operation, message = machine.signs(clerk, machine.waiting(case, "copy"), reference, OWN_FIELD)
    document = copies.told.document(case)
    assert (operation, message["DocNumber"]) == ("SignCopy", document.reference)
    assert document.state == "issued"
    assert verify(copies.path(document), profile().trust).outcome is Outcome.VALID


def test_line_54_the_plugin_stamps_a_scan_of_incoming_paper(machine: Machine) -> None:
    office = machine.office
    reference = machine.holds(agency(office))
    case = drafting.start_outgoing(office.actor(office.tour["clerk"]), procedure="complaint_petition")
    paper = Ref(case.id, case.document_id)
    clerk = office.client(office.tour["clerk"])
    led = clerk.post(f"/documents/{paper.document_id}/scan", data={"scan": (BytesIO(scan()), "quet.pdf")})
    office.work()

    request_id = machine.waiting(paper, "digitised")
    assert led.headers["Location"].endswith(f"/signing/{request_id}")
    assert machine.signs(clerk, request_id, reference, OWN_FIELD)[0] == "SignIncome"
    file = documents.latest_file(paper.document_id)
    assert file is not None
    assert file.stage == "digitised"


def test_line_56_initials_by_the_plugin_fill_the_place_that_was_prepared_for_them(machine: Machine) -> None:
    office = machine.office
    told = Told(office)
    chairman = office.person(told.tour["chairman"])
    reference = machine.holds(signers.key_of_person(chairman.id))
    case = _begun(told, turn_posts=("chutich-sontinh", "chanhvp-sontinh"))
    _decide(told, case, "in_turn", "chutich-sontinh")
    request_id = machine.waiting(case, "initials")
    client = office.client(told.tour["chairman"])
    assert f"/signing/{request_id}" in client.get("/").get_data(as_text=True)

    assert machine.signs(client, request_id, reference, f"{INITIALS}1")[0] == "SignFile"
    file = documents.latest_file(case.document_id)
    assert file is not None
    assert file.stage == "initialled"
