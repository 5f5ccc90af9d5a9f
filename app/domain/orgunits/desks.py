"""Desks: the posts of an agency and of its divisions as they are today, and whether somebody sits there."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, Uuid, and_, bindparam, exists, or_, select

from app.domain.actors.models import Person
from app.domain.orgunits.models import Post, PostHolder, Unit
from app.kernel.clock import office_day
from app.kernel.db import db, known

HEADS = ("chairman", "head")
"""The roles of whoever is at the head of an agency, and of a division."""


@dataclass(frozen=True)
class Desk:
    """A post at a unit of an agency; `held`: somebody with an account that works holds it today."""

    post_id: UUID
    key: str
    role: str
    unit_id: UUID
    agency_id: UUID
    held: bool


@dataclass(frozen=True)
class Office:
    """An agency, its divisions, and the desks in them."""

    agency_id: UUID
    units: frozenset[UUID]
    desks: tuple[Desk, ...]


def office(agency_id: UUID) -> Office:
    """An agency (or a division by itself) as it is now; one statement, read once in a transaction."""
    return known(("office", agency_id), lambda: _office(agency_id))


def of(agency_id: UUID) -> tuple[Desk, ...]:
    """The desks of an agency and of its divisions, by key."""
    return office(agency_id).desks


def with_role(role: str, unit_id: UUID, among: Iterable[Desk]) -> list[Desk]:
    """The desks with a role at a unit: at an agency those of its divisions, too."""
    return [desk for desk in among if desk.role == role and unit_id in (desk.unit_id, desk.agency_id)]


def head(unit_id: UUID, among: Iterable[Desk]) -> Desk | None:
    """The desk of whoever is at the head of a unit (người đứng đầu): one that is held before one that is not."""
    found = [desk for desk in among if desk.unit_id == unit_id and desk.role in HEADS]
    return min(found, key=lambda desk: (not desk.held, HEADS.index(desk.role), desk.key), default=None)


def _office(agency_id: UUID) -> Office:
    rows = db.session.execute(_desks(), {"agency": agency_id, "day": office_day()}).all()
    desks = tuple(
        Desk(post, key, role, unit, agency_id, bool(is_held)) for unit, post, key, role, is_held in rows if post
    )
    return Office(agency_id, frozenset(row[0] for row in rows), desks)


@cache
def _desks() -> Select[*tuple[Any, ...]]:
    """The statement for it, built once: every step that waits for somebody asks it."""
    start = select(Unit.id).where(Unit.id == bindparam("agency", type_=Uuid())).cte("inside", recursive=True)
    inside = start.union(select(Unit.id).join(start, Unit.parent_id == start.c.id).where(~Unit.is_agency))
    today = bindparam("day", type_=Date())
    held = exists().where(
        and_(
            PostHolder.post_id == Post.id,
            PostHolder.valid_from <= today,
            or_(PostHolder.valid_to.is_(None), PostHolder.valid_to >= today),
            Person.id == PostHolder.person_id,
            Person.active,
        )
    )
    query = select(inside.c.id, Post.id, Post.key, Post.role, held).outerjoin(Post, Post.unit_id == inside.c.id)
    return query.order_by(Post.key)
