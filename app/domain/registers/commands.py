"""Giving numbers. Taken last in a transaction, so that the counter's row is locked for a moment only."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.actors.actor import Actor
from app.domain.registers import queries
from app.domain.registers.events import NumberAssigned, NumberVoided
from app.domain.registers.models import RegisterEntry, RegisterYear
from app.kernel import events
from app.kernel.db import command, db
from app.kernel.errors import Invalid, Missing


@command
def assign_number(actor: Actor, *, unit_id: UUID, kind: str, year: int, document_id: UUID) -> RegisterEntry:
    """Give a document the next number of its register; asking again gives the same number."""
    register, known = queries.register_and_entry(unit_id, kind, document_id)
    if known is not None:
        return known
    number = _next(register.id, year)
    entry = RegisterEntry(register_id=register.id, year=year, number=number, document_id=document_id)
    db.session.add(entry)
    fact = NumberAssigned(about=str(document_id), register_id=str(register.id), year=year, number=number)
    events.record(fact, actor=actor.name)
    return entry


@command
def void_number(actor: Actor, entry_id: UUID, *, reason: str) -> RegisterEntry:
    """Strike a number through; it is never used again and its row stays (NĐ 30/2020, Đ15)."""
    entry = db.session.scalar(select(RegisterEntry).where(RegisterEntry.id == entry_id).with_for_update())
    if entry is None:
        raise Missing("register.entry_missing")
    actor.require("documents.issue", at=queries.register(entry.register_id).unit_id)
    if not reason.strip():
        raise Invalid("register.void_needs_reason")
    entry.state, entry.reason = "void", reason.strip()
    fact = NumberVoided(
        about=str(entry.document_id), register_id=str(entry.register_id), year=entry.year, number=entry.number
    )
    events.record(fact, actor=actor.name)
    return entry


def _next(register_id: UUID, year: int) -> int:
    """The next number of a year, 1 for its first; one statement, so that the counter's row is locked once."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    first = insert(RegisterYear).values(register_id=register_id, year=year, last=1)
    query = first.on_conflict_do_update(index_elements=["register_id", "year"], set_={"last": RegisterYear.last + 1})
    number: int = db.session.execute(query.returning(RegisterYear.last)).scalar_one()
    return number
