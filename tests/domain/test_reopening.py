"""A case that has ended is opened again at a step, unless its document is out of the house."""

from dataclasses import replace

import pytest

from app.domain.cases import reopening
from app.domain.documents.models import Document
from app.kernel.db import db, transaction
from app.kernel.errors import Conflict, Invalid, Missing
from app.kernel.events import trail
from tests.domain.test_migration import AB, AB_FLOWS
from tests.house import Office
from tests.oddities import Oddities

REASON = "Kết quả chưa đầy đủ."


@pytest.fixture
def odd(office: Office) -> Oddities:
    return Oddities(office)


def test_a_case_is_opened_again_at_a_step_and_runs_to_its_end_once_more(odd: Oddities) -> None:
    case_id = odd.start(odd.version(AB, AB_FLOWS))
    odd.complete(case_id, n=1)
    odd.complete(case_id, "b")
    assert reopening.steps(odd.case(case_id)) == ("a", "b")

    reopening.reopen_case(odd.who_operates, case_id, node="b", reason=REASON)

    assert odd.stands(case_id) == ("open", ["b"])
    assert odd.case(case_id).ended_at is None
    assert (trail(str(case_id))[-1].name, trail(str(case_id))[-1].payload["reason"]) == ("case.reopened", REASON)
    odd.complete(case_id, "b")
    assert odd.case(case_id).status == "done"


def test_a_case_that_runs_or_whose_document_is_out_is_not_opened_again(odd: Oddities) -> None:
    case_id = odd.start(odd.version(AB, AB_FLOWS))
    operator = odd.who_operates
    with pytest.raises(Conflict, match=r"case\.not_ended"):
        reopening.reopen_case(operator, case_id, node="a", reason=REASON)
    odd.complete(case_id)
    odd.complete(case_id, "b")
    with transaction():
        db.session.get_one(Document, odd.case(case_id).document_id).state = "sent"
    with pytest.raises(Conflict, match=r"case\.document_is_out"):
        reopening.reopen_case(operator, case_id, node="a", reason=REASON)
    unit_id = odd.seat.agency_id
    trusted = replace(operator, grants=operator.grants | {(reopening.AFTER_SENDING, unit_id)})
    reopening.reopen_case(trusted, case_id, node="a", reason=REASON)
    assert odd.stands(case_id) == ("open", ["a"])


def test_only_operators_open_again_with_a_reason_and_at_a_step_there_is(odd: Oddities) -> None:
    case_id = odd.start(odd.version(AB, AB_FLOWS))
    odd.complete(case_id)
    odd.complete(case_id, "b")
    with pytest.raises(Missing):
        reopening.reopen_case(odd.actor, case_id, node="a", reason=REASON)
    with pytest.raises(Invalid, match=r"form\.invalid"):
        reopening.reopen_case(odd.who_operates, case_id, node="a", reason=" ")
    with pytest.raises(Invalid, match=r"engine\.restart"):
        reopening.reopen_case(odd.who_operates, case_id, node="nowhere", reason=REASON)
    assert odd.case(case_id).status == "done"
