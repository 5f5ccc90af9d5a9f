"""Who a person is today, and what that lets them do."""

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, Uuid, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.domain.access.models import Role, RoleGrant
from app.domain.actors.actor import Actor, Seat
from app.domain.orgunits.models import Post, PostHolder, Unit
from app.kernel.clock import office_day
from app.kernel.db import db


def actor_of(person_id: UUID, day: date | None = None) -> Actor:
    """The actor a person is on a day: the posts they hold and the grants of those roles (one statement)."""
    held = _seats(person_id, day or office_day())
    grants = frozenset(
        (permission, unit_id)
        for seat, permissions in held.items()
        for permission in permissions
        for unit_id in (seat.unit_id, seat.agency_id)
    )
    return Actor(name=str(person_id), person_id=person_id, seats=tuple(held), grants=grants)


def roles() -> list[Role]:
    """Every role, by its code."""
    return list(db.session.scalars(select(Role).order_by(Role.code)))


def _seats(person_id: UUID, day: date) -> dict[Seat, list[str]]:
    """Posts with their agency and what their role permits. A division stands up to two steps below its agency."""
    seats: dict[Seat, list[str]] = {}
    for post_id, title, role, permissions, *line in db.session.execute(_held(), {"person": person_id, "day": day}):
        above = list(zip(line[::2], line[1::2], strict=True))
        agency_id = next((unit_id for unit_id, is_agency in above if is_agency), above[0][0])
        seats[Seat(post_id, title, role, above[0][0], agency_id)] = (permissions or "").split()
    return seats


@cache
def _held() -> Select[*tuple[Any, ...]]:
    """The statement for it, built once: every request asks it. One row is a post, so that it stays short."""
    person_id, day = bindparam("person", type_=Uuid()), bindparam("day", type_=Date())
    parent, grandparent = aliased(Unit), aliased(Unit)
    granted = select(func.aggregate_strings(RoleGrant.permission, " ")).where(RoleGrant.role_code == Post.role)
    line = [column for unit in (Unit, parent, grandparent) for column in (unit.id, unit.is_agency)]
    return (
        select(Post.id, Post.title, Post.role, granted.scalar_subquery(), *line)
        .join(PostHolder, PostHolder.post_id == Post.id)
        .join(Unit, Unit.id == Post.unit_id)
        .outerjoin(parent, parent.id == Unit.parent_id)
        .outerjoin(grandparent, grandparent.id == parent.parent_id)
        .where(PostHolder.person_id == person_id, PostHolder.valid_from <= day)
        .where(or_(PostHolder.valid_to.is_(None), PostHolder.valid_to >= day))
        .where(and_(Unit.valid_from <= day, or_(Unit.valid_to.is_(None), Unit.valid_to >= day)))
        .order_by(Post.key)
    )
