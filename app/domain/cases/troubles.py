"""Incidents in lists and numbers, and one repair for many of them."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager

from app.domain.actors.actor import Actor
from app.domain.cases import bulk
from app.domain.cases.incidents import OPERATE
from app.domain.cases.models import Bulk, Case, Incident
from app.domain.cases.queries import mentions
from app.domain.orgunits import queries as orgunits
from app.domain.procedures.models import ProcedureVersion
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Forbidden

PAGE = 50


@dataclass(frozen=True)
class Wanted:
    """Which incidents: by cause, step, procedure, agency and words of the document; those that are over on request."""

    code: str = ""
    node: str = ""
    procedure: str = ""
    unit_id: UUID | None = None
    search: str = ""
    closed: bool = False

    @property
    def spec(self) -> dict[str, Any]:
        """The same as JSON values, to be kept with a bulk act."""
        return {name: str(value) for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Tally:
    """How many incidents have one cause, or are at one step of one procedure."""

    key: str
    count: int
    procedure: str = ""


def require_operator(actor: Actor) -> None:
    """Refuse whoever operates nothing."""
    if not actor.places(OPERATE):
        raise Forbidden("actor.not_permitted", permission=OPERATE)


def found(actor: Actor, wanted: Wanted, *, offset: int = 0, limit: int = PAGE) -> list[Incident]:
    """The incidents an actor operates: those that wait longest come first, of closed ones the latest."""
    query = select(Incident).join(Incident.case).join(Case.document).join(Case.version).join(Case.unit)
    query = query.options(
        contains_eager(Incident.case).options(
            contains_eager(Case.document), contains_eager(Case.version), contains_eager(Case.unit)
        )
    )
    order = Incident.closed_at.desc() if wanted.closed else Incident.opened_at
    query = query.where(*_conditions(actor, wanted)).order_by(order, Incident.id)
    return list(db.session.scalars(query.limit(limit).offset(offset)))


def count(actor: Actor, wanted: Wanted) -> int:
    """How many incidents a filter finds."""
    return db.session.scalar(_from(select(func.count()), actor, wanted)) or 0


def by_cause(actor: Actor, wanted: Wanted) -> list[Tally]:
    """The most frequent causes."""
    query = _from(select(Incident.code, func.count()), actor, wanted).group_by(Incident.code)
    return [Tally(code, number) for code, number in db.session.execute(query.order_by(func.count().desc()).limit(20))]


def by_step(actor: Actor, wanted: Wanted) -> list[Tally]:
    """The steps with most incidents, by procedure."""
    columns = select(ProcedureVersion.key, Incident.node, func.count())
    query = _from(columns, actor, wanted).group_by(ProcedureVersion.key, Incident.node)
    rows = db.session.execute(query.order_by(func.count().desc()).limit(50))
    return [Tally(node, number, procedure) for procedure, node, number in rows]


def newest_version(procedure: str) -> ProcedureVersion | None:
    """The latest version of a procedure that a case was pinned to: what its steps are drawn on."""
    query = select(ProcedureVersion).where(ProcedureVersion.key == procedure)
    return db.session.scalar(query.order_by(ProcedureVersion.at.desc()).limit(1))


def agencies(actor: Actor) -> list[tuple[UUID, str]]:
    """The agencies that have incidents this actor operates."""
    query = _from(select(Case.unit_id), actor, Wanted()).distinct()
    named = orgunits.units(db.session.scalars(query))
    return sorted(((unit.id, unit.name) for unit in named.values()), key=lambda one: one[1])


@command
def repair_many(
    actor: Actor, act: str, wanted: Wanted, *, expected: int, reason: str, words: Mapping[str, Any]
) -> Bulk:
    """Retry or skip every incident of a filter, by a worker; `words` are the changes or the result.

    `expected` is the number the actor has seen: Conflict "bulk.count_changed" when it is another by now.
    """
    require_operator(actor)
    chosen = [(row.case_id, str(row.id)) for row in _ids(actor, wanted)]
    if len(chosen) != expected:
        raise Conflict("bulk.count_changed", seen=expected, now=len(chosen))
    given = {"result" if act == "skip" else "changes": dict(words)}
    return bulk.begin(actor, act, chosen, reason=reason, spec={"filter": wanted.spec, **given})


def _ids(actor: Actor, wanted: Wanted) -> Iterator[Any]:
    query = _from(select(Incident.id, Incident.case_id), actor, wanted)
    yield from db.session.execute(query.order_by(Incident.opened_at).limit(bulk.MOST_CASES + 1))


def _from(columns: Select[*tuple[Any, ...]], actor: Actor, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    joined = columns.select_from(Incident).join(Incident.case).join(Case.document).join(Case.version)
    return joined.where(*_conditions(actor, wanted))


def _conditions(actor: Actor, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    yield Case.unit_id.in_(orgunits.beneath(actor.places(OPERATE)))
    yield Incident.closed_at.is_not(None) if wanted.closed else Incident.closed_at.is_(None)
    for column, value in (
        (Incident.code, wanted.code),
        (Incident.node, wanted.node),
        (ProcedureVersion.key, wanted.procedure),
        (Case.unit_id, wanted.unit_id),
    ):
        if value:
            yield column == value
    for word in wanted.search.split()[:8]:
        yield mentions(word)
