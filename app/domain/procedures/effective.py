"""What a procedure is for one unit: unit > its level > each ancestor > common; the nearest word wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Level, Unit
from app.domain.procedures import library
from app.domain.procedures.library import Layer
from app.kernel.errors import Missing


@dataclass(frozen=True)
class Effective:
    """A procedure as one unit sees it; `origins` says which place each thing came from."""

    key: str
    bpmn: bytes
    parameters: Mapping[str, Any]
    forms: Mapping[str, str]
    origins: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """The name of this content."""
        pins = {node: library.form(key).sha256 for node, key in self.forms.items()}
        return library.digest([sha256(self.bpmn).hexdigest(), dict(self.parameters), pins])


def effective(key: str, unit_id: UUID) -> Effective:
    """Compute the effective procedure of a unit (costs three statements)."""
    layers = [found for place in _places(unit_id) if (found := library.layer(place, key)) is not None]
    origins: dict[str, str] = {}
    diagram = next((one for one in layers if one.bpmn is not None), None)
    if diagram is None or diagram.bpmn is None:
        raise Missing("procedure.missing")
    origins["diagram"] = diagram.place
    parameters = _nearest(layers, "parameters", origins)
    forms = _nearest(layers, "forms", origins)
    return Effective(key, diagram.bpmn, parameters, forms, origins)


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
