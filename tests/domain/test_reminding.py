"""Late work: who hears of it, and that everybody hears it once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.audit import queries as audit
from app.domain.cases import mending, notices, reminding
from app.domain.cases.models import Case, Notice, Task
from app.jobs import schedule
from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing
from tests.begun import begin, complete, tasks
from tests.engine.diagrams import user
from tests.house import Office


def _due_in(case: Case, hours: float) -> Task:
    task = tasks(case)[0]
    with transaction():
        db.session.get_one(Task, task.id).due_at = clock.now() + timedelta(hours=hours)
    return task


def _told(case: Case) -> list[tuple[str, object]]:
    db.session.rollback()
    query = select(Notice).where(Notice.case_id == case.id).order_by(Notice.made_at)
    return [(one.code, one.post_id) for one in db.session.scalars(query)]


def _case(office: Office, task: str = "performer=\"'chuyenvien-vp-sontinh'\"") -> Case:
    return begin(office, user("a", task), "s > a; a > e")


def test_work_is_reminded_of_before_and_after_its_deadline_once_each(office: Office) -> None:
    case, post = _case(office), office.post("chuyenvien-vp-sontinh").id
    _due_in(case, 100)
    assert reminding.remind() == 0
    _due_in(case, 3)
    assert (reminding.remind(), reminding.remind()) == (1, 0)
    _due_in(case, -1)
    assert (reminding.remind(), reminding.remind()) == (1, 0)

    assert _told(case) == [("notice.soon", post), ("notice.late", post)]
    assert notices.unread(office.actor("chuyenvien.vp.sontinh")) == 2


def test_everyone_who_could_do_the_work_is_reminded(office: Office) -> None:
    case = _case(office, 'role="clerk"')
    _due_in(case, -1)
    reminding.remind()

    assert _told(case) == [("notice.late", office.post("vanthu-sontinh").id)]


def test_the_superior_hears_of_work_that_is_late_by_more_than_a_working_day(office: Office) -> None:
    case = _case(office)
    _due_in(case, -1)
    assert reminding.escalate() == 0
    _due_in(case, -24 * 15)
    assert (reminding.escalate(), reminding.escalate()) == (1, 0)

    assert _told(case) == [("notice.escalated", office.post("chanhvp-sontinh").id)]
    assert "case.escalated" in {one.name for one in audit.history(case.id, case.document_id)}


def test_where_nobody_stands_above_those_who_have_it_are_told(office: Office) -> None:
    case = _case(office, "performer=\"'chutich-tinh'\"")
    _due_in(case, -24 * 15)
    reminding.escalate()

    assert _told(case) == [("notice.escalated", office.post("chutich-tinh").id)]


def test_nobody_is_reminded_of_work_that_is_done(office: Office) -> None:
    case = _case(office)
    _due_in(case, -24 * 15)
    complete(office, case, "a", "chuyenvien.vp.sontinh")

    assert (reminding.remind(), reminding.escalate()) == (0, 0)


def test_a_leader_urges_the_work_and_the_history_says_so(office: Office) -> None:
    case = _case(office)
    leader = office.actor("chutich.sontinh")
    assert reminding.urge(leader, case.id, words="Báo cáo trước 16 giờ.") == 1
    assert reminding.urge(leader, case.id, words="Lần hai.") == 1

    said = [one.detail["words"] for one in notices.of(office.actor("chuyenvien.vp.sontinh"))]
    assert set(said) == {"Báo cáo trước 16 giờ.", "Lần hai."}
    assert [one.name for one in audit.history(case.id, case.document_id)].count("case.urged") == 2


def test_only_whoever_reads_for_the_agency_urges_and_says_why(office: Office) -> None:
    case = _case(office)
    with pytest.raises(Forbidden):
        reminding.urge(office.actor("chuyenvien.vp.sontinh"), case.id, words="Nhanh lên.")
    with pytest.raises(Missing):
        reminding.urge(office.actor("chutich.tinhbac"), case.id, words="Nhanh lên.")
    with pytest.raises(Invalid):
        reminding.urge(office.actor("chutich.sontinh"), case.id, words="  ")
    complete(office, case, "a", "chuyenvien.vp.sontinh")
    with pytest.raises(Conflict):
        reminding.urge(office.actor("chutich.sontinh"), case.id, words="Nhanh lên.")


def test_the_clock_looks_after_late_and_lost_work(office: Office) -> None:
    late, lost = _case(office), _case(office, "performer=\"'no-such-post'\"")
    _due_in(late, -1)
    complete(office, lost, "a", "vanthu.sontinh")

    schedule._sweep(office.app, {sweep: float("-inf") for sweep in schedule.SWEEPS})
    assert _told(late) == [("notice.late", office.post("chuyenvien-vp-sontinh").id)]
    assert mending.waiting() == []
