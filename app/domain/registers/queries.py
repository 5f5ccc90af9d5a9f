"""Reading registers."""

from uuid import UUID

from sqlalchemy import and_, select

from app.domain.actors.actor import Actor
from app.domain.registers.models import Register, RegisterEntry
from app.kernel.db import db
from app.kernel.errors import Missing


def register(register_id: UUID) -> Register:
    """One register."""
    found = db.session.get(Register, register_id)
    if found is None:
        raise Missing("register.missing")
    return found


def register_of(unit_id: UUID, kind: str) -> Register:
    """The register of a kind at an agency."""
    query = select(Register).where(Register.unit_id == unit_id, Register.kind == kind)
    found = db.session.scalar(query.order_by(Register.name).limit(1))
    if found is None:
        raise Missing("register.missing")
    return found


def visible_register(actor: Actor, register_id: UUID) -> Register:
    """One register, if the actor may know of it."""
    found = register(register_id)
    if not actor.may("registers.read", at=found.unit_id):
        raise Missing("register.missing")
    return found


def visible_registers(actor: Actor) -> list[Register]:
    """The registers of every agency where the actor may read them."""
    query = select(Register).where(Register.unit_id.in_(actor.places("registers.read")))
    return list(db.session.scalars(query.order_by(Register.unit_id, Register.kind.desc())))


def register_and_entry(unit_id: UUID, kind: str, document_id: UUID) -> tuple[Register, RegisterEntry | None]:
    """The register of a kind at an agency, and the entry a document has in it if it has one."""
    in_it = and_(RegisterEntry.register_id == Register.id, RegisterEntry.document_id == document_id)
    query = select(Register, RegisterEntry).outerjoin(RegisterEntry, in_it)
    query = query.where(Register.unit_id == unit_id, Register.kind == kind).order_by(Register.name).limit(1)
    found = db.session.execute(query).first()
    if found is None:
        raise Missing("register.missing")
    return found[0], found[1]


def years(register_id: UUID) -> list[int]:
    """The years a register has entries for, latest first."""
    query = select(RegisterEntry.year).where(RegisterEntry.register_id == register_id).distinct()
    return sorted(db.session.scalars(query), reverse=True)
