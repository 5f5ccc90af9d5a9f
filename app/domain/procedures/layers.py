"""Layers (lớp quy định): what each place says now, and what a unit finds when it looks along its places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.domain.procedures import patches
from app.domain.procedures.models import LayerNotice, LayerPilot, LayerVersion
from app.kernel.db import db

KINDS = ("procedure", "form", "decision")
_MOST_KEPT = 4000
_contents: dict[UUID, Mapping[str, Any]] = {}


@dataclass(frozen=True)
class Head:
    """The version of one thing that is in effect at one place."""

    id: UUID
    kind: str
    key: str
    place: str
    number: int


@dataclass(frozen=True)
class Held:
    """Until `place` has settled a conflict it goes on with an older version of what stands `above`, or with none."""

    kind: str
    key: str
    place: str
    above: str
    old: Head | None


@dataclass(frozen=True)
class Shelf:
    """What places say now, what some of them hold back, and what only some units have yet (`pilots`)."""

    heads: tuple[Head, ...]
    held: tuple[Held, ...]
    pilots: tuple[tuple[str, Head], ...] = ()

    def along(self, chain: Sequence[str]) -> tuple[Head, ...]:
        """What somebody finds who looks along places, nearest first; a unit that tries a version first finds that."""
        tried = {(one.kind, one.key, one.place): one for place, one in self.pilots if place in chain[:1]}
        tried = {thing: one for thing, one in tried.items() if one.place in chain}
        back: dict[tuple[str, str, str], Head | None] = {}
        for one in self.held:
            thing = (one.kind, one.key, one.above)
            if one.place in chain and (thing not in back or _number(one.old) < _number(back[thing])):
                back[thing] = one.old
        found = {
            thing: back.get(thing, one)
            for one in self.heads
            if one.place in chain
            for thing in ((one.kind, one.key, one.place),)
        }
        rank = {place: at for at, place in enumerate(chain)}
        heads = (one for one in {**found, **tried}.values() if one is not None)
        return tuple(sorted(heads, key=lambda one: rank[one.place]))

    def released(self, kind: str, key: str, place: str, above: str) -> "Shelf":
        """The same once a place has settled what another one above it said of a thing."""
        settled = (kind, key, place, above)
        held = tuple(one for one in self.held if (one.kind, one.key, one.place, one.above) != settled)
        return replace(self, held=held)


@dataclass(frozen=True)
class Thing:
    """One thing as it is along a chain: its content, the place each leaf came from, and the versions it is made of."""

    content: Mapping[str, Any]
    origins: Mapping[patches.Path, str]
    heads: tuple[Head, ...]


def shelf(places: Iterable[str] | None = None) -> Shelf:
    """What these places say now, or all of them (one statement)."""
    rows = db.session.execute(_in_effect(None if places is None else list(places))).all()
    heads = {row[0]: Head(*row[:5]) for row in rows if row[9] is None}
    pilots = tuple((row[9], Head(*row[:5])) for row in rows if row[9] is not None)
    held = [
        Held(kind, key, row[6], place, None if row[7] is None else Head(row[7], kind, key, place, row[8]))
        for row in rows
        if row[5] is not None and row[9] is None
        for kind, key, place in (row[1:4],)
    ]
    return Shelf(tuple(heads.values()), tuple(held), pilots)


def thing(standing: Iterable[Head], kind: str, key: str) -> Thing | None:
    """One thing put together from what a standing has of it, nearest first; None when it has nothing."""
    heads = tuple(one for one in standing if (one.kind, one.key) == (kind, key))
    return _layered(heads) if heads else None


def contents(version_ids: Iterable[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """What versions say. They never change, so each process reads each of them once."""
    wanted = set(version_ids)
    missing = wanted - _contents.keys()
    if missing:
        if len(_contents) > _MOST_KEPT:
            _contents.clear()
            missing = wanted
        query = select(LayerVersion.id, LayerVersion.content).where(LayerVersion.id.in_(missing))
        _contents.update((key, MappingProxyType(content)) for key, content in db.session.execute(query))
    return {key: _contents[key] for key in wanted}


@lru_cache(maxsize=2048)
def _layered(heads: tuple[Head, ...]) -> Thing:
    known = contents(one.id for one in heads)
    content, origins = patches.layered((one.place, known[one.id]) for one in reversed(heads))
    return Thing(MappingProxyType(content), MappingProxyType(origins), heads)


def _in_effect(places: list[str] | None) -> Select[*tuple[Any, ...]]:
    """The newest version of each thing at each place that is not retired, with the conflicts that hold it back.

    A version that some units try first is not the newest for the others; it stands beside it, once for each unit.
    """
    other, old = aliased(LayerVersion), aliased(LayerVersion)
    newest = (
        select(func.max(other.number))
        .where(other.kind == LayerVersion.kind, other.key == LayerVersion.key, other.place == LayerVersion.place)
        .where(other.retired_at.is_(None), ~exists().where(LayerPilot.version_id == other.id))
        .scalar_subquery()
    )
    open_conflict = and_(
        LayerNotice.kind == LayerVersion.kind,
        LayerNotice.key == LayerVersion.key,
        LayerNotice.above == LayerVersion.place,
        LayerNotice.settled_at.is_(None),
        LayerNotice.outcome == "conflict",
    )
    query = (
        select(
            *(LayerVersion.id, LayerVersion.kind, LayerVersion.key, LayerVersion.place, LayerVersion.number),
            *(LayerNotice.id, LayerNotice.place, old.id, old.number, LayerPilot.place),
        )
        .outerjoin(LayerPilot, LayerPilot.version_id == LayerVersion.id)
        .outerjoin(LayerNotice, open_conflict)
        .outerjoin(old, old.id == LayerNotice.old_version_id)
        .where(LayerVersion.retired_at.is_(None), or_(LayerVersion.number == newest, LayerPilot.id.is_not(None)))
        .order_by(LayerVersion.kind, LayerVersion.key, LayerVersion.place)
    )
    return query if places is None else query.where(LayerVersion.place.in_(places))


def _number(head: Head | None) -> int:
    return 0 if head is None else head.number
