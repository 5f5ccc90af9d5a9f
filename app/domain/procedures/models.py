"""What running cases are pinned to."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.clock import now
from app.kernel.db import Model


class ProcedureVersion(Model):
    """An immutable effective procedure: diagram, parameters and the form of each step, named by its content."""

    __tablename__ = "procedure_version"

    key: Mapped[str]
    sha256: Mapped[str]
    bpmn: Mapped[bytes]
    parameters: Mapped[dict[str, Any]]
    forms: Mapped[dict[str, Any]]
    origins: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("key", "sha256"),)


class FormVersion(Model):
    """An immutable form: its schema and its texts, named by their content."""

    __tablename__ = "form_version"

    key: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    schema: Mapped[dict[str, Any]]
    texts: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)
