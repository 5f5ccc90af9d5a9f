"""Proofs that are kept: what was found at arrival stays, what is found later stands beside it."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.documents import queries as documents
from app.domain.signatures import checking, proofs
from app.domain.signatures.proofs import DocumentProof
from app.jobs import signingprofile
from app.kernel import clock, outbox
from app.kernel.db import db, transaction
from app.kernel.errors import Forbidden, Missing
from tests.house import Office
from tests.story import Told


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def _now(document_id: UUID, **moments: datetime) -> None:
    """As if some time had passed."""
    with transaction():
        found = db.session.scalar(select(DocumentProof).where(DocumentProof.document_id == document_id))
        assert found is not None
        for name, moment in moments.items():
            setattr(found, name, moment)


def _latest(document_id: UUID) -> tuple[str, int, str]:
    db.session.rollback()
    file = documents.latest_file(document_id)
    assert file is not None
    return file.stage, file.revision, file.sha256


def test_line_59_incoming_signatures_are_verified_and_the_verdict_is_stored_with_the_document(told: Told) -> None:
    told.sent(recipients=1)
    arrived, clerk = told.arrived(told.recipients[0]), told.recipients[0]["clerk"]
    (first,) = proofs.checks(arrived.document_id)
    _, _, received = _latest(arrived.document_id)

    assert (first.occasion, first.outcome) == ("arrival", "valid")
    assert first.evidence["sha256"] == first.sha256 == received
    assert [one["kind"] for one in first.evidence["signatures"]] == ["person", "organisation"]
    assert first.evidence["anchors"][0]["sha256"]
    assert first.evidence["revocation_lists"][0]["next_update"]
    assert first.evidence["verifier"]["pyhanko"]

    told.handle(told.recipients[0], last="direct")
    checking.ask_check(told.office.actor(clerk), arrived.document_id)
    told.office.work()
    # Today nobody believes in those anchors any more: the verdict of the arrival stays as it was.
    trust = signingprofile.profile().trust
    vars(trust)["roots"] = vars(trust)["timestamp_roots"] = ()
    _now(arrived.document_id, checked_at=clock.now() - timedelta(days=31))
    assert checking.ask_due() >= 1
    told.office.work()

    assert [one.occasion for one in proofs.checks(arrived.document_id)] == ["clock", "asked", "arrival"]
    now, asked, before = proofs.checks(arrived.document_id)
    assert (before.outcome, asked.outcome, now.outcome) == ("valid", "valid", "indeterminate")
    assert asked.asked_by == told.office.person(clerk).id
    assert proofs.changes(before.evidence, now.evidence)[0].after[1] == "verification.unknown_issuer"
    with pytest.raises(Missing):
        checking.ask_check(told.office.actor(told.recipients[1]["clerk"]), arrived.document_id)
    with pytest.raises(Forbidden):
        checking.ask_check(told.office.actor(told.recipients[0]["chairman"]), arrived.document_id)


def test_line_58_a_kept_document_gets_an_archive_stamp_before_its_proofs_age(told: Told) -> None:
    told.sent(recipients=1)
    arrived = told.handle(told.recipients[0], last="direct")
    received, revision, before = _latest(arrived.document_id)
    assert received == "received"
    _now(arrived.document_id, renew_at=clock.now())
    checking.ask_due()
    told.office.work()

    stage, newer, after = _latest(arrived.document_id)
    assert (stage, newer) == ("archived_proof", revision + 1)
    store = told.office.app.extensions["files"]
    assert store.path(after).read_bytes().startswith(store.path(before).read_bytes())
    assert [one.occasion for one in proofs.checks(arrived.document_id)] == ["archived", "arrival"]
    last = proofs.checks(arrived.document_id)[0]
    assert (last.outcome, len(last.evidence["archived_at"])) == ("valid", 2)
    kept = proofs.proof(arrived.document_id)
    assert kept is not None
    assert kept.renew_at is not None
    assert kept.renew_at > clock.now() + timedelta(days=365)
    assert checking.ask_due() == 0


def test_a_stamp_that_cannot_be_had_is_seen_by_whoever_operates_and_the_file_stays(told: Told) -> None:
    told.sent(recipients=1)
    arrived = told.handle(told.recipients[0], last="direct")
    before = _latest(arrived.document_id)
    _now(arrived.document_id, renew_at=clock.now())
    vars(signingprofile.profile().trust)["crls"] = ()

    checking.ask_due()
    told.office.work()
    for _ in range(6):
        with transaction():
            for job in db.session.scalars(select(outbox.Job).where(outbox.Job.kind == "proofs.renew")):
                job.due_at = clock.now()
        told.office.work()

    assert (checking.ask_refresh(), checking.ask_refresh()) == (1, 0)
    told.office.work()
    assert not [job for job in outbox.dead(offset=0, limit=10) if job.kind == "proofs.refresh"]
    (dead,) = [job for job in outbox.dead(offset=0, limit=10) if job.payload["about"] == str(arrived.document_id)]
    assert (dead.kind, dead.error) == ("proofs.renew", "archive.not_provable")
    assert _latest(arrived.document_id) == before
