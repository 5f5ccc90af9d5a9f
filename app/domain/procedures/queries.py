"""Reading what places say about procedures: explained for one unit, and for all of them at a glance."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.orgunits.models import Unit
from app.domain.procedures import effective, layers, patches, pilots, places
from app.domain.procedures.effective import Effective, Standing
from app.domain.procedures.layers import Head, Thing
from app.domain.procedures.models import LayerDraft, LayerNotice, LayerVersion, ProcedureVersion
from app.domain.procedures.places import Chart
from app.kernel.db import db
from app.kernel.errors import Missing, OfficeError


@dataclass(frozen=True)
class Leaf:
    """One value of an effective procedure, and the place that said it."""

    path: str
    value: Any
    place: str


@dataclass(frozen=True)
class Explained:
    """A procedure as one unit has it, each value with its origin; `problem` when it cannot be put together."""

    unit: Unit
    key: str
    leaves: tuple[Leaf, ...]
    heads: tuple[Head, ...]
    found: Effective | None
    problem: OfficeError | None = None


@dataclass(frozen=True)
class Row:
    """One unit and procedure of the overview.

    `head` is the nearest version that says something, `version` what its cases are pinned to (None before the first),
    `differs` the values that differ from those of the unit above; the unit itself `speaks` when it says something.
    """

    unit: Unit
    key: str
    title: Mapping[str, str]
    head: Head
    version: int | None
    differs: tuple[patches.Path, ...]
    problem: str

    @property
    def drift(self) -> int:
        """How many values differ from those of the unit above."""
        return len(self.differs)

    @property
    def speaks(self) -> bool:
        """Whether the unit itself says something of the procedure."""
        return self.head.place == f"units/{self.unit.code}"


def explain(actor: Actor, key: str, unit_code: str) -> Explained:
    """Why a procedure is as it is for a unit. Raises Missing for what the actor may not see, or what is not there."""
    places.require_reader(actor)
    known = places.chart()
    unit = known.unit(unit_code)
    if not places.sees(actor, f"units/{unit.code}", known):
        raise Missing("unit.missing")
    chain = known.chain(unit.id)
    found = layers.shelf(chain).along(chain)
    one = layers.thing(found, "procedure", key)
    if one is None:
        raise Missing("procedure.missing")
    leaves = [
        Leaf(patches.dotted(path), value, one.origins[path])
        for path, value in patches.leaves(one.content).items()
        if patches.runs(path)
    ]
    whole, problem = _assembled(key, found)
    return Explained(unit, key, tuple(sorted(leaves, key=lambda leaf: leaf.path)), one.heads, whole, problem)


def overview(actor: Actor, *, unit: str = "", level: str = "", key: str = "") -> list[Row]:
    """Which unit has which version of which procedure (a number of statements that does not grow with the units)."""
    places.require_reader(actor)
    known, shelf = places.chart(), layers.shelf()
    agencies = visible_agencies(actor, known)
    shown = [one for one in agencies if unit in ("", one.code) and level in ("", one.level_code)]
    standings = {one.id: shelf.along(known.chain(one.id)) for one in _with_parents(shown, known)}
    _read_ahead(standings.values())
    rows = [row for one in shown for row in _rows(one, standings, key)]
    numbers = _numbers(row.sha256 for row in rows)
    return [
        Row(row.unit, row.key, row.title, row.head, numbers.get((row.key, row.sha256)), row.differs, row.problem)
        for row in sorted(rows, key=lambda row: (row.unit.level.rank, row.unit.name, row.key))
    ]


def visible_agencies(actor: Actor, known: Chart) -> list[Unit]:
    """The agencies whose procedures an actor may read, by rank and name."""
    found = (one for one in known.units.values() if one.is_agency and places.sees(actor, f"units/{one.code}", known))
    return sorted(found, key=lambda one: (one.level.rank, one.name))


def versions(actor: Actor, kind: str, key: str) -> list[LayerVersion]:
    """Every version of a thing at the places an actor sees, by place, newest first."""
    places.require_reader(actor)
    known = places.chart()
    query = select(LayerVersion).where(LayerVersion.kind == kind, LayerVersion.key == key)
    found = db.session.scalars(query.order_by(LayerVersion.place, LayerVersion.number.desc()))
    return [one for one in found if places.sees(actor, one.place, known)]


def earlier(actor: Actor, key: str) -> list[LayerVersion]:
    """The versions of a procedure that could be made the newest of their place again, where the actor publishes."""
    known = places.chart()
    found = [one for one in versions(actor, "procedure", key) if one.retired_at is None]
    tried = pilots.of(one.id for one in found)
    found = [one for one in found if one.id not in tried]
    newest = {one.place: one.id for one in reversed(found)}
    mine = (one for one in found if places.may(actor, "procedures.publish", one.place, known))
    return [one for one in mine if one.id != newest[one.place]]


def titles(kind: str) -> dict[str, Mapping[str, str]]:
    """What the things of a kind call themselves, by key and language (one statement).

    Where places differ, what is common to all has the last word.
    """
    path = LayerVersion.content["title"] if kind == "procedure" else LayerVersion.content["texts"]
    query = select(LayerVersion.key, LayerVersion.place, path).where(LayerVersion.kind == kind)
    rows = sorted(db.session.execute(query.order_by(LayerVersion.number)), key=lambda row: _breadth(row[1]))
    return {key: _titled(kind, said) for key, _place, said in rows if said}


def visible_version(actor: Actor, version_id: UUID) -> LayerVersion:
    """One version, if the actor may know of it."""
    found = db.session.get(LayerVersion, version_id)
    if found is None or not places.sees(actor, found.place, places.chart()):
        raise Missing("version.missing")
    return found


def drafts(actor: Actor) -> list[LayerDraft]:
    """The drafts an actor may edit, the last changed first."""
    known = places.chart()
    found = db.session.scalars(select(LayerDraft).order_by(LayerDraft.changed_at.desc()))
    return [one for one in found if places.may(actor, "procedures.edit", one.place, known)]


def open_notices(actor: Actor) -> list[LayerNotice]:
    """What an actor has still to settle or to take note of, conflicts first."""
    known = places.chart()
    query = select(LayerNotice).where(LayerNotice.settled_at.is_(None)).order_by(LayerNotice.outcome, LayerNotice.at)
    return [one for one in db.session.scalars(query) if places.may(actor, "procedures.edit", one.place, known)]


@dataclass(frozen=True)
class _Found:
    unit: Unit
    key: str
    title: Mapping[str, str]
    head: Head
    sha256: str
    differs: tuple[patches.Path, ...]
    problem: str


def _with_parents(shown: Iterable[Unit], known: Chart) -> list[Unit]:
    wanted = {one.id for unit in shown for one in list(known.line(unit.id))[:2]}
    return [known.units[key] for key in wanted]


def _read_ahead(standings: Iterable[Standing]) -> None:
    """One statement for all that will be put together."""
    layers.contents(one.id for standing in standings for one in standing)


def _rows(unit: Unit, standings: Mapping[UUID, Standing], wanted: str) -> Iterator[_Found]:
    standing = standings[unit.id]
    above = standings.get(unit.parent_id) if unit.parent_id is not None else None
    for key in sorted({one.key for one in standing if one.kind == "procedure"}):
        one = layers.thing(standing, "procedure", key)
        if one is None or "diagram" not in one.content or wanted not in ("", key):
            continue
        whole, problem = _assembled(key, standing)
        differs = () if above is None else _differs(layers.thing(above, "procedure", key), one)
        sha256, code = "" if whole is None else whole.sha256, "" if problem is None else problem.code
        yield _Found(unit, key, one.content.get("title", {}), one.heads[0], sha256, differs, code)


def _differs(above: Thing | None, one: Thing) -> tuple[patches.Path, ...]:
    """The values of what runs that differ."""
    if above is one:
        return ()
    changed = patches.changed({} if above is None else above.content, one.content)
    return tuple(sorted(filter(patches.runs, changed)))


def _assembled(key: str, standing: Standing) -> tuple[Effective | None, OfficeError | None]:
    try:
        return effective.put_together(key, standing), None
    except OfficeError as error:
        return None, error


def _breadth(place: str) -> int:
    return (places.LIBRARY + places.COMMON, places.COMMON).index(place) + 1 if place.endswith(places.COMMON) else 0


def _titled(kind: str, said: Mapping[str, Any]) -> Mapping[str, str]:
    if kind == "procedure":
        return said
    return {language: texts["title"] for language, texts in said.items() if "title" in texts}


def _numbers(names: Iterable[str]) -> dict[tuple[str, str], int]:
    query = select(ProcedureVersion.key, ProcedureVersion.sha256, ProcedureVersion.number)
    found = db.session.execute(query.where(ProcedureVersion.sha256.in_(set(names))))
    return {(key, sha256): number for key, sha256, number in found}
