"""Nothing of another unit can be read or written, whatever the route and whatever the role.

The test walks every route there is: a new one is covered, or the test fails until someone says what it is about.
"""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.domain.actors import commands as accounts
from app.domain.cases import planning
from app.domain.cases import queries as cases
from app.domain.cases.models import Bulk, BulkItem, Case, Incident, Notice
from app.domain.exchange import queries as exchange
from app.domain.exchange.models import Arrival
from app.domain.procedures import queries as procedures
from app.domain.registers import queries as registers
from app.domain.signatures import proofs
from app.domain.signatures import queries as signatures
from app.domain.signers import queries as signers
from app.domain.signers.models import KeyHolding
from app.kernel.db import db, transaction
from tests.house import Office
from tests.places import DISTRICT, KEY, ROOT, admin, draft, say
from tests.story import Told

CONFIDENTIAL = "Mật báo tuyệt đối 7261"
PUBLIC = {"static", "health.show", "signin.show", "signin.enter", "design.show", "locale.choose"}
PUBLIC_PREFIXES = ("api-docs.", "handovers.", "verifying.", "exchange_wire.")
"""The addresses of handed-over files are their own permission: tests/web/test_signing_at_a_desk.py. Agencies of other
deployments sign each request: tests/exchange/test_identity.py."""
BODIES = {"api_replays.run": {"version_id": "0190a3b4-0000-7000-8000-000000000001"}}
"""What an operation asks for, where it is not the answers of a form."""
NOT_THERE = {403, 404, 405, 409}
"""What a stranger may hear: no, not here, not this way. 409 only where the method changes nothing."""


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


@pytest.fixture
def ids(told: Told, office: Office) -> dict[str, str]:
    """Things of the sender and of its first recipient, each with a subject nobody else may read."""
    told.tour = {**told.tour, "subject": CONFIDENTIAL}
    case = told.sent(recipients=1)
    arrived = told.handle(told.recipients[0], last="take_up")
    document = told.document(case)
    incident, act = _stuck(case.id)
    return {
        "incident_id": str(incident),
        "bulk_id": str(act),
        "document_id": str(document.id),
        "request_id": str(signatures.requests(document.id)[0].id),
        "case_id": str(case.id),
        "task_id": str(cases.tasks_of(case.id)[0].id),
        "item_id": str(cases.slip_of(arrived.id)[0].id),
        "register_id": str(registers.register_of(document.unit_id, "outgoing").id),
        "notice_id": str(_noticed(case.id, office)),
        "page": "1",
        "position": "1",
        "check_id": str(proofs.checks(arrived.document_id)[0].id),
        "delivery_id": str(exchange.deliveries(document.id)[0].id),
        "arrival_id": str(_held(document.unit_id)),
        "peer_id": str(uuid4()),
        "mailbox_id": str(uuid4()),
        **_holding(document.unit_id, office),
        "unit_id": str(document.unit_id),
        **_said(told.office),
    }


def _said(office: Office) -> dict[str, str]:
    """What the sender's agency says about a procedure, and what it has still to settle."""
    place, actor = f"units/{DISTRICT}", admin(office, DISTRICT)
    version = say(actor, place, {"description": CONFIDENTIAL})
    say(admin(office, ROOT), "common", {"description": "Khác"})
    writing = draft(actor, place, {"description": CONFIDENTIAL})
    rollout = planning.decide(actor, writing.id, 0, {"summary": CONFIDENTIAL})
    return {
        "key": KEY,
        "unit_code": DISTRICT,
        "level_code": "commune",
        "act": "label",
        "suffix": "svg",
        "number": "1",
        "version_id": str(version.id),
        "draft_id": str(writing.id),
        "rollout_id": str(rollout.id),
        "change_id": str(procedures.open_notices(actor)[0].id),
    }


def _stuck(case_id: UUID) -> tuple[UUID, UUID]:
    """An incident of a case, and an act on many that touched it."""
    incident = Incident(case_id=case_id, act="stall", reference="", node="draft", code="engine.stalled")
    act = Bulk(act="retry", spec={}, reason=CONFIDENTIAL)
    with transaction():
        db.session.add_all([incident, act])
        db.session.flush()
        db.session.add(BulkItem(bulk_id=act.id, case_id=case_id, reference=str(incident.id)))
    return incident.id, act.id


def _holding(unit_id: UUID, office: Office) -> dict[str, str]:
    """How the sender signs, with a record that its key was handed over."""
    key = signers.key_of_unit(unit_id)
    assert key is not None
    with transaction() as session:
        made = KeyHolding(key_id=key.id, person_id=office.person(office.tour["clerk"]).id, decided_by=CONFIDENTIAL)
        session.add(made)
    return {"signer_id": str(key.id), "holding_id": str(made.id)}


def _held(unit_id: UUID) -> UUID:
    """A message that came for the sender's agency and is held back."""
    envelope = {"facts": {"subject": CONFIDENTIAL}, "files": []}
    held = Arrival(sender_id=unit_id, recipient_id=unit_id, message_id=uuid4(), envelope=envelope, state="quarantined")
    held.manifest_sha256 = ""
    with transaction() as session:
        session.add(held)
    return held.id


def _noticed(case_id: UUID, office: Office) -> UUID:
    """A notice to somebody at the sender that says what nobody else may read."""
    with transaction() as session:
        notice = Notice(case_id=case_id, post_id=office.post("chanhvp-sontinh").id, text=CONFIDENTIAL)
        session.add(notice)
    return notice.id


def _rules(app: Flask) -> list[Rule]:
    found = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in PUBLIC]
    return [rule for rule in found if not rule.endpoint.startswith(PUBLIC_PREFIXES)]


def _strangers(office: Office) -> dict[str, str]:
    """One person of each role, all of an agency that has no part in the story."""
    outsider = office.tour["recipients"][1]["unit"]
    posts = [post for post in office.world["posts"] if post["unit"] == outsider]
    assert len({post["role"] for post in posts}) >= 3
    return {post["role"]: post["sign_in"] for post in posts}


def _address(rule: Rule, ids: dict[str, str]) -> str:
    values: dict[str, Any] = {}
    for name in rule.arguments:
        if name == "token_id":
            values[name] = ids["document_id"]  # tokens are one's own; a foreign id is as good as none
        else:
            assert name in ids, f"{rule.rule}: what is <{name}>? Give this test one of another unit."
            values[name] = ids[name]
    address = rule.build(values, append_unknown=False)
    assert address is not None
    return address[1]


def _ask(client: FlaskClient, rule: Rule, address: str, headers: dict[str, str]) -> list[tuple[str, int, str]]:
    answers = []
    for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
        body: Any = (
            BODIES.get(rule.endpoint, {"answers": {}}) if rule.endpoint.startswith("api_") and method != "GET" else None
        )
        answer = client.open(address, method=method, headers=headers, json=body)
        answers.append((method, answer.status_code, answer.get_data(as_text=True)))
    return answers


def test_every_route_needs_somebody_to_be_signed_in(app: Flask, ids: dict[str, str]) -> None:
    client = app.test_client()
    wrong = []
    for rule in _rules(app):
        for method, status, text in _ask(client, rule, _address(rule, ids), {}):
            expected = {401} if rule.endpoint.startswith("api_") else {303, 401}
            if status not in expected or CONFIDENTIAL in text:
                wrong.append((method, rule.rule, status))
    assert wrong == []


def test_no_role_of_another_agency_reads_or_writes_anything(app: Flask, office: Office, ids: dict[str, str]) -> None:
    wrong = []
    for role, sign_in in _strangers(office).items():
        client = office.client(sign_in)
        token = accounts.make_token(office.actor(sign_in), label="test")
        for rule in _rules(app):
            if rule.endpoint in {"signin.leave", "account.make_token"}:
                continue
            headers = {"Authorization": f"Bearer {token}"} if rule.endpoint.startswith("api_") else {}
            for method, status, text in _ask(client, rule, _address(rule, ids), headers):
                if CONFIDENTIAL in text or (rule.arguments and status not in {403, 404}):
                    wrong.append((role, method, rule.rule, status))
    assert wrong == []


def test_what_the_strangers_tried_changed_nothing(app: Flask, office: Office, ids: dict[str, str]) -> None:
    before = _states()
    for sign_in in _strangers(office).values():
        client = office.client(sign_in)
        for rule in _rules(app):
            if rule.arguments:
                _ask(client, rule, _address(rule, ids), {})

    assert _states() == before


def _states() -> list[tuple[Any, ...]]:
    db.session.rollback()
    db.session.expire_all()
    return sorted((str(case.id), case.status, case.row_version) for case in db.session.query(Case))
