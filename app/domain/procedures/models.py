"""What running cases are pinned to, and what units, levels and the library say about procedures."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.clock import now
from app.kernel.db import Model


class ProcedureVersion(Model):
    """An immutable effective procedure, named by its content: all that its cases will ever read of it.

    `forms` is the form of each step; `decisions` holds DMN documents by key, `called` diagrams by process id (both
    as text). `layers` tells which version of which place it was put together from, `origins` which place won.
    """

    __tablename__ = "procedure_version"

    key: Mapped[str]
    number: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str]
    bpmn: Mapped[bytes]
    parameters: Mapped[dict[str, Any]]
    forms: Mapped[dict[str, Any]]
    decisions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    called: Mapped[dict[str, Any]] = mapped_column(default=dict)
    texts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    layers: Mapped[dict[str, Any]] = mapped_column(default=dict)
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


class LayerVersion(Model):
    """A published, immutable version of what one place says about one thing.

    `kind`: procedure, form or decision. `place`: units/<code>, levels/<code>, common, or library/<place>. `content` is
    a JSON merge patch (RFC 7396) on what the places above say. A retired version begins no new case.
    """

    __tablename__ = "layer_version"

    kind: Mapped[str]
    key: Mapped[str]
    place: Mapped[str]
    number: Mapped[int]
    sha256: Mapped[str]
    content: Mapped[dict[str, Any]]
    label: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime] = mapped_column(default=now)
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    retired_at: Mapped[datetime | None]
    retired_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (UniqueConstraint("kind", "key", "place", "number"),)


class LayerPilot(Model):
    """A unit that has a version before everybody does (thí điểm): while there are such rows, no other unit sees it."""

    __tablename__ = "layer_pilot"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("layer_version.id"))
    place: Mapped[str]

    __table_args__ = (UniqueConstraint("version_id", "place"),)


class LayerDraft(Model):
    """What somebody is still writing for a place; it never runs. `based_on` is the version number it began from.

    `undo` is how it was before the last act on it: `act`, the `content` then, the name `of` the content it made.
    """

    __tablename__ = "layer_draft"

    kind: Mapped[str]
    key: Mapped[str]
    place: Mapped[str]
    content: Mapped[dict[str, Any]]
    based_on: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    undo: Mapped[dict[str, Any]] = mapped_column(default=dict)
    row_version: Mapped[int] = mapped_column()

    __table_args__ = (UniqueConstraint("kind", "key", "place"),)
    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a plain dictionary


class DraftState(Model):
    """How a draft stood before somebody wrote on; kept for a while, and gone with the draft."""

    __tablename__ = "draft_state"

    draft_id: Mapped[UUID] = mapped_column(ForeignKey("layer_draft.id", ondelete="CASCADE"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    size: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (Index("ix_draft_state_draft_id_number", "draft_id", "number"),)


class DraftHold(Model):
    """Who is drawing a draft, and since when; it ends by itself when it is not renewed, and with the draft."""

    __tablename__ = "draft_hold"

    draft_id: Mapped[UUID] = mapped_column(ForeignKey("layer_draft.id", ondelete="CASCADE"), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    since: Mapped[datetime]
    renewed_at: Mapped[datetime]


class LayerNotice(Model):
    """What the publication of a place above meant for a place below: it `follows`, or there is a `conflict` to settle.

    Until a conflict is settled the place below goes on with `old_version_id` of the place above.
    """

    __tablename__ = "layer_notice"

    kind: Mapped[str]
    key: Mapped[str]
    place: Mapped[str]
    above: Mapped[str]
    old_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("layer_version.id"))
    new_version_id: Mapped[UUID] = mapped_column(ForeignKey("layer_version.id"))
    outcome: Mapped[str]
    paths: Mapped[list[Any]]
    at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    how: Mapped[str] = mapped_column(default="")

    __table_args__ = (Index("ix_layer_notice_key_place_settled_at", "key", "place", "settled_at"),)
