"""Incidents: what is stuck and why, repairing one, and repairing many."""

from typing import Any
from uuid import UUID

from flask import g

from app.api.checks import seen_first
from app.api.plan import Resources
from app.api.v1.incidentschemas import (
    BulkShown,
    IncidentDetail,
    IncidentQuery,
    IncidentShown,
    ManyRepairs,
    Move,
    Note,
    Outcome,
    Retry,
    Skip,
)
from app.domain.cases import bulk, repairs, troubles
from app.domain.cases.models import Bulk, Incident
from app.domain.cases.troubles import Wanted
from app.domain.documents.rules import folded

bp = Resources("api_incidents", __name__, url_prefix="/api/v1/incidents", description="Incidents (sự cố)")
_seen_first = seen_first(incident_id=repairs.visible)


@bp.get("/")
@bp.arguments(IncidentQuery, location="query")
@bp.response(200, IncidentShown(many=True))
def index(query: dict[str, Any]) -> list[Incident]:
    """The incidents the caller operates; those that wait longest come first."""
    troubles.require_operator(g.actor)
    return troubles.found(g.actor, _wanted(query), limit=query["limit"], offset=query["offset"])


@bp.get("/<uuid:incident_id>")
@bp.response(200, IncidentDetail)
def show(incident_id: UUID) -> dict[str, Any]:
    """One incident, and where its case could be moved."""
    incident = repairs.visible(g.actor, incident_id)
    shown = {name: getattr(incident, name) for name in vars(incident) if not name.startswith("_")}
    return {**shown, "case": incident.case, "destinations": repairs.destinations(incident)}


@bp.post("/<uuid:incident_id>/retry")
@_seen_first
@bp.arguments(Retry)
@bp.response(200, Outcome)
def retry(body: dict[str, Any], incident_id: UUID) -> dict[str, str]:
    """Try again, after changes to what the case knows if there are any; tells what really came of it."""
    return {"outcome": repairs.retry(g.actor, incident_id, **body)}


@bp.post("/<uuid:incident_id>/skip")
@_seen_first
@bp.arguments(Skip)
@bp.response(200, Outcome)
def skip(body: dict[str, Any], incident_id: UUID) -> dict[str, str]:
    """Answer an operation in place of the system."""
    return {"outcome": repairs.skip(g.actor, incident_id, **body)}


@bp.post("/<uuid:incident_id>/move")
@_seen_first
@bp.arguments(Move)
@bp.response(200, Outcome)
def move(body: dict[str, Any], incident_id: UUID) -> dict[str, str]:
    """Put the token at another node."""
    return {"outcome": repairs.move(g.actor, incident_id, **body)}


@bp.put("/<uuid:incident_id>/note")
@_seen_first
@bp.arguments(Note)
@bp.response(200, IncidentShown)
def note(body: dict[str, Any], incident_id: UUID) -> Incident:
    """Keep a note for other operators."""
    repairs.note(g.actor, incident_id, text=body["note"])
    return repairs.visible(g.actor, incident_id)


@bp.post("/bulk")
@bp.arguments(ManyRepairs)
@bp.response(202, BulkShown)
def begin(body: dict[str, Any]) -> dict[str, Any]:
    """Repair every incident of a filter, if they are as many as expected; a worker does it."""
    words = body["words"]
    made = troubles.repair_many(
        g.actor, body["act"], _wanted(body), expected=body["expected"], reason=body["reason"], words=words
    )
    return _shown(made)


@bp.get("/bulk/<uuid:bulk_id>")
@bp.response(200, BulkShown)
def follow(bulk_id: UUID) -> dict[str, Any]:
    """How far a bulk act is, and how many cases had each outcome."""
    return _shown(bulk.visible(g.actor, bulk_id))


def _shown(made: Bulk) -> dict[str, Any]:
    counts = {outcome or "todo": number for outcome, number in bulk.counts(made.id).items()}
    kept = {name: getattr(made, name) for name in ("id", "act", "reason", "made_at", "ended_at")}
    return {**kept, "outcomes": counts}


def _wanted(given: dict[str, Any]) -> Wanted:
    names = ("code", "node", "procedure", "unit_id", "closed")
    return Wanted(**{name: given[name] for name in names if name in given}, search=folded(given["search"]))
