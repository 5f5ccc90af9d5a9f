"""Handing an agency's key over, and the records of it (biên bản bàn giao)."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue

from app.domain.actors import queries as actors
from app.domain.orgunits.models import Unit
from app.domain.signers import holdings, queries
from app.domain.signers.holdings import HandOver
from app.domain.signers.models import SignerKey
from app.kernel.errors import Invalid, Missing, OfficeError
from app.web import errors, forms, signerpage, uploads
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("holdings", __name__, url_prefix="/signers/<uuid:signer_id>")


@bp.post("/hand-over")
@signed_in
def hand_over(signer_id: UUID) -> ResponseReturnValue:
    """Hand the key over. Raises Missing and Forbidden."""
    actor = current_actor()
    unit = _unit(queries.visible_key(actor, signer_id))
    try:
        made = holdings.hand_over(actor, signer_id, _record())
    except Invalid as refusal:
        return signerpage.page(actor, unit, refusal), errors.status_of(refusal)
    flash(t("holding.made", name=actors.names([made.person_id]).get(made.person_id, "")), "done")
    return redirect(signerpage.home(unit), 303)


@bp.get("/holdings/<uuid:holding_id>")
@signed_in
def show(signer_id: UUID, holding_id: UUID) -> ResponseReturnValue:
    """The record of one hand-over, to be printed. Raises Missing."""
    found = holdings.visible_holding(current_actor(), signer_id, holding_id)
    key = queries.key(signer_id)
    names = actors.names(one for one in (found.given_by, found.person_id) if one is not None)
    return render_template("holding.html", one=found, key=key, unit=_unit(key), names=names)


@bp.get("/holdings/<uuid:holding_id>/record.pdf")
@signed_in
def record(signer_id: UUID, holding_id: UUID) -> ResponseReturnValue:
    """The decision that came with it. Raises Missing."""
    found = holdings.visible_holding(current_actor(), signer_id, holding_id)
    if found.record_sha256 is None:
        raise Missing("signer.missing")
    path = current_app.extensions["files"].path(found.record_sha256)
    return send_file(path, mimetype="application/pdf", as_attachment=True, download_name=found.record_name)


def _unit(key: SignerKey) -> Unit:
    unit = signerpage.unit_of(key)
    if unit is None:
        raise Missing("signer.missing")
    return unit


def _record() -> HandOver:
    """What was typed, with the file that came along. Errors: Invalid with `fields`."""
    try:
        person = UUID(request.form.get("person", ""))
    except ValueError as nobody:
        raise Invalid("form.invalid", fields={"person": ("form.required", {})}) from nobody
    said = {name: forms.tidy(request.form.get(name, "")) for name in ("decided_by", "note")}
    upload = request.files.get("record")
    if upload is None or not upload.filename:
        return HandOver(person, **said)
    try:
        kept = uploads.keep(upload)
    except OfficeError as refusal:
        raise Invalid("form.invalid", fields={"record": (refusal.code, refusal.data)}) from refusal
    return HandOver(person, **said, record_name=kept.name, record_sha256=kept.sha256)
