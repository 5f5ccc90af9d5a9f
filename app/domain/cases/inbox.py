"""The inbox (việc của tôi): tasks and slip lines that wait for one actor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import joinedload

from app.domain.actors.actor import Actor
from app.domain.cases.models import Case, SlipItem, Task
from app.domain.cases.queries import for_actor, mentions
from app.domain.documents.models import Document
from app.kernel import clock
from app.kernel.db import db

Tab = Literal["open", "new", "doing", "soon", "late", "done"]
SOON = timedelta(days=1)
PAGE = 50


@dataclass(frozen=True)
class Counts:
    """How many tasks are in each tab; counted without loading rows."""

    open: int
    new: int
    doing: int
    soon: int
    late: int


def tasks(actor: Actor, tab: Tab = "open", *, search: str = "", offset: int = 0, limit: int = PAGE) -> list[Task]:
    """The tasks of one tab: most urgent first, finished ones latest first."""
    query = select(Task).join(Case, Case.id == Task.case_id).join(Document, Document.id == Case.document_id)
    query = query.options(joinedload(Task.case).joinedload(Case.document))
    if tab == "done":
        query = query.where(Task.closed_by == actor.person_id, Case.status != "discarded")
        query = query.order_by(Task.closed_at.desc())
    else:
        urgency = case({"express": 0, "very_urgent": 1, "urgent": 2}, value=Document.urgency, else_=3)
        query = query.where(Task.closed_at.is_(None), for_actor(actor), *_in_tab(tab))
        query = query.order_by(urgency, Task.due_at.is_(None), Task.due_at, Task.opened_at)
    for word in search.split()[:8]:
        query = query.where(mentions(word))
    return list(db.session.scalars(query.limit(limit).offset(offset)))


def counts(actor: Actor) -> Counts:
    """The numbers on the tabs, in one statement."""
    names: tuple[Tab, ...] = ("open", "new", "doing", "soon", "late")
    sums = [func.coalesce(func.sum(case((and_(True, *_in_tab(name)), 1), else_=0)), 0) for name in names]
    row = db.session.execute(select(*sums).where(Task.closed_at.is_(None), for_actor(actor))).one()
    return Counts(*(int(value) for value in row))


def slips(actor: Actor) -> list[SlipItem]:
    """Slip lines that ask for an opinion or a reading, oldest first."""
    query = select(SlipItem).where(SlipItem.post_id.in_(actor.post_ids), SlipItem.done_at.is_(None))
    query = query.where(SlipItem.part != "lead").options(joinedload(SlipItem.case).joinedload(Case.document))
    return list(db.session.scalars(query.order_by(SlipItem.made_at).limit(PAGE)))


def _in_tab(tab: Tab, moment: datetime | None = None) -> list[ColumnElement[bool]]:
    at = moment or clock.now()
    tabs: dict[str, list[ColumnElement[bool]]] = {
        "new": [Task.seen_at.is_(None)],
        "doing": [Task.seen_at.is_not(None)],
        "soon": [Task.due_at >= at, Task.due_at < at + SOON],
        "late": [Task.due_at < at],
    }
    return tabs.get(tab, [])
