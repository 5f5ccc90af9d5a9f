"""Trying procedures: every scenario of a diagram, and which elements none of them passed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from app.domain.procedures import assembly, judging, scenarios
from app.domain.procedures.assembly import Assembled
from app.domain.procedures.scenarios import Difference, Scenario, Told
from app.kernel.errors import OfficeError

Ask = Callable[..., dict[str, Any]]
"""Puts a question to the limited child: `engine.child.Reader.ask`."""
NOTHING: Mapping[str, Any] = MappingProxyType({"nodes": (), "flows": (), "elements": 0})


@dataclass(frozen=True)
class Outcome:
    """What came of one scenario; `difference` is None when all was as expected."""

    name: str
    difference: Difference | None
    told: Told | None = None


@dataclass(frozen=True)
class Trial:
    """What came of a procedure at some levels that run the same; `refused` when it cannot even be tried."""

    key: str
    levels: tuple[str, ...]
    outcomes: tuple[Outcome, ...] = ()
    coverage: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    refused: Difference | None = None

    @property
    def passed(self) -> bool:
        """Whether every scenario came to what it expects."""
        return self.refused is None and all(one.difference is None for one in self.outcomes)

    @property
    def complete(self) -> bool:
        """Whether every element was passed."""
        return self.refused is None and not self.coverage["nodes"] and not self.coverage["flows"]


@dataclass(frozen=True)
class Standing:
    """A level, the levels it is a kind of (itself first), and the places where its units look, nearest first."""

    level: str
    kinds: tuple[str, ...]
    places: tuple[str, ...]


def of_library(keys: Sequence[str], standings: Sequence[Standing], ask: Ask) -> list[Trial]:
    """Try procedures at levels; those for which everything is the same are tried once."""
    return [trial for key in keys for trial in _of_procedure(key, standings, ask)]


def of(assembled: Assembled, levels: tuple[str, ...], chosen: Sequence[Scenario], ask: Ask) -> Trial:
    """Try one procedure as these levels run it."""
    try:
        ready = [(one, scenarios.prepared(assembled, one)) for one in chosen]
        plays = [play for _one, play in ready if not isinstance(play, Difference)]
        told = ask("rehearse", assembled.bpmn, **definition(assembled), plays=plays)
    except OfficeError as error:
        return Trial(assembled.key, levels, refused=Difference(error.code, error.data))
    came = iter(told["plays"])
    outcomes = [_outcome(one, play if isinstance(play, Difference) else next(came)) for one, play in ready]
    return Trial(assembled.key, levels, tuple(outcomes), told["coverage"])


def definition(assembled: Assembled) -> dict[str, Any]:
    """What the engine needs beside the diagram to run it."""
    return {"process": assembled.key, "called": dict(assembled.called), "decisions": dict(assembled.decisions)}


def _outcome(one: Scenario, came: Told | Difference) -> Outcome:
    if isinstance(came, Difference):
        return Outcome(one.name, came)
    return Outcome(one.name, judging.difference(came, one), came)


def _of_procedure(key: str, standings: Sequence[Standing], ask: Ask) -> list[Trial]:
    """A procedure that some level does not have is not tried there."""
    together: dict[Any, tuple[Assembled, list[Scenario], list[str]]] = {}
    missing: list[Trial] = []
    for one in standings:
        try:
            assembled = assembly.from_library(key, one.places)
            chosen = [each for each in scenarios.beside(assembled) if not each.levels or {*each.levels} & {*one.kinds}]
        except OfficeError as error:
            missing.append(Trial(key, (one.level,), refused=Difference(error.code, error.data)))
            continue
        same = (assembled.sha256, tuple(each.name for each in chosen))
        levels = together.setdefault(same, (assembled, chosen, []))[2]
        levels.extend(() if one.level in levels else (one.level,))
    tried = [of(assembled, tuple(levels), chosen, ask) for assembled, chosen, levels in together.values()]
    return tried + [one for one in missing if not tried or one.refused != Difference("procedure.missing", {})]
