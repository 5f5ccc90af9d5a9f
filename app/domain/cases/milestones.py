"""What can have happened to a draft on its way into effect."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ImpactAsked(Event):
    """A worker was asked to look at every open case."""

    name = "rollout.impact_asked"
    run: str


@dataclass(frozen=True, kw_only=True)
class RolloutPlanned(Event):
    """A publication stands on the calendar."""

    name = "rollout.planned"
    at: str


@dataclass(frozen=True, kw_only=True)
class RolloutCalled(Event):
    """The moment of a planned publication has come."""

    name = "rollout.called"


@dataclass(frozen=True, kw_only=True)
class RolloutMoved(Event):
    """A rollout came into a state that concerns some units (by code), or all that look at its place."""

    name = "rollout.moved"
    state: str
    units: list[str]
