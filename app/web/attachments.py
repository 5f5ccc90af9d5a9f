"""Attachments on the pages of documents: added to a draft, taken along one by one, each with its verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.domain.actors.actor import Actor
from app.domain.cases import enclosing, queries
from app.domain.documents import attachments
from app.domain.documents.attachments import Attachment
from app.domain.documents.commands import FileGiven
from app.domain.documents.models import Document, DocumentFile
from app.domain.signatures import queries as signatures
from app.domain.signatures.models import SignatureVerdict
from app.gateways import attachment
from app.kernel.errors import Invalid, Missing, OfficeError
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("attachments", __name__)


@dataclass(frozen=True)
class Row:
    """One attachment and what was found of its signatures."""

    attachment: Attachment
    verdict: SignatureVerdict | None


@dataclass(frozen=True)
class Shown:
    """The attachments of a document; `changes` is the task in which the reader may add and remove."""

    rows: Sequence[Row]
    changes: UUID | None
    most: int = attachments.MOST
    accept: str = ",".join(attachment.KINDS)


@bp.post("/documents/<uuid:document_id>/attachments")
@signed_in
def add(document_id: UUID) -> ResponseReturnValue:
    """Add files to a draft: all of them, or none when one is not acceptable."""
    queries.visible_document(current_actor(), document_id)
    try:
        files = [_kept(one) for one in request.files.getlist("files")[: attachments.MOST + 1] if one.filename]
        enclosing.enclose(current_actor(), document_id, files=files)
    except Invalid as refusal:
        flash(t(refusal.code, **refusal.data), "late")
        return _back(document_id)
    flash(t("attachment.added", count=len(files)), "done")
    return _back(document_id)


@bp.post("/documents/<uuid:document_id>/attachments/<int:position>/removal")
@signed_in
def remove(document_id: UUID, position: int) -> ResponseReturnValue:
    """Take an attachment out of a draft."""
    enclosing.take_out(current_actor(), document_id, position)
    flash(t("attachment.removed"), "done")
    return _back(document_id)


@bp.get("/documents/<uuid:document_id>/attachments/<int:position>")
@signed_in
def file(document_id: UUID, position: int) -> ResponseReturnValue:
    """The attachment itself, never opened by the browser."""
    return _sent(_found(document_id, position).file)


@bp.get("/documents/<uuid:document_id>/attachments/<int:position>/signature")
@signed_in
def signature(document_id: UUID, position: int) -> ResponseReturnValue:
    """The signature beside an attachment (`.p7s`)."""
    found = _found(document_id, position).signature
    if found is None:
        raise Missing("attachment.missing")
    return _sent(found)


def shown(actor: Actor, document: Document) -> Shown:
    """What the pages of a document say of its attachments."""
    found = attachments.of(document.id)
    verdicts = {one.sha256: one for one in signatures.verdicts(document.id)} if found else {}
    rows = [Row(one, verdicts.get(one.file.sha256)) for one in found]
    task = enclosing.writing(actor, document)
    return Shown(rows, None if task is None else task.id)


def _kept(upload: FileStorage) -> FileGiven:
    store, limit = current_app.extensions["files"], current_app.config["UPLOAD_LIMIT"]
    try:
        kept = attachment.take(store, cast("BinaryIO", upload.stream), upload.filename or "", limit=limit)
    except Invalid:
        raise
    except OfficeError as refusal:
        raise Invalid(refusal.code, **refusal.data) from refusal
    return FileGiven(**vars(kept))


def _found(document_id: UUID, position: int) -> Attachment:
    queries.visible_document(current_actor(), document_id)
    return attachments.attachment(document_id, position)


def _sent(kept: DocumentFile) -> ResponseReturnValue:
    path = current_app.extensions["files"].path(kept.sha256)
    answer = send_file(path, "application/octet-stream", as_attachment=True, download_name=kept.name, etag=False)
    answer.set_etag(kept.sha256)
    answer.cache_control.private = True
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _back(document_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("documents.show", document_id=document_id, _anchor="attachments"), 303)
