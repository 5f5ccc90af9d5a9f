"""Moving running cases to another version: trying it, doing it, following it, taking it back."""

from typing import Any
from uuid import UUID

from flask import g
from marshmallow import Schema, fields, validate

from app.api.checks import seen_first
from app.api.plan import Resources
from app.api.v1.schemas import Reason, Strict
from app.domain.cases import bulk, migration, moves
from app.domain.cases.migration import Wanted
from app.domain.cases.models import Bulk

bp = Resources(
    "api_migrations", __name__, url_prefix="/api/v1/migrations", description="Moving cases to another version"
)
_STEP = validate.Length(min=1, max=200)
_seen_first = seen_first(bulk_id=bulk.visible)


class Trial(Strict):
    """Which cases should move where; without `to`, each to the version in force at its agency."""

    procedure = fields.String(required=True, validate=validate.Length(min=1, max=64))
    to = fields.UUID(load_default=None, allow_none=True)
    units = fields.List(fields.UUID(), load_default=list)
    cases = fields.List(fields.UUID(), load_default=list)
    choices = fields.Dict(keys=fields.String(validate=_STEP), values=fields.String(), load_default=dict)
    most = fields.Integer(load_default=500, validate=validate.Range(1, 10_000))


class Begin(Trial):
    """A move, and why."""

    reason = fields.String(required=True, validate=validate.Length(min=1, max=1000))


class TakenBack(Reason):
    """Why a move is taken back, and which older version of the procedure is to be the newest of its place again."""

    version_id = fields.UUID(load_default=None, allow_none=True)


class CaseVerdict(Schema):
    """What would become of one case."""

    case_id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    version_id = fields.UUID(required=True)
    word = fields.String(required=True, validate=validate.OneOf(("move", "stay", "blocked")))
    code = fields.String(required=True)
    node = fields.String(required=True)


class TrialShown(Schema):
    """What would become of all of them; `total` may be more than were tried."""

    total = fields.Integer(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    cases = fields.List(fields.Nested(CaseVerdict), required=True)


class MoveShown(Schema):
    """A move or its undo, and how many cases had which outcome; "" are still to do."""

    id = fields.UUID(required=True)
    act = fields.String(required=True)
    reason = fields.String(required=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    undone_by = fields.UUID(allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


@bp.post("/trial")
@bp.arguments(Trial)
@bp.response(200, TrialShown)
def rehearse(body: dict[str, Any]) -> dict[str, Any]:
    """Try the move on every open case, and change nothing."""
    tried = migration.rehearse(g.actor, _wanted(body), body["most"])
    return {"total": tried.total, "counts": dict(tried.of()), "cases": tried.verdicts}


@bp.post("/")
@bp.arguments(Begin)
@bp.response(202, MoveShown)
def begin(body: dict[str, Any]) -> dict[str, Any]:
    """Move cases in the background."""
    return _shown(moves.begin(g.actor, _wanted(body), reason=body["reason"]))


@bp.get("/<uuid:bulk_id>")
@bp.response(200, MoveShown)
def show(bulk_id: UUID) -> dict[str, Any]:
    """How far a move is."""
    return _shown(bulk.visible(g.actor, bulk_id))


@bp.post("/<uuid:bulk_id>/undo")
@_seen_first
@bp.arguments(TakenBack)
@bp.response(202, MoveShown)
def undo(body: dict[str, Any], bulk_id: UUID) -> dict[str, Any]:
    """Take a move back, case by case, where nobody has acted since."""
    return _shown(moves.undo_all(g.actor, bulk_id, reason=body["reason"], version_id=body["version_id"]))


def _wanted(body: dict[str, Any]) -> Wanted:
    units, cases = (frozenset(body[name]) or None for name in ("units", "cases"))
    return Wanted(body["procedure"], body["to"], body["choices"], units, cases)


def _shown(made: Bulk) -> dict[str, Any]:
    shown = {name: getattr(made, name) for name in ("id", "act", "reason", "ended_at", "undone_by")}
    return {**shown, "counts": bulk.counts(made.id)}
