"""What cases tell each other, who waits for it, and what begins by it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.clock import now
from app.kernel.db import Model


class Listener(Model):
    """An event of a case that waits: `kind` message (with its correlation, if it asks for one) or signal."""

    __tablename__ = "listener"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"), index=True)
    task_key: Mapped[str]
    node: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    correlation: Mapped[str | None]
    since: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (Index("ix_listener_kind_name_correlation", "kind", "name", "correlation"),)


class Message(Model):
    """A message or a signal between cases; `state`: waiting (nobody was there to take it), taken, expired.

    It is for cases at `unit_id`; `case_id` sent it, `taken_by` took it or was started by it. A signal is for every
    case that listens when it is sent, there and below, and is taken once those are known.
    """

    __tablename__ = "case_message"

    kind: Mapped[str] = mapped_column(default="message")
    name: Mapped[str]
    correlation: Mapped[str | None]
    payload: Mapped[dict[str, Any]]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case.id"))
    state: Mapped[str] = mapped_column(default="waiting")
    sent_at: Mapped[datetime] = mapped_column(default=now)
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[UUID | None] = mapped_column(ForeignKey("case.id"))

    __table_args__ = (Index("ix_case_message_name_state", "name", "state"),)


class Trigger(Model):
    """A start of a procedure that a unit has switched on: `kind` timer (with `due_at`), message or signal."""

    __tablename__ = "case_trigger"

    procedure: Mapped[str]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    node: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    due_at: Mapped[datetime | None]
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        UniqueConstraint("procedure", "unit_id", "node"),
        Index("ix_case_trigger_due_at", "due_at"),
        Index("ix_case_trigger_kind_name", "kind", "name"),
    )
