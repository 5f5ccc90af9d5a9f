"""Cases: starting one, and how far it is."""

from typing import Any
from uuid import UUID

from flask import g

from app.api.checks import seen_first
from app.api.plan import Resources
from app.api.v1.schemas import CaseDetail, CaseReopen, CaseShown, CaseStart
from app.domain.cases import drafting, queries, reopening
from app.domain.cases.models import Case

bp = Resources("api_cases", __name__, url_prefix="/api/v1/cases", description="Cases (hồ sơ xử lý)")
_seen_first = seen_first(case_id=reopening.visible)


@bp.post("/")
@bp.arguments(CaseStart)
@bp.response(201, CaseDetail)
def start(body: dict[str, Any]) -> dict[str, Any]:
    """Start a procedure that begins with a person."""
    case = drafting.start_outgoing(g.actor, **body)
    return _detail(case)


@bp.get("/<uuid:case_id>")
@bp.response(200, CaseDetail)
def show(case_id: UUID) -> dict[str, Any]:
    """One case and its tasks."""
    return _detail(queries.visible_case(g.actor, case_id))


@bp.post("/<uuid:case_id>/reopening")
@_seen_first
@bp.arguments(CaseReopen)
@bp.response(200, CaseDetail)
def reopen(body: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Let a case that has ended wait at a step again."""
    return _detail(reopening.reopen_case(g.actor, case_id, node=body["node"], reason=body["reason"]))


def _detail(case: Case) -> dict[str, Any]:
    shown = {name: field for name, field in vars(case).items() if name in CaseShown().fields}
    return {**shown, "version": case.version, "tasks": queries.tasks_of(case.id)}
