"""What somebody filled in for a task and was not taken, whatever went wrong: given back, so that nobody types twice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.domain.cases import queries
from app.domain.procedures.forms import MAX_BYTES, file_fields
from app.kernel.errors import OfficeError
from app.web import forms, formtexts, taskpage
from app.web.session import current_actor, current_person
from app.web.taskpage import Attempt

WORK = "tasks.complete"


@dataclass(frozen=True)
class Kept:
    """One field that was filled in; choices travel with it, texts are shown to be read and copied."""

    name: str
    label: str
    values: tuple[str, ...]
    is_text: bool


def is_work() -> bool:
    """Whether this request is the form of a task."""
    return request.endpoint == WORK and request.method == "POST"


def kept() -> list[Kept]:
    """What was filled in, in the fields forms have: no files, nothing else a browser may have sent along."""
    if not is_work() or not _from_here():
        return []
    try:
        return list(_kept())
    except HTTPException:  # the body itself is what was refused
        return []


def drawn_anew() -> ResponseReturnValue | None:
    """The task with what was filled in and a fresh token, nothing done; None when the reader has no such task."""
    if not is_work() or not _from_here() or current_person() is None:
        return None
    try:
        actor = current_actor()
        task = queries.visible_task(actor, (request.view_args or {})["task_id"])
    except OfficeError:
        return None
    typed = forms.answers(formtexts.pinned(task.form_sha256).schema, request.form)
    return taskpage.render(actor, task, Attempt(typed, stale=True)), 400


def _from_here() -> bool:
    """Another site must not put its words on a page of ours; browsers say who posts."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


def _kept() -> Iterator[Kept]:
    for name, (field, label) in _fields().items():
        values = tuple(text[:MAX_BYTES] for text in request.form.getlist(name) if text.strip())
        if values:
            yield Kept(name, label, values, _is_text(field))


def _fields() -> Mapping[str, tuple[Mapping[str, Any], str]]:
    """Every field of the library's forms: without a session nobody may learn which form a task has."""
    found: dict[str, tuple[Mapping[str, Any], str]] = {}
    for form in formtexts.library_forms():
        labels = form.texts.get("fields", {})
        for name, field in form.schema.get("properties", {}).items():
            if name not in file_fields(form.schema):
                found.setdefault(name, (field, str(labels.get(name, {}).get("label") or name)))
    return found


def _is_text(field: Mapping[str, Any]) -> bool:
    return field.get("type") == "string" and "enum" not in field and field.get("format") != "uuid"
