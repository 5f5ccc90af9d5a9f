"""Reading cases and tasks; what an actor may see is computed here, from rows and the clock."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, with_expression

from app.domain.actors.actor import Actor
from app.domain.cases.correspondence import Listener
from app.domain.cases.models import Call, Case, Incident, Notice, SlipItem, Task, Timer
from app.domain.documents import queries as documents
from app.domain.documents.models import Document
from app.domain.procedures import forms
from app.domain.procedures.models import FormVersion, ProcedureVersion
from app.kernel.db import db
from app.kernel.db import locked as lock
from app.kernel.errors import Missing


def case(case_id: UUID) -> Case:
    """One case; the caller has decided that it may be seen."""
    return db.session.get_one(Case, case_id)


def locked_case(case_id: UUID) -> Case:
    """One case that is ours alone until the transaction ends."""
    found = lock(Case, case_id)
    if found is None:
        raise Missing("case.missing")
    return found


def locked_task(task_id: UUID) -> Task:
    """The task as it is once its case is ours alone."""
    found: Task | None = db.session.scalar(_locking(Task), {"key": task_id})
    if found is None:
        raise Missing("task.missing")
    return found


def locked_call(call_id: UUID) -> Call | None:
    """The call as it is once its case is ours alone; None when there is no such call."""
    found: Call | None = db.session.scalar(_locking(Call), {"key": call_id})
    return found


@cache
def _locking(kind: type[Task | Call]) -> Select[Any]:
    """A task or a call with its case, both locked by one statement: what had to wait is read again as it is then.

    The case comes first, as everywhere: whoever has it may take any of its tasks without waiting for anybody. The
    statement is built once; every act on a case asks it.
    """
    held = contains_eager(kind.case)
    named = held.joinedload(Case.version, innerjoin=True).load_only(ProcedureVersion.key, ProcedureVersion.sha256)
    query = select(kind).join(kind.case).options(held.joinedload(Case.unit, innerjoin=True), named)
    if kind is Task:
        asked = aliased(Task)
        is_open = select(asked.id).where(asked.parent_id == Task.id, asked.closed_at.is_(None)).exists()
        query = query.options(with_expression(Task.asks, is_open))
    query = query.where(kind.id == bindparam("key", type_=Uuid())).with_for_update(of=[Case, kind])
    return query.execution_options(populate_existing=True)


def led_to(call: Call) -> UUID | None:
    """The step whose completion an operation follows: the last one that was done before it was asked for."""
    query = select(Task.id).where(Task.case_id == call.case_id, Task.kind == "step", Task.closed_by.is_not(None))
    return db.session.scalar(query.where(Task.closed_at <= call.opened_at).order_by(Task.closed_at.desc()).limit(1))


def waiting_call(case_id: UUID, operation: str) -> Call | None:
    """The call of an operation that still waits in a case."""
    query = select(Call).where(Call.case_id == case_id, Call.operation == operation)
    return db.session.scalar(query.where(Call.closed_at.is_(None)))


def case_of_document(document_id: UUID) -> Case | None:
    """The case that handles a document."""
    query = select(Case).where(Case.document_id == document_id).order_by(Case.started_at)
    return db.session.scalar(query.limit(1))


def may_perform(actor: Actor, task: Task) -> bool:
    """Whether the task waits for this actor: for a post they hold, or a role they have there."""
    return _is_for(actor, task.post_id, task.role, task.unit_id)


def _is_for(actor: Actor, post_id: UUID | None, role: str | None, unit_id: UUID) -> bool:
    if post_id is not None:
        return post_id in actor.post_ids
    return role is not None and actor.sits(role, at=unit_id)


def performing_post(actor: Actor, task: Task) -> UUID | None:
    """The post in which an actor does a task."""
    if task.post_id is not None:
        return task.post_id
    fits = (s for s in actor.seats if s.role == task.role and task.unit_id in (s.unit_id, s.agency_id))
    seat = next(fits, None)
    return None if seat is None else seat.post_id


def may_see(actor: Actor, found: Case) -> bool:
    """Whether a case and its document may be seen: by right at the agency, or by having a part in it."""
    if actor.may("documents.read", at=found.unit_id):
        return True
    took_part = select(Task.id).where(Task.case_id == found.id, _concerns(actor))
    on_slip = select(SlipItem.id).where(SlipItem.case_id == found.id, SlipItem.post_id.in_(actor.post_ids))
    told = select(Notice.id).where(Notice.case_id == found.id, Notice.post_id.in_(actor.post_ids), Notice.text != "")
    return any(db.session.scalar(one.limit(1)) is not None for one in (took_part, on_slip, told))


def visible_case(actor: Actor, case_id: UUID) -> Case:
    """One case, if the actor may know of it."""
    found = db.session.get(Case, case_id)
    if found is None or not may_see(actor, found):
        raise Missing("case.missing")
    return found


def visible_task(actor: Actor, task_id: UUID) -> Task:
    """One task, if the actor may do it or may see its case."""
    found = db.session.get(Task, task_id)
    if found is None or not (may_perform(actor, found) or may_see(actor, found.case)):
        raise Missing("task.missing")
    return found


def require_visible(actor: Actor, task_id: UUID) -> None:
    """Refuse whoever may not know of a task. Mostly it is for whoever asks, which three columns of it tell."""
    performer = db.session.execute(_performer(), {"key": task_id}).one_or_none()
    if performer is None or not _is_for(actor, performer.post_id, performer.role, performer.unit_id):
        visible_task(actor, task_id)


@cache
def _performer() -> Select[UUID | None, str | None, UUID]:
    """The statement for it, built once."""
    return select(Task.post_id, Task.role, Task.unit_id).where(Task.id == bindparam("key", type_=Uuid()))


def visible_document(actor: Actor, document_id: UUID) -> Document:
    """One document, if the actor may see the case that handles it; before there is one, by right at the agency."""
    found = db.session.get(Document, document_id)
    handling = None if found is None else case_of_document(document_id)
    if found is None:
        raise Missing("document.missing")
    if not (actor.may("documents.read", at=found.unit_id) if handling is None else may_see(actor, handling)):
        raise Missing("document.missing")
    return found


def visible_documents(
    actor: Actor, *, search: str = "", direction: str = "", limit: int = 50, offset: int = 0
) -> list[Document]:
    """Documents the actor may see, newest first; `search` is folded text in the subject or the notation."""
    query = select(Document).join(Case, Case.document_id == Document.id)
    part = select(Task.id).where(Task.case_id == Case.id, _concerns(actor)).exists()
    slip = select(SlipItem.id).where(SlipItem.case_id == Case.id, SlipItem.post_id.in_(actor.post_ids)).exists()
    query = query.where(or_(Case.unit_id.in_(actor.places("documents.read")), part, slip))
    if direction:
        query = query.where(Document.direction == direction)
    for word in search.split()[:8]:
        query = query.where(mentions(word))
    return list(db.session.scalars(query.order_by(Document.made_at.desc()).limit(limit).offset(offset)))


def mentions(word: str) -> ColumnElement[bool]:
    """The condition that a document has a folded word in its subject or its notation."""
    return or_(Document.folded.contains(word, autoescape=True), Document.notation.icontains(word, autoescape=True))


def tasks_of(case_id: UUID) -> list[Task]:
    """Every task of a case, in the order they opened."""
    return list(db.session.scalars(select(Task).where(Task.case_id == case_id).order_by(Task.opened_at)))


def calls_of(case_id: UUID) -> list[Call]:
    """Every operation of a case that was or is waited for; those answered at once open and close at one moment."""
    query = select(Call).where(Call.case_id == case_id, Call.closed_at.is_distinct_from(Call.opened_at))
    return list(db.session.scalars(query.order_by(Call.opened_at)))


def slip_of(case_id: UUID) -> list[SlipItem]:
    """The slip of a case: lead first."""
    query = select(SlipItem).where(SlipItem.case_id == case_id)
    order = {"lead": 0, "co_handler": 1, "information": 2}
    return sorted(db.session.scalars(query), key=lambda item: (order.get(item.part, 9), item.made_at))


def has_upload(found: Case, schema: Mapping[str, Any]) -> bool:
    """Whether the file a form asks for was given in an earlier round."""
    return bool(forms.file_fields(schema)) and documents.latest_file(found.document_id, stage="uploaded") is not None


def open_counts() -> dict[tuple[UUID, str], int]:
    """How many cases are open, by unit and procedure (one statement)."""
    query = select(Case.unit_id, ProcedureVersion.key, func.count()).join(Case.version).where(Case.ended_at.is_(None))
    found = db.session.execute(query.group_by(Case.unit_id, ProcedureVersion.key))
    return {(unit_id, key): count for unit_id, key, count in found}


def open_tasks_of_form(key: str) -> dict[UUID, int]:
    """How many open tasks are done with a form, whichever version their case keeps, by unit (one statement)."""
    query = select(Case.unit_id, func.count()).select_from(Task).join(Case, Case.id == Task.case_id)
    query = query.join(FormVersion, FormVersion.sha256 == Task.form_sha256)
    query = query.where(FormVersion.key == key, Task.closed_at.is_(None)).group_by(Case.unit_id)
    return {unit_id: count for unit_id, count in db.session.execute(query).all()}  # noqa: C416 - rows are no pairs to mypy


def due_timers(moment: datetime, limit: int = 100) -> list[UUID]:
    """Cases that have a timer to fire now; where firing failed, it is for an operator to let it be tried again."""
    stuck = select(Incident.id).where(
        Incident.case_id == Timer.case_id, Incident.act == "timer", Incident.closed_at.is_(None)
    )
    query = select(Timer.case_id).join(Case, Case.id == Timer.case_id).where(~stuck.exists())
    query = query.where(Timer.due_at <= moment, Case.suspended_at.is_(None)).distinct().limit(limit)
    return list(db.session.scalars(query))


def next_timer(case_id: UUID) -> tuple[str, str] | None:
    """The timer of a case that is due first: its id in the engine and its node."""
    query = select(Timer.task_key, Timer.node).where(Timer.case_id == case_id).order_by(Timer.due_at).limit(1)
    found = db.session.execute(query).first()
    return None if found is None else (found.task_key, found.node)


def unwaiting(limit: int = 100) -> list[UUID]:
    """Open cases that wait for nobody and nothing: whatever they are, somebody must look at them."""
    rows = (
        select(Task.id).where(Task.case_id == Case.id, Task.closed_at.is_(None)),
        select(Call.id).where(Call.case_id == Case.id, Call.closed_at.is_(None)),
        select(Timer.id).where(Timer.case_id == Case.id),
        select(Listener.id).where(Listener.case_id == Case.id),
    )
    query = (
        select(Case.id)
        .where(Case.status == "open", Case.suspended_at.is_(None), *(~one.exists() for one in rows))
        .limit(limit)
    )
    return list(db.session.scalars(query))


def for_actor(actor: Actor) -> ColumnElement[bool]:
    """The condition that a task waits for this actor; one that is held waits for nobody."""
    places: dict[str, set[UUID]] = {}
    for seat in actor.seats:
        places.setdefault(seat.role, set()).update((seat.unit_id, seat.agency_id))
    by_role = [
        and_(Task.post_id.is_(None), Task.role == role, Task.unit_id.in_(units)) for role, units in places.items()
    ]
    if not actor.seats:
        return false()
    return and_(Task.held_at.is_(None), or_(Task.post_id.in_(actor.post_ids), *by_role))


def _concerns(actor: Actor) -> ColumnElement[bool]:
    if actor.person_id is None:
        return false()
    lent = Task.lent_by_post_id.in_(actor.post_ids)
    return or_(and_(Task.closed_at.is_(None), for_actor(actor)), Task.closed_by == actor.person_id, lent)
