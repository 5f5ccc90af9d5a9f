"""Asking others beside a step: to sign or approve together (cùng ký, duyệt), or for an opinion (xin ý kiến)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.cases import beside, queries, wording
from app.domain.cases.acting import own_step
from app.domain.cases.beside import COSIGN, OPINION
from app.domain.cases.commands import require_performer
from app.domain.cases.events import CosignerAdded, CosignerRemoved, OpinionAsked, OpinionGiven
from app.domain.cases.models import Task
from app.domain.orgunits import calendar
from app.domain.orgunits import queries as orgunits
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid


@command
def add_cosigner(actor: Actor, task_id: UUID, *, post_id: UUID, reason: str) -> Task:
    """Have another post of the agency agree before a step can end; whoever does the step asks for it.

    Raises Missing, Forbidden and Conflict as completing it would; Invalid with `fields`.
    """
    task = own_step(actor, task_id)
    asked = _ask(task, COSIGN, post_id, wording.reason(reason), task.due_at)
    fact = CosignerAdded(about=str(task.case_id), asked_id=str(asked.id), to_post_id=str(post_id))
    events.record(fact, actor=actor.name)
    return asked


@command
def remove_cosigner(actor: Actor, asked_id: UUID, *, reason: str) -> None:
    """Do without a joint signer who has not spoken yet; whoever does the step decides it."""
    asked = queries.locked_task(asked_id)
    parent = None if asked.parent_id is None else queries.locked_task(asked.parent_id)
    if asked.kind != COSIGN or parent is None:
        raise Invalid("task.not_cosigned")
    require_performer(actor, parent)
    if asked.closed_at is not None:
        raise Conflict("task.already_done", name=asked.name)
    asked.note, asked.closed_at = wording.reason(reason), clock.now()
    fact = CosignerRemoved(about=str(asked.case_id), asked_id=str(asked.id), to_post_id=str(asked.post_id))
    events.record(fact, actor=actor.name)


@command
def ask_opinion(actor: Actor, task_id: UUID, *, post_id: UUID, question: str, due_on: date | None = None) -> Task:
    """Ask another post of the agency for an opinion; the step need not wait for it."""
    task = own_step(actor, task_id)
    said = wording.require(question.strip(), needed=True, field="question")
    if due_on is not None and due_on < clock.office_day():
        raise Invalid("form.invalid", fields={"due_on": ("slip.deadline_in_past", {})})
    asked = _ask(task, OPINION, post_id, said, task.due_at if due_on is None else calendar.end_of(due_on))
    fact = OpinionAsked(about=str(task.case_id), asked_id=str(asked.id), to_post_id=str(post_id))
    events.record(fact, actor=actor.name)
    return asked


@command
def give_opinion(actor: Actor, task_id: UUID, *, opinion: str, agrees: bool | None = None) -> Task:
    """Say what one was asked for. A joint signer agrees or not, and says why not."""
    task = queries.locked_task(task_id)
    require_performer(actor, task)
    beside.require_awake(task)
    if task.kind not in {COSIGN, OPINION}:
        raise Invalid("task.not_asked")
    if task.kind == COSIGN and agrees is None:
        raise Invalid("form.invalid", fields={"agrees": ("form.required", {})})
    said = wording.require(opinion.strip(), needed=agrees is not True)
    verdict: Mapping[str, Any] = {} if agrees is None else {"agrees": agrees}
    task.answers = {**verdict, "opinion": said}
    task.closed_at, task.closed_by, task.closed_post_id = clock.now(), actor.person_id, task.post_id
    fact = OpinionGiven(about=str(task.case_id), task_id=str(task.id), kind=task.kind)
    events.record(fact, actor=actor.name)
    return task


def _ask(task: Task, kind: str, post_id: UUID, note: str, due_at: datetime | None) -> Task:
    if post_id not in {post.id for post in orgunits.posts_of_agency(task.case.unit_id)}:
        raise Invalid("form.invalid", fields={"post_id": ("slip.post_outside_agency", {})})
    if post_id == task.post_id or any(one.post_id == post_id and one.closed_at is None for one in beside.of(task)):
        raise Invalid("form.invalid", fields={"post_id": ("task.asked_already", {})})
    asked = Task(
        case_id=task.case_id,
        parent_id=task.id,
        kind=kind,
        node=task.node,
        name=task.name,
        form_key=task.form_key,
        form_sha256=task.form_sha256,
        unit_id=task.case.unit_id,
        post_id=post_id,
        due_at=due_at,
        note=note,
    )
    db.session.add(asked)
    db.session.flush()
    return asked
