"""What can be done with the calendar of working days."""

from datetime import date

from app.domain.actors.actor import Actor
from app.domain.orgunits import queries
from app.domain.orgunits.events import CalendarChanged
from app.domain.orgunits.models import SpecialDay
from app.kernel import events
from app.kernel.db import command, db
from app.kernel.errors import Forbidden, Invalid, Missing
from app.kernel.text import is_blank, is_readable

PERMISSION = "procedures.publish"
FIRST, LAST = date(1945, 9, 2), date(2999, 12, 31)
LONGEST_NAME = 200


@command
def name_day(actor: Actor, day: date, *, is_working: bool, name: str) -> SpecialDay:
    """Make a day a holiday, or one that is worked in exchange (ngày hoán đổi); deadlines follow.

    Forbidden unless the actor publishes procedures for the root of the tree, Invalid for a day or a name that is none.
    """
    _require(actor)
    said = " ".join(name.split())
    if is_blank(said):
        raise Invalid("form.invalid", fields={"name": ("form.required", {})})
    if len(said) > LONGEST_NAME:
        raise Invalid("form.invalid", fields={"name": ("form.maxLength", {"limit": LONGEST_NAME})})
    if not is_readable(said):
        raise Invalid("form.invalid", fields={"name": ("form.characters", {})})
    if not FIRST <= day <= LAST:
        raise Invalid("form.invalid", fields={"day": ("calendar.day_range", {})})
    found = queries.special_day(day)
    if found is None:
        found = SpecialDay(day=day)
        db.session.add(found)
    found.is_working, found.name = is_working, said
    events.record(CalendarChanged(about=day.isoformat()), actor=actor.name)
    return found


@command
def free_day(actor: Actor, day: date) -> None:
    """Make a day like any other of its week again; deadlines follow. Errors: as `name_day`, Missing."""
    _require(actor)
    found = queries.special_day(day)
    if found is None:
        raise Missing("calendar.missing")
    db.session.delete(found)
    events.record(CalendarChanged(about=day.isoformat()), actor=actor.name)


def may_change(actor: Actor) -> bool:
    """Whether an actor keeps the calendar: all agencies have the same."""
    return any(actor.may(PERMISSION, at=unit.id) for unit in queries.roots())


def _require(actor: Actor) -> None:
    if not may_change(actor):
        raise Forbidden("actor.not_permitted", permission=PERMISSION)
