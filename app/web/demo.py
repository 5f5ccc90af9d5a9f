"""The people of a demo world, for the sign-in page; in production there are none."""

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.domain.actors.models import Person
from app.domain.orgunits import collation
from app.domain.orgunits.models import Level, Post, PostHolder, Unit
from app.kernel.db import db

PASSWORD = "eoffice-demo"  # noqa: S105 - public on purpose: every demo account has it, production refuses them


@dataclass(frozen=True)
class DemoPerson:
    """Someone to sign in as."""

    sign_in: str
    title: str
    unit: str
    agency: str


@dataclass(frozen=True)
class DemoAgency:
    """An agency and those who work there."""

    name: str
    people: tuple[DemoPerson, ...]


def agencies() -> list[DemoAgency]:
    """Everyone one can sign in as, by agency, from the province down. One statement."""
    above = aliased(Unit)
    query = (
        select(Level.rank, Person.sign_in, Post.title, Unit.short_name, Unit.is_agency, above.short_name)
        .join(PostHolder, PostHolder.person_id == Person.id)
        .join(Post, Post.id == PostHolder.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .join(Level, Level.code == Unit.level_code)
        .outerjoin(above, above.id == Unit.parent_id)
        .where(Person.is_demo, Person.active)
        .order_by(Unit.is_agency.desc(), Unit.name, Post.key)
    )
    found = [
        (rank, DemoPerson(sign_in, title, unit, unit if is_agency else parent or unit))
        for rank, sign_in, title, unit, is_agency, parent in db.session.execute(query)
    ]
    found.sort(key=lambda one: (one[0], collation.order(one[1].agency)))
    people = [person for _rank, person in found]
    return [DemoAgency(name, tuple(group)) for name, group in groupby(people, key=attrgetter("agency"))]
