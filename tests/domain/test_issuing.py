"""Numbers and dates follow each other (NĐ 30/2020, Điều 15), and until there is a number a paper can be returned."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.domain.cases import commands
from app.domain.documents import queries as documents
from app.domain.registers import queries as registers
from app.domain.signatures import queries as signatures
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Conflict, Invalid
from tests.house import Office
from tests.story import Ref, Told

DAY = timedelta(days=1)


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def _issue(told: Told, case: Ref, **answers: Any) -> None:
    told.complete(case, "issue", told.tour["clerk"], issue_decision="issue", **answers)


def _refused(told: Told, case: Ref, day: date) -> tuple[str, dict[str, Any]]:
    """What is said of a date of issue."""
    with pytest.raises(Invalid) as refusal:
        _issue(told, case, issued_on=day.isoformat())
    assert told.document(case).number is None
    return refusal.value.fields["issued_on"]


def test_a_document_is_not_dated_before_its_signature_nor_in_the_future(told: Told) -> None:
    case, today = told.until("issue"), clock.office_day()

    assert _refused(told, case, date(1900, 1, 1))[0] == "document.issued_before_signed"
    assert _refused(told, case, today - DAY) == ("document.issued_before_signed", {"day": f"{today:%d/%m/%Y}"})
    assert _refused(told, case, today + DAY)[0] == "document.issued_in_future"
    assert registers.years(registers.register_of(told.document(case).unit_id, "outgoing").id) == []
    _issue(told, case)
    assert told.document(case).issued_on == today


def test_a_document_is_dated_in_the_year_its_paper_prints(told: Told) -> None:
    case, year = told.until("issue"), clock.office_day().year
    assert told.document(case).printed_year == year
    told.document(case).printed_year = year - 1
    db.session.commit()

    assert _refused(told, case, clock.office_day()) == ("document.issued_other_year", {"year": year - 1})


def test_a_later_number_has_no_earlier_date(told: Told) -> None:
    today = clock.office_day()
    earlier, later = told.until("issue"), told.until("issue")
    _issue(told, earlier)
    told.document(earlier).issued_on = today + DAY
    db.session.commit()

    day = f"{today + DAY:%d/%m/%Y}"
    assert _refused(told, later, today) == ("document.issued_before_last", {"day": day, "reference": "01/UBND-VX"})
    told.document(earlier).issued_on = today
    db.session.commit()
    _issue(told, later, issued_on=today.isoformat())
    assert told.document(later).reference == "02/UBND-VX"


def test_a_signed_document_is_returned_corrected_signed_anew_and_issued(told: Told) -> None:
    case = told.until("issue")

    with pytest.raises(Invalid) as refusal:
        told.complete(case, "issue", told.tour["clerk"], issue_decision="return")
    assert refusal.value.fields["opinion"][0] == "form.required"
    told.complete(case, "issue", told.tour["clerk"], issue_decision="return", opinion="Sai nơi nhận.")

    document = told.document(case)
    assert (document.state, document.number) == ("draft", None)
    assert signatures.standing(document.id) == []
    paper = documents.latest_file(document.id)
    assert paper is not None
    assert paper.stage == "prepared"
    told.complete(case, "draft", told.tour["drafter"], **{**told.draft(), "subject": "Trích yếu đã sửa"})
    told.complete(case, "check_content", told.tour["head"], content_decision="agree")
    told.complete(case, "check_form", told.tour["clerk"], form_decision="agree")
    told.complete(case, "approve", told.tour["chairman"], approval_decision="sign")
    assert [one.kind for one in signatures.standing(document.id)] == ["person"]
    _issue(told, case)
    sent = told.document(case)
    assert (sent.reference, sent.state, sent.subject) == ("01/UBND-VX", "sent", "Trích yếu đã sửa")
    assert [one.kind for one in signatures.standing(document.id)] == ["person", "organisation"]
    assert len(signatures.requests(document.id)) == 3


def test_a_date_of_an_earlier_round_is_forgotten(told: Told) -> None:
    case = told.until("issue")
    yesterday = (clock.office_day() - DAY).isoformat()
    told.complete(case, "issue", told.tour["clerk"], issue_decision="return", opinion="Sửa.", issued_on=yesterday)
    told.complete(case, "draft", told.tour["drafter"], **told.draft())
    told.complete(case, "check_content", told.tour["head"], content_decision="agree")
    told.complete(case, "check_form", told.tour["clerk"], form_decision="agree")
    told.complete(case, "approve", told.tour["chairman"], approval_decision="sign")

    _issue(told, case)

    assert told.document(case).issued_on == clock.office_day()


def test_a_document_with_a_number_is_not_reopened(told: Told) -> None:
    case = told.until("issue")
    clerk, task = told.office.actor(told.tour["clerk"]), told.task(case, "issue")
    document = told.document(case)
    document.number = 1
    db.session.commit()

    with pytest.raises(Conflict, match=r"document\.already_numbered"):
        commands.complete_task(clerk, task.id, answers={"issue_decision": "return", "opinion": "Sai."})

    assert told.task(case, "issue").closed_at is None
