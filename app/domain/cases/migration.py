"""Moving running cases to another version of their procedure: what would become of each, before anything is done.

Normally each case goes to the version that is effective for its agency now; an explicit version may be named instead.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from app.domain.actors.actor import Actor
from app.domain.cases.models import Case
from app.domain.orgunits import queries as orgunits
from app.domain.procedures import commands as procedures
from app.domain.procedures.commands import Pinned
from app.domain.procedures.models import ProcedureVersion
from app.engine import runtime
from app.engine.runtime import Definition, Match, Migration, StepMap
from app.kernel.db import db
from app.kernel.errors import Forbidden, Invalid, Missing, OfficeError

MIGRATE = "cases.migrate"
MOVE, STAY, BLOCKED = "move", "stay", "blocked"
Question = tuple[Match, tuple[tuple[str, str], ...]]
"""A step of an old diagram, and the steps (id and name) of the new one that could take its place."""
NO_CHOICE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Wanted:
    """Which open cases should move where: `to` a version, or None for what is effective for each case's agency.

    `units` and `cases` narrow it down. `choices` say where the cases of removed steps go: `scope/step` to a step.
    """

    key: str
    to: UUID | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    units: frozenset[UUID] | None = None
    cases: frozenset[UUID] | None = None


@dataclass(frozen=True)
class Verdict:
    """What would become of one case: `word` move, stay or blocked, with the reason and the node in the way."""

    case_id: UUID
    unit_id: UUID
    version_id: UUID
    word: str
    code: str = ""
    node: str = ""


@dataclass(frozen=True)
class Rehearsal:
    """What would become of all cases; `total` may be more than have been tried."""

    verdicts: tuple[Verdict, ...]
    total: int

    def of(self, unit_id: UUID | None = None) -> Counter[str]:
        """How many cases move, stay and are blocked, at one agency or everywhere."""
        return Counter(one.word for one in self.verdicts if unit_id in {None, one.unit_id})

    @property
    def units(self) -> tuple[UUID, ...]:
        """The agencies with cases, those with most first."""
        return tuple(unit for unit, _ in Counter(one.unit_id for one in self.verdicts).most_common())

    def reasons(self, unit_id: UUID | None = None) -> list[tuple[tuple[str, str], int]]:
        """Why cases are blocked: code and node, and how many each."""
        blocked = (one for one in self.verdicts if one.word == BLOCKED and unit_id in {None, one.unit_id})
        return Counter((one.code, one.node) for one in blocked).most_common()


@dataclass(frozen=True)
class Route:
    """The way from one version to another."""

    migration: Migration
    known: Mapping[str, Any]
    forms: Mapping[str, str]

    def move(self, state: bytes) -> runtime.Step:
        """Where a case stands after the move. Raises Invalid with the reason and the node that stands in the way."""
        step = self.migration.move(state, self.known)
        for task in step.human_tasks:
            if task.node not in self.forms:
                raise Invalid("procedure.step_without_form", node=task.node)
        return step


def rehearse(actor: Actor, wanted: Wanted, most: int | None = None) -> Rehearsal:
    """Try the move on every open case that the actor may move, and change nothing; `most` ends it early.

    Raises Forbidden when the actor may move cases nowhere, Invalid for choices that make no sense.
    """
    check(actor, wanted)
    targets = {unit: _target(wanted, unit) for unit in _units(actor, wanted)}
    total = db.session.scalar(open_cases(actor, wanted).with_only_columns(func.count(Case.id))) or 0
    columns = (Case.id, Case.unit_id, Case.version_id, Case.state)
    query = open_cases(actor, wanted).with_only_columns(*columns).order_by(Case.id).limit(most)
    rows = db.session.execute(query.execution_options(yield_per=200))
    verdicts = (
        _verdict(Verdict(case_id, unit_id, version_id, MOVE), state, targets[unit_id], wanted)
        for case_id, unit_id, version_id, state in rows
    )
    return Rehearsal(tuple(verdicts), total)


def check(actor: Actor, wanted: Wanted) -> None:
    """Refuse what makes no sense for any case: Forbidden, Missing for the version, Invalid for the choices."""
    require_mover(actor)
    if wanted.to is not None:
        _named(wanted.key, wanted.to)
    for old, new in _pairs(actor, wanted):
        route(old, new, wanted.choices)


def require_mover(actor: Actor) -> None:
    """Refuse (Forbidden) whoever may move cases nowhere."""
    if not actor.places(MIGRATE):
        raise Forbidden("actor.not_permitted", permission=MIGRATE)


def open_questions(actor: Actor, wanted: Wanted) -> list[Question]:
    """What people are asked about a move: see `questions`."""
    found: dict[str, Question] = {}
    for old, new in _pairs(actor, wanted):
        for one in questions(procedures.pinned(old).definition, procedures.pinned(new).definition):
            found.setdefault(one[0].key, one)
    return list(found.values())


def sources(actor: Actor, key: str) -> list[tuple[UUID, ProcedureVersion, int]]:
    """How many open cases of each agency run which version of a procedure."""
    query = open_cases(actor, Wanted(key)).with_only_columns(Case.unit_id, ProcedureVersion, func.count(Case.id))
    query = query.group_by(Case.unit_id, ProcedureVersion.id).order_by(func.count(Case.id).desc())
    return [(unit, version, count) for unit, version, count in db.session.execute(query)]


def versions(key: str) -> list[ProcedureVersion]:
    """Every version of a procedure that any case was ever pinned to, newest first."""
    query = select(ProcedureVersion).where(ProcedureVersion.key == key).order_by(ProcedureVersion.at.desc())
    return list(db.session.scalars(query))


def chosen_cases(actor: Actor, wanted: Wanted) -> list[UUID]:
    """The open cases that a move is about."""
    return list(db.session.scalars(open_cases(actor, wanted).with_only_columns(Case.id).order_by(Case.id)))


def target(wanted: Wanted, unit_id: UUID) -> ProcedureVersion:
    """The version that the cases of an agency should run. Raises Missing for a version of another procedure."""
    return procedures.pin(wanted.key, unit_id) if wanted.to is None else _named(wanted.key, wanted.to)


def route(old: UUID, new: UUID, choices: Mapping[str, str] = NO_CHOICE) -> Route:
    """The way from one version to another. Raises Invalid "migration.*" for choices that make no sense."""
    return _route(old, new, tuple(sorted(choices.items())))


@lru_cache(maxsize=64)
def _route(old: UUID, new: UUID, choices: tuple[tuple[str, str], ...]) -> Route:
    parameters = db.session.get_one(ProcedureVersion, new).parameters
    return way(procedures.pinned(old).definition, procedures.pinned(new), parameters, dict(choices))


def way(before: Definition, after: Pinned, parameters: Mapping[str, Any], choices: Mapping[str, str]) -> Route:
    """The way from one diagram to another, which may be a draft. Raises as `route`."""
    known = {match.key for match in runtime.propose(before, after.definition).matches}
    wanted = {key: to for key, to in choices.items() if key in known}
    mapping: StepMap = runtime.propose(before, after.definition, wanted)
    return Route(Migration(before, after.definition, mapping), {"parameters": parameters}, after.forms)


def questions(before: Definition, after: Definition) -> Iterator[Question]:
    """The steps at which cases may stand and that have no counterpart of themselves, each with where it may go."""
    mapping = runtime.propose(before, after)
    for match in mapping.matches:
        if match.waits and match.how != "id":
            yield match, runtime.candidates(before, after, mapping, match)


def _verdict(one: Verdict, state: bytes, to: ProcedureVersion | OfficeError, wanted: Wanted) -> Verdict:
    if isinstance(to, OfficeError):
        return _blocked(one, to)
    if one.version_id == to.id:
        return Verdict(one.case_id, one.unit_id, one.version_id, STAY)
    try:
        route(one.version_id, to.id, wanted.choices).move(state)
    except OfficeError as refusal:
        return _blocked(one, refusal)
    return one


def _blocked(one: Verdict, refusal: OfficeError) -> Verdict:
    node = str(refusal.data.get("node") or "")
    return Verdict(one.case_id, one.unit_id, one.version_id, BLOCKED, refusal.code, node)


def _target(wanted: Wanted, unit_id: UUID) -> ProcedureVersion | OfficeError:
    """The target of an agency, or why it has none: its cases are blocked, not those of the others."""
    try:
        return target(wanted, unit_id)
    except OfficeError as refusal:
        return refusal


def _pairs(actor: Actor, wanted: Wanted) -> Iterator[tuple[UUID, UUID]]:
    query = open_cases(actor, wanted).with_only_columns(Case.unit_id, Case.version_id).distinct()
    rows = [(unit, version) for unit, version in db.session.execute(query)]
    pairs = ((version, _target(wanted, unit)) for unit, version in rows)
    found = {(old, new.id) for old, new in pairs if isinstance(new, ProcedureVersion) and old != new.id}
    yield from sorted(found)


def _units(actor: Actor, wanted: Wanted) -> Iterable[UUID]:
    return list(db.session.scalars(open_cases(actor, wanted).with_only_columns(Case.unit_id).distinct()))


def open_cases(actor: Actor, wanted: Wanted) -> Select[Any]:
    """The open cases of a procedure that an actor may move."""
    inside = Case.unit_id.in_(orgunits.beneath(actor.places(MIGRATE)))
    query = select(Case).join(ProcedureVersion, ProcedureVersion.id == Case.version_id)
    query = query.where(ProcedureVersion.key == wanted.key, Case.ended_at.is_(None), inside)
    if wanted.units is not None:
        query = query.where(Case.unit_id.in_(wanted.units))
    if wanted.cases is not None:
        query = query.where(Case.id.in_(wanted.cases))
    return query


def _named(key: str, version_id: UUID) -> ProcedureVersion:
    found = db.session.get(ProcedureVersion, version_id)
    if found is None or found.key != key:
        raise Missing("procedure.version_missing")
    return found
