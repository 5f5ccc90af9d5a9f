"""Papers that citizens bring, and the documents procedures begin with."""

from datetime import timedelta

import pytest

from app.domain.cases import drafting
from app.domain.cases.models import Case
from app.domain.documents import commands as documents
from app.domain.documents import petitions
from app.domain.documents.commands import Beginning
from app.kernel import clock
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing
from tests.house import Office

SAID = {"sender_name": "Hộ dân thôn 2", "subject": "Khiếu nại quyết định thu hồi đất"}


@pytest.fixture
def petition(office: Office) -> Case:
    return drafting.start_outgoing(office.actor(office.tour["clerk"]), procedure="complaint_petition")


def test_a_petition_arrives_without_a_sender_and_is_told_who_sent_it(office: Office, petition: Case) -> None:
    assert (petition.document.direction, petition.document.state) == ("incoming", "arrived")
    found = petitions.note_arrival(
        office.actor(office.tour["clerk"]), petition.document_id, fields={**SAID, "written_on": "2017-03-01"}, file=None
    )
    assert (found.issuer_name, found.subject) == (SAID["sender_name"], SAID["subject"])


def test_nobody_writes_a_petition_tomorrow(office: Office, petition: Case) -> None:
    tomorrow = (clock.office_day() + timedelta(days=1)).isoformat()
    with pytest.raises(Invalid) as refused:
        petitions.note_arrival(
            office.actor(office.tour["clerk"]), petition.document_id, fields={**SAID, "written_on": tomorrow}, file=None
        )
    assert "written_on" in refused.value.fields


def test_what_is_registered_is_not_rewritten(office: Office, petition: Case) -> None:
    clerk = office.actor(office.tour["clerk"])
    documents.register_incoming(clerk, petition.document_id)
    with pytest.raises(Conflict):
        petitions.note_arrival(clerk, petition.document_id, fields=SAID, file=None)


def test_a_drafter_enters_no_petition_and_a_clerk_begins_no_draft(office: Office) -> None:
    drafter, clerk = (office.actor(office.tour[who]) for who in ("drafter", "clerk"))
    with pytest.raises(Missing):
        drafting.start_outgoing(drafter, procedure="complaint_petition")
    with pytest.raises(Missing):
        drafting.start_outgoing(clerk, procedure="leave_request")
    assert drafting.startable(clerk) == ["complaint_petition"]


def test_a_part_that_others_share_is_begun_by_nobody(office: Office) -> None:
    offered = drafting.startable(office.actor(office.tour["drafter"]))
    assert {"internal_document", "leave_request", "outgoing_document"} <= set(offered)
    assert not {"approve_and_sign", "number_and_seal"} & set(offered)


def test_a_paper_is_entered_by_whoever_may_register_it(office: Office) -> None:
    drafter = office.actor(office.tour["drafter"])
    seat = drafter.seats[0]
    with pytest.raises(Forbidden):
        documents.open_draft(
            drafter,
            agency_id=seat.agency_id,
            drafting_unit_id=seat.unit_id,
            post_id=None,
            as_said=Beginning("incoming", "ĐT"),
        )
