"""Signatures that no case waits for: operators see and revive them, and a signed document waits for no initials."""

from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.domain.cases import drafting
from app.domain.cases.models import Notice
from app.domain.signatures import queries as signatures
from app.domain.signatures.besides import NOT_NEEDED
from app.domain.signatures.models import SignatureRequest
from app.jobs.signingprofile import profile
from app.kernel.db import db, transaction
from app.kernel.outbox import Job
from tests.domain.test_copies import scan
from tests.domain.test_group_signing import _begun, _decide
from tests.house import Office
from tests.jobs.test_agency_signing import give
from tests.oddities import operator_of
from tests.signing.holders import Device
from tests.story import Told
from tests.web.browser import Browser, plain


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def _of_the_installation(told: Told) -> str:
    return str(next(post["sign_in"] for post in told.office.world["posts"] if post["role"] == "operator"))


def test_line_z9_a_seal_that_failed_on_a_scan_stands_among_the_incidents_and_is_revived_there(told: Told) -> None:
    device, tour = Device(profile().keystore, present=False), told.tour
    give(told, device)
    case = drafting.start_outgoing(told.office.actor(tour["clerk"]), procedure="complaint_petition")
    document_id, clerk = case.document_id, Browser(told.office, tour["clerk"])
    clerk.send(f"/documents/{document_id}/scan", scan=(BytesIO(scan()), "quet.pdf"), _pin="2468")
    told.office.work()
    db.session.remove()
    [request] = signatures.requests(document_id)
    request_id = request.id
    assert request.state == "failed"
    operator = Browser(told.office, operator_of(told.office))
    page = plain(operator.read("/operations"))
    assert "Chữ ký số của cơ quan trên bản số hóa" in page
    assert "tự ký lại được" in page

    operator.send(f"/operations/signatures/{uuid4()}", status=404)
    operator.send(f"/operations/signatures/{request_id}")
    db.session.remove()
    assert signatures.request(request_id).state == "asked"
    told.office.work()


def test_a_renewal_that_was_given_up_stands_among_the_incidents_and_is_tried_again(told: Told) -> None:
    case = told.sent(recipients=1)
    with transaction():
        payload = {"about": str(case.document_id), "sha256": "0" * 64}
        db.session.add(
            Job(
                kind="proofs.renew",
                key=f"renew-{uuid4()}",
                payload=payload,
                state="dead",
                error="timestamp.unavailable",
            )
        )
    operator = Browser(told.office, _of_the_installation(told))
    page = operator.read("/operations")
    assert "Gia hạn dấu thời gian lưu trữ" in plain(page)
    job = db.session.scalars(select(Job).where(Job.kind == "proofs.renew", Job.state == "dead")).one()
    operator.send("/operations/jobs", job=str(job.id), reason="Thử lại từ trang vận hành")
    db.session.remove()
    assert "Gia hạn dấu thời gian lưu trữ" not in plain(operator.read("/operations"))


def test_line_56_initials_that_failed_are_not_needed_once_the_document_is_signed(told: Told) -> None:
    case = _begun(told, turn_posts=("chutich-sontinh",))
    _decide(told, case, "in_turn", "chutich-sontinh")
    db.session.remove()
    initials = next(one for one in signatures.requests(case.document_id) if one.kind == "initials")
    with transaction():
        failed = {"state": "failed", "failure": "key.expired", "output_sha256": None}
        db.session.execute(update(SignatureRequest).where(SignatureRequest.id == initials.id).values(**failed))
    told.complete(case, "approve", told.tour["chairman"], approval_decision="sign")
    db.session.remove()
    found = signatures.request(initials.id)
    assert (found.state, found.failure) == ("withdrawn", NOT_NEEDED)
    notice = db.session.scalars(select(Notice).where(Notice.code == "notice.initials_not_needed")).one()
    reader = Browser(told.office, told.tour["chairman"])
    assert "Không còn cần chữ ký nháy" in plain(reader.read("/notices"))
    assert reader.send(f"/notices/{notice.id}/read").location.endswith(f"/documents/{case.document_id}")
