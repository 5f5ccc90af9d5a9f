"""What whoever oversees the exchange looks at: deliveries that are not over, messages that are held back, peers."""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app.domain.actors.actor import Actor
from app.domain.cases.deadjobs import OPERATE_SYSTEM
from app.domain.exchange.models import Arrival, Delivery, Message
from app.kernel.db import db
from app.kernel.errors import Forbidden, Missing

STATES = ("waiting", "delivered", "refused", "expired", "cancelled", "recalled", "replaced")


def require(actor: Actor) -> None:
    """Refuse whoever neither operates the installation nor sends or receives for an agency. Errors: Forbidden."""
    if not (actor.places(OPERATE_SYSTEM) or actor.places("exchange.send") or actor.places("exchange.register")):
        raise Forbidden("actor.not_permitted", permission="exchange.send")


def deliveries(actor: Actor, *, state: str, offset: int, limit: int) -> list[Delivery]:
    """Deliveries in one state, the latest first; those of the actor's agencies unless they operate all."""
    query = select(Delivery).join(Message, Message.id == Delivery.message_id).where(Delivery.state == state)
    query = query.where(_at(actor, Message.sender_id, "exchange.send")).options(joinedload(Delivery.recipient))
    return list(db.session.scalars(query.order_by(Delivery.made_at.desc(), Delivery.id).offset(offset).limit(limit)))


def held(actor: Actor, *, limit: int = 100) -> list[Arrival]:
    """Messages that are held back or have not been looked at, oldest first."""
    query = select(Arrival).where(or_(Arrival.state == "quarantined", Arrival.state == "kept"))
    query = query.where(_at(actor, Arrival.recipient_id, "exchange.register"))
    query = query.options(joinedload(Arrival.sender), joinedload(Arrival.recipient))
    return list(db.session.scalars(query.order_by(Arrival.at).limit(limit)))


def delivery(actor: Actor, delivery_id: UUID) -> Delivery:
    """One delivery of the actor's. Errors: Missing."""
    found = db.session.get(Delivery, delivery_id)
    if found is None or not _sees(actor, found.message.sender_id, "exchange.send"):
        raise Missing("delivery.missing")
    return found


def arrival(actor: Actor, arrival_id: UUID) -> Arrival:
    """One message that came for the actor's agency. Errors: Missing."""
    found = db.session.get(Arrival, arrival_id)
    if found is None or not _sees(actor, found.recipient_id, "exchange.register"):
        raise Missing("arrival.missing")
    return found


def _sees(actor: Actor, unit_id: UUID, permission: str) -> bool:
    return bool(actor.places(OPERATE_SYSTEM)) or actor.may(permission, at=unit_id)


def _at(actor: Actor, unit: InstrumentedAttribute[UUID], permission: str) -> ColumnElement[bool]:
    return true() if actor.places(OPERATE_SYSTEM) else unit.in_(actor.places(permission))
