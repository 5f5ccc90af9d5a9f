"""Registers, their yearly counters and their entries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.clock import now
from app.kernel.db import Model


class Register(Model):
    """A number series kept by one agency: `kind` is outgoing (văn bản đi), incoming (văn bản đến) or copy (bản sao)."""

    __tablename__ = "register"

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str]
    name: Mapped[str]

    __table_args__ = (UniqueConstraint("unit_id", "kind", "name"),)


class RegisterYear(Model):
    """The counter of a register for one year; numbers start at 1 on 1 January."""

    __tablename__ = "register_year"

    register_id: Mapped[UUID] = mapped_column(ForeignKey("register.id"))
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)

    __table_args__ = (UniqueConstraint("register_id", "year"),)


class RegisterEntry(Model):
    """A number and the document it belongs to, for ever; a void entry keeps its row and its reason."""

    __tablename__ = "register_entry"

    register_id: Mapped[UUID] = mapped_column(ForeignKey("register.id"))
    year: Mapped[int]
    number: Mapped[int]
    document_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="assigned")
    reason: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        UniqueConstraint("register_id", "year", "number"),
        UniqueConstraint("register_id", "document_id"),
    )
