"""Where a unit looks (nơi quy định): its own place, its level's, each ancestor's likewise, then what is common."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Level, Unit
from app.kernel.errors import Forbidden, Missing

COMMON = "common"
LIBRARY = "library/"


@dataclass(frozen=True)
class Chart:
    """Units and levels as they are; both are rows, so there may be any number of levels."""

    units: Mapping[UUID, Unit]
    levels: Mapping[str, Level]

    def line(self, unit_id: UUID) -> Iterator[Unit]:
        """A unit and its ancestors, nearest first."""
        current: UUID | None = unit_id
        for _ in range(orgunits.MAX_DEPTH):
            if current is None or current not in self.units:
                return
            yield self.units[current]
            current = self.units[current].parent_id

    def chain(self, unit_id: UUID) -> tuple[str, ...]:
        """The places a unit looks at, nearest first; what the library says comes right after each."""
        places: list[str] = []
        for unit in self.line(unit_id):
            places.append(f"units/{unit.code}")
            places.extend(f"levels/{code}" for code in self.kinds(unit.level_code))
        return _with_library([*dict.fromkeys(places), COMMON])

    def seen_from(self, place: str) -> tuple[str, ...]:
        """The places that stand behind a place: a unit's are known; a level's are those of every unit, so only common.

        Raises Missing when there is no such unit or level.
        """
        kind, _, code = place.removeprefix(LIBRARY).partition("/")
        if kind == "units":
            return self.chain(self.unit(code).id)
        if kind == "levels":
            if code not in self.levels:
                raise Missing("place.missing")
            return _with_library([*(f"levels/{one}" for one in self.kinds(code)), COMMON])
        if place.removeprefix(LIBRARY) != COMMON:
            raise Missing("place.missing")
        return _with_library([COMMON])

    def unit(self, code: str) -> Unit:
        """A unit by its code; Missing "unit.missing"."""
        if code not in self._by_code:
            raise Missing("unit.missing")
        return self._by_code[code]

    def is_here(self, place: str) -> bool:
        """Whether a place exists in this country of units: what ships knows levels that only others have."""
        kind, _, code = place.removeprefix(LIBRARY).partition("/")
        return kind != "levels" or code in self.levels

    def below(self, above: str, places: Iterable[str]) -> set[str]:
        """Those of `places` (never the library's) that some unit asks before it asks `above`."""
        wanted = {place for place in places if not place.startswith(LIBRARY)}
        found: set[str] = set()
        for unit_id in self.units if wanted else ():
            chain = self.chain(unit_id)
            if above in chain:
                found |= wanted.intersection(chain[: chain.index(above)])
        return found

    @cached_property
    def _by_code(self) -> dict[str, Unit]:
        return {unit.code: unit for unit in self.units.values()}

    def kinds(self, level_code: str) -> list[str]:
        """A level and the levels it is a kind of: a special zone, then a commune."""
        kinds: list[str] = []
        code: str | None = level_code
        while code is not None and code in self.levels and code not in kinds:
            kinds.append(code)
            code = self.levels[code].base
        return kinds


def chart(unit_id: UUID | None = None) -> Chart:
    """The chart of one unit and what stands above it, or of all of them (two statements)."""
    units = orgunits.every() if unit_id is None else orgunits.lineage(unit_id)
    return Chart({unit.id: unit for unit in units}, orgunits.levels())


def may(actor: Actor, permission: str, place: str, known: Chart) -> bool:
    """Whether an actor holds a permission for a place: at its unit or one above; at the root for levels and common."""
    if place.startswith(LIBRARY):
        return False
    if actor.system:
        return True
    kind, _, code = place.partition("/")
    if kind == "units":
        return any(actor.may(permission, at=unit.id) for unit in known.line(known.unit(code).id))
    return any(actor.may(permission, at=unit.id) for unit in known.units.values() if unit.parent_id is None)


def require(actor: Actor, permission: str, place: str, known: Chart) -> None:
    """Refuse whoever may not act on a place: Missing when they may not even look there, else Forbidden."""
    known.seen_from(place)
    if not sees(actor, place, known):
        raise Missing("place.missing")
    if not may(actor, permission, place, known):
        raise Forbidden("actor.not_permitted", permission=permission)


def require_reader(actor: Actor) -> None:
    """Procedures are looked at by those who may read them somewhere; for others there are none (Missing)."""
    if not (actor.system or actor.places("procedures.read")):
        raise Missing("procedure.missing")


def sees(actor: Actor, place: str, known: Chart) -> bool:
    """Whether an actor may read what a place has published: its own line, upwards and downwards, and what all share."""
    readable = actor.places("procedures.read")
    kind, _, code = place.removeprefix(LIBRARY).partition("/")
    if actor.system or kind != "units":
        return actor.system or bool(readable)
    unit = known.unit(code)
    above = {one.id for one in known.line(unit.id)}
    return bool(above & readable) or any(unit in known.line(own) for own in readable)


def _with_library(places: Iterable[str]) -> tuple[str, ...]:
    return tuple(one for place in places for one in (place, f"{LIBRARY}{place}"))
