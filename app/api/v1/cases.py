"""Cases: starting one, and how far it is."""

from typing import Any
from uuid import UUID

from flask import g

from app.api.plan import Resources
from app.api.v1.schemas import CaseDetail, CaseShown, CaseStart
from app.domain.cases import drafting, queries
from app.domain.cases.models import Case

bp = Resources("api_cases", __name__, url_prefix="/api/v1/cases", description="Cases (hồ sơ xử lý)")


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


def _detail(case: Case) -> dict[str, Any]:
    shown = {name: field for name, field in vars(case).items() if name in CaseShown().fields}
    return {**shown, "version": case.version, "tasks": queries.tasks_of(case.id)}
