"""Procedures: what is in effect where and why, and the acts that change it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Response, g

from app.api.checks import seen_first
from app.api.plan import Resources
from app.api.v1.layerschemas import (
    ChangeShown,
    DraftDiagram,
    DraftShown,
    DraftWritten,
    ExplainedShown,
    Label,
    OverviewQuery,
    OverviewShown,
    Publication,
    Settlement,
    VersionQuery,
    VersionShown,
)
from app.api.v1.schemas import Reason
from app.domain.actors.actor import Actor
from app.domain.cases import queries as cases
from app.domain.procedures import drafts, imports, publishing, queries, settling
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft, LayerNotice, LayerVersion
from app.domain.procedures.publishing import Words
from app.kernel.errors import Missing

bp = Resources("api_procedures", __name__, url_prefix="/api/v1/procedures", description="Procedures (quy trình)")
SEEN: Mapping[str, Callable[[Actor, UUID], object]] = {
    "draft_id": drafts.visible_draft,
    "version_id": queries.visible_version,
    "change_id": settling.visible_notice,
}
_seen_first = seen_first(**SEEN)


@bp.get("/")
@bp.arguments(OverviewQuery, location="query")
@bp.response(200, OverviewShown(many=True))
def overview(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Unit, procedure, effective version, origin, drift from the unit above and open cases."""
    limit, offset = asked.pop("limit"), asked.pop("offset")
    counts = cases.open_counts()
    rows = queries.overview(g.actor, **asked)[offset : offset + limit]
    return [{**vars(row), "drift": row.drift, "open_cases": counts.get((row.unit.id, row.key), 0)} for row in rows]


@bp.get("/<key>/units/<unit_code>")
@bp.response(200, ExplainedShown)
def explain(key: str, unit_code: str) -> dict[str, Any]:
    """A procedure as one unit has it, each value with the place that said it."""
    found = queries.explain(g.actor, key, unit_code)
    return {**vars(found), "problem": None if found.problem is None else found.problem.code}


@bp.get("/<key>/versions")
@bp.arguments(VersionQuery, location="query")
@bp.response(200, VersionShown(many=True))
def versions(asked: dict[str, Any], key: str) -> list[LayerVersion]:
    """Every version of a procedure, form or decision table at the places the caller sees."""
    found = queries.versions(g.actor, asked["kind"], key)
    if not found:
        raise Missing("procedure.missing")
    return found


@bp.put("/drafts")
@bp.arguments(DraftWritten)
@bp.response(200, DraftShown)
def write(body: dict[str, Any]) -> dict[str, Any]:
    """Keep a draft; `row_version` is the one it was begun from, null for a new one."""
    about = Subject(body["kind"], body["key"], body["place"])
    return _draft(drafts.save_draft(g.actor, about, body["content"], row_version=body["row_version"]))


@bp.get("/drafts/<uuid:draft_id>")
@bp.response(200, DraftShown)
def draft(draft_id: UUID) -> dict[str, Any]:
    """A draft with what is left to do before it can be published."""
    return _draft(drafts.visible_draft(g.actor, draft_id))


@bp.put("/drafts/<uuid:draft_id>/diagram")
@_seen_first
@bp.arguments(DraftDiagram)
@bp.response(200, DraftShown)
def import_diagram(body: dict[str, Any], draft_id: UUID) -> dict[str, Any]:
    """Take the diagram of any tool into a draft."""
    found = drafts.visible_draft(g.actor, draft_id)
    about = Subject(found.kind, found.key, found.place)
    xml, seen = body["xml"].encode(), body["row_version"]
    return _draft(imports.import_diagram(g.actor, about, xml, row_version=seen))


@bp.post("/drafts/<uuid:draft_id>/discard")
@_seen_first
@bp.response(204)
def discard(draft_id: UUID) -> Response:
    """Throw a draft away."""
    drafts.discard_draft(g.actor, draft_id)
    answer = Response(status=204)
    del answer.headers["Content-Type"]
    return answer


@bp.post("/drafts/<uuid:draft_id>/publication")
@_seen_first
@bp.arguments(Publication)
@bp.response(200, VersionShown)
def publish(body: dict[str, Any], draft_id: UUID) -> LayerVersion:
    """Publish a draft."""
    return publishing.publish(g.actor, draft_id, Words(body["reason"], body["label"]))


@bp.put("/versions/<uuid:version_id>/label")
@_seen_first
@bp.arguments(Label)
@bp.response(200, VersionShown)
def label(body: dict[str, Any], version_id: UUID) -> LayerVersion:
    """Give a version a name people use."""
    return publishing.set_label(g.actor, version_id, body["label"])


@bp.post("/versions/<uuid:version_id>/retirement")
@_seen_first
@bp.response(200, VersionShown)
def retire(version_id: UUID) -> LayerVersion:
    """Let a version begin no new case."""
    return publishing.retire(g.actor, version_id)


@bp.post("/versions/<uuid:version_id>/rollback")
@_seen_first
@bp.arguments(Reason)
@bp.response(200, VersionShown)
def rollback(body: dict[str, Any], version_id: UUID) -> LayerVersion:
    """Make the content of an older version the newest."""
    return publishing.rollback(g.actor, version_id, body["reason"])


@bp.get("/notices")
@bp.response(200, ChangeShown(many=True))
def notices() -> list[LayerNotice]:
    """What changed above the caller's places and is not settled yet."""
    return queries.open_notices(g.actor)


@bp.post("/notices/<uuid:change_id>/settlement")
@_seen_first
@bp.arguments(Settlement)
@bp.response(200, ChangeShown)
def settle(body: dict[str, Any], change_id: UUID) -> LayerNotice:
    """Follow, keep, merge, or take note."""
    return settling.settle(g.actor, change_id, how=body["how"], reason=body["reason"])


def _draft(found: LayerDraft) -> dict[str, Any]:
    return {**{name: getattr(found, name) for name in DraftShown.PLAIN}, "todo": drafts.todo(found)}
