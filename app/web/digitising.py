"""Digitising a document that came on paper: the clerk uploads the scan, the agency's signature goes onto it."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.cases import queries
from app.domain.signatures import digitising
from app.gateways import scans
from app.kernel.errors import Invalid, TooLarge
from app.web import uploads
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("digitising", __name__)


@bp.post("/documents/<uuid:document_id>/scan")
@signed_in
def digitise(document_id: UUID) -> ResponseReturnValue:
    """Take a scan, if it shows the paper as the decree wants it, and have it sealed."""
    document = queries.visible_document(current_actor(), document_id)
    current_actor().require("documents.issue", at=document.unit_id)
    back = redirect(url_for("documents.show", document_id=document_id, _anchor="scan"), 303)
    upload = request.files.get("scan")
    if upload is None or not upload.filename:
        flash(t("digitise.no_file"), "late")
        return back
    try:
        scan = uploads.keep(upload)
        scans.require_faithful(current_app.extensions["files"].path(scan.sha256))
    except (Invalid, TooLarge) as refusal:
        flash(t(refusal.code, **refusal.data), "late")
        return back
    digitising.digitise(current_actor(), document_id, scan=scan)
    flash(t("digitise.begun"), "done")
    return back
