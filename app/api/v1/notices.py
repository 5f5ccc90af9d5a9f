"""Notices: what the caller should know, and noting that it was read."""

from typing import Any
from uuid import UUID

from flask import g

from app.api.plan import Resources
from app.api.v1.schemas import NoticeShown, Page
from app.domain.cases import notices
from app.domain.cases.models import Notice

bp = Resources("api_notices", __name__, url_prefix="/api/v1/notices", description="Notices (thông báo)")


@bp.get("/")
@bp.arguments(Page, location="query")
@bp.response(200, NoticeShown(many=True))
def index(query: dict[str, Any]) -> list[Notice]:
    """The caller's notices: unread ones first, then latest first."""
    return notices.of(g.actor, limit=query["limit"], offset=query["offset"])


@bp.put("/<uuid:notice_id>/read")
@bp.response(200, NoticeShown)
def read(notice_id: UUID) -> Notice:
    """Note that a notice was read."""
    return notices.read(g.actor, notice_id)
