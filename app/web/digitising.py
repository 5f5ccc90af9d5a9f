"""Digitising a document that came on paper: the clerk uploads the scan, the agency's signature goes onto it."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.cases import queries
from app.domain.documents.models import Document
from app.domain.signatures import digitising
from app.domain.signers import queries as signers
from app.domain.signers.models import SignerKey
from app.gateways import scans
from app.kernel.errors import Invalid, TooLarge
from app.web import stepup, uploads
from app.web.desksigning import address_after
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("digitising", __name__)


def offered(actor: Actor, document: Document) -> dict[str, bool] | None:
    """What the form for a scan asks for; None for whoever may not seal one, and where there is no paper."""
    if not digitising.may_digitise(actor, document):
        return None
    key = _key(document)
    return {"asks": key is not None and not stepup.given_already(actor, key)}


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
    try:
        stepup.take(current_actor(), _key(document), request.form.get(stepup.FIELD, ""))
    except Invalid as refusal:
        code, data = refusal.fields[stepup.FIELD]
        flash(t(code, **data), "late")
        return back
    digitising.digitise(current_actor(), document_id, scan=scan)
    if (desk := address_after()) is not None:
        return redirect(desk, 303)
    flash(t("digitise.begun"), "done")
    return back


def _key(document: Document) -> SignerKey | None:
    """The agency's key, if it asks something of its holder."""
    key = signers.key_of_unit(document.unit_id)
    return key if stepup.wants_secret(key) else None
