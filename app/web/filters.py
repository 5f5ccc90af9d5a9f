"""How moments, days, numbers and deadlines are written for people."""

import json
from datetime import date, datetime, timedelta
from typing import Any, Final

from flask import Flask, g
from markupsafe import Markup, escape

from app.domain.orgunits import calendar
from app.kernel import clock
from app.web.i18n import locale, t

DASH: Final = "\u2013"
HOUR: Final = timedelta(hours=1)
MEGABYTE: Final = 1_000_000


def init_app(app: Flask) -> None:
    """Give the templates their filters."""
    app.jinja_env.filters.update(
        literal=literal, pretty=pretty, day=day, moment=moment, clock_time=clock_time, due=due, num=num, size=size
    )


def literal(value: Any) -> str:
    """A value as it is written in JSON, with letters as letters."""
    return json.dumps(value, ensure_ascii=False)


def pretty(value: Any) -> str:
    """A value as it is written in JSON, a line for each part."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def day(value: date | datetime | str | None) -> str:
    """05/01/2026, as the office writes it; a dash when there is none."""
    if value is None or value == "":
        return DASH
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError:
            return str(value)
    if isinstance(value, datetime):
        value = value.astimezone(clock.OFFICE_ZONE).date()
    return f"{value:%d/%m/%Y}"


def clock_time(value: datetime) -> str:
    """09:41 in the office's time."""
    return f"{value.astimezone(clock.OFFICE_ZONE):%H:%M}"


def moment(value: datetime | None) -> Markup:
    """09:41, 05/01/2026; only the time when it is today. The exact second shows on hover."""
    if value is None:
        return Markup("&ndash;")
    local = value.astimezone(clock.OFFICE_ZONE)
    text = f"{local:%H:%M}" if local.date() == clock.office_day() else f"{local:%H:%M, %d/%m/%Y}"
    return _time(value, text)


def due(value: datetime | None) -> Markup:
    """A deadline in working time: "còn 2 ngày làm việc", "quá hạn 3 giờ"; coloured, but never by colour alone."""
    if value is None:
        return Markup('<span class="due due-none">{}</span>').format(t("due.none"))
    kind, words = _due(value)
    return Markup('<span class="due due-{}">{}</span>').format(kind, _time(value, words))


def num(value: float | None, digits: int = 0) -> str:
    """1.234,5 in Vietnamese, 1,234.5 in English."""
    if value is None:
        return DASH
    text = f"{value:,.{digits}f}"
    return text if locale() == "en" else text.translate(str.maketrans(",.", ".,"))


def size(value: int) -> str:
    """A file size: 850 kB, 1,2 MB."""
    return f"{num(value / MEGABYTE, 1)} MB" if value >= MEGABYTE else f"{num(max(1, round(value / 1000)))} kB"


def _time(value: datetime, text: str) -> Markup:
    exact = value.astimezone(clock.OFFICE_ZONE)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        exact.isoformat(timespec="seconds"), f"{exact:%H:%M:%S %d/%m/%Y}", escape(text)
    )


def _due(value: datetime) -> tuple[str, str]:
    """How it stands with a deadline: late, soon or later, and the words for it."""
    left = value - clock.now()
    today, last = clock.office_day(), clock.office_day(value)
    if left < timedelta(0):
        return "late", _late(-left, _working_days(last, today))
    if last == today:
        return "soon", t("due.today", time=clock_time(value))
    days = _working_days(today, last)
    return ("soon" if days <= 1 else "later"), t("due.left.one" if days == 1 else "due.left", days=num(days))


def _late(over: timedelta, days: int) -> str:
    if over < HOUR:
        return t("due.late.minutes", minutes=max(1, int(over.total_seconds() // 60)))
    if over < 24 * HOUR or days == 0:
        hours = int(over.total_seconds() // 3600)
        return t("due.late.hour" if hours == 1 else "due.late.hours", hours=num(hours))
    return t("due.late.day" if days == 1 else "due.late.days", days=num(days))


def _working_days(first: date, last: date) -> int:
    """Working days after `first` up to `last`; the calendar is read once in a request that needs it."""
    if "special_days" not in g:
        g.special_days = calendar.special_days()
    return calendar.working_days(first, last, g.special_days)
