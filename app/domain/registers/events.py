"""What can have happened in a register."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class NumberAssigned(Event):
    name = "register.number_assigned"
    register_id: str
    year: int
    number: int


@dataclass(frozen=True, kw_only=True)
class NumberVoided(Event):
    name = "register.number_voided"
    register_id: str
    year: int
    number: int
