"""Attachments of a draft: whoever writes it adds and removes them, while it is their turn."""

from collections.abc import Sequence
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.cases import queries
from app.domain.cases.models import Case, Task
from app.domain.documents import attachments
from app.domain.documents.commands import UNSIGNED, FileGiven
from app.domain.documents.models import Document
from app.domain.procedures import commands as procedures
from app.kernel.db import command
from app.kernel.errors import Conflict

WRITES = "documents.save_draft"


def writing(actor: Actor, document: Document) -> Task | None:
    """The task in which an actor may add and remove attachments now."""
    case = queries.case_of_document(document.id) if document.state in UNSIGNED else None
    return None if case is None else _writing(actor, case)


@command
def enclose(actor: Actor, document_id: UUID, *, files: Sequence[FileGiven]) -> None:
    """Add attachments. Raises Missing, Conflict "attachment.not_a_draft", Invalid as `attachments.add`."""
    _require_writing(actor, document_id)
    attachments.add(actor, document_id, files=files)


@command
def take_out(actor: Actor, document_id: UUID, position: int) -> None:
    """Remove an attachment. Raises Missing, Conflict "attachment.not_a_draft"."""
    _require_writing(actor, document_id)
    attachments.remove(actor, document_id, position)


def _require_writing(actor: Actor, document_id: UUID) -> None:
    queries.visible_document(actor, document_id)
    case = queries.case_of_document(document_id)
    if case is None or _writing(actor, queries.locked_case(case.id)) is None:
        raise Conflict("attachment.not_a_draft")


def _writing(actor: Actor, case: Case) -> Task | None:
    tasks = queries.tasks_of(case.id)
    return next((task for task in tasks if _writes(task) and queries.may_perform(actor, task)), None)


def _writes(task: Task) -> bool:
    """Whether a task waits in which the draft is written."""
    if task.closed_at is not None or task.kind != "step":
        return False
    return bool(procedures.pinned_form(task.form_sha256).schema.get("x-writes") == WRITES)
