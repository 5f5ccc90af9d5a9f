"""What else can be done with a task than ending it, for the person who looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.actors.actor import Actor
from app.domain.cases import beside, handing, lending, pausing, queries
from app.domain.cases.models import Case, Task
from app.domain.procedures.forms import Wrong
from app.web import choices, diagrams, formtexts, stepwords
from app.web.choices import Choice


@dataclass(frozen=True)
class Tried:
    """An act that was refused: what was typed for it, and what is wrong."""

    act: str
    typed: Mapping[str, Any]
    wrong: Wrong


@dataclass(frozen=True)
class Asked:
    """Somebody who was asked beside a step: what for, who, and what they said."""

    task: Task
    who: str
    said: str


@dataclass(frozen=True)
class Offers:
    """The acts by name, and what their forms choose from."""

    acts: frozenset[str]
    beside: list[Asked]
    returns: list[Choice] = field(default_factory=list)
    posts: list[Choice] = field(default_factory=list)
    tried: Tried | None = None


def of_task(actor: Actor, task: Task, tried: Tried | None = None) -> Offers:
    """The acts a person has on a task, and who was asked beside it."""
    asked = [Asked(one, diagrams.waits_for(one), stepwords.answer(one)) for one in beside.of(task)]
    acts = set(_acts(actor, task))
    returns = _returns(task) if "return" in acts else []
    acts -= set() if returns else {"return"}
    posts = choices.posts(actor, task.case.unit_id) if acts else []
    return Offers(frozenset(acts), asked, returns, posts, tried)


def withdrawable(actor: Actor, case: Case, tasks: list[Task]) -> list[Task]:
    """The steps of a case that the person who looks at it may still withdraw."""
    return [] if case.ended_at is not None else [one for one in tasks if handing.may_withdraw(actor, one)]


def _acts(actor: Actor, task: Task) -> list[str]:
    if task.closed_at is not None or task.case.suspended_at is not None or task.kind != "step":
        return []
    found = ["assign"] if lending.may_reassign(actor, task) else []
    mine = queries.may_perform(actor, task)
    if task.lent_by_post_id is not None and (mine or task.lent_by_post_id in actor.post_ids):
        found.append("end_delegation")
    if not mine:
        return found
    found += ["return", "cosign", "opinion", "" if task.lent_by_post_id else "delegate"]
    if task.role is not None and task.lent_by_post_id is None:
        found.append("claim" if task.post_id is None else "unclaim")
    return [act for act in found if act]


def _returns(task: Task) -> list[Choice]:
    earlier = handing.returnable(task)
    posts = {one.id: one.closed_post.title if one.closed_post is not None else "" for one in earlier}
    return [Choice(str(one.id), formtexts.step_name(one.form_sha256, one.name), hint=posts[one.id]) for one in earlier]


def may_suspend(actor: Actor, case: Case) -> bool:
    """Whether the page of a case offers to let it rest, or go on."""
    return case.ended_at is None and pausing.may_suspend(actor, case)
