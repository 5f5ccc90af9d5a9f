"""Reading the tree of units as it is on a day."""

from collections.abc import Iterable
from datetime import date
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select

from app.domain.orgunits.collation import order
from app.domain.orgunits.models import Level, Post, SpecialDay, Succession, Unit, UnitIdentifier
from app.kernel.clock import office_day
from app.kernel.db import db
from app.kernel.errors import Missing

MAX_DEPTH = 12


def unit(unit_id: UUID) -> Unit:
    """One unit, whether or not it still exists."""
    found = db.session.get(Unit, unit_id)
    if found is None:
        raise Missing("unit.missing")
    return found


def unit_by_code(code: str) -> Unit:
    """A unit by its own code, or by any identifier it ever had; who has it now comes before who had it."""
    found = db.session.scalar(select(Unit).where(Unit.code == code))
    if found is None:
        query = select(Unit).join(UnitIdentifier, UnitIdentifier.unit_id == Unit.id)
        rows = list(db.session.scalars(query.where(UnitIdentifier.code == code).order_by(*by_age())))
        found = rows[-1] if rows else None
    if found is None:
        raise Missing("unit.missing")
    return found


def by_age() -> tuple[Any, ...]:
    """Identifiers from the first that ended to those of today, as an order of a statement."""
    return UnitIdentifier.valid_to.is_(None), UnitIdentifier.valid_to, UnitIdentifier.valid_from


def codes(unit_id: UUID) -> set[str]:
    """Every identifier (mã định danh) a unit has or had, in any scheme."""
    return set(db.session.scalars(select(UnitIdentifier.code).where(UnitIdentifier.unit_id == unit_id)))


def official_code(unit: Unit) -> str:
    """What other systems call a unit today: its identifier of QĐ 20/2020/QĐ-TTg, the older one, else our own code."""
    query = select(UnitIdentifier.code).where(UnitIdentifier.unit_id == unit.id, _valid(UnitIdentifier, office_day()))
    found = db.session.scalar(query.order_by(UnitIdentifier.scheme.desc(), UnitIdentifier.valid_from.desc()).limit(1))
    return found or unit.code


def is_over(unit: Unit) -> bool:
    """Whether a unit was abolished."""
    return unit.valid_to is not None and unit.valid_to < office_day()


def successor(unit: Unit) -> Unit | None:
    """Who does today what an abolished unit did, however often it was handed on; None when nobody is known to."""
    query = select(Unit).join(Succession, Succession.successor_id == Unit.id)
    for _ in range(MAX_DEPTH):
        found = db.session.scalar(query.where(Succession.unit_id == unit.id))
        if found is None or not is_over(found):
            return found
        unit = found
    return None


def identifiers(unit_id: UUID) -> list[UnitIdentifier]:
    """Every identifier a unit has or had, with its days, oldest first."""
    query = select(UnitIdentifier).where(UnitIdentifier.unit_id == unit_id)
    return list(db.session.scalars(query.order_by(UnitIdentifier.valid_from, UnitIdentifier.scheme)))


def lineage(unit_id: UUID) -> list[Unit]:
    """A unit and its ancestors, nearest first, in one statement."""
    start = select(Unit.id, Unit.parent_id).where(Unit.id == unit_id).cte("lineage", recursive=True)
    up = start.union(select(Unit.id, Unit.parent_id).join(start, Unit.id == start.c.parent_id))
    found = {u.id: u for u in db.session.scalars(select(Unit).join(up, Unit.id == up.c.id))}
    chain: list[Unit] = []
    current: UUID | None = unit_id
    while current is not None and current in found and len(chain) < MAX_DEPTH:
        chain.append(found[current])
        current = found[current].parent_id
    if not chain:
        raise Missing("unit.missing")
    return chain


def below(unit_id: UUID) -> list[UUID]:
    """A unit and everything under it, as it is kept in the tree now."""
    return list(db.session.scalars(beneath([unit_id])))


def roots() -> list[Unit]:
    """The units that stand below no other."""
    return list(db.session.scalars(select(Unit).where(Unit.parent_id.is_(None))))


def special_day(day: date) -> SpecialDay | None:
    """What is special about a day, if anything."""
    return db.session.scalar(select(SpecialDay).where(SpecialDay.day == day))


def special_days(year: int) -> list[SpecialDay]:
    """The holidays of a year and the days worked in exchange, in their order."""
    query = select(SpecialDay).where(SpecialDay.day.between(date(year, 1, 1), date(year, 12, 31)))
    return list(db.session.scalars(query.order_by(SpecialDay.day)))


def beneath(unit_ids: Iterable[UUID]) -> Select[tuple[UUID]]:
    """The ids of units and of everything below them, as a part of another statement."""
    start = select(Unit.id).where(Unit.id.in_(set(unit_ids))).cte("beneath", recursive=True)
    down = start.union(select(Unit.id).join(start, Unit.parent_id == start.c.id))
    return select(down.c.id)


def agencies(day: date | None = None) -> list[Unit]:
    """Every agency that exists on a day, by rank and name."""
    query = select(Unit, Level.rank).join(Level, Level.code == Unit.level_code)
    query = query.where(Unit.is_agency, _valid(Unit, day or office_day()))
    found = [(rank, order(unit.name), unit) for unit, rank in db.session.execute(query)]
    return [unit for _rank, _name, unit in sorted(found, key=itemgetter(0, 1))]


def at_work() -> set[UUID]:
    """The agencies that work in this installation: somebody has a post there, or in a division of theirs."""
    posts = select(Post.unit_id.label("id")).cte("at_work", recursive=True)
    up = posts.union(select(Unit.parent_id).join(posts, Unit.id == posts.c.id).where(~Unit.is_agency))
    return set(db.session.scalars(select(Unit.id).join(up, Unit.id == up.c.id).where(Unit.is_agency)))


def every() -> list[Unit]:
    """Every unit there is or was."""
    return list(db.session.scalars(select(Unit)))


def units(unit_ids: Iterable[UUID]) -> dict[UUID, Unit]:
    """Several units at once."""
    wanted = set(unit_ids)
    if not wanted:
        return {}
    return {u.id: u for u in db.session.scalars(select(Unit).where(Unit.id.in_(wanted)))}


def levels() -> dict[str, Level]:
    """Every level by its code."""
    return {level.code: level for level in db.session.scalars(select(Level))}


def posts_of_agency(agency_id: UUID) -> list[Post]:
    """The posts of an agency and of its divisions (not of agencies below it)."""
    start = select(Unit.id).where(Unit.id == agency_id).cte("inside", recursive=True)
    inside = start.union(select(Unit.id).join(start, Unit.parent_id == start.c.id).where(~Unit.is_agency))
    query = select(Post).join(inside, Post.unit_id == inside.c.id)
    return sorted(db.session.scalars(query), key=lambda one: order(one.title))


def post(post_id: UUID) -> Post:
    """One post."""
    found = db.session.get(Post, post_id)
    if found is None:
        raise Missing("post.missing")
    return found


def posts(post_ids: Iterable[UUID]) -> dict[UUID, Post]:
    """Several posts at once."""
    wanted = set(post_ids)
    if not wanted:
        return {}
    return {p.id: p for p in db.session.scalars(select(Post).where(Post.id.in_(wanted)))}


def _valid(kind: type[Unit] | type[UnitIdentifier], day: date) -> ColumnElement[bool]:
    return and_(kind.valid_from <= day, or_(kind.valid_to.is_(None), kind.valid_to >= day))
