"""What can have happened to units and their calendar."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class CalendarChanged(Event):
    name = "calendar.changed"
