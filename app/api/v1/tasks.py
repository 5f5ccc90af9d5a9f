"""Tasks: what waits for the caller, and completing it."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, g

from app.api.checks import seen_first
from app.api.plan import Resources
from app.api.v1.schemas import CaseShown, Completion, TaskDetail, TaskQuery, TaskShown, Upload
from app.domain.actors.actor import Actor
from app.domain.cases import commands, drafting, inbox, queries
from app.domain.cases.models import Case, Task
from app.domain.documents.commands import FileGiven
from app.domain.documents.rules import folded
from app.domain.procedures.commands import pinned_form
from app.gateways import intake

bp = Resources("api_tasks", __name__, url_prefix="/api/v1/tasks", description="Tasks (việc)")
_seen_first = seen_first(task_id=queries.require_visible)


def _performed(actor: Actor, task_id: UUID) -> None:
    """Bytes are taken only from someone who may give them."""
    commands.require_performer(actor, queries.visible_task(actor, task_id))


@bp.get("/")
@bp.arguments(TaskQuery, location="query")
@bp.response(200, TaskShown(many=True))
def index(query: dict[str, Any]) -> list[Task]:
    """The caller's tasks, most urgent first."""
    search = folded(query["search"])
    return inbox.tasks(g.actor, query["tab"], search=search, limit=query["limit"], offset=query["offset"])


@bp.get("/<uuid:task_id>")
@bp.response(200, TaskDetail)
def show(task_id: UUID) -> dict[str, Any]:
    """One task with the form it asks for."""
    task = queries.visible_task(g.actor, task_id)
    form = pinned_form(task.form_sha256)
    shown = {name: getattr(task, name) for name in TaskShown().fields if name != "document"}
    return {**shown, "case": task.case, "why": task.why, "form": form.schema, "texts": form.texts}


@bp.put("/<uuid:task_id>/file")
@seen_first(task_id=_performed)
@bp.arguments(Upload, location="files")
@bp.response(204)
def give_file(files: dict[str, Any], task_id: UUID) -> Response:
    """Attach the file the form takes."""
    given = files["file"]
    store, limit = current_app.extensions["files"], current_app.config["UPLOAD_LIMIT"]
    taken = intake.take(store, given.stream, given.filename or "", limit=limit, server=current_app.config["OFFICE"])
    drafting.give_file(g.actor, task_id, file=FileGiven(**vars(taken)))
    answer = Response(status=204)
    del answer.headers["Content-Type"]
    return answer


@bp.post("/<uuid:task_id>/discard")
@_seen_first
@bp.response(200, CaseShown)
def discard(task_id: UUID) -> Case:
    """Throw the draft of a task away."""
    return drafting.discard(g.actor, task_id)


@bp.post("/<uuid:task_id>/completion")
@_seen_first
@bp.arguments(Completion)
@bp.response(200, CaseShown)
def complete(body: dict[str, Any], task_id: UUID) -> Case:
    """Complete a task; the case runs on in the same transaction."""
    return commands.complete_task(g.actor, task_id, answers=body["answers"])
