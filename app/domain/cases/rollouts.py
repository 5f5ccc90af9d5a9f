"""Rollouts (đợt ban hành): a draft on its way into effect, what was found out about it, and what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, exists, func, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.domain.actors.actor import Actor
from app.domain.cases.models import BulkItem, Case
from app.domain.cases.moves import MOVED
from app.domain.procedures import places
from app.domain.procedures.models import LayerDraft
from app.kernel import clock
from app.kernel.db import Model, db
from app.kernel.errors import Missing

OPEN, PLANNED, DUE, PILOT, PUBLISHED, UNDONE = "open", "planned", "due", "pilot", "published", "undone"


class Rollout(Model):
    """How a draft comes into effect. `state`: open, planned, due, pilot, published, undone.

    `plan` is what somebody decided (see `planning.Plan`), `proofs` what came of the scenarios, `impact` what would
    become of open cases; both name the row version of the draft they are about. `bulks` are the moves that followed,
    `undos` those that took them back. A planned publication is for the row version `planned_for` of the draft and
    happens in the name of `made_by`; `code` is why it did not.
    """

    __tablename__ = "rollout"

    draft_id: Mapped[UUID] = mapped_column(unique=True)
    key: Mapped[str]
    place: Mapped[str]
    state: Mapped[str] = mapped_column(default=OPEN)
    code: Mapped[str] = mapped_column(default="")
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict)
    proofs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    impact: Mapped[dict[str, Any]] = mapped_column(default=dict)
    bulks: Mapped[list[Any]] = mapped_column(default=list)
    undos: Mapped[list[Any]] = mapped_column(default=list)
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("layer_version.id"))
    older_id: Mapped[UUID | None] = mapped_column(ForeignKey("layer_version.id"))
    planned_for: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column()

    __table_args__ = (Index("ix_rollout_state_due_at", "state", "due_at"),)
    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a plain dictionary


def of_draft(draft_id: UUID) -> Rollout | None:
    """The rollout of a draft, also of one that has been published; the caller has decided that it may be seen."""
    return db.session.scalar(select(Rollout).where(Rollout.draft_id == draft_id))


def visible(actor: Actor, rollout_id: UUID) -> Rollout:
    """A rollout, for those who may edit at its place; for everybody else there is none (Missing)."""
    found = db.session.get(Rollout, rollout_id)
    if found is None or not places.may(actor, "procedures.edit", found.place, places.chart()):
        raise Missing("rollout.missing")
    return found


def recent(actor: Actor, key: str, limit: int = 20) -> list[Rollout]:
    """The rollouts of a procedure that have left their draft, newest first, at the places an actor may edit."""
    known = places.chart()
    query = select(Rollout).where(Rollout.key == key, Rollout.state != OPEN).order_by(Rollout.made_at.desc())
    found = db.session.scalars(query.limit(100))
    return [one for one in found if places.may(actor, "procedures.edit", one.place, known)][:limit]


def due(limit: int = 20) -> list[UUID]:
    """The planned publications whose moment has come."""
    query = select(Rollout.id).where(Rollout.state == PLANNED, Rollout.due_at <= clock.now())
    return list(db.session.scalars(query.limit(limit)))


def begun(actor: Actor, draft: LayerDraft) -> Rollout:
    """The rollout of a draft that is ours alone; it begins with the first thing that is decided or asked."""
    found = of_draft(draft.id)
    if found is None:
        found = Rollout(draft_id=draft.id, key=draft.key, place=draft.place, made_by=actor.person_id)
        found.plan, found.proofs, found.impact, found.bulks, found.undos = {}, {}, {}, [], []
        found.state, found.code = OPEN, ""
        db.session.add(found)
        db.session.flush()
    return found


def moved(rollout: Rollout) -> dict[UUID, dict[str, int]]:
    """What became of the cases of each agency in the moves that followed; those still to do under an empty word.

    A case that moved with the first units counts once: that it stays when everybody follows is no news.
    """
    bulks = [UUID(one) for one in rollout.bulks]
    other = aliased(BulkItem)
    again = other.case_id == BulkItem.case_id, other.id != BulkItem.id, other.bulk_id.in_(bulks)
    query = select(Case.unit_id, BulkItem.outcome, func.count()).join(Case, Case.id == BulkItem.case_id)
    query = query.where(BulkItem.bulk_id.in_(bulks), ~exists().where(*again, other.outcome == MOVED))
    query = query.group_by(Case.unit_id, BulkItem.outcome)
    found: dict[UUID, dict[str, int]] = {}
    for unit_id, outcome, count in db.session.execute(query) if bulks else ():
        found.setdefault(unit_id, {})[outcome] = count
    return found
