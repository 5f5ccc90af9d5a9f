"""Trying a procedure by hand (chạy thử): a scenario that is being recorded, played anew for every look at it.

Nothing is kept and nothing is reached: operations are only written down, by a child process that knows no database.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.domain.procedures import assembly, effective, judging, scenarios, trials
from app.domain.procedures.assembly import Assembled
from app.domain.procedures.scenarios import Difference, Told
from app.domain.procedures.trials import Ask
from app.kernel import plainyaml
from app.kernel.clock import OFFICE_ZONE
from app.kernel.errors import Invalid, Missing


@dataclass(frozen=True)
class Run:
    """What was recorded so far and where it led; `refused` is why the last act was not taken."""

    assembled: Assembled
    given: Told
    steps: tuple[Told, ...]
    told: Told
    coverage: Mapping[str, Any]
    refused: Difference | None = None

    @property
    def open_tasks(self) -> dict[str, Told]:
        """The steps that wait for people, by node; of several at one node the first."""
        waiting = {one["node"] for one in self.told["open"] if one["kind"] == "human"}
        found = (one for one in reversed(self.told["tasks"]) if one["closed_at"] is None)
        return {one["node"]: one for one in found if one["node"] in waiting}


def procedure(places: frozenset[UUID], key: str, unit_id: UUID) -> Assembled:
    """A procedure as a unit has it, for whoever has the right at the unit or above it (`places`). Else Missing."""
    if not any(unit.id in places for unit in orgunits.lineage(unit_id)):
        raise Missing("procedure.missing")
    return assembly.of_effective(effective.effective(key, unit_id))


def units(places: frozenset[UUID]) -> list[Unit]:
    """The agencies at whose procedures somebody may look: those of `places` and all below them."""
    agencies = orgunits.agencies()
    parents = {unit.id: unit.parent_id for unit in agencies}

    def above(unit_id: UUID | None) -> Iterator[UUID]:
        while unit_id is not None:
            yield unit_id
            unit_id = parents.get(unit_id)

    return [unit for unit in agencies if any(one in places for one in above(unit.id))]


def played(assembled: Assembled, recorded: Any, ask: Ask, act: Told | None = None) -> Run:
    """Play what was recorded, and one act more if the form of its step takes it.

    Raises Invalid "scenario.shape" for a record that is none, and "diagram.*" for a diagram that does not run.
    """
    known = scenarios.checked(recorded)
    steps, refused = known.steps, None
    if act is not None:
        more = scenarios.checked({"given": known.given, "steps": [*steps, act]})
        refused = next(iter(_refusal(assembled, more)), None)
        steps = steps if refused is not None else more.steps
    ready = scenarios.prepared(assembled, scenarios.checked({"given": known.given, "steps": list(steps)}))
    if isinstance(ready, Difference):
        raise Invalid(ready.code, **ready.data)
    told = ask("rehearse", assembled.bpmn, **trials.definition(assembled), plays=[ready])
    return Run(assembled, known.given, steps, told["plays"][0], told["coverage"], refused)


def _refusal(assembled: Assembled, one: scenarios.Scenario) -> Iterator[Difference]:
    ready = scenarios.prepared(assembled, one)
    if isinstance(ready, Difference):
        yield ready


def written(run: Run, name: str, levels: Sequence[str] = ()) -> str:
    """What was recorded as a file of one scenario that expects what happened; it runs at these levels, or at all."""
    ids = _Names({scenarios.identity("unit"): "unit", str(run.given.get("data", {}).get("unit_id", "")): "unit"})
    given = {key: value for key, value in run.given.items() if key != "data"}
    own = {"unit_id", "document_id", "drafting_unit_id"}
    data = {key: value for key, value in run.given.get("data", {}).items() if key not in own}
    if data:
        given["data"] = data
    found = {"name": name, "given": given, "steps": list(run.steps), "expect": _expected(run.told)}
    found |= {"levels": list(levels)} if levels else {}
    return plainyaml.write({"scenarios": [ids.named(found)]})


def _expected(told: Told) -> Told:
    incident = told["incident"]
    ending: Told = {"fails": incident["code"]} if incident else {"ended": told["ended"]}
    if not told["ended"] and not incident:
        ending["waits_at"] = sorted({one["node"] for one in told["open"]})
    return {
        **ending,
        "path": {"exactly": told["passed"]},
        "documents": judging.effects(told["operations"]),
        "statuses": judging.statuses(told["operations"]),
    }


def moment(told: Told) -> datetime:
    """The time on the clock of a play, in the office."""
    return datetime.fromisoformat(told["now"]).astimezone(OFFICE_ZONE)


class _Names:
    """Gives every id of a record a name, so that the file runs where those units and posts do not exist."""

    def __init__(self, known: dict[str, str]) -> None:
        self.known = known

    def named(self, value: Any) -> Any:
        """The same value with names for ids."""
        if isinstance(value, dict):
            return {key: self.named(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.named(one) for one in value]
        return self._name(value) if _is_id(value) else value

    def _name(self, value: str) -> str:
        return scenarios.named(self.known.setdefault(value, f"id_{len(self.known)}"))


def _is_id(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False
