"""The levels that scenarios are tried at: those of the demo worlds, with the places where their units look."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.procedures.library import ROOT
from app.domain.procedures.trials import Standing


def standings() -> list[Standing]:
    """Every level of every world, in each order of places that a unit of it has."""
    worlds = [tomllib.loads(path.read_text("utf-8")) for path in sorted((ROOT / "demo").glob("quang_ngai_*.toml"))]
    return list(dict.fromkeys(one for world in worlds for one in _of_world(world)))


def _of_world(world: Mapping[str, Any]) -> Iterator[Standing]:
    bases = {level["code"]: level.get("base") or None for level in world["levels"]}
    units = {unit["code"]: unit for unit in world["units"]}
    for unit in world["units"]:
        lineage = [unit]
        while (parent := lineage[-1].get("parent")) is not None:
            lineage.append(units[parent])
        kinds = [kind for one in lineage for kind in _kinds(one["level"], bases)]
        places = (*(f"levels/{kind}" for kind in dict.fromkeys(kinds)), "common")
        yield Standing(unit["level"], tuple(_kinds(unit["level"], bases)), places)


def _kinds(level: str, bases: Mapping[str, str | None]) -> Iterator[str]:
    code: str | None = level
    while code is not None:
        yield code
        code = bases[code]
