"""Notices (thông báo): what people should know about cases, unread first."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.domain.cases import notices
from app.domain.cases.models import Notice
from app.domain.orgunits import queries as orgunits
from app.web import i18n, listing
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("notices", __name__)


@bp.get("/notices")
@signed_in
def index() -> ResponseReturnValue:
    """My notices."""
    actor = current_actor()
    part = listing.part(lambda offset, limit: notices.of(actor, limit=limit, offset=offset), notices.PAGE)
    return render_template("notices.html", part=part, said=said, again=lambda offset: url_for(".index", offset=offset))


@bp.post("/notices/<uuid:notice_id>/read")
@signed_in
def read(notice_id: UUID) -> ResponseReturnValue:
    """I have read one of them; go to its case, if it is about one."""
    found = notices.read(current_actor(), notice_id)
    if found.case_id is None:
        address = found.detail.get("address") if found.code.startswith(("notice.key_", "notice.initials_")) else None
        return redirect(address or url_for(".index"), 303)
    return redirect(url_for("cases.show", case_id=found.case_id), 303)


@bp.post("/notices/read")
@signed_in
def read_all() -> ResponseReturnValue:
    """I have read all of them."""
    notices.read_all(current_actor())
    return redirect(url_for(".index"), 303)


def said(notice: Notice) -> str:
    """What a notice says: as it was written, or the sentence of its code."""
    if notice.text:
        return notice.text
    values = dict(notice.detail)
    values["post"] = ""
    if values.get("post_id"):
        values["post"] = orgunits.post(UUID(str(values["post_id"]))).title
    titles = values.get("titles") or {}
    values["title"] = titles.get(i18n.locale()) or titles.get(i18n.DEFAULT) or values.get("key", "")
    return t(notice.code, **values)
