"""One clock for inbox, timer and report: working days, less those on which the case waited for somebody outside."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.actors.actor import SYSTEM
from app.domain.cases import standstill
from app.domain.cases.models import Pause, Task, Timer
from app.domain.orgunits import commands as calendar
from app.jobs import schedule
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing
from tests.cases.shelf import Shelf, forget_rows
from tests.engine.diagrams import boundary, document, ends, node, timer, user
from tests.house import Office

HERE, DOER, HEAD, STRANGER = "xa-tinh-bac", "vanhoa.tinhbac", "chutich.tinhbac", "chutich.tinhbinh"
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 9 o'clock in the office
Hands = Callable[[datetime], None]


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """Turns the hands of the clock."""
    return lambda moment: monkeypatch.setattr(clock, "_read", lambda: moment)


@pytest.fixture
def due(procedures: Shelf, hands: Hands) -> Shelf:
    """A task of five working days, with a timer that says the same, begun on a Monday."""
    work = user("a", 'role="specialist" deadline="5"') + user("b", 'role="specialist" deadline="1"')
    late = boundary("t", "a", timer("working_days(parameters.days)"), cancels=False) + user("n", 'role="specialist"')
    flows = "s > a; a > b; b > e; t > n; n > e2"
    body = ends("e", "e2") + work + late.replace("parameters.days", "5")
    procedures.put("due", document(body, flows), steps=("a", "b", "n"))
    hands(MONDAY)
    return procedures


def _end(day: int) -> datetime:
    return datetime(2026, 3, day, 10, tzinfo=UTC)  # five o'clock


def _dues(case: UUID) -> list[datetime | None]:
    """What the inbox and the timer say."""
    forget_rows()
    task = db.session.scalar(select(Task.due_at).where(Task.case_id == case, Task.node == "a"))
    return [task, *db.session.scalars(select(Timer.due_at).where(Timer.case_id == case))]


def _tick(office: Office) -> None:
    schedule.tick()
    office.work()


def test_a_task_and_a_timer_of_as_many_working_days_are_due_at_one_second(due: Shelf, hands: Hands) -> None:
    case = due.start("due", HERE)
    assert _dues(case) == [_end(9), _end(9)]

    hands(_end(9) - timedelta(seconds=1))
    schedule.tick()
    assert due.open(case) == ["a"]
    hands(_end(9))
    schedule.tick()
    assert due.open(case) == ["a", "n"]


def test_deadlines_follow_when_a_holiday_is_named_or_taken_back(due: Shelf, office: Office) -> None:
    case, day = due.start("due", HERE), date(2026, 3, 4)
    calendar.name_day(SYSTEM, day, is_working=False, name="Nghỉ bù")
    office.work()
    assert _dues(case) == [_end(10), _end(10)]

    calendar.name_day(SYSTEM, date(2026, 3, 7), is_working=True, name="Làm bù")
    office.work()
    assert _dues(case) == [_end(9), _end(9)]

    for one in (day, date(2026, 3, 7)):
        calendar.free_day(SYSTEM, one)
    office.work()
    assert _dues(case) == [_end(9), _end(9)]


def test_a_day_that_somebody_named_does_not_move(procedures: Shelf, office: Office, hands: Hands) -> None:
    hands(MONDAY)
    xml = document(ends() + user("a", 'role="specialist" deadline="\'2026-03-05\'"'), "s > a; a > e")
    procedures.put("named", xml, steps=("a",))
    case = procedures.start("named", HERE)
    calendar.name_day(SYSTEM, date(2026, 3, 4), is_working=False, name="Nghỉ bù")
    office.work()
    assert _dues(case) == [_end(5)]


def test_the_clock_stands_still_while_somebody_outside_owes_an_answer(due: Shelf, office: Office, hands: Hands) -> None:
    case, doer = due.start("due", HERE), office.actor(DOER)
    hands(MONDAY + timedelta(days=2))
    standstill.pause(doer, case, reason="Chờ công dân bổ sung giấy tờ.")
    task, timer_due = _dues(case)
    assert task is None
    assert timer_due is not None
    assert timer_due.year == 9999

    hands(_end(31))
    _tick(office)
    assert due.open(case) == ["a"]

    hands(MONDAY + timedelta(days=9))  # Wednesday to Wednesday: five working days
    standstill.resume(doer, case)
    assert _dues(case) == [_end(16), _end(16)]
    row = db.session.query(Pause).one()
    assert (row.reason, row.began_by, row.ended_by) == ("Chờ công dân bổ sung giấy tờ.", doer.person_id, doer.person_id)


def test_pauses_and_holidays_are_reckoned_together(due: Shelf, office: Office, hands: Hands) -> None:
    case, doer = due.start("due", HERE), office.actor(DOER)
    for begin, end in ((1, 2), (3, 7)):  # Tuesday to Wednesday, Thursday to Monday: one and two working days
        hands(MONDAY + timedelta(days=begin))
        standstill.pause(doer, case, reason="Chờ.")
        hands(MONDAY + timedelta(days=end))
        standstill.resume(doer, case)
    assert _dues(case) == [_end(12), _end(12)]

    calendar.name_day(SYSTEM, date(2026, 3, 11), is_working=False, name="Nghỉ bù")
    office.work()
    assert _dues(case) == [_end(13), _end(13)]


def test_what_was_over_stays_over(due: Shelf, office: Office, hands: Hands) -> None:
    case = due.start("due", HERE)
    hands(_end(10))
    schedule.tick()
    standstill.pause(office.actor(DOER), case, reason="Chờ.")
    assert _dues(case) == [_end(9)]
    hands(_end(20))
    standstill.resume(office.actor(DOER), case)
    assert _dues(case) == [_end(9)]


def test_work_goes_on_while_the_clock_stands_still(due: Shelf, office: Office, hands: Hands) -> None:
    case, doer = due.start("due", HERE), office.actor(DOER)
    standstill.pause(doer, case, reason="Chờ.")
    hands(MONDAY + timedelta(days=1))
    due.complete(case, "a")
    (later,) = db.session.scalars(select(Task).where(Task.case_id == case, Task.node == "b"))
    assert later.due_at is None

    hands(MONDAY + timedelta(days=3))
    standstill.resume(doer, case)
    forget_rows()
    (later,) = db.session.scalars(select(Task).where(Task.case_id == case, Task.node == "b"))
    assert later.due_at == _end(6)  # opened on Tuesday, one day, two days stood still
    due.complete(case, "b")
    with pytest.raises(Conflict, match=r"clock\.ended"):
        standstill.pause(SYSTEM, case, reason="Chờ.")


def test_a_timer_that_begins_meanwhile_waits_as_well(procedures: Shelf, office: Office, hands: Hands) -> None:
    hands(MONDAY)
    late = boundary("t", "b", timer("working_days(1)")) + node("endEvent", "e2")
    xml = document(ends() + user("a", 'role="specialist"') + user("b", 'role="specialist"') + late, FLOWS)
    procedures.put("later", xml, steps=("a", "b"))
    case, doer = procedures.start("later", HERE), office.actor(DOER)
    standstill.pause(doer, case, reason="Chờ.")
    procedures.complete(case, "a")
    hands(_end(20))
    _tick(office)
    assert procedures.open(case) == ["b"]

    standstill.resume(doer, case)
    assert _dues(case)[1:] == [_end(23)]  # fourteen working days and one, from that Monday


FLOWS = "s > a; a > b; b > e; t > e2"


def test_who_may_stop_the_clock_and_when(due: Shelf, office: Office) -> None:
    case, doer = due.start("due", HERE), office.actor(DOER)
    with pytest.raises(Missing):
        standstill.pause(office.actor(STRANGER), case, reason="Chờ.")
    with pytest.raises(Forbidden, match=r"clock\.not_yours"):
        standstill.pause(office.actor(HEAD), case, reason="Chờ.")
    for reason in ("", " \n", "x" * 2001):
        with pytest.raises(Invalid):
            standstill.pause(doer, case, reason=reason)
    with pytest.raises(Conflict, match=r"clock\.running"):
        standstill.resume(doer, case)
    standstill.pause(doer, case, reason="Chờ.")
    with pytest.raises(Conflict, match=r"clock\.paused"):
        standstill.pause(doer, case, reason="Chờ.")


@pytest.mark.parametrize("who", [DOER, "quantri.sontinh"])
def test_only_who_publishes_for_the_root_keeps_the_calendar(office: Office, who: str) -> None:
    with pytest.raises(Forbidden):
        calendar.name_day(office.actor(who), date(2026, 3, 4), is_working=False, name="Nghỉ")
    with pytest.raises(Forbidden):
        calendar.free_day(office.actor(who), date(2026, 4, 30))
