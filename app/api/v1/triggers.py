"""Procedures that begin by themselves: what is switched on where, and switching it."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Response, g

from app.api.plan import Resources
from app.api.v1.schemas import BoardShown, TriggerShown
from app.domain.cases import triggers
from app.domain.cases.correspondence import Trigger
from app.domain.cases.triggers import Board

bp = Resources(
    "api_triggers", __name__, url_prefix="/api/v1/procedures", description="Procedures that begin by themselves"
)


def _publisher_first(view: Callable[..., Any]) -> Callable[..., Any]:
    """Who publishes procedures nowhere hears only that there is nothing."""

    @wraps(view)
    def looked(*args: Any, **more: Any) -> Any:
        triggers.require_publisher(g.actor)
        return view(*args, **more)

    return looked


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
