"""Replays: what would become of finished cases on another version of their procedure."""

from datetime import timedelta
from typing import Any

from flask import g
from marshmallow import fields, validate

from app.api.plan import Resources
from app.api.v1.schemas import Strict
from app.domain.cases import replay
from app.domain.cases.replay import Period
from app.domain.procedures import assembly
from app.engine.child import Reader
from app.engine.xml import MAX_BYTES
from app.kernel import clock

bp = Resources(
    "api_replays", __name__, url_prefix="/api/v1/procedures", description="Replays of cases (tái hiện hồ sơ)"
)
A_MONTH = timedelta(days=30)


class ReplayAsked(Strict):
    """On which version, with which diagram in its stead, and cases that ended in which time; by default a month."""

    version_id = fields.UUID(required=True)
    diagram = fields.String(
        load_default="", validate=validate.Length(max=MAX_BYTES), metadata={"description": "BPMN XML of any tool"}
    )
    since = fields.AwareDateTime(load_default=None, allow_none=True)
    until = fields.AwareDateTime(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=replay.MOST_CASES, validate=validate.Range(1, replay.MOST_CASES))


class ReplayOutcome(Strict):
    """How one case would have gone."""

    case_id = fields.UUID(required=True)
    ended_at = fields.AwareDateTime(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(replay.KINDS))
    told = fields.Dict(required=True, metadata={"description": "The first difference, where it waits, or why it fails"})


class ReplayShown(Strict):
    """How many cases of each kind there are, and those that did not go the same way."""

    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    different = fields.List(fields.Nested(ReplayOutcome), required=True)


@bp.post("/<key>/replay")
@bp.arguments(ReplayAsked)
@bp.response(200, ReplayShown)
def run(body: dict[str, Any], key: str) -> replay.Report:
    """Replay cases; nothing of them changes."""
    target = replay.target_version(g.actor, key, body["version_id"])
    until = body["until"] or clock.now()
    period = Period(body["since"] or until - A_MONTH, until, body["limit"])
    with Reader() as reader:
        if body["diagram"]:
            target = assembly.redrawn(target, reader.ask("convert", body["diagram"].encode())["xml"].encode())
        return replay.replay(g.actor, key, target, period, reader.ask)
