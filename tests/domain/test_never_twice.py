"""A repair never signs and never sends a second time, however often and in whatever way it is tried."""

from collections import Counter

import pytest
from sqlalchemy import select

from app.domain.actors.actor import SYSTEM, Actor
from app.domain.cases import bulk, commands, incidents, queries, repairs, troubles
from app.domain.cases.models import Case, Incident
from app.domain.documents import queries as documents
from app.domain.documents.commands import FileGiven, add_file
from app.domain.exchange import queries as exchange
from app.domain.exchange.models import Arrival
from app.domain.procedures.commands import pinned
from app.domain.signatures.models import SignatureRequest
from app.jobs import outbox
from app.kernel.db import db, transaction
from tests.house import Office
from tests.oddities import operator_of
from tests.story import Ref, Told, key_away

REASON = "Đã gia hạn chứng thư."


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


@pytest.fixture
def operator(office: Office) -> Actor:
    return office.actor(operator_of(office))


def _uncaught(case: Ref) -> None:
    """As if the diagram did not provide for a signature that fails."""
    with transaction():
        version = db.session.get_one(Case, case.id).version
        version.bpmn = version.bpmn.replace(b'errorCode="signing_failed"', b'errorCode="something_else"')
    pinned.cache_clear()


def _unsigned(told: Told) -> tuple[Ref, Incident]:
    """A case whose signature could not be put on, and its incident."""
    case = told.until("approve")
    _uncaught(case)
    with key_away(told):
        told.complete(case, "approve", told.tour["chairman"], approval_decision="sign")
    return case, _incident(case)


def _incident(case: Ref) -> Incident:
    db.session.rollback()
    db.session.expire_all()
    [found] = incidents.open_ones(case.id)
    return found


def _stages(case: Ref) -> Counter[str]:
    db.session.rollback()
    return Counter(file.stage for file in documents.files(case.document_id))


def test_a_signature_that_failed_is_put_on_once_however_often_it_is_retried(told: Told, operator: Actor) -> None:
    case, incident = _unsigned(told)
    assert (incident.act, incident.code) == ("operation", "key.unknown")

    with key_away(told):
        assert repairs.retry(operator, incident.id, reason=REASON) == "waiting"
        told.office.work()
    assert (_incident(case).code, _incident(case).attempts) == ("key.unknown", 2)
    for _ in range(3):
        assert repairs.retry(operator, incident.id, reason=REASON) == "waiting"
    told.office.work()

    assert told.task(case, "issue").closed_at is None
    assert _stages(case)["signed"] == 1
    requests = list(db.session.scalars(select(SignatureRequest)))
    assert [(one.kind, one.asked_by) for one in requests] == [("person", told.office.person(told.tour["chairman"]).id)]
    assert queries.case(case.id).status == "open"


def test_a_bulk_retry_tells_what_the_worker_really_did(told: Told, operator: Actor) -> None:
    case, incident = _unsigned(told)
    incident_id = incident.id
    with key_away(told):
        first = troubles.repair_many(operator, "retry", troubles.Wanted(), expected=1, reason=REASON, words={}).id
        told.office.work()
    second = troubles.repair_many(operator, "retry", troubles.Wanted(), expected=1, reason=REASON, words={}).id
    told.office.work()

    assert bulk.counts(first) == {"failed_again_same": 1}
    assert bulk.counts(second) == {"went_on": 1}
    assert all(bulk.visible(operator, one).ended_at is not None for one in (first, second))
    assert repairs.visible(operator, incident_id).how == "retried"
    assert told.task(case, "issue").closed_at is None


def test_nobody_signs_a_file_that_changed_since_it_was_agreed_to(told: Told, operator: Actor) -> None:
    case, incident = _unsigned(told)
    with transaction():
        add_file(documents.document(case.document_id), FileGiven("khac.pdf", "0" * 64, 10, 1), stage="prepared")

    assert repairs.retry(operator, incident.id, reason=REASON) == "failed_again_new"
    assert _incident(case).code == "signature.file_changed"

    places = repairs.destinations(_incident(case))
    assert "check_form" in places
    assert repairs.move(operator, incident.id, to_node="check_form", reason="Xem lại tệp.") == "went_on"
    assert told.task(case, "check_form").closed_at is None
    told.office.work()
    assert _stages(case)["signed"] == 0


def test_what_is_sent_again_reaches_each_recipient_once(told: Told, operator: Actor) -> None:
    case = told.until("issue")
    clerk = told.office.actor(told.tour["clerk"])
    commands.complete_task(clerk, told.task(case, "issue").id, answers={"issue_decision": "issue"})
    while (call := queries.waiting_call(case.id, "exchange.send")) is None:
        assert outbox.run_one()
    call_id = call.id
    outbox.run_one()  # the first recipient has it
    commands.fail_call(SYSTEM, call_id, code="lost", detail="exchange.recipient_not_agency")
    incident_id = _incident(case).id
    before = {one.recipient_id: one.id for one in exchange.deliveries(case.document_id)}

    for _ in range(2):
        assert repairs.retry(operator, incident_id, reason=REASON) == "waiting"
    told.office.work()

    found = exchange.deliveries(case.document_id)
    assert {one.recipient_id: one.id for one in found} == before
    assert all(one.receipt is not None for one in found)
    assert Counter(one.recipient_id for one in db.session.scalars(select(Arrival))) == Counter(before.keys())
    assert queries.case(case.id).status == "open"
    assert repairs.visible(operator, incident_id).how == "retried"


def test_an_answer_that_leads_nowhere_keeps_the_signature(told: Told, operator: Actor) -> None:
    case = told.until("approve")
    with transaction():
        version = db.session.get_one(Case, case.id).version
        forms = dict(version.forms)
        taken = forms.pop("issue")
        version.forms = forms
    pinned.cache_clear()
    told.complete(case, "approve", told.tour["chairman"], approval_decision="sign")
    incident = _incident(case)
    assert (incident.act, incident.code) == ("answer", "procedure.step_without_form")
    assert _stages(case)["signed"] == 1

    with transaction():
        version = db.session.get_one(Case, case.id).version
        version.forms = {**version.forms, "issue": taken}
    pinned.cache_clear()
    assert repairs.retry(operator, incident.id, reason=REASON) == "went_on"
    told.office.work()

    assert told.task(case, "issue").closed_at is None
    assert _stages(case)["signed"] == 1
