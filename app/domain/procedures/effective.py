"""What a procedure is for one unit: unit > its level > each ancestor > common; the nearest word wins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Level, Unit
from app.domain.procedures import library
from app.domain.procedures.library import Layer
from app.engine import runtime
from app.kernel.errors import Invalid, Missing


@dataclass(frozen=True)
class Effective:
    """A procedure as one unit sees it; `origins` says which place each thing came from.

    `decisions` are its tables by key, `called` the diagrams of the processes it calls by their id, both as text.
    """

    key: str
    bpmn: bytes
    parameters: Mapping[str, Any]
    forms: Mapping[str, str]
    origins: Mapping[str, str]
    decisions: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The name of this content."""
        pins = {node: library.form(key).sha256 for node, key in self.forms.items()}
        beside = [dict(self.decisions), dict(self.called)]
        return library.digest([sha256(self.bpmn).hexdigest(), dict(self.parameters), pins, *beside])


def effective(key: str, unit_id: UUID) -> Effective:
    """Compute the effective procedure of a unit, with what it calls (costs three statements).

    Invalid "diagram.call" when it calls itself in the end, "diagram.decision" when a table is missing.
    """
    return _assembled(key, _places(unit_id), ())


def _assembled(key: str, places: Sequence[str], callers: tuple[str, ...]) -> Effective:
    layers = [found for place in places if (found := library.layer(place, key)) is not None]
    origins: dict[str, str] = {}
    diagram = next((one for one in layers if one.bpmn is not None), None)
    if diagram is None or diagram.bpmn is None:
        raise Missing("procedure.missing")
    origins["diagram"] = diagram.place
    parameters = _nearest(layers, "parameters", origins)
    forms = _nearest(layers, "forms", origins)
    wanted = runtime.wanted(diagram.bpmn)
    if wanted.called & {*callers, key}:
        raise Invalid("diagram.call", node=key)
    whole = Effective(key, diagram.bpmn, parameters, forms, origins, _decisions(key, wanted.decisions, places))
    for name in sorted(wanted.called):
        whole = _with(whole, _assembled(name, places, (*callers, key)))
    return whole


def _decisions(key: str, names: Iterable[str], places: Sequence[str]) -> dict[str, str]:
    """The nearest table of each name."""
    found: dict[str, str] = {}
    for name in sorted(names):
        said = (table for place in places if (table := library.decision(place, key, name)) is not None)
        found[name] = next(said, "")
        if not found[name]:
            raise Invalid("diagram.decision", node=key, key=name)
    return found


def _with(caller: Effective, inner: Effective) -> Effective:
    """A procedure with one that it calls: what the caller says comes first."""
    return replace(
        caller,
        parameters={**inner.parameters, **caller.parameters},
        forms={**inner.forms, **caller.forms},
        decisions={**inner.decisions, **caller.decisions},
        called={**caller.called, inner.key: inner.bpmn.decode(), **inner.called},
    )


def manifest(key: str) -> Mapping[str, Any]:
    """What the library says about a procedure in common: titles and who starts it."""
    common = library.layer("common", key)
    if common is None:
        raise Missing("procedure.missing")
    return common.manifest


def _places(unit_id: UUID) -> list[str]:
    levels = orgunits.levels()
    places: list[str] = []
    for unit in orgunits.lineage(unit_id):
        places.append(f"units/{unit.code}")
        places.extend(f"levels/{code}" for code in _kinds(unit, levels))
    return [*dict.fromkeys(places), "common"]


def _kinds(unit: Unit, levels: Mapping[str, Level]) -> list[str]:
    """A level and the levels it is a kind of: a special zone, then a commune."""
    kinds: list[str] = []
    code: str | None = unit.level_code
    while code is not None and code in levels and code not in kinds:
        kinds.append(code)
        code = levels[code].base
    return kinds


def _nearest(layers: Sequence[Layer], section: str, origins: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in layers:
        for name, value in one.manifest.get(section, {}).items():
            if name not in found:
                found[name] = value
                origins[f"{section}.{name}"] = one.place
    return found
