"""Numbers have no gaps and no doubles (NĐ 30/2020, Điều 15)."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.actors.actor import SYSTEM
from app.domain.registers import commands
from app.domain.registers.models import RegisterEntry
from app.kernel.db import db, transaction
from app.kernel.errors import Forbidden, Invalid
from tests.house import Office


def _next(office: Office, year: int = 2026) -> int:
    unit = office.unit(office.tour["sender"])
    entry = commands.assign_number(SYSTEM, unit_id=unit.id, kind="outgoing", year=year, document_id=uuid4())
    return entry.number


def test_the_first_number_of_a_year_is_one(office: Office) -> None:
    assert [_next(office), _next(office), _next(office, 2027), _next(office)] == [1, 2, 1, 3]


def test_a_document_keeps_its_number_when_asked_again(office: Office) -> None:
    unit, document_id = office.unit(office.tour["sender"]), uuid4()

    numbers = {
        commands.assign_number(SYSTEM, unit_id=unit.id, kind="outgoing", year=2026, document_id=document_id).number
        for _ in range(3)
    }

    assert numbers == {1}


def test_a_number_of_an_undone_transaction_is_given_to_the_next(office: Office) -> None:
    _next(office)
    with pytest.raises(RuntimeError), transaction():
        _next(office)
        raise RuntimeError

    assert _next(office) == 2


def test_many_clerks_at_once_get_numbers_without_gaps(app: Flask, office: Office) -> None:
    def clerk(_: int) -> int:
        with app.app_context():
            try:
                return _next(office)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(6) as desks:
        numbers = list(desks.map(clerk, range(30)))

    assert sorted(numbers) == list(range(1, 31))


def test_a_void_number_keeps_its_row_and_needs_a_reason(office: Office) -> None:
    _next(office)
    entry = db.session.scalars(select(RegisterEntry)).one()
    clerk = office.actor(office.tour["clerk"])

    with pytest.raises(Invalid, match=r"register\.void_needs_reason"):
        commands.void_number(clerk, entry.id, reason="  ")
    commands.void_number(clerk, entry.id, reason="Cấp nhầm")

    assert (entry.number, entry.state, entry.reason) == (1, "void", "Cấp nhầm")
    assert _next(office) == 2


def test_a_clerk_of_another_agency_cannot_void_a_number(office: Office) -> None:
    _next(office)
    entry = db.session.scalars(select(RegisterEntry)).one()

    with pytest.raises(Forbidden):
        commands.void_number(office.actor(office.tour["recipients"][0]["clerk"]), entry.id, reason="x")
