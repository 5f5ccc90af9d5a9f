"""Messages between cases: to the one they are for, once, whoever comes first."""

from datetime import timedelta

import pytest

from app.domain.cases import messages
from app.domain.cases.correspondence import Message
from app.domain.cases.models import Case
from app.jobs import outbox
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.outbox import Job
from tests.cases.shelf import Shelf, forget_rows
from tests.engine.diagrams import NAMES, boundary, document, ends, message, node, said, user
from tests.house import Office

HERE, THERE = "xa-tinh-bac", "xa-tinh-binh"
ROLE = 'role="specialist"'


def _sends(*, correlation: str = "", agency: str = "", **params: str) -> bytes:
    what = said(correlation, **params)
    if agency:
        what = what.replace("<eo:message", f'<eo:message agency="{agency}"')
    return document(ends() + node("sendTask", "t", what, messageRef="m1"), "s > t; t > e", beside=NAMES)


def _waits(correlation: str = "") -> bytes:
    catch = node("intermediateCatchEvent", "c", said(correlation, result="answer") + message("m1"))
    return document(ends() + catch + user("a", ROLE), "s > c; c > a; a > e", beside=NAMES)


@pytest.fixture
def waits(procedures: Shelf) -> Shelf:
    procedures.put("waits", _waits("ref"), steps=("a",))
    procedures.put("waits_for_any", _waits(), steps=("a",))
    procedures.put("sends", _sends(correlation="ref", word="'yes'"))
    procedures.put("sends_to_any", _sends())
    procedures.put("sends_there", _sends(correlation="ref", agency="where"))
    return procedures


def test_a_message_reaches_the_case_of_its_correlation_and_no_other(waits: Shelf, office: Office) -> None:
    first, second = waits.start("waits", HERE, ref="1"), waits.start("waits", HERE, ref="2")
    assert waits.listeners(second) == [("message", "reply", "2")]

    sender = waits.start("sends", HERE, ref="2")
    office.work()

    assert (waits.open(first), waits.open(second)) == ([], ["a"])
    assert waits.listeners(second) == []
    letter = db.session.query(Message).one()
    assert (letter.state, letter.case_id, letter.taken_by) == ("taken", sender, second)


def test_the_very_correlation_comes_before_a_case_that_takes_any(waits: Shelf, office: Office) -> None:
    any_one, exact = waits.start("waits_for_any", HERE), waits.start("waits", HERE, ref="7")
    waits.start("sends", HERE, ref="7")
    office.work()
    assert (waits.open(any_one), waits.open(exact)) == ([], ["a"])

    waits.start("sends", HERE, ref="nobody's")
    office.work()
    assert waits.open(any_one) == ["a"]


def test_of_several_that_take_any_the_longest_waiting_is_served_first(waits: Shelf, office: Office) -> None:
    cases = [waits.start("waits_for_any", HERE) for _ in range(3)]
    for served in range(1, 4):
        waits.start("sends_to_any", HERE)
        office.work()
        assert [waits.open(one) for one in cases] == [["a"]] * served + [[]] * (3 - served)


def test_the_same_names_at_two_agencies_never_mix(waits: Shelf, office: Office) -> None:
    here, there = waits.start("waits", HERE, ref="1"), waits.start("waits", THERE, ref="1")
    waits.start("sends", HERE, ref="1")
    office.work()
    assert (waits.open(here), waits.open(there)) == (["a"], [])

    waits.start("sends", HERE, ref="1")
    office.work()
    assert waits.open(there) == []


@pytest.mark.parametrize("by", ["code", "id"])
def test_a_message_that_names_another_agency_goes_there_and_nowhere_else(waits: Shelf, office: Office, by: str) -> None:
    here, there = waits.start("waits", HERE, ref="1"), waits.start("waits", THERE, ref="1")
    anybody = waits.start("waits_for_any", THERE)
    waits.start("sends_there", HERE, ref="1", where=THERE if by == "code" else str(office.unit(THERE).id))
    office.work()

    assert [waits.open(one) for one in (here, there, anybody)] == [[], ["a"], []]


def test_a_message_to_another_agency_is_given_to_nobody_rather_than_to_the_wrong_one(
    waits: Shelf, office: Office
) -> None:
    both = [waits.start("waits", THERE, ref="1") for _ in range(2)]
    anybody = waits.start("waits_for_any", THERE)
    waits.start("sends_there", HERE, ref="1", where=THERE)
    office.work()

    assert [waits.open(one) for one in (*both, anybody)] == [[], [], []]
    assert waits.messages() == {"reply": "waiting"}


def test_a_message_to_an_agency_that_is_not_there_undoes_the_step_that_sends_it(waits: Shelf) -> None:
    with pytest.raises(Invalid, match=r"message\.no_agency"):
        waits.start("sends_there", HERE, ref="1", where="nowhere")

    forget_rows()
    assert (db.session.query(Message).count(), db.session.query(Case).count()) == (0, 0)


def test_a_message_that_comes_first_is_kept_for_whoever_waits_later(waits: Shelf, office: Office) -> None:
    waits.start("sends", HERE, ref="1")
    office.work()
    assert waits.messages() == {"reply": "waiting"}

    wrong, right = waits.start("waits", HERE, ref="2"), waits.start("waits", HERE, ref="1")
    office.work()

    assert (waits.open(wrong), waits.open(right)) == ([], ["a"])
    assert waits.messages() == {"reply": "taken"}


def test_a_message_that_nobody_saw_coming_is_offered_again_by_the_clock(waits: Shelf, office: Office) -> None:
    case = waits.start("waits", HERE, ref="1")
    row = Message(name="reply", correlation="1", payload={}, unit_id=office.unit(HERE).id)
    db.session.add(row)
    db.session.commit()

    assert [messages.offer_again(), messages.offer_again()] == [1, 0]
    office.work()
    assert waits.open(case) == ["a"]


def test_a_suspended_case_is_passed_over_until_it_goes_on(waits: Shelf, office: Office) -> None:
    case = waits.start("waits", HERE, ref="1")
    waits.case(case).suspended_at = clock.now()
    db.session.commit()
    waits.start("sends", HERE, ref="1")
    office.work()
    assert waits.open(case) == []

    waits.case(case).suspended_at = None
    db.session.commit()
    messages.offer_again()
    office.work()
    assert waits.open(case) == ["a"]


def test_a_message_that_nobody_takes_expires(waits: Shelf, office: Office) -> None:
    waits.start("sends", HERE, ref="1")
    office.work()
    assert messages.expire() == 0
    db.session.query(Message).one().sent_at = clock.now() - messages.LIFETIME - timedelta(seconds=1)
    db.session.commit()

    assert messages.expire() == 1
    case = waits.start("waits", HERE, ref="1")
    office.work()
    assert (waits.open(case), waits.messages()) == ([], {"reply": "expired"})


def test_a_delivery_that_is_repeated_changes_nothing(waits: Shelf, office: Office) -> None:
    waits.put("twice", document(ends() + "".join(_again(n) for n in "12") + user("a", ROLE), TWICE, beside=NAMES))
    case = waits.start("twice", HERE)
    waits.start("sends_to_any", HERE)
    office.work()
    (listener,) = waits.listeners(case)
    for job in db.session.query(Job).filter_by(kind="cases.deliver"):
        job.state = "ready"
    db.session.commit()

    assert office.work() == 1
    assert waits.listeners(case) == [listener]


TWICE = "s > c1; c1 > c2; c2 > a; a > e"


def _again(number: str) -> str:
    return node("intermediateCatchEvent", f"c{number}", message("m1"))


def test_what_waited_is_gone_when_the_step_it_waited_at_is_done(waits: Shelf, office: Office) -> None:
    watched = user("a", ROLE) + boundary("b", "a", message("m1")) + node("endEvent", "e2")
    waits.put("watched", document(ends() + watched, "s > a; a > e; b > e2", beside=NAMES), steps=("a",))
    case = waits.start("watched", HERE)
    assert waits.listeners(case) == [("message", "reply", None)]

    waits.complete(case, "a")
    assert waits.listeners(case) == []
    assert waits.case(case).status == "done"
    assert not outbox.run_one()
