"""Who a person is today, and what that lets them do."""

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, Uuid, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from app.domain.access.models import RoleGrant
from app.domain.actors.actor import Actor, Seat
from app.domain.actors.models import Person
from app.domain.orgunits.models import Post, PostHolder, Unit
from app.kernel.clock import office_day
from app.kernel.db import db


def actor_of(person: Person, day: date | None = None) -> Actor:
    """The actor a person is on a day: the posts they hold and the grants of those roles (one statement)."""
    held = _seats(person.id, day or office_day())
    grants = frozenset(
        (permission, unit_id)
        for seat, permissions in held.items()
        for permission in permissions
        for unit_id in (seat.unit_id, seat.agency_id)
    )
    return Actor(name=str(person.id), person_id=person.id, seats=tuple(held), grants=grants)


def _seats(person_id: UUID, day: date) -> dict[Seat, list[str]]:
    """Posts with their agency and what their role permits. A division stands up to two steps below its agency."""
    seats: dict[Seat, list[str]] = {}
    for permission, post, *line in db.session.execute(_held(), {"person": person_id, "day": day}):
        agency = next((u for u in line if u is not None and u.is_agency), line[0])
        held = seats.setdefault(Seat(post.id, post.title, post.role, post.unit_id, agency.id), [])
        held.extend([permission] if permission is not None else [])
    return seats


@cache
def _held() -> Select[*tuple[Any, ...]]:
    """The statement for it, built once: every request asks it."""
    person_id, day = bindparam("person", type_=Uuid()), bindparam("day", type_=Date())
    parent, grandparent = aliased(Unit), aliased(Unit)
    return (
        select(RoleGrant.permission, Post, Unit, parent, grandparent)
        .join(PostHolder, PostHolder.post_id == Post.id)
        .join(Unit, Unit.id == Post.unit_id)
        .outerjoin(parent, parent.id == Unit.parent_id)
        .outerjoin(grandparent, grandparent.id == parent.parent_id)
        .outerjoin(RoleGrant, RoleGrant.role_code == Post.role)
        .where(PostHolder.person_id == person_id, PostHolder.valid_from <= day)
        .where(or_(PostHolder.valid_to.is_(None), PostHolder.valid_to >= day))
        .where(and_(Unit.valid_from <= day, or_(Unit.valid_to.is_(None), Unit.valid_to >= day)))
        .order_by(Post.key)
    )
