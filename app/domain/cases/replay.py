"""Replaying finished cases on another version of their procedure: what would have gone otherwise (tái hiện hồ sơ)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.actors.actor import Actor
from app.domain.cases.correspondence import Message
from app.domain.cases.models import Call, Case, Task
from app.domain.procedures import assembly, forms, sandbox
from app.domain.procedures import commands as procedures
from app.domain.procedures.assembly import Assembled
from app.domain.procedures.models import ProcedureVersion
from app.domain.procedures.trials import Ask, definition
from app.engine import replaying
from app.kernel.db import db
from app.kernel.errors import Missing, OfficeError

PERMISSION = "procedures.read"
MOST_CASES = 1_000
AT_ONCE = 40
ROUNDS = 3
KINDS = ("same", "other", "waits", "fails", "unknown")
Told = dict[str, Any]


@dataclass(frozen=True)
class Period:
    """Cases that ended from `since` (included) to `until`, the newest `most` of them."""

    since: datetime
    until: datetime
    most: int = MOST_CASES


@dataclass(frozen=True)
class Outcome:
    """How one case would have gone; see `engine.replaying.outcome`."""

    case_id: UUID
    ended_at: datetime
    told: Told

    @property
    def kind(self) -> str:
        """same, other, waits, fails or unknown."""
        return str(self.told["kind"])


@dataclass(frozen=True)
class Report:
    """How many cases of each kind there are, and all that did not go the same."""

    outcomes: tuple[Outcome, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many cases of each kind."""
        found = Counter(one.kind for one in self.outcomes)
        return {kind: found[kind] for kind in KINDS}

    @property
    def different(self) -> list[Outcome]:
        """The cases that did not go the same, those that fail first."""
        order = {kind: at for at, kind in enumerate(reversed(KINDS))}
        rest = [one for one in self.outcomes if one.kind != "same"]
        return sorted(rest, key=lambda one: order[one.kind] if one.kind != "unknown" else len(order))


def replay(actor: Actor, key: str, target: Assembled, period: Period, ask: Ask) -> Report:
    """Play the cases of a period on their own version and on the target.

    Only cases of units at whose procedures the actor may look (Missing when there are none). Nothing of a case moves.
    """
    cases = finished(actor, key, period)
    by_version: dict[UUID, list[Case]] = defaultdict(list)
    for case in cases:
        by_version[case.version_id].append(case)
    outcomes: list[Outcome] = []
    for together in by_version.values():
        own = assembly.of_version(together[0].version, procedures.pinned_form)
        codes = replaying.codes(own.bpmn)
        for some in _chunks(together, AT_ONCE):
            outcomes += _outcomes(some, _Kept(some, codes), own, target, ask)
    return Report(tuple(sorted(outcomes, key=lambda one: one.ended_at, reverse=True)))


def ways(cases: Sequence[Case], target: Assembled, added: Collection[str], ask: Ask) -> dict[UUID, list[str] | None]:
    """The steps that cases would pass on a target, its `added` ones done as soon as they are reached.

    None for a case that would fail or wait there for an answer nobody ever gave.
    """
    by_version: dict[UUID, list[Case]] = defaultdict(list)
    for case in cases:
        by_version[case.version_id].append(case)
    found: dict[UUID, list[str] | None] = {}
    for together in by_version.values():
        codes = replaying.codes(together[0].version.bpmn)
        for some in _chunks(together, AT_ONCE):
            kept = _Kept(some, codes)
            plays = [_with_added(kept.play(case, target), added) for case in some]
            for case, told in zip(some, _played(plays, target, ask), strict=True):
                found[case.id] = told["passed"] if told["ended"] and told["incident"] is None else None
    return found


def target_version(actor: Actor, key: str, version_id: UUID) -> Assembled:
    """A version of a procedure to replay on, for whoever may look at procedures. Missing otherwise."""
    version = db.session.get(ProcedureVersion, version_id) if actor.places(PERMISSION) else None
    if version is None or version.key != key:
        raise Missing("procedure.missing")
    return assembly.of_version(version, procedures.pinned_form)


def versions(key: str) -> list[ProcedureVersion]:
    """The versions of a procedure, newest first."""
    query = select(ProcedureVersion).where(ProcedureVersion.key == key).order_by(ProcedureVersion.at.desc())
    return list(db.session.scalars(query.limit(100)))


def finished(actor: Actor, key: str, period: Period) -> list[Case]:
    """The cases of a period that an actor may look at, newest first; Missing when they may look at none anywhere."""
    units = [unit.id for unit in sandbox.units(actor.places(PERMISSION))]
    if not units:
        raise Missing("procedure.missing")
    query = select(Case).join(Case.version).options(joinedload(Case.document), joinedload(Case.version))
    query = query.where(ProcedureVersion.key == key, Case.status == "done", Case.unit_id.in_(units))
    query = query.where(Case.ended_at >= period.since, Case.ended_at < period.until)
    return list(db.session.scalars(query.order_by(Case.ended_at.desc()).limit(min(period.most, MOST_CASES))))


class _Kept:
    """What the rows keep of some cases: who answered what when, what machines said, what messages came."""

    def __init__(self, cases: Sequence[Case], codes: Mapping[str, str]) -> None:
        ids = [case.id for case in cases]
        self.codes = codes
        answered = (Task.case_id.in_(ids), Task.kind == "step", Task.closed_by.is_not(None))
        self.tasks = _grouped(db.session.scalars(select(Task).where(*answered).order_by(Task.closed_at)), "case_id")
        self.calls = _grouped(
            db.session.scalars(select(Call).where(Call.case_id.in_(ids)).order_by(Call.opened_at)), "case_id"
        )
        self.messages = _grouped(
            db.session.scalars(select(Message).where(Message.taken_by.in_(ids), Message.kind == "message")), "taken_by"
        )

    def play(self, case: Case, on: Assembled) -> Told:
        """A case as the engine replays it on a definition, whose parameters and forms are those that count."""
        own = {
            "unit_id": case.unit_id,
            "document_id": case.document_id,
            "drafting_unit_id": case.document.drafting_unit_id,
        }
        operations: dict[str, list[Any]] = defaultdict(list)
        for call in self.calls[case.id]:
            operations[call.node].append("later" if call.closed_at != call.opened_at else call.result or {})
        acts = [*self._answers(case, on), *self._late(case), *self._came(case)]
        return {
            "data": {**{name: str(one) for name, one in own.items() if one}, "parameters": dict(on.parameters)},
            "operations": operations,
            "now": case.started_at.isoformat(),
            "acts": sorted(acts, key=lambda act: str(act["at"])),
        }

    def _answers(self, case: Case, on: Assembled) -> Iterator[Told]:
        for task in self.tasks[case.id]:
            form = on.forms.get(task.node)
            act = {"complete": task.node, "told": task.told, "at": _at(task.closed_at)}
            if form is not None and form.sha256 != task.form_sha256:
                answers = forms.said(form.schema, task.answers)
                wrong = forms.validate(form.schema, answers, has_file=True)
                act |= {"told": forms.told(form.schema, answers), "wrong": wrong}
            yield act

    def _late(self, case: Case) -> Iterator[Told]:
        for call in self.calls[case.id]:
            if call.closed_at is None or call.closed_at == call.opened_at:
                continue
            at = _at(call.closed_at)
            if call.result is not None:
                yield {"answer": call.node, "result": call.result, "at": at}
            elif call.error is not None:
                yield {"fail": call.node, "code": self.codes.get(call.node, "error"), "at": at}

    def _came(self, case: Case) -> Iterator[Told]:
        for one in self.messages[case.id]:
            named = {"message": one.name, "payload": one.payload, "at": _at(one.taken_at)}
            yield named | ({"correlation": one.correlation} if one.correlation else {})


def _with_added(play: Told, added: Collection[str]) -> Told:
    """A play in which steps that nobody ever did are done at once, in each of a few rounds."""
    done = [{"complete": node, "told": {}, "at": play["now"]} for node in added for _ in range(ROUNDS)]
    return {**play, "acts": [*done, *play["acts"]]}


def _outcomes(cases: Sequence[Case], kept: _Kept, own: Assembled, target: Assembled, ask: Ask) -> Iterator[Outcome]:
    before = _played([kept.play(case, own) for case in cases], own, ask)
    after = _played([kept.play(case, target) for case in cases], target, ask)
    for case, was, now in zip(cases, before, after, strict=True):
        if case.ended_at is not None:
            yield Outcome(case.id, case.ended_at, replaying.outcome(was, now))


def _played(plays: list[Told], on: Assembled, ask: Ask) -> list[Told]:
    """What came of some plays; when they are too much for one question, each is asked for alone."""
    try:
        found: list[Told] = ask("replay", on.bpmn, **definition(on), plays=plays)["plays"]
    except OfficeError as error:
        if len(plays) > 1 and error.code == "diagram.too_costly":
            return [one for play in plays for one in _played([play], on, ask)]
        if error.code != "diagram.too_costly":
            raise
        incident = {"code": error.code, "data": error.data}
        return [{"passed": [], "ended": False, "incident": incident, "open": [], "unused": 0}]
    return found


def _grouped(rows: Iterable[Any], name: str) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


def _chunks(items: Sequence[Case], size: int) -> Iterator[list[Case]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def _at(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()
