"""Which cases of a procedure an operator looks for: one filter for figures, lists, exports and acts on many."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import contains_eager, defer

from app.domain.actors.actor import Actor
from app.domain.cases.answers import Compared, holds
from app.domain.cases.correspondence import Listener
from app.domain.cases.incidents import OPERATE
from app.domain.cases.models import Call, Case, Incident, Task, Timer
from app.domain.cases.queries import mentions
from app.domain.documents.models import Document
from app.domain.orgunits import queries as orgunits
from app.domain.procedures.models import ProcedureVersion
from app.kernel import clock
from app.kernel.clock import OFFICE_ZONE
from app.kernel.db import db
from app.kernel.errors import Forbidden

PAGE = 50
STATES = ("open", "late", "incident", "suspended", "done", "discarded")


@dataclass(frozen=True)
class Sought:
    """Cases of one procedure: at a unit or below it, of a version, of an urgency; the rest only narrows lists.

    `node` is where a case stands, or for ended ones where it was; `state` one of STATES, `due` days of its deadlines.
    """

    key: str
    unit_id: UUID | None = None
    version_id: UUID | None = None
    urgency: str = ""
    words: str = ""
    node: str = ""
    post_id: UUID | None = None
    state: str = ""
    due_from: date | None = None
    due_to: date | None = None
    code: str = ""
    answer: Compared | None = None
    only: frozenset[UUID] | None = None

    @property
    def spec(self) -> dict[str, Any]:
        """The same as JSON values, to be kept with an act on many."""
        return {name: str(value) for name, value in asdict(self).items() if value and name != "only"}


def require(actor: Actor) -> None:
    """Refuse whoever operates nothing. Raises Forbidden."""
    if not actor.places(OPERATE):
        raise Forbidden("actor.not_permitted", permission=OPERATE)


def within(actor: Actor, sought: Sought) -> Iterator[ColumnElement[bool]]:
    """The conditions on a case that need nothing but its first columns: figures are counted inside them."""
    yield Case.unit_id.in_(orgunits.beneath(actor.places(OPERATE)))
    if sought.version_id is None:
        yield Case.version_id.in_(select(ProcedureVersion.id).where(ProcedureVersion.key == sought.key))
    else:
        named = ProcedureVersion.id == sought.version_id, ProcedureVersion.key == sought.key
        yield Case.version_id.in_(select(ProcedureVersion.id).where(*named))
    if sought.unit_id is not None:
        yield Case.unit_id.in_(orgunits.below(sought.unit_id))
    if sought.urgency:
        yield Case.document_id.in_(select(Document.id).where(Document.urgency == sought.urgency))


def found(actor: Actor, sought: Sought, *, offset: int = 0, limit: int = PAGE) -> list[Case]:
    """The cases, those that began last first; their states stay where they are."""
    query = select(Case).join(Case.document).join(Case.version).join(Case.unit)
    held = (contains_eager(Case.document), contains_eager(Case.version), contains_eager(Case.unit))
    query = query.where(*_conditions(actor, sought)).options(defer(Case.state), *held)
    query = query.order_by(Case.started_at.desc(), Case.id)
    return list(db.session.scalars(query.limit(limit).offset(offset)))


def by_ids(actor: Actor, case_ids: frozenset[UUID]) -> list[Case]:
    """Some cases of any procedure, as far as the actor operates them."""
    query = select(Case).join(Case.document).join(Case.version).join(Case.unit)
    held = (contains_eager(Case.document), contains_eager(Case.version), contains_eager(Case.unit))
    inside = Case.unit_id.in_(orgunits.beneath(actor.places(OPERATE)))
    return list(
        db.session.scalars(
            query.where(Case.id.in_(case_ids), inside).options(defer(Case.state), *held).order_by(Case.id)
        )
    )


def count(actor: Actor, sought: Sought) -> int:
    """How many cases a filter finds."""
    return db.session.scalar(_from(select(func.count()), actor, sought)) or 0


def ids(actor: Actor, sought: Sought, limit: int) -> list[UUID]:
    """The cases that an act on many is about, oldest first."""
    return list(db.session.scalars(_from(select(Case.id), actor, sought).order_by(Case.id).limit(limit)))


def places(actor: Actor, key: str) -> list[tuple[UUID, str]]:
    """The units with cases of a procedure that this actor operates, and whatever stands above those in their care."""
    used = set(db.session.scalars(_from(select(Case.unit_id), actor, Sought(key)).distinct()))
    named = orgunits.units(used | actor.places(OPERATE))
    return sorted(((unit.id, unit.name) for unit in named.values()), key=lambda one: one[1])


def versions(actor: Actor, sought: Sought) -> list[tuple[ProcedureVersion, int]]:
    """The versions that the cases of a filter run or ran on, newest first, with how many cases each has."""
    inside = within(actor, sought)
    counted = select(Case.version_id, func.count()).where(*inside).group_by(Case.version_id)
    numbers: dict[UUID, int] = dict(db.session.execute(counted).all())
    query = select(ProcedureVersion).where(ProcedureVersion.id.in_(numbers)).order_by(ProcedureVersion.at.desc())
    return [(one, numbers[one.id]) for one in db.session.scalars(query)]


def procedures(actor: Actor) -> list[tuple[str, int]]:
    """The procedures with open cases in an actor's care, and how many each; those with most come first."""
    inside = Case.unit_id.in_(orgunits.beneath(actor.places(OPERATE))), Case.ended_at.is_(None)
    query = select(ProcedureVersion.key, func.count()).select_from(Case).join(Case.version).where(*inside)
    rows = db.session.execute(query.group_by(ProcedureVersion.key).order_by(func.count().desc(), ProcedureVersion.key))
    return [(key, number) for key, number in rows]


def open_tasks(case_ids: Sequence[UUID]) -> dict[UUID, list[Task]]:
    """What waits for people in some cases."""
    grouped: dict[UUID, list[Task]] = {}
    query = select(Task).where(Task.case_id.in_(case_ids), Task.closed_at.is_(None), Task.kind == "step")
    for task in db.session.scalars(query.order_by(Task.opened_at)):
        grouped.setdefault(task.case_id, []).append(task)
    return grouped


def _from(columns: Select[Any], actor: Actor, sought: Sought) -> Select[Any]:
    joined = columns.select_from(Case)
    if sought.words:
        joined = joined.join(Case.document)
    return joined.where(*_conditions(actor, sought))


def _conditions(actor: Actor, sought: Sought) -> Iterator[ColumnElement[bool]]:
    yield from within(actor, sought)
    yield from _standing(sought)
    if sought.only is not None:
        yield Case.id.in_(sought.only)
    for word in sought.words.split()[:8]:
        number = [Document.number == int(word)] if word.isascii() and word.isdigit() and len(word) < 9 else []  # noqa: PLR2004 - an integer of the database
        yield or_(mentions(word), *number)
    if sought.post_id is not None:
        theirs = or_(
            and_(Task.post_id == sought.post_id, Task.closed_at.is_(None)), Task.closed_post_id == sought.post_id
        )
        yield _some(Task, theirs)
    if sought.code:
        yield _some(Incident, Incident.code == sought.code, Incident.closed_at.is_(None))
    if sought.answer is not None:
        yield Case.unit_id.in_(actor.places("documents.read"))
        yield holds(sought.answer)


def _standing(sought: Sought) -> Iterator[ColumnElement[bool]]:
    """How and where a case is."""
    moment = clock.now()
    states: dict[str, ColumnElement[bool]] = {
        "open": Case.ended_at.is_(None),
        "late": _some(Task, Task.closed_at.is_(None), Task.due_at < moment),
        "incident": _some(Incident, Incident.closed_at.is_(None)),
        "suspended": and_(Case.suspended_at.is_not(None), Case.ended_at.is_(None)),
        "done": Case.status == "done",
        "discarded": Case.status == "discarded",
    }
    if sought.state in states:
        yield states[sought.state]
    if sought.node:
        yield _was_at(sought.node) if sought.state in {"done", "discarded"} else standing_at(sought.node)
    if sought.due_from or sought.due_to:
        first = [Task.due_at >= _begin(sought.due_from)] if sought.due_from else []
        last = [Task.due_at < _begin(sought.due_to) + timedelta(days=1)] if sought.due_to else []
        yield _some(Task, or_(Task.closed_at.is_(None), Case.ended_at.is_not(None)), *first, *last)


def standing_at(node: str) -> ColumnElement[bool]:
    """The condition that a case waits at a node: for a person, a machine, a moment or a message, or is stuck there."""
    return or_(
        _some(Task, Task.node == node, Task.closed_at.is_(None), Task.kind == "step"),
        _some(Call, Call.node == node, Call.closed_at.is_(None)),
        _some(Timer, Timer.node == node),
        _some(Listener, Listener.node == node),
        _some(Incident, Incident.node == node, Incident.closed_at.is_(None)),
    )


def _was_at(node: str) -> ColumnElement[bool]:
    return or_(_some(Task, Task.node == node, Task.kind == "step"), _some(Call, Call.node == node))


def _some(kind: type[Task | Call | Timer | Listener | Incident], *where: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(kind.id).where(kind.case_id == Case.id, *where).correlate(Case).exists()


def _begin(day: date) -> datetime:
    """The first moment of a day at the office."""
    return datetime.combine(day, time.min, OFFICE_ZONE)
