"""Other acts on a task: returning, withdrawing, asking others, lending, giving it to others."""

from typing import Any
from uuid import UUID

from flask import g

from app.api.checks import seen_first
from app.api.plan import Resources
from app.api.v1.schemas import Answer, CaseShown, Handing, Question, Reason, ReturnOf, TaskShown
from app.domain.cases import handing, lending, opinions
from app.domain.cases.models import Case, Task

bp = Resources("api_acts", __name__, url_prefix="/api/v1/tasks", description="Other acts on tasks (thao tác khác)")
_seen_first = seen_first(task_id=lending.known_task)


@bp.post("/<uuid:task_id>/return")
@_seen_first
@bp.arguments(ReturnOf)
@bp.response(200, CaseShown)
def give_back(body: dict[str, Any], task_id: UUID) -> Case:
    """Return a task to whoever did an earlier one."""
    return handing.return_task(g.actor, task_id, reason=body["reason"], to=body["to"])


@bp.post("/<uuid:task_id>/withdraw")
@_seen_first
@bp.arguments(Reason)
@bp.response(200, CaseShown)
def withdraw(body: dict[str, Any], task_id: UUID) -> Case:
    """Withdraw a step while nobody has opened what it led to."""
    return handing.withdraw(g.actor, task_id, reason=body["reason"])


@bp.post("/<uuid:task_id>/cosigners")
@_seen_first
@bp.arguments(Handing)
@bp.response(201, TaskShown)
def cosign(body: dict[str, Any], task_id: UUID) -> Task:
    """Have another post agree before a task can end."""
    return opinions.add_cosigner(g.actor, task_id, **body)


@bp.post("/<uuid:task_id>/dismissal")
@_seen_first
@bp.arguments(Reason)
@bp.response(200, TaskShown)
def dismiss(body: dict[str, Any], task_id: UUID) -> Task:
    """Do without a joint signer; the address is that of what they were asked."""
    return opinions.remove_cosigner(g.actor, task_id, reason=body["reason"])


@bp.post("/<uuid:task_id>/opinions")
@_seen_first
@bp.arguments(Question)
@bp.response(201, TaskShown)
def ask(body: dict[str, Any], task_id: UUID) -> Task:
    """Ask another post for an opinion."""
    return opinions.ask_opinion(g.actor, task_id, **body)


@bp.post("/<uuid:task_id>/answer")
@_seen_first
@bp.arguments(Answer)
@bp.response(200, TaskShown)
def answer(body: dict[str, Any], task_id: UUID) -> Task:
    """Say what one was asked for."""
    return opinions.give_opinion(g.actor, task_id, **body)


@bp.post("/<uuid:task_id>/delegation")
@_seen_first
@bp.arguments(Handing)
@bp.response(200, TaskShown)
def delegate(body: dict[str, Any], task_id: UUID) -> Task:
    """Let another post do a task in one's stead."""
    return lending.delegate(g.actor, task_id, **body)


@bp.post("/<uuid:task_id>/delegation/end")
@_seen_first
@bp.arguments(Reason)
@bp.response(200, TaskShown)
def end_delegation(body: dict[str, Any], task_id: UUID) -> Task:
    """Take a task back from whom it was lent to, or give it back."""
    return lending.end_delegation(g.actor, task_id, reason=body["reason"])


@bp.post("/<uuid:task_id>/assignment")
@_seen_first
@bp.arguments(Handing)
@bp.response(200, TaskShown)
def assign(body: dict[str, Any], task_id: UUID) -> Task:
    """Give a task to another post; for those in charge."""
    return lending.reassign(g.actor, task_id, **body)


@bp.post("/<uuid:task_id>/claim")
@_seen_first
@bp.response(200, TaskShown)
def claim(task_id: UUID) -> Task:
    """Take a task that waits for a role."""
    return lending.claim(g.actor, task_id)


@bp.post("/<uuid:task_id>/unclaim")
@_seen_first
@bp.response(200, TaskShown)
def unclaim(task_id: UUID) -> Task:
    """Put a task back on the list of its role."""
    return lending.unclaim(g.actor, task_id)
