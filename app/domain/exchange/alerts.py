"""The same-day rule (NĐ 30/2020, Điều 21): who is told that nothing was stored, or nothing registered, in time."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import joinedload

from app.domain.cases import notices
from app.domain.cases import queries as cases
from app.domain.documents.models import Document
from app.domain.exchange.models import Arrival, Delivery, Message
from app.domain.exchange.statuses import AGREED, LOST, TO_BE_FETCHED
from app.domain.orgunits import calendar, desks
from app.domain.orgunits import queries as orgunits
from app.kernel import clock
from app.kernel.db import command, db

PATIENCE = timedelta(hours=1)
"""After which a sender is told that a recipient has not stored what was sent."""
BACK = timedelta(days=30)
"""How far back is looked: what is older was told long ago."""
AT_A_TIME = 500


def unheard() -> ColumnElement[bool]:
    """What nobody has stored for an hour, although it was tried: who fetches comes when it can."""
    is_tried = Delivery.cause != TO_BE_FETCHED
    return and_(Delivery.state == "waiting", Delivery.made_at < clock.now() - PATIENCE, is_tried)


@command
def silent() -> int:
    """Tell the sender's clerk of each delivery that nobody has stored for an hour; each once. How many were new."""
    query = _recent(unheard())
    return sum(_tell_sender(one, "notice.delivery_silent") for one in db.session.scalars(query))


@command
def lost() -> int:
    """Tell the sender's clerk of each delivery that ended without arriving; each once. How many were new."""
    query = _recent(Delivery.state.in_(LOST - {"cancelled", "recalled", "replaced"}))
    return sum(_tell_sender(one, "notice.delivery_lost") for one in db.session.scalars(query))


@command
def unregistered() -> int:
    """Tell both sides of what arrived and was not registered by the end of the working day; each once."""
    told, moment = 0, clock.now()
    query = _recent(Delivery.state == "delivered", Delivery.status.in_(("01", AGREED)))
    for delivery in db.session.scalars(query):
        if delivery.delivered_at is not None and calendar.deadline_after(0, delivery.delivered_at) < moment:
            told += _tell_sender(delivery, "notice.recipient_unregistered")
    waiting = select(Arrival).join(Document, Document.id == Arrival.document_id)
    waiting = waiting.where(Document.arrival_number.is_(None), Document.state == "arrived", Arrival.at > moment - BACK)
    for arrival in db.session.scalars(waiting.options(joinedload(Arrival.sender)).limit(AT_A_TIME)):
        if calendar.deadline_after(0, arrival.at) < moment:
            told += _tell_recipient(arrival)
    return told


def _recent(*conditions: ColumnElement[bool]) -> Select[Delivery]:
    query = select(Delivery).join(Message, Message.id == Delivery.message_id).options(joinedload(Delivery.recipient))
    query = query.where(Delivery.made_at > clock.now() - BACK, *conditions)
    return query.order_by(Delivery.made_at).limit(AT_A_TIME)


def _tell_sender(delivery: Delivery, code: str) -> int:
    said = {"agency": delivery.recipient.short_name}
    posts = _clerks(delivery.message.sender_id)
    return notices.give(posts, once=uuid5(delivery.id, code), case_id=delivery.case_id, code=code, detail=said)


def _tell_recipient(arrival: Arrival) -> int:
    case = None if arrival.document_id is None else cases.case_of_document(arrival.document_id)
    if case is None:
        return 0
    said = {"agency": orgunits.unit(arrival.sender_id).short_name}
    code = "notice.unregistered"
    return notices.give(
        _clerks(arrival.recipient_id), once=uuid5(arrival.id, code), case_id=case.id, code=code, detail=said
    )


def _clerks(agency_id: UUID) -> Iterable[UUID]:
    inside = desks.of(agency_id)
    return [desk.post_id for desk in desks.with_role("clerk", agency_id, inside)]
