"""Late work nobody has drawn a reminder for: notices around the deadline, then to the superior; and urging."""

from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import joinedload

from app.domain.actors.actor import Actor
from app.domain.cases import notices, queries
from app.domain.cases.events import Escalated, Urged
from app.domain.cases.inbox import SOON
from app.domain.cases.models import Case, Notice, Task
from app.domain.cases.seats import Found, Seats
from app.domain.orgunits import calendar, desks
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid
from app.kernel.text import is_blank, is_readable

AT_ONCE = 100
LONGEST_WORDS = 500
GRACE = 1
"""Working days a task may be late before the superior hears of it."""


@command
def remind() -> int:
    """Tell those who have a task that it is nearly due, or late; each once. How many notices were new."""
    moment = clock.now()
    soon = _due("notice.soon", Task.due_at > moment, Task.due_at <= moment + SOON)
    late = _due("notice.late", Task.due_at <= moment)
    told = sum(_tell(task, "notice.soon", performers(task)) for task in soon)
    return told + sum(_tell(task, "notice.late", performers(task)) for task in late)


@command
def escalate() -> int:
    """Tell the superior of whoever has a task that is late by more than a working day; each once.

    Where nobody stands above, those who have the task are told themselves. How many notices were new.
    """
    moment, told = clock.now(), 0
    for task in _due("notice.escalated", Task.due_at <= moment - SOON):
        if task.due_at is not None and calendar.deadline_after(GRACE, task.due_at) < moment:
            posts = performers(task)
            new = _tell(task, "notice.escalated", _superior(task, posts), post_id=str(posts[0]) if posts else "")
            if new:
                events.record(Escalated(about=str(task.case_id), task_id=str(task.id)), actor="system")
            told += new
    return told


@command
def urge(actor: Actor, case_id: UUID, *, words: str) -> int:
    """Urge the work of a case on (đôn đốc): whoever has its open tasks is told, and its history says so.

    Only a reader of the agency's documents may; Conflict "urge.nothing_open" when nothing waits for anybody.
    """
    case = queries.visible_case(actor, case_id)
    actor.require("documents.read", at=case.unit_id)
    said = words.strip()
    if is_blank(said) or len(said) > LONGEST_WORDS or not is_readable(said):
        raise Invalid("form.invalid", fields={"words": ("form.required", {})})
    open_tasks = [task for task in queries.tasks_of(case_id) if task.closed_at is None]
    if not open_tasks:
        raise Conflict("urge.nothing_open")
    entry = events.record(Urged(about=str(case_id), tasks=len(open_tasks)), actor=actor.name)
    return sum(_tell(task, "notice.urged", performers(task), once=entry, words=said) for task in open_tasks)


def performers(task: Task) -> list[UUID]:
    """The posts that can do a task: its own, or all that are held with its role."""
    if task.post_id is not None:
        return [task.post_id]
    office = Seats(task.case, task.unit_id).office(task.unit_id)
    found = () if office is None or task.role is None else desks.with_role(task.role, task.unit_id, office.desks)
    return [desk.post_id for desk in found if desk.held]


def _superior(task: Task, posts: list[UUID]) -> list[UUID]:
    """The post above those who have a task."""
    seats = Seats(task.case, task.unit_id)
    below = seats.desk(posts[0]) if posts else None
    found = seats.superior(task.unit_id if below is None else below.unit_id, below)
    return [found.post_id] if isinstance(found, Found) and found.post_id is not None else posts


def _due(code: str, *when: ColumnElement[bool]) -> list[Task]:
    """Open tasks that are due at some time and whose people have not been told so by this code."""
    told = exists().where(Notice.task_id == Task.id, Notice.code == code)
    query = select(Task).join(Task.case).where(Task.closed_at.is_(None), Case.ended_at.is_(None), ~told, *when)
    return list(db.session.scalars(query.options(joinedload(Task.case)).order_by(Task.due_at.desc()).limit(AT_ONCE)))


def _tell(task: Task, code: str, posts: list[UUID], *, once: UUID | None = None, **more: str) -> int:
    detail = {"step": task.name, **more}
    said = {"case_id": task.case_id, "task_id": task.id, "code": code, "detail": detail}
    return notices.give(posts, once=task.id if once is None else uuid5(once, str(task.id)), **said)
