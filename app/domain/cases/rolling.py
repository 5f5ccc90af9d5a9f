"""Bringing a draft into effect (ban hành): for everybody, for some units first or at a moment; and taking it back.

Publication with the moves it begins, and the way back, are each one transaction; cases are moved by a worker.
"""

from collections.abc import Sequence
from uuid import UUID

from app.domain.access import queries as access
from app.domain.actors.actor import Actor
from app.domain.cases import announcing, bulk, migration, moves, planning, reach, rollouts
from app.domain.cases.migration import Wanted
from app.domain.cases.milestones import RolloutCalled, RolloutMoved, RolloutPlanned
from app.domain.cases.models import Bulk
from app.domain.cases.planning import FIRST, LATER, MOVE, Plan
from app.domain.cases.rollouts import DUE, OPEN, PILOT, PLANNED, PUBLISHED, UNDONE, Rollout
from app.domain.procedures import drafts, pilots, places, publishing, suite
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft, LayerVersion
from app.domain.procedures.publishing import Words
from app.kernel import clock, events
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict, Invalid, Missing, OfficeError


def publish(actor: Actor, draft_id: UUID) -> Rollout:
    """Do what was planned: publish for everybody or for some units first, or have the clock do it.

    The gate looks at the draft first, in a child process. Raises Missing and Forbidden by the place, Invalid for a plan
    that is not whole, "draft.todo", "rollout.nothing_new" and "rollout.unit_held", Conflict "rollout.begun",
    "draft.stale" and "version.piloted"; then nothing has happened.
    """
    draft = suite.visible(actor, draft_id)
    rollout = rollouts.of_draft(draft_id)
    plan = planning.of(rollout)
    planning.require_ready(plan, planning.failing({} if rollout is None else rollout.proofs, draft.row_version))
    seen = draft.row_version
    drafts.require_ready(_about(draft), draft.content)
    return _plan(actor, draft_id, seen) if plan.how == LATER else _publish(actor, draft_id, seen)


def publish_due(rollout_id: UUID) -> None:
    """Publish what was planned for now, in the name of whoever planned it; a refusal is kept, and the plan is open.

    Twice is harmless: what is no longer due is left alone.
    """
    rollout = db.session.get(Rollout, rollout_id)
    if rollout is None or rollout.state != DUE:
        return
    seen, draft_id = rollout.planned_for, rollout.draft_id
    try:
        actor = bulk.person_of(rollout.made_by)
        draft = suite.visible(actor, draft_id)
        drafts.require_ready(_about(draft), draft.content)
        _publish(actor, draft_id, seen)
    except OfficeError as refusal:
        _refuse(rollout_id, refusal.code)


@command
def call(rollout_id: UUID) -> None:
    """Have a worker publish what is due; a second clock finds it called."""
    rollout = locked(Rollout, rollout_id)
    if rollout is None or rollout.state != PLANNED or rollout.due_at is None or rollout.due_at > clock.now():
        return
    rollout.state = DUE
    events.record(RolloutCalled(about=str(rollout.id)), actor="system")


@command
def cancel(actor: Actor, rollout_id: UUID) -> Rollout:
    """Take a planned publication off the calendar; the draft and its plan stay. Conflict "rollout.begun" when late."""
    rollout = _ours(actor, rollout_id)
    if rollout.state != PLANNED:
        raise Conflict("rollout.begun")
    rollout.state, rollout.due_at = OPEN, None
    events.record(RolloutMoved(about=str(rollout.id), state=OPEN, units=[]), actor=actor.name)
    return rollout


@command
def widen(actor: Actor, rollout_id: UUID) -> Rollout:
    """Give everybody what some units have tried, and move the cases of the others if that was planned."""
    rollout = _ours(actor, rollout_id)
    if rollout.state != PILOT or rollout.version_id is None:
        raise Conflict("rollout.not_piloted")
    publishing.widen(actor, rollout.version_id)
    _move(actor, rollout, None)
    _enter(actor, rollout, PUBLISHED)
    return rollout


def undo(actor: Actor, rollout_id: UUID, reason: str) -> Rollout:
    """Take back the publication and every move whose case nobody has touched since; what was written is a draft again.

    Raises Conflict "rollout.overtaken" when a later version is in effect, "migration.not_undoable" while cases are
    still being moved, "rollout.not_published" otherwise, Invalid on `reason`.
    """
    rollout = rollouts.visible(actor, rollout_id)
    if rollout.state == PUBLISHED and rollout.older_id is not None:
        publishing.require_ready(actor, rollout.older_id)
    return _undo(actor, rollout_id, bulk.require_reason(reason))


@command
def _plan(actor: Actor, draft_id: UUID, seen: int) -> Rollout:
    draft = drafts.locked_draft(actor, draft_id, "procedures.publish")
    rollout = _begun(draft_id, (OPEN,))
    plan = planning.of(rollout)
    if draft.row_version != seen or plan.moment is None:
        raise Conflict("draft.stale")
    rollout.state, rollout.due_at, rollout.code = PLANNED, plan.moment, ""
    rollout.made_by, rollout.planned_for = actor.person_id, seen
    events.record(RolloutPlanned(about=str(rollout.id), at=plan.at), actor=actor.name)
    return rollout


@command
def _publish(actor: Actor, draft_id: UUID, seen: int) -> Rollout:
    rollout = _begun(draft_id, (OPEN, DUE))
    draft, plan = drafts.locked_draft(actor, draft_id, "procedures.publish"), planning.of(rollout)
    units = _chosen(draft, plan)
    older = _newest(_about(draft))
    version = publishing.put_in_effect(actor, draft_id, Words(plan.summary, plan.label), seen, units)
    if older is not None and version.id == older.id:
        raise Invalid("rollout.nothing_new")
    rollout.version_id, rollout.older_id = version.id, None if older is None else older.id
    rollout.published_at, rollout.due_at, rollout.code, rollout.made_by = clock.now(), None, "", actor.person_id
    db.session.flush()
    _move(actor, rollout, frozenset(units.values()) if units else None)
    _enter(actor, rollout, PILOT if units else PUBLISHED, plan.units if units else ())
    return rollout


@command
def _undo(actor: Actor, rollout_id: UUID, reason: str) -> Rollout:
    rollout = _ours(actor, rollout_id)
    version = None if rollout.version_id is None else db.session.get(LayerVersion, rollout.version_id)
    if rollout.state not in (PILOT, PUBLISHED) or version is None:
        raise Conflict("rollout.not_published")
    about = Subject(version.kind, version.key, version.place)
    if rollout.state == PUBLISHED:
        newest = _newest(about)
        if newest is None or newest.id != version.id:
            raise Conflict("rollout.overtaken")
    if rollout.state == PILOT or rollout.older_id is None:
        publishing.retire(actor, version.id)
    else:
        publishing.put_back(actor, rollout.older_id, reason)
    rollout.undos = [str(moves.undo(actor, one, reason=reason).id) for one in _undoable(rollout)]
    if drafts.draft_about(about) is None:
        drafts.save_draft(actor, about, version.content)
    _enter(actor, rollout, UNDONE, planning.of(rollout).units if rollout.state == PILOT else ())
    return rollout


@command
def _refuse(rollout_id: UUID, code: str) -> None:
    rollout = locked(Rollout, rollout_id)
    if rollout is not None and rollout.state == DUE:
        rollout.state, rollout.due_at, rollout.code = OPEN, None, code
        if rollout.made_by is not None:
            announcing.tell_refused(rollout, access.actor_of(rollout.made_by).post_ids)


def _begun(draft_id: UUID, states: tuple[str, ...]) -> Rollout:
    """The rollout of a draft that is ours alone. Conflict "rollout.begun" when it is past these states."""
    found = rollouts.of_draft(draft_id)
    rollout = None if found is None else locked(Rollout, found.id)
    if rollout is None:
        raise Missing("rollout.missing")
    if rollout.state not in states:
        raise Conflict("rollout.begun")
    return rollout


def _ours(actor: Actor, rollout_id: UUID) -> Rollout:
    rollouts.visible(actor, rollout_id)
    rollout = locked(Rollout, rollout_id)
    if rollout is None:
        raise Missing("rollout.missing")
    places.require(actor, "procedures.publish", rollout.place, places.chart())
    return rollout


def _chosen(draft: LayerDraft, plan: Plan) -> dict[str, UUID]:
    """The units that are to try it first, by their places. Invalid "rollout.unit_held" when one could not have it."""
    if plan.how != FIRST:
        return {}
    found = {f"units/{unit.code}": key for key, unit in reach.following(draft, plan.units).items()}
    if len(found) != len({*plan.units}):
        raise Invalid("rollout.unit_held")
    return found


def _move(actor: Actor, rollout: Rollout, units: frozenset[UUID] | None) -> None:
    """Begin to move the cases of some units, or of all that have the version now, if that was planned."""
    plan = planning.of(rollout)
    wanted = Wanted(rollout.key, None, dict(plan.choices), units or _looking(rollout))
    if plan.cases == MOVE and migration.chosen_cases(actor, wanted):
        made = moves.begin(actor, wanted, reason=plan.summary)
        rollout.bulks = [*rollout.bulks, str(made.id)]


def _looking(rollout: Rollout) -> frozenset[UUID]:
    known = places.chart()
    return frozenset(one.id for one in known.units.values() if rollout.place in known.chain(one.id))


def _undoable(rollout: Rollout) -> list[UUID]:
    """The moves of a rollout that moved something. Conflict "migration.not_undoable" while one is not over."""
    found = [db.session.get_one(Bulk, UUID(one)) for one in rollout.bulks]
    if any(one.ended_at is None for one in found):
        raise Conflict("migration.not_undoable")
    return [one.id for one in reversed(found) if one.undone_by is None and bulk.counts(one.id).get(moves.MOVED)]


def _newest(about: Subject) -> LayerVersion | None:
    """The version of a place that everybody has."""
    history = [one for one in publishing.history(about) if one.retired_at is None]
    tried = pilots.of(one.id for one in history)
    return next((one for one in reversed(history) if one.id not in tried), None)


def _enter(actor: Actor, rollout: Rollout, state: str, units: Sequence[str] = ()) -> None:
    """Come into a state that concerns some units (by code), or all that look at the place."""
    rollout.state = state
    events.record(RolloutMoved(about=str(rollout.id), state=state, units=list(units)), actor=actor.name)


def _about(draft: LayerDraft) -> Subject:
    return Subject(draft.kind, draft.key, draft.place)
