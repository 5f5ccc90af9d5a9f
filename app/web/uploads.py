"""Files people attach: kept by content, looked at in a sandbox, and refused on the field they came in."""

from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from flask import Flask, current_app, request
from werkzeug.datastructures import FileStorage

from app.domain.documents.commands import FileGiven
from app.domain.procedures.forms import file_fields
from app.gateways import intake
from app.gateways.files import Stored
from app.kernel.archive import MAX_BYTES
from app.kernel.errors import Invalid, OfficeError
from app.web.session import current_person

READ_THROUGH = 4
"""How many times the limit a body of work may have and still be read, to be refused beside what was typed."""

CARRIED = 2 * MAX_BYTES
"""An archive that was looked at is carried by the page, in letters, until drafts are made of it."""


def init_app(app: Flask) -> None:
    """Read the work of people who are signed in further than the limit."""
    app.before_request(_read_through)


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
    store, limit = current_app.extensions["files"], current_app.config["UPLOAD_LIMIT"]
    taken = intake.take(
        store, cast("BinaryIO", upload.stream), upload.filename or "", limit=limit, server=current_app.config["OFFICE"]
    )
    return FileGiven(**vars(taken))


def stored(upload: FileStorage) -> Stored:
    """Put one file in the store as it is: a worker looks at it. A signature makes what was sent a little longer."""
    store, limit = current_app.extensions["files"], 2 * current_app.config["UPLOAD_LIMIT"]
    kept: Stored = store.put(cast("BinaryIO", upload.stream), limit=limit)
    return kept


def _read_through() -> None:
    if request.blueprint == "tasks" and current_person() is not None:
        texts = current_app.config["MAX_FORM_MEMORY_SIZE"]
        request.max_content_length = READ_THROUGH * current_app.config["UPLOAD_LIMIT"] + texts
    if request.blueprint == "sets" and current_person() is not None:
        request.max_form_memory_size = CARRIED
