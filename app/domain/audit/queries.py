"""Reading the journal for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.models import Person
from app.kernel.db import db
from app.kernel.events import JournalEntry

NOT_PEOPLE = frozenset({"system", "anonymous"})


@dataclass(frozen=True)
class Happened:
    """One line of history: `name` is a key of the catalogue, `who` a display name or "" for the system."""

    at: datetime
    name: str
    who: str
    payload: dict[str, Any]


def history(*about: UUID) -> list[Happened]:
    """Everything that happened to some things together, oldest first."""
    query = select(JournalEntry).where(JournalEntry.about.in_([str(one) for one in about]))
    entries = list(db.session.scalars(query.order_by(JournalEntry.at)))
    names = _names({entry.actor for entry in entries})
    return [Happened(e.at, e.name, names.get(e.actor, ""), e.payload) for e in entries]


def _names(actors: Iterable[str]) -> dict[str, str]:
    ids = [UUID(actor) for actor in actors if actor not in NOT_PEOPLE]
    if not ids:
        return {}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {str(person_id): name for person_id, name in rows}
