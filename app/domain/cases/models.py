"""Cases, tasks, calls that wait for an answer, timers and the slip."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.documents.models import Document
from app.domain.orgunits.models import Post, Unit
from app.domain.procedures.models import ProcedureVersion
from app.kernel.clock import now
from app.kernel.db import Model


class Case(Model):
    """One running procedure at one agency; `state` belongs to the engine. `status`: open, done, incident, discarded."""

    __tablename__ = "case"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("procedure_version.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(default="open")
    passed: Mapped[list[Any]] = mapped_column(default=list)
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column()

    version: Mapped[ProcedureVersion] = relationship()
    document: Mapped[Document] = relationship()
    unit: Mapped[Unit] = relationship()

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a plain dictionary


class Task(Model):
    """A task (việc) for the holder of a post, or for whoever holds a role at a unit. Its id is the engine's."""

    __tablename__ = "task"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"), index=True)
    node: Mapped[str]
    name: Mapped[str]
    form_key: Mapped[str]
    form_sha256: Mapped[str]
    role: Mapped[str | None]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("post.id"))
    opened_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    closed_post_id: Mapped[UUID | None] = mapped_column(ForeignKey("post.id"))
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)

    case: Mapped[Case] = relationship()
    post: Mapped[Post | None] = relationship(foreign_keys=[post_id])
    closed_post: Mapped[Post | None] = relationship(foreign_keys=[closed_post_id])

    __table_args__ = (
        Index("ix_task_unit_id_role_closed_at", "unit_id", "role", "closed_at"),
        Index("ix_task_post_id_closed_at", "post_id", "closed_at"),
        Index("ix_task_closed_by_closed_at", "closed_by", "closed_at"),
    )


class Call(Model):
    """An operation of the diagram that will be answered later. Its id is the engine's. `error` is an incident."""

    __tablename__ = "call"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"), index=True)
    node: Mapped[str]
    operation: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    error: Mapped[str | None]

    case: Mapped[Case] = relationship()


class Timer(Model):
    """When a timer of a case is due; fired once by any number of clocks."""

    __tablename__ = "timer"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"), index=True)
    task_key: Mapped[str]
    node: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(index=True)


class SlipItem(Model):
    """One line of the slip (phiếu giao việc); `part`: lead (chủ trì), co_handler (phối hợp), information (để biết)."""

    __tablename__ = "slip_item"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"), index=True)
    post_id: Mapped[UUID] = mapped_column(ForeignKey("post.id"))
    part: Mapped[str]
    instruction: Mapped[str]
    due_at: Mapped[datetime | None]
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    done_at: Mapped[datetime | None]
    opinion: Mapped[str] = mapped_column(default="")

    case: Mapped[Case] = relationship()
    post: Mapped[Post] = relationship()

    __table_args__ = (Index("ix_slip_item_post_id_done_at", "post_id", "done_at"),)
