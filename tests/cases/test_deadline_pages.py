"""The pages of deadlines: stopping the clock of a case, and keeping the calendar."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.domain.access.models import RoleGrant
from app.domain.orgunits.models import SpecialDay
from app.kernel import clock
from app.kernel.db import db
from tests.cases.shelf import forget_rows
from tests.house import Office
from tests.story import Told
from tests.web.browser import Browser, plain

KEEPER, CLERK = "vanthu.quangngai", "vanthu.tinhbac"


@pytest.fixture
def draft(office: Office) -> UUID:
    """A case whose drafter has a task with a deadline."""
    return Told(office).until("check_content").id


def test_whoever_has_the_task_stops_its_clock_with_a_reason_and_starts_it_again(office: Office, draft: UUID) -> None:
    head = Browser(office, office.tour["head"])
    address = f"/cases/{draft}/clock"
    assert address in head.read(f"/cases/{draft}")
    assert "Đang tính" in plain(head.read(address))
    assert 'id="reason-error"' in head.send(address, 422, act="pause", reason=" ").text

    head.send(address, act="pause", reason="Chờ Sở Nội vụ trả lời.")
    page = plain(head.read(address))
    assert "Đang tạm dừng" in page
    assert "Chờ Sở Nội vụ trả lời." in page
    assert "tạm dừng tính hạn" in plain(head.read("/"))
    assert "tạm dừng tính hạn" in plain(head.read(head.first_task()))
    head.send(address, 409, act="pause", reason="Lại chờ.")

    head.send(address, act="resume")
    assert "tạm dừng tính hạn" not in plain(head.read("/"))
    head.send(address, 409, act="resume")
    assert "cho tính tiếp thời hạn" in plain(head.read(f"/cases/{draft}"))


def test_whoever_only_reads_a_case_sees_the_clock_and_has_no_button(office: Office, draft: UUID) -> None:
    clerk = Browser(office, office.tour["clerk"])
    address = f"/cases/{draft}/clock"
    assert "Tạm dừng tính thời hạn" not in clerk.read(address)
    clerk.send(address, 403, act="pause", reason="Chờ.")
    Browser(office, "chutich.tinhbac").read(address, 404)


def test_a_calendar_is_read_by_all_and_kept_by_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_read", lambda: datetime(2026, 3, 2, 2, tzinfo=UTC))
    keeper, reader = Browser(office, KEEPER), Browser(office, CLERK)
    assert "Lưu ngày này" not in keeper.read("/calendar")
    db.session.add(RoleGrant(role_code="clerk", permission="procedures.publish"))
    db.session.commit()

    assert "Lưu ngày này" in keeper.read("/calendar?year=2026")
    keeper.send("/calendar", day="24/11/2026", name="Nghỉ bù", kind="holiday")
    assert "24/11/2026 Ngày nghỉ Nghỉ bù" in plain(reader.read("/calendar?year=2026"))
    for wrong in ({"day": "31/02/2026"}, {"day": "24/11/1900"}, {"name": " "}, {"name": "x" * 201}):
        keeper.send("/calendar", 422, **{"day": "25/11/2026", "name": "Nghỉ", "kind": "holiday", **wrong})
    reader.send("/calendar", 403, day="24/11/2026", act="free")

    keeper.send("/calendar", day="2026-11-24", act="free")
    keeper.send("/calendar", 404, day="2026-11-24", act="free")
    forget_rows()
    assert db.session.query(SpecialDay).filter_by(day=datetime(2026, 11, 24, tzinfo=UTC).date()).count() == 0
