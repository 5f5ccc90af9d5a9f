"""What whoever oversees the exchange looks at: deliveries that are not over, messages that are held back, peers."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app.domain.actors.actor import Actor
from app.domain.cases.deadjobs import OPERATE_SYSTEM
from app.domain.exchange.alerts import BACK, unheard
from app.domain.exchange.models import Arrival, Delivery, Message
from app.domain.exchange.queries import DOCUMENT_KINDS
from app.domain.exchange.statuses import AGREED, DECLINED
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Forbidden, Missing

STATES = ("waiting", "unregistered", "refused", "expired", "delivered", "cancelled", "recalled", "replaced")
"""What deliveries are looked through by; "unregistered" has been stored by the recipient and no more."""
_NO, _STORED = ("02", DECLINED), ("01", AGREED)
_HELD = ("kept", "quarantined")
_OLDEST_FIRST = frozenset({"waiting", "unregistered"})


@dataclass(frozen=True)
class Troubles:
    """What an agency's people should look at: messages held back, deliveries nobody stored, documents in no register.

    `silent` wait for more than an hour; `unregistered` came to their recipients on an earlier day.
    """

    held: int = 0
    silent: int = 0
    unregistered: int = 0

    @property
    def any(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.held or self.silent or self.unregistered)


def require(actor: Actor) -> None:
    """Refuse whoever neither operates the installation nor sends or receives for an agency. Errors: Forbidden."""
    if not (actor.places(OPERATE_SYSTEM) or actor.places("exchange.send") or actor.places("exchange.register")):
        raise Forbidden("actor.not_permitted", permission="exchange.send")


def deliveries(actor: Actor, *, state: str, offset: int, limit: int) -> list[Delivery]:
    """Deliveries in one of STATES; those of the actor's agencies unless they operate all.

    What waits is shown oldest first, what is over latest first.
    """
    query = select(Delivery).join(Message, Message.id == Delivery.message_id).where(_is(state))
    query = query.where(_at(actor, Message.sender_id, "exchange.send"))
    query = query.options(joinedload(Delivery.recipient), joinedload(Delivery.document))
    order = Delivery.made_at if state in _OLDEST_FIRST else Delivery.made_at.desc()
    return list(db.session.scalars(query.order_by(order, Delivery.id).offset(offset).limit(limit)))


def counts(actor: Actor) -> dict[str, int]:
    """How many deliveries are in each of STATES (one statement)."""
    tallies = [func.sum(case((_is(state), 1), else_=0)) for state in STATES]
    query = select(*tallies).select_from(Delivery).join(Message, Message.id == Delivery.message_id)
    row = db.session.execute(query.where(_at(actor, Message.sender_id, "exchange.send"))).one()
    return {state: int(n or 0) for state, n in zip(STATES, row, strict=True)}


def held(actor: Actor, *, limit: int = 100) -> list[Arrival]:
    """Messages that are held back or have not been looked at, oldest first."""
    query = select(Arrival).where(Arrival.state.in_(_HELD), _at(actor, Arrival.recipient_id, "exchange.register"))
    query = query.options(joinedload(Arrival.sender), joinedload(Arrival.recipient))
    return list(db.session.scalars(query.order_by(Arrival.at).limit(limit)))


def troubles(actor: Actor) -> Troubles:
    """What is late or held back at the agencies where the actor sends or receives (at most two statements)."""
    sends, receives = actor.places("exchange.send"), actor.places("exchange.register")
    kept = select(func.count()).where(Arrival.state == "quarantined", Arrival.recipient_id.in_(receives))
    found = db.session.scalar(kept) if receives else 0
    if not sends:
        return Troubles(held=found or 0)
    moment = clock.now()
    today = datetime.combine(clock.office_day(), time(), clock.OFFICE_ZONE)
    idle = and_(_is("unregistered"), Delivery.delivered_at < today)
    query = select(*[func.sum(case((one, 1), else_=0)) for one in (unheard(), idle)]).select_from(Delivery)
    query = query.join(Message, Message.id == Delivery.message_id)
    query = query.where(Message.sender_id.in_(sends), Delivery.made_at > moment - BACK)
    row = db.session.execute(query).one()
    return Troubles(found or 0, int(row[0] or 0), int(row[1] or 0))


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


def _is(state: str) -> ColumnElement[bool]:
    if state == "unregistered":
        return and_(Delivery.state == "delivered", Delivery.status.in_(_STORED), Message.kind.in_(DOCUMENT_KINDS))
    if state == "refused":
        return or_(Delivery.state == "refused", Delivery.status.in_(_NO))
    if state == "delivered":
        return and_(Delivery.state == "delivered", func.coalesce(Delivery.status, "").not_in(_NO))
    return Delivery.state == state


def _sees(actor: Actor, unit_id: UUID, permission: str) -> bool:
    return bool(actor.places(OPERATE_SYSTEM)) or actor.may(permission, at=unit_id)


def _at(actor: Actor, unit: InstrumentedAttribute[UUID], permission: str) -> ColumnElement[bool]:
    return true() if actor.places(OPERATE_SYSTEM) else unit.in_(actor.places(permission))
