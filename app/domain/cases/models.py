"""Cases and the rows around them: tasks, pauses, calls, timers, incidents, bulk acts and the slip."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from app.domain.documents.models import Document
from app.domain.orgunits.models import Post, Unit
from app.domain.procedures.models import ProcedureVersion
from app.kernel.clock import now
from app.kernel.db import Model


class Case(Model):
    """One running procedure at one agency; `state` belongs to the engine. `status`: open, done, incident, discarded.

    While `suspended_at` is set nothing of it can be done, for the reason in `suspended_why`. While `paused_at` is set
    its deadlines do not run, and work goes on. `parent_id` is the case whose diagram started this one, `asked_by` the
    call by which it did.
    """

    __tablename__ = "case"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("procedure_version.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(default="open")
    passed: Mapped[list[Any]] = mapped_column(default=list)
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    suspended_why: Mapped[str] = mapped_column(default="")
    parent_id: Mapped[UUID | None] = mapped_column(index=True)
    asked_by: Mapped[UUID | None]
    row_version: Mapped[int] = mapped_column()

    version: Mapped[ProcedureVersion] = relationship()
    document: Mapped[Document] = relationship()
    unit: Mapped[Unit] = relationship()

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a plain dictionary


class Task(Model):
    """A task (việc) for the holder of a post, or for whoever holds a role at a unit.

    `kind` step: drawn in the diagram, and its id is the engine's. `cosign` and `opinion` were asked for by whoever does
    the step `parent_id`; the engine knows nothing of them. `after_id` is the task whose completion opened this one,
    `lent_by_post_id` the post it returns to. `why` tells how the performer was found, `told` what the engine was told.
    `held_at`: answered, but its case could not run on; the incident has the answer. `note` is what was asked of a
    cosign or opinion, and why a step that is closed was returned or withdrawn; `answers` of an open step are those of
    the round before. `term` is what its diagram says about the deadline: a number of working days, or a day.
    """

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
    term: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    closed_post_id: Mapped[UUID | None] = mapped_column(ForeignKey("post.id"))
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)
    kind: Mapped[str] = mapped_column(default="step")
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"), index=True)
    after_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))
    lent_by_post_id: Mapped[UUID | None] = mapped_column(ForeignKey("post.id"))
    held_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
    asks: Mapped[bool] = query_expression()  # whether something it asked for is open; known once it is locked

    case: Mapped[Case] = relationship()
    post: Mapped[Post | None] = relationship(foreign_keys=[post_id])
    closed_post: Mapped[Post | None] = relationship(foreign_keys=[closed_post_id])

    __table_args__ = (
        Index("ix_task_unit_id_role_closed_at", "unit_id", "role", "closed_at"),
        Index("ix_task_post_id_closed_at", "post_id", "closed_at"),
        Index("ix_task_closed_by_closed_at", "closed_by", "closed_at"),
    )


class Pause(Model):
    """Time that does not count (tạm dừng tính thời hạn): the case waits for an answer from outside."""

    __tablename__ = "pause"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"), index=True)
    reason: Mapped[str]
    began_at: Mapped[datetime] = mapped_column(default=now)
    began_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class Call(Model):
    """An operation the diagram asked for. Its id is the engine's.

    One that was answered at once is closed as it opens. `error` is why it failed, `result` what it was answered.
    """

    __tablename__ = "call"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"), index=True)
    node: Mapped[str]
    operation: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    error: Mapped[str | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    case: Mapped[Case] = relationship()


class Timer(Model):
    """When a timer of a case is due; fired once by any number of clocks."""

    __tablename__ = "timer"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"), index=True)
    task_key: Mapped[str]
    node: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(index=True)


class Incident(Model):
    """Something that keeps a case from running on (sự cố), with all that is needed to try again.

    `act` is what was tried: complete, answer, failure, operation, timer, message, signal, stall; `reference` is the
    task, call or event (by its id in the engine) it was tried on, `told` what it was told, `actor` whose act it was.
    `how` says how it ended: retried, skipped, moved, overtaken; `asked` while a worker tries the operation again.
    """

    __tablename__ = "incident"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"), index=True)
    act: Mapped[str]
    reference: Mapped[str]
    node: Mapped[str]
    code: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)
    actor: Mapped[str] = mapped_column(default="system")
    attempts: Mapped[int] = mapped_column(default=1)
    note: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    how: Mapped[str] = mapped_column(default="")

    case: Mapped[Case] = relationship()

    __table_args__ = (Index("ix_incident_closed_at_opened_at", "closed_at", "opened_at"),)


class Bulk(Model):
    """One act on many cases (thao tác hàng loạt), done by a worker: `act` retry, skip, migrate, undo.

    `spec` holds its parameters. It is over when every case of it has an outcome.
    """

    __tablename__ = "bulk"

    act: Mapped[str]
    spec: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("bulk.id"))


class BulkItem(Model):
    """What became of one case of a bulk act; `outcome` is empty until a worker has been there.

    `before` is what is needed to take it back: the row of the case as it was.
    """

    __tablename__ = "bulk_item"

    bulk_id: Mapped[UUID] = mapped_column(ForeignKey("bulk.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    reference: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime | None]

    case: Mapped[Case] = relationship()

    __table_args__ = (
        Index("ix_bulk_item_bulk_id_outcome_id", "bulk_id", "outcome", "id"),
        Index("ix_bulk_item_reference", "reference"),
        UniqueConstraint("bulk_id", "case_id", "reference"),
    )


class Notice(Model):
    """A notice (thông báo) to the holder of a post, about a case or a procedure; nobody has to do anything about it.

    `text` is what a diagram or a person wrote; without one, `code` and `detail` are a sentence of the catalogue.
    `task_id` is the task it reminds of.
    """

    __tablename__ = "notice"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("post.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))
    text: Mapped[str]
    code: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made_at: Mapped[datetime] = mapped_column(default=now)
    read_at: Mapped[datetime | None]
    read_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

    case: Mapped[Case | None] = relationship()

    __table_args__ = (
        Index("ix_notice_post_id_read_at", "post_id", "read_at"),
        Index("ix_notice_task_id_code", "task_id", "code"),
    )


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
