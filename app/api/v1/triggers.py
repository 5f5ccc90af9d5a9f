"""Procedures that begin by themselves: what is switched on where, and switching it."""

from uuid import UUID

from flask import Response, g

from app.api.checks import seen_first
from app.api.plan import Resources
from app.api.v1.schemas import BoardShown, TriggerShown
from app.domain.actors.actor import Actor
from app.domain.cases import triggers
from app.domain.cases.correspondence import Trigger
from app.domain.cases.triggers import Board

bp = Resources(
    "api_triggers", __name__, url_prefix="/api/v1/procedures", description="Procedures that begin by themselves"
)


def _publishes(actor: Actor, _key: str) -> None:
    """Who publishes procedures nowhere hears only that there is nothing."""
    triggers.require_publisher(actor)


_publisher_first = seen_first(key=_publishes)


@bp.get("/<key>/triggers")
@_publisher_first
@bp.response(200, BoardShown(many=True))
def index(key: str) -> list[Board]:
    """The starts of a procedure that need no person, at each unit that the caller looks after."""
    return triggers.boards(g.actor, key)


@bp.put("/<key>/triggers/<uuid:unit_id>")
@_publisher_first
@bp.response(200, TriggerShown(many=True))
def switch_on(key: str, unit_id: UUID) -> list[Trigger]:
    """Let a procedure of a unit begin by itself."""
    return triggers.switch_on(g.actor, key, unit_id)


@bp.delete("/<key>/triggers/<uuid:unit_id>")
@_publisher_first
@bp.response(204)
def switch_off(key: str, unit_id: UUID) -> Response:
    """Let a procedure of a unit no longer begin by itself."""
    triggers.switch_off(g.actor, key, unit_id)
    answer = Response(status=204)
    del answer.headers["Content-Type"]
    return answer
