"""Deadlines count working days."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from app.domain.orgunits import calendar
from app.domain.orgunits.models import SpecialDay
from app.kernel.clock import office_day
from app.kernel.db import db, transaction

FRIDAY_MORNING = datetime(2026, 3, 6, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(("days", "due"), [(0, date(2026, 3, 6)), (1, date(2026, 3, 9)), (5, date(2026, 3, 13))])
def test_weekends_do_not_count(app: Flask, days: int, due: date) -> None:
    assert office_day(calendar.deadline_after(days, FRIDAY_MORNING)) == due


def test_holidays_do_not_count_and_days_worked_in_exchange_do(app: Flask) -> None:
    with transaction():
        db.session.add(SpecialDay(day=date(2026, 3, 9), is_working=False, name="Nghỉ"))
        db.session.add(SpecialDay(day=date(2026, 3, 7), is_working=True, name="Làm bù"))

    assert office_day(calendar.deadline_after(2, FRIDAY_MORNING)) == date(2026, 3, 10)


def test_what_comes_after_office_hours_belongs_to_the_next_working_day(app: Flask) -> None:
    friday_evening = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)

    assert office_day(calendar.deadline_after(0, friday_evening)) == date(2026, 3, 9)


def test_a_deadline_ends_with_the_office_hours_of_viet_nam(app: Flask) -> None:
    assert calendar.end_of(date(2026, 3, 9)) == datetime(2026, 3, 9, 10, 0, tzinfo=UTC)


def test_the_day_of_the_office_is_not_the_day_of_greenwich() -> None:
    assert office_day(datetime(2026, 12, 31, 17, 30, tzinfo=UTC)) == date(2027, 1, 1)
