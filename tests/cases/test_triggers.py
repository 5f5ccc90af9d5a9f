"""Procedures that begin without a person: by the clock, a message or a signal, where a unit has switched them on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.cases import queries, triggers
from app.domain.cases.correspondence import Trigger
from app.domain.documents.models import Document
from app.jobs import schedule
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Conflict, Forbidden, Invalid
from tests.cases.shelf import Shelf, forget_rows
from tests.engine.diagrams import NAMES, document, ends, message, node, said, signal, timer, user
from tests.house import Office

UNIT = "huyen-son-tinh"
ADMINISTRATOR = "quantri.sontinh"
ROLE = 'role="specialist"'
MONDAY = datetime(2026, 1, 5, 1, tzinfo=UTC)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Turns the hands of the clock."""
    return lambda moment: monkeypatch.setattr(clock, "_read", lambda: moment)


def _begun_by(*starts: str) -> bytes:
    begins = "".join(node("startEvent", f"s{n}", one) for n, one in enumerate(starts))
    flows = "; ".join(f"s{n} > a" for n in range(len(starts)))
    return document(begins + user("a", ROLE) + node("endEvent", "e"), f"{flows}; a > e", beside=NAMES)


def _on(office: Office, key: str) -> list[Trigger]:
    return triggers.switch_on(office.actor(ADMINISTRATOR), key, office.unit(UNIT).id)


def _tick(office: Office) -> None:
    schedule.tick()
    office.work()
    forget_rows()


def test_a_timer_begins_a_case_once_with_two_clocks_about_a_paper_of_its_own(
    procedures: Shelf, office: Office, hands: Callable[[datetime], None]
) -> None:
    procedures.put("monthly", _begun_by(timer("R/P7D", "timeCycle")), steps=("a",))
    hands(MONDAY)
    (trigger,) = _on(office, "monthly")
    assert trigger.due_at == MONDAY + timedelta(days=7)
    _tick(office)
    assert procedures.cases("monthly") == []

    hands(MONDAY + timedelta(days=7, hours=2))
    _tick(office)
    _tick(office)

    (case,) = procedures.cases("monthly")
    paper = db.session.get_one(Document, case.document_id)
    assert (paper.direction, paper.state, paper.subject) == ("internal", "draft", "Thủ tục monthly")
    assert procedures.open(case.id) == ["a"]
    assert db.session.query(Trigger).one().due_at == MONDAY + timedelta(days=14)


def test_rounds_that_no_clock_saw_are_left_out_and_counted_ones_end(
    procedures: Shelf, office: Office, hands: Callable[[datetime], None]
) -> None:
    procedures.put("thrice", _begun_by(timer("R3/P1D", "timeCycle")), steps=("a",))
    hands(MONDAY)
    _on(office, "thrice")
    for days in (2.5, 2.6, 3.5, 9):
        hands(MONDAY + timedelta(days=days))
        _tick(office)

    assert len(procedures.cases("thrice")) == 2
    assert db.session.query(Trigger).one().due_at is None


def test_a_message_begins_a_case_only_when_nobody_waits_for_it(procedures: Shelf, office: Office) -> None:
    start = said(result="request") + message("m1")
    procedures.put("asked", _begun_by(start), steps=("a",))
    catch = node("intermediateCatchEvent", "c", message("m1"))
    procedures.put(
        "waits", document(ends() + catch + user("a", ROLE), "s > c; c > a; a > e", beside=NAMES), steps=("a",)
    )
    sends = node("sendTask", "t", said(word="'hello'"), messageRef="m1")
    procedures.put("sends", document(ends() + sends, "s > t; t > e", beside=NAMES))
    _on(office, "asked")
    waiting = procedures.start("waits", UNIT)
    for _ in range(2):
        procedures.start("sends", UNIT)
    office.work()

    (begun,) = procedures.cases("asked")
    assert (procedures.open(waiting), procedures.open(begun.id)) == (["a"], ["a"])
    assert procedures.messages() == {"reply": "taken"}


def test_a_signal_begins_a_case_at_every_unit_that_listens(procedures: Shelf, office: Office) -> None:
    procedures.put("alarmed", _begun_by(signal("sig1"), timer("R/P1D", "timeCycle")), steps=("a",))
    throw = node("intermediateThrowEvent", "t", signal("sig1"))
    procedures.put("warns", document(ends() + throw, "s > t; t > e", beside=NAMES))
    procedures.start("warns", UNIT)
    office.work()
    assert procedures.cases("alarmed") == []

    assert {one.kind for one in _on(office, "alarmed")} == {"signal", "timer"}
    procedures.start("warns", UNIT)
    office.work()
    assert len(procedures.cases("alarmed")) == 1

    procedures.start("warns", "xa-tinh-bac")
    office.work()
    assert len(procedures.cases("alarmed")) == 1


def test_what_is_switched_off_begins_nothing_and_what_has_begun_goes_on(procedures: Shelf, office: Office) -> None:
    procedures.put("alarmed", _begun_by(signal("sig1")), steps=("a",))
    throw = node("intermediateThrowEvent", "t", signal("sig1"))
    procedures.put("warns", document(ends() + throw, "s > t; t > e", beside=NAMES))
    _on(office, "alarmed")
    procedures.start("warns", UNIT)
    office.work()
    procedures.start("warns", UNIT)
    triggers.switch_off(office.actor(ADMINISTRATOR), "alarmed", office.unit(UNIT).id)
    office.work()

    (case,) = procedures.cases("alarmed")
    assert procedures.open(case.id) == ["a"]


def test_a_start_that_the_procedure_no_longer_has_is_switched_off_by_itself(
    procedures: Shelf, office: Office, hands: Callable[[datetime], None]
) -> None:
    procedures.put("daily", _begun_by(timer("R/P1D", "timeCycle")), steps=("a",))
    hands(MONDAY)
    _on(office, "daily")
    procedures.put("daily", _begun_by(signal("sig1")).replace(b'"s0"', b'"s9"').replace(b"s0_", b"s9_"), steps=("a",))
    hands(MONDAY + timedelta(days=1))
    _tick(office)

    assert (procedures.cases("daily"), db.session.query(Trigger).count()) == ([], 0)


def test_switching_on_again_keeps_the_time_and_follows_the_diagram(
    procedures: Shelf, office: Office, hands: Callable[[datetime], None]
) -> None:
    daily = timer("R/P1D", "timeCycle")
    procedures.put("daily", _begun_by(daily), steps=("a",))
    hands(MONDAY)
    (first,) = _on(office, "daily")
    due = first.due_at
    hands(MONDAY + timedelta(hours=3))
    procedures.put("daily", _begun_by(daily, signal("sig1")), steps=("a",))

    assert [(one.node, one.kind, one.due_at) for one in _on(office, "daily")] == [
        ("s0", "timer", due),
        ("s1", "signal", None),
    ]


@pytest.mark.parametrize(
    ("xml", "error"),
    [
        (document(ends() + user("a", ROLE), "s > a; a > e"), "trigger.none"),
        (_begun_by(timer("when", "timeDate")), "trigger.expression"),
    ],
)
def test_only_what_can_begin_by_itself_is_switched_on(
    procedures: Shelf, office: Office, xml: bytes, error: str
) -> None:
    procedures.put("odd", xml, steps=("a",))
    with pytest.raises(Invalid) as raised:
        _on(office, "odd")
    assert raised.value.code == error
    assert db.session.query(Trigger).count() == 0


def test_one_message_begins_one_procedure_of_a_unit(procedures: Shelf, office: Office) -> None:
    for key in ("first", "second"):
        procedures.put(key, _begun_by(message("m1")), steps=("a",))
    _on(office, "first")
    with pytest.raises(Conflict, match=r"trigger\.taken"):
        _on(office, "second")


@pytest.mark.parametrize("who", ["chutich.tinhbac", "vanhanh.quangngai"])
def test_only_who_publishes_procedures_at_a_unit_switches_them(procedures: Shelf, office: Office, who: str) -> None:
    procedures.put("daily", _begun_by(timer("R/P1D", "timeCycle")), steps=("a",))
    acts: list[Callable[..., Any]] = [triggers.switch_on, triggers.switch_off]
    for act in acts:
        with pytest.raises(Forbidden):
            act(office.actor(who), "daily", office.unit(UNIT).id)
    assert queries.due_timers(clock.now()) == []
