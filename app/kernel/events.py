"""Facts. Each is journalled in the transaction that made it true, and promises work to its subscribers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import outbox
from app.kernel.clock import now
from app.kernel.db import Model, db, keep

_subscribers: dict[str, tuple[str, ...]] = {}


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact in the past tense, about one thing, made of plain JSON values (ids, never content)."""

    name: ClassVar[str]
    about: str


class JournalEntry(Model):
    """What happened. Rows are added, never changed."""

    __tablename__ = "journal"

    name: Mapped[str]
    about: Mapped[str]
    actor: Mapped[str]
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (Index("ix_journal_about_at", "about", "at"),)


def install(subscribers: Mapping[type[Event], tuple[str, ...]]) -> None:
    """Replace the kinds of work that each event promises."""
    _subscribers.clear()
    _subscribers.update({event.name: kinds for event, kinds in subscribers.items()})


def record(event: Event, *, actor: str) -> UUID:
    """Write a fact to the journal, and one job for each of its subscribers."""
    entry = JournalEntry(id=uuid4(), name=event.name, about=event.about, actor=actor, payload=asdict(event))
    keep(entry)
    for kind in _subscribers.get(event.name, ()):
        outbox.promise(kind, key=f"{kind}:{entry.id}", payload=entry.payload)
    return entry.id


def trail(about: str) -> list[JournalEntry]:
    """Everything that happened to one thing, oldest first."""
    query = select(JournalEntry).where(JournalEntry.about == about).order_by(JournalEntry.at)
    return list(db.session.scalars(query))
