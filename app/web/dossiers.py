"""A document with its proofs in one folder, to be checked by anybody (xuất hồ sơ có bằng chứng)."""

from uuid import UUID

from flask import Blueprint, current_app, send_file
from flask.typing import ResponseReturnValue

from app.domain.cases import queries as cases
from app.domain.exchange import exporting
from app.gateways import dossier
from app.gateways.files import FileStore
from app.web.session import current_actor, signed_in

bp = Blueprint("dossiers", __name__)


@bp.get("/documents/<uuid:document_id>/export")
@signed_in
def export(document_id: UUID) -> ResponseReturnValue:
    """The zip: files, register entry, slip, receipts, verdicts and the verifier."""
    actor = current_actor()
    document = cases.visible_document(actor, document_id)
    store: FileStore = current_app.extensions["files"]
    with store.temporary() as folder:
        target = folder / "export.zip"
        found, unit_id = exporting.exported(actor, document_id), document.unit_id
        files = {path: one.sha256 for path, one in found.files.items()}
        dossier.pack(store, files, found.record, lambda listed: exporting.sealed(found, unit_id, listed), target)
        stream = target.open("rb")  # it outlives its name
    name = f"{document.reference.replace('/', '-') or 'van-ban'}.zip"
    return send_file(stream, mimetype="application/zip", as_attachment=True, download_name=name)
