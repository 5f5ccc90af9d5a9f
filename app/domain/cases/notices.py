"""Notices (thông báo): what the holder of a post should know about a case and need not do anything about."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import joinedload

from app.domain.actors.actor import Actor
from app.domain.cases.contracts import COUNT, ID, IDS, TEXT, WORDS, mapping
from app.domain.cases.models import Case, Notice
from app.domain.cases.operations import Asked, Offers, Params
from app.domain.orgunits import desks
from app.kernel import clock
from app.kernel.db import command, db
from app.kernel.errors import Invalid, Missing

NOTICES = Offers("cases")
PAGE = 50


@NOTICES.operation(
    takes=mapping({"text": TEXT}, {"posts": {"anyOf": [dict(ID), dict(IDS)]}, "roles": WORDS, "unit_id": ID}),
    gives=mapping({"posts": COUNT}),
)
def notify(asked: Asked) -> Params | None:
    """Tell posts, or all who have a role at a unit of the agency, something about this case."""
    params, agency = asked.params, asked.case.unit_id
    given, inside = params.get("posts", ()), desks.of(agency)
    posts = {UUID(one) for one in ([given] if isinstance(given, str) else given)}
    if not posts <= {desk.post_id for desk in inside}:
        raise Invalid("notice.post_outside_agency")
    unit = UUID(str(params.get("unit_id") or agency))
    posts |= {desk.post_id for role in params.get("roles", ()) for desk in desks.with_role(role, unit, inside)}
    give(posts, once=asked.call_id, case_id=asked.case.id, text=str(params["text"]))
    return {"posts": len(posts)}


def give(posts: Iterable[UUID], *, once: UUID, **said: Any) -> int:
    """Write a notice for each post that has not had it; `once` names the occasion. How many were new.

    `said` are the columns of the notice: `case_id`, and `text`, or `code` with `detail`, and `task_id`.
    """
    wanted = {uuid5(once, f"{said.get('code', '')}:{post}"): post for post in posts}
    known = set(db.session.scalars(select(Notice.id).where(Notice.id.in_(wanted))))
    new = [Notice(id=key, post_id=post, **{"text": "", **said}) for key, post in wanted.items() if key not in known]
    db.session.add_all(new)
    return len(new)


def unread(actor: Actor) -> int:
    """How many notices wait for an actor; one statement on an index."""
    return (
        db.session.scalar(select(func.count()).select_from(Notice).where(_mine(actor), Notice.read_at.is_(None))) or 0
    )


def of(actor: Actor, *, limit: int = PAGE, offset: int = 0) -> list[Notice]:
    """The notices of an actor's posts: unread ones first, then latest first."""
    query = select(Notice).where(_mine(actor)).options(joinedload(Notice.case).joinedload(Case.document))
    query = query.order_by(Notice.read_at.is_not(None), Notice.made_at.desc(), Notice.id)
    return list(db.session.scalars(query.limit(limit).offset(offset)))


@command
def read(actor: Actor, notice_id: UUID) -> Notice:
    """Note that a notice was read; again changes nothing. Missing when it is for somebody else."""
    found = db.session.get(Notice, notice_id)
    if found is None or found.post_id not in actor.post_ids:
        raise Missing("notice.missing")
    if found.read_at is None:
        found.read_at, found.read_by = clock.now(), actor.person_id
    return found


@command
def read_all(actor: Actor) -> None:
    """Note that everything was read."""
    values: Mapping[str, Any] = {"read_at": clock.now(), "read_by": actor.person_id}
    db.session.execute(update(Notice).where(_mine(actor), Notice.read_at.is_(None)).values(values))


def _mine(actor: Actor) -> ColumnElement[bool]:
    return Notice.post_id.in_(actor.post_ids)
