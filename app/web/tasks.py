"""Tasks (việc): opening one, and ending it with one of its buttons."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.cases import commands, drafting, queries
from app.domain.cases.models import Task
from app.domain.documents.commands import FileGiven
from app.domain.procedures import forms as rules
from app.kernel.errors import Conflict, Invalid
from app.web import desksigning, forms, formtexts, stepup, taskpage, uploads
from app.web.i18n import t
from app.web.session import current_actor, signed_in
from app.web.taskpage import Attempt

bp = Blueprint("tasks", __name__, url_prefix="/tasks")
OF_SIGNERS = frozenset({"signature.not_set_up", "signature.not_holder"})
"""What whoever signs can put right on the page of their signature, and then press the same button again."""


@bp.get("/<uuid:task_id>")
@signed_in
def show(task_id: UUID) -> ResponseReturnValue:
    """One task, to do or to look at."""
    actor = current_actor()
    task = queries.visible_task(actor, task_id)
    if task.seen_at is None and task.closed_at is None and queries.may_perform(actor, task):
        commands.note_seen(actor, task_id)
    return taskpage.render(actor, task)


@bp.post("/<uuid:task_id>")
@signed_in
def complete(task_id: UUID) -> ResponseReturnValue:
    """End a task. What is wrong is said beside what was typed; whoever comes too late is told who was first."""
    actor = current_actor()
    task = queries.visible_task(actor, task_id)
    name, schema = formtexts.step_name(task.form_sha256, task.name), formtexts.pinned(task.form_sha256).schema
    typed = forms.answers(schema, request.form)
    file: FileGiven | None = None
    try:
        commands.require_performer(actor, task)
        file = uploads.given(schema)
        stepup.take(actor, stepup.key_behind(actor, task, schema, typed), request.form.get(stepup.FIELD, ""))
        commands.complete_task(actor, task_id, answers=typed, file=file)
        held = queries.visible_task(actor, task_id).held_at is not None
    except Invalid as refusal:
        return _again(actor, task, refusal, typed, file)
    except Conflict as late:
        return _too_late(actor, task_id, late, typed)
    flash(t("task.held" if held else "task.completed", name=name), "soon" if held else "done")
    return redirect(desksigning.address_after() or _next(), 303)


@bp.post("/<uuid:task_id>/file")
@signed_in
def give_file(task_id: UUID) -> ResponseReturnValue:
    """Attach the file a form takes before the task is ended."""
    actor = current_actor()
    task = queries.visible_task(actor, task_id)
    commands.require_performer(actor, task)
    try:
        file = uploads.given(formtexts.pinned(task.form_sha256).schema)
    except Invalid as refusal:
        return taskpage.render(actor, task, Attempt({}, dict(refusal.fields))), 422
    if file is not None:
        drafting.give_file(actor, task_id, file=file)
        flash(t("task.file_kept", name=file.name), "done")
    return redirect(url_for(".show", task_id=task_id), 303)


@bp.post("/<uuid:task_id>/discard")
@signed_in
def discard(task_id: UUID) -> ResponseReturnValue:
    """Throw the draft of a task away. Raises Missing, Forbidden and Conflict."""
    actor = current_actor()
    queries.visible_task(actor, task_id)
    drafting.discard(actor, task_id)
    flash(t("draft.discarded"), "done")
    return redirect(url_for("inbox.show"), 303)


def _again(
    actor: Actor, task: Task, refusal: Invalid, typed: dict[str, Any], file: FileGiven | None
) -> ResponseReturnValue:
    """The form as it was filled in, with what is wrong; a good file that came with it is kept."""
    if file is not None:
        drafting.give_file(actor, task.id, file=file)
    wrong: rules.Wrong = dict(refusal.fields) or {"": (refusal.code, refusal.data)}
    if file is None and set(wrong) <= set(rules.file_fields(formtexts.pinned(task.form_sha256).schema)):
        schema = formtexts.pinned(task.form_sha256).schema
        wrong = {**rules.validate(schema, typed, has_file=True), **wrong}
    return taskpage.render(actor, task, Attempt(typed, wrong)), 422


def _too_late(actor: Actor, task_id: UUID, late: Conflict, typed: dict[str, Any]) -> ResponseReturnValue:
    """The task as it is by now, with what was typed; other conflicts are for the page of errors."""
    task = queries.visible_task(actor, task_id)
    if task.closed_at is None and late.code in OF_SIGNERS:
        return taskpage.render(actor, task, Attempt(typed, {"": (late.code, late.data)})), 409
    if task.closed_at is None:
        raise late
    return taskpage.render(actor, task, Attempt(typed)), 409


def _next() -> str:
    """Where to go afterwards: to the next task if the person asked for it, else to the inbox."""
    wanted = request.form.get("_next", "")
    try:
        return url_for(".show", task_id=UUID(wanted))
    except ValueError:
        return url_for("inbox.show")
