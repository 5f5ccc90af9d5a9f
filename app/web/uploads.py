"""Files people attach: kept by content, looked at in a sandbox, and refused on the field they came in."""

from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from flask import current_app, request
from werkzeug.datastructures import FileStorage

from app.domain.documents.commands import FileGiven
from app.domain.documents.rules import file_name
from app.domain.procedures.forms import file_fields
from app.gateways import pdf
from app.gateways.files import FileStore
from app.kernel.errors import Invalid, OfficeError


def given(schema: Mapping[str, Any]) -> FileGiven | None:
    """The file that came with a form, kept and counted; None when there was none.

    Raises Invalid with `fields` when it is no PDF, is locked, broken or too large.
    """
    for name in file_fields(schema):
        upload = request.files.get(name)
        if upload is None or not upload.filename:
            continue
        try:
            return keep(upload)
        except OfficeError as refusal:
            raise Invalid("form.invalid", fields={name: (refusal.code, refusal.data)}) from refusal
    return None


def keep(upload: FileStorage) -> FileGiven:
    """Put one file in the store and count its pages."""
    store: FileStore = current_app.extensions["files"]
    stored = store.put(cast("BinaryIO", upload.stream), limit=current_app.config["UPLOAD_LIMIT"])
    info = pdf.inspect(store.path(stored.sha256))
    return FileGiven(file_name(upload.filename or ""), stored.sha256, stored.size, info.pages)
