"""Doing and undoing the move of one case to another version, each in one transaction under the lock of the case."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import LargeBinary, Uuid, delete, select
from sqlalchemy.types import TypeEngine

from app.domain.actors.actor import Actor
from app.domain.cases import bulk, migration, projection, queries
from app.domain.cases.bulk import Outcome
from app.domain.cases.correspondence import Listener
from app.domain.cases.events import CaseMigrated, CaseMovedBack
from app.domain.cases.migration import MIGRATE, Wanted
from app.domain.cases.models import Bulk, BulkItem, Call, Case, Task, Timer
from app.domain.orgunits import queries as orgunits
from app.domain.procedures import commands as procedures
from app.domain.procedures import publishing
from app.domain.procedures.models import LayerVersion, ProcedureVersion
from app.engine.runtime import Step
from app.kernel import events
from app.kernel.db import Model, Moment, command, db
from app.kernel.errors import Conflict, Invalid, Missing, OfficeError
from app.kernel.events import JournalEntry

ACT, UNDO, TRY = "migrate", "undo", "rehearse"
MOVED, STAYED, BLOCKED, ENDED = "moved", "stay", "blocked", "ended"
UNDONE, TOUCHED = "undone", "touched"
_KEPT: Final[Mapping[type[Model], tuple[str, ...]]] = {
    Case: ("id", "version_id", "state", "status", "passed", "ended_at", "suspended_at", "paused_at"),
    Task: ("id", "node", "form_key", "form_sha256", "post_id", "unit_id", "role", "due_at", "held_at", "kind", "note"),
    Call: ("id", "node", "operation", "error"),
    Timer: ("id", "case_id", "task_key", "node", "due_at"),
    Listener: ("id", "case_id", "task_key", "node", "kind", "name", "correlation", "since"),
}
"""What a move may change, and what shows that somebody has acted since. Having looked at a task is no act."""
_OPEN: Final[tuple[type[Task] | type[Call], ...]] = (Task, Call)
_WATCHING: Final[tuple[type[Timer] | type[Listener], ...]] = (Timer, Listener)


@command
def begin(actor: Actor, wanted: Wanted, *, reason: str, only_try: bool = False) -> Bulk:
    """Move cases in the background, or try it on all of them. Raises Forbidden, Invalid on `reason` or the choices."""
    migration.check(actor, wanted)
    chosen = migration.chosen_cases(actor, wanted)
    spec = {"key": wanted.key, "to": None if wanted.to is None else str(wanted.to), "choices": dict(wanted.choices)}
    return bulk.begin(actor, TRY if only_try else ACT, ((one, "") for one in chosen), reason=reason, spec=spec)


@command
def undo(actor: Actor, bulk_id: UUID, *, reason: str, rollback: Callable[[], object] | None = None) -> Bulk:
    """Take back every move of a bulk act whose case nobody has touched since; `rollback` takes the publication back.

    Raises Missing, Conflict "migration.not_undoable" when it was no move, is not over, or has been taken back.
    """
    found = db.session.get(Bulk, bulk_id, with_for_update=True)
    if found is None or found.act != ACT or not actor.places(MIGRATE):
        raise Missing("bulk.missing")
    bulk.visible(actor, bulk_id)
    if found.ended_at is None or found.undone_by is not None:
        raise Conflict("migration.not_undoable")
    query = select(BulkItem.case_id).where(BulkItem.bulk_id == bulk_id, BulkItem.outcome == MOVED)
    moved = [(case_id, str(bulk_id)) for case_id in db.session.scalars(query.order_by(BulkItem.id))]
    if rollback is not None:
        rollback()
    made = bulk.begin(actor, UNDO, moved, reason=reason, spec={"of": str(bulk_id)})
    found.undone_by = made.id
    return made


def undo_all(actor: Actor, bulk_id: UUID, *, reason: str, version_id: UUID | None = None) -> Bulk:
    """Take a move back and, with `version_id`, the publication it followed: both or neither.

    That older version is the newest of its place again; the gate looks at it before the transaction. Raises as `undo`
    and as `publishing.rollback`.
    """
    if version_id is None:
        return undo(actor, bulk_id, reason=reason)
    older, made = db.session.get(LayerVersion, version_id), db.session.get(Bulk, bulk_id)
    if older is None or made is None or (older.kind, older.key) != ("procedure", made.spec.get("key")):
        raise Missing("version.missing")
    publishing.require_ready(actor, older.id)
    return undo(actor, bulk_id, reason=reason, rollback=lambda: publishing.put_back(actor, older.id, reason))


def move(made: Bulk, item: BulkItem) -> Outcome:
    """Move one case of a bulk act, in the name of whoever began it, to what is right for it by now."""
    actor, case = bulk.maker(made), queries.locked_case(item.case_id)
    require(actor, case)
    if case.ended_at is not None:
        return Outcome(ENDED)
    try:
        to, step = _planned(made, case)
    except OfficeError as refusal:
        return Outcome(BLOCKED, refusal.code, refusal.data)
    if step is None:
        return Outcome(STAYED)
    before = kept(case)
    old = case.version
    _carry(case, to, step, made.spec["choices"])
    fact = CaseMigrated(
        about=str(case.id), bulk_id=str(made.id), version_from=old.sha256, version_to=to.sha256, reason=made.reason
    )
    events.record(fact, actor=actor.name)
    return Outcome(MOVED, before={**before, "after": digest(case)})


def rehearse(made: Bulk, item: BulkItem) -> Outcome:
    """What would become of one case of a bulk act, without a lock and without a change."""
    case = queries.case(item.case_id)
    require(bulk.maker(made), case)
    if case.ended_at is not None:
        return Outcome(ENDED)
    try:
        _to, step = _planned(made, case)
    except OfficeError as refusal:
        return Outcome(BLOCKED, refusal.code, refusal.data)
    return Outcome(STAYED if step is None else migration.MOVE)


def move_back(made: Bulk, item: BulkItem) -> Outcome:
    """Give one case back its rows as they were before it was moved, unless somebody has touched it since."""
    actor, case = bulk.maker(made), queries.locked_case(item.case_id)
    require(actor, case)
    query = select(BulkItem).where(BulkItem.bulk_id == UUID(item.reference), BulkItem.case_id == case.id)
    moved = db.session.scalars(query).one()
    if digest(case) != moved.before["after"]:
        return Outcome(TOUCHED, "migration.touched", _touched_by(case, moved))
    _restore(case, moved.before)
    events.record(CaseMovedBack(about=str(case.id), bulk_id=str(made.id), reason=made.reason), actor=actor.name)
    return Outcome(UNDONE)


BULK = {ACT: move, TRY: rehearse, UNDO: move_back}
"""What can be done with many cases at once."""


def require(actor: Actor, case: Case) -> None:
    """Refuse whoever may not move the cases of an agency, from there or from above. Raises Missing."""
    places = actor.places(MIGRATE)
    if not any(unit.id in places for unit in orgunits.lineage(case.unit_id)):
        raise Missing("case.missing")


def kept(case: Case) -> dict[str, Any]:
    """The rows of a case that a move may change, as JSON."""
    db.session.flush()
    rows: dict[str, Any] = {kind.__tablename__: [] for kind in _KEPT}
    for one in (case, *_open(case), *_watching(case)):
        rows[one.__tablename__].append(_told(one))
    return rows


def digest(case: Case) -> str:
    """The name of what is kept of a case: another one as soon as anybody acts."""
    return sha256(json.dumps(kept(case), sort_keys=True).encode()).hexdigest()


def _planned(made: Bulk, case: Case) -> tuple[ProcedureVersion, Step | None]:
    """Where a case goes and how it stands there; no step when it is there already."""
    spec = made.spec
    wanted = Wanted(spec["key"], None if spec["to"] is None else UUID(spec["to"]), spec["choices"])
    if case.version.key != wanted.key:
        raise Invalid("procedure.version_missing")
    to = migration.target(wanted, case.unit_id)
    if to.id == case.version_id:
        return to, None
    return to, migration.route(case.version_id, to.id, wanted.choices).move(case.state)


def _carry(case: Case, to: ProcedureVersion, step: Step, choices: Mapping[str, str]) -> None:
    """Let the rows of a case follow its state: names, holders and due dates stay, a form changes if the step's does."""
    old, new = procedures.pinned(case.version_id), procedures.pinned(to.id)
    steps = migration.route(case.version_id, to.id, choices).migration.mapping
    renamed = {one.node: one.to for one in steps.matches if one.to is not None}
    case.version, case.version_id = to, to.id
    case.passed = [renamed.get(node, node) for node in case.passed]
    nodes = {one.id: one.node for one in step.human_tasks} | {one.id: one.node for one in step.waiting}
    forms = {one.id: one.form or one.node for one in step.human_tasks}
    for row in _open(case):
        key, before = str(row.id), row.node
        row.node = nodes.get(key, row.node)
        if isinstance(row, Task) and key in forms and new.forms[row.node] != old.forms.get(before):
            row.form_sha256, row.form_key = new.forms[row.node], forms[key]
    projection.project(case, step)
    watched = {one.task_id: one.node for one in step.timers}
    watched |= {one.task_id: one.node for heard in (step.awaited, step.listening) for one in heard}
    for watching in _watching(case):
        watching.node = watched.get(watching.task_key, watching.node)
    db.session.flush()


def _open(case: Case) -> list[Task | Call]:
    found: list[Task | Call] = []
    for kind in _OPEN:
        query = select(kind).where(kind.case_id == case.id, kind.closed_at.is_(None))
        found.extend(db.session.scalars(query.order_by(kind.id)))
    return found


def _watching(case: Case) -> list[Timer | Listener]:
    found: list[Timer | Listener] = []
    for kind in _WATCHING:
        found.extend(db.session.scalars(select(kind).where(kind.case_id == case.id).order_by(kind.id)))
    return found


def _restore(case: Case, before: Mapping[str, Any]) -> None:
    for kind in (Case, Task, Call):
        for told in before[kind.__tablename__]:
            row = db.session.get_one(kind, UUID(told["id"]))
            for name, value in _read(kind, told).items():
                setattr(row, name, value)
    case.version = db.session.get_one(ProcedureVersion, case.version_id)
    for watching in _WATCHING:
        db.session.execute(delete(watching).where(watching.case_id == case.id))
        db.session.add_all(watching(**_read(watching, told)) for told in before[watching.__tablename__])
    db.session.flush()


def _told(row: Model) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in _KEPT[type(row)]}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _read(kind: type[Model], told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(kind.__table__.c[name].type, value) for name, value in told.items()}


def _value(kind: TypeEngine[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        return b64decode(value)
    if isinstance(kind, Moment):
        return datetime.fromisoformat(value)
    return UUID(value) if isinstance(kind, Uuid) else value


def _touched_by(case: Case, moved: BulkItem) -> dict[str, str]:
    """Who acted on a case last since it was moved."""
    query = select(JournalEntry).where(JournalEntry.about == str(case.id), JournalEntry.at >= moved.at)
    query = query.where(JournalEntry.name != CaseMigrated.name).order_by(JournalEntry.at.desc())
    found = db.session.scalar(query.limit(1))
    return {} if found is None else {"actor": found.actor, "event": found.name, "at": found.at.isoformat()}
