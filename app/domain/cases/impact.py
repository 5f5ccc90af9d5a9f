"""What a draft would do to cases that are open (tác động đến hồ sơ): who moves, stays or is blocked, and why.

A worker looks at them in slices, each a transaction that moves on from where the last one ended: whoever is killed has
lost one slice, and no case is counted twice.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func

from app.domain.actors.actor import Actor
from app.domain.cases import bulk, migration, reach
from app.domain.cases.migration import BLOCKED, MOVE, STAY, Route, Wanted
from app.domain.cases.milestones import ImpactAsked
from app.domain.cases.models import Case
from app.domain.cases.rollouts import Rollout, begun
from app.domain.procedures import commands as procedures
from app.domain.procedures import drafts, places, suite
from app.domain.procedures.commands import Pinned
from app.domain.procedures.drafts import Subject
from app.domain.procedures.effective import Effective
from app.domain.procedures.models import LayerDraft, ProcedureVersion
from app.kernel import events, outbox
from app.kernel.db import command, db, locked
from app.kernel.errors import OfficeError

WORK = "cases.foresee"
SLICE = 500
Told = dict[str, Any]


def ask(actor: Actor, draft_id: UUID, choices: Mapping[str, str]) -> None:
    """Have a worker try the move on every open case that the actor may move.

    The gate looks at the draft first, in a child process. Raises Missing, Forbidden, Invalid "draft.todo".
    """
    draft = suite.visible(actor, draft_id)
    migration.require_mover(actor)
    seen = draft.row_version
    drafts.require_ready(Subject(draft.kind, draft.key, draft.place), draft.content)
    _ask(actor, draft_id, seen, choices)


@command
def _ask(actor: Actor, draft_id: UUID, seen: int, choices: Mapping[str, str]) -> None:
    draft = drafts.locked_draft(actor, draft_id, "procedures.edit")
    rollout, run = begun(actor, draft), uuid4().hex
    total = migration.open_cases(actor, _wanted(draft, choices)).with_only_columns(func.count(Case.id))
    told = {"run": run, "seen": seen, "by": str(actor.person_id), "choices": dict(choices), "questions": []}
    counts = {"after": "", "done": 0, "total": db.session.scalar(total) or 0, "units": {}}
    rollout.impact = {**told, **counts, "ended": False, "code": ""}
    events.record(ImpactAsked(about=str(rollout.id), run=run), actor=actor.name)


class Look:
    """A draft as a worker looks at cases with it: the target of each agency, and the ways there, each made once."""

    def __init__(self, rollout: Rollout, draft: LayerDraft) -> None:
        told = rollout.impact
        self.rollout_id, self.run = rollout.id, told["run"]
        self.wanted = _wanted(draft, told["choices"])
        self.actor = bulk.person_of(UUID(told["by"]))
        self._found = {one.unit.id: one for one in reach.of_draft(draft)}
        self._pins: dict[str, Pinned] = {}
        self._routes: dict[tuple[UUID, str], Route | OfficeError] = {}

    def slice(self, after: str) -> list[tuple[UUID, UUID, str, str, str]]:
        """Id, agency, word, reason and node of the next open cases after one."""
        columns = (Case.id, Case.unit_id, Case.version_id, ProcedureVersion.sha256, Case.state)
        query = migration.open_cases(self.actor, self.wanted).with_only_columns(*columns)
        query = query.where(Case.id > UUID(after)) if after else query
        rows = db.session.execute(query.order_by(Case.id).limit(SLICE)).all()
        db.session.rollback()
        return [(row[0], row[1], *self._verdict(*row[1:])) for row in rows]

    def questions(self) -> list[Told]:
        """The steps of which people have to say where their cases go."""
        columns = (Case.unit_id, Case.version_id, ProcedureVersion.sha256)
        query = migration.open_cases(self.actor, self.wanted).with_only_columns(*columns).distinct()
        found: dict[str, Told] = {}
        for unit_id, version_id, sha256 in db.session.execute(query).all():
            to = self._target(unit_id)
            if to is None or to.sha256 == sha256:
                continue
            for match, where in migration.questions(procedures.pinned(version_id).definition, self._pin(to).definition):
                told = {"key": match.key, "name": match.name, "to": match.to, "places": [list(one) for one in where]}
                found.setdefault(match.key, told)
        return list(found.values())

    def _verdict(self, unit_id: UUID, version_id: UUID, sha256: str, state: bytes) -> tuple[str, str, str]:
        to = self._target(unit_id)
        if to is None:
            return BLOCKED, self._found[unit_id].code, ""
        if to.sha256 == sha256:
            return STAY, "", ""
        try:
            self._route(version_id, to).move(state)
        except OfficeError as refusal:
            return BLOCKED, refusal.code, str(refusal.data.get("node") or "")
        return MOVE, "", ""

    def _target(self, unit_id: UUID) -> Effective | None:
        return self._found[unit_id].found

    def _route(self, version_id: UUID, to: Effective) -> Route:
        key = version_id, to.sha256
        if key not in self._routes:
            before = procedures.pinned(version_id).definition
            try:
                self._routes[key] = migration.way(before, self._pin(to), to.parameters, self.wanted.choices)
            except OfficeError as refusal:
                self._routes[key] = refusal
        found = self._routes[key]
        if isinstance(found, OfficeError):
            raise found
        return found

    def _pin(self, to: Effective) -> Pinned:
        if to.sha256 not in self._pins:
            definition = procedures.parsed(to.key, to.bpmn, to.called, to.decisions)
            self._pins[to.sha256] = Pinned(definition, to.forms)
        return self._pins[to.sha256]


def look(rollout_id: UUID, run: str) -> Look | None:
    """What a worker needs to go on; None when this run is over, or its draft has changed or gone since."""
    rollout = db.session.get(Rollout, rollout_id)
    if rollout is None or rollout.impact.get("run") != run or rollout.impact["ended"]:
        return None
    draft = db.session.get(LayerDraft, rollout.draft_id)
    if draft is None or draft.row_version != rollout.impact["seen"]:
        _end(rollout_id, run, "draft.stale")
        return None
    found = Look(rollout, draft)
    if not rollout.impact["after"]:
        _ask_people(rollout_id, run, found.questions())
    return found


def do_next(found: Look) -> bool:
    """Look at the next slice and keep what came of it; False when no case is left."""
    rollout = db.session.get_one(Rollout, found.rollout_id)
    after = rollout.impact["after"]
    verdicts = found.slice(after)
    return bool(verdicts) and _keep(found, after, verdicts)


@command
def go_on(rollout_id: UUID, run: str, *, more: bool) -> None:
    """Promise what is left of a run, or say that it is over."""
    if more:
        outbox.promise(WORK, key=f"{WORK}:{uuid4()}", payload={"about": str(rollout_id), "run": run})
    else:
        _end(rollout_id, run, "")


@command
def _keep(found: Look, after: str, verdicts: list[tuple[UUID, UUID, str, str, str]]) -> bool:
    """Add a slice to what is known, unless another worker did or another run has begun."""
    rollout = locked(Rollout, found.rollout_id)
    if rollout is None or rollout.impact.get("run") != found.run or rollout.impact["after"] != after:
        return False
    told = dict(rollout.impact)
    told["units"] = _added(told["units"], verdicts)
    told["after"], told["done"] = str(verdicts[-1][0]), told["done"] + len(verdicts)
    rollout.impact = told
    return True


@command
def _ask_people(rollout_id: UUID, run: str, questions: list[Told]) -> None:
    rollout = locked(Rollout, rollout_id)
    if rollout is not None and rollout.impact.get("run") == run:
        rollout.impact = {**rollout.impact, "questions": questions}


@command
def _end(rollout_id: UUID, run: str, code: str) -> None:
    """Say once how a run has ended."""
    rollout = locked(Rollout, rollout_id)
    if rollout is not None and rollout.impact.get("run") == run and not rollout.impact["ended"]:
        rollout.impact = {**rollout.impact, "ended": True, "code": code}


def _added(units: Mapping[str, Told], verdicts: Iterable[tuple[UUID, UUID, str, str, str]]) -> dict[str, Told]:
    """The counts of each agency, and why cases are blocked there, with some more cases."""
    found: dict[str, dict[str, Counter[str]]] = {
        key: {"words": Counter(one["words"]), "why": Counter(one["why"])} for key, one in units.items()
    }
    for unit_id, some in groupby(sorted(verdicts, key=lambda one: str(one[1])), key=lambda one: str(one[1])):
        mine = found.setdefault(unit_id, {"words": Counter(), "why": Counter()})
        for _case, _unit, word, code, node in some:
            mine["words"][word] += 1
            if code:
                mine["why"][f"{code} {node}".strip()] += 1
    return {key: {name: dict(counts) for name, counts in one.items()} for key, one in found.items()}


def _wanted(draft: LayerDraft, choices: Mapping[str, str]) -> Wanted:
    """The open cases of the agencies that look at the place of a draft."""
    units = frozenset(unit.id for unit in suite.units(draft, places.chart()))
    return Wanted(draft.key, None, dict(choices), units)
