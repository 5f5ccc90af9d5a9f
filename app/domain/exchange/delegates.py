"""What diagrams may ask of the exchange."""

from app.domain.cases.contracts import COUNT, ID, LINE, TEXT, mapping, one_of
from app.domain.cases.operations import Asked, Offers, Params
from app.domain.documents import commands as document_commands
from app.domain.documents import queries as documents
from app.domain.exchange import commands, queries, replies
from app.domain.exchange.envelope import FINAL, REPORTABLE
from app.domain.exchange.events import DeliveryRequested
from app.domain.exchange.models import Arrival, Delivery
from app.domain.orgunits import queries as orgunits
from app.kernel import events
from app.kernel.db import db
from app.kernel.errors import Conflict, Missing

EXCHANGE = Offers("exchange")


@EXCHANGE.operation(takes=mapping({}, {"document_id": ID}), gives=mapping({"delivered": COUNT}), later=True)
def send(asked: Asked) -> Params | None:
    """Promise one delivery to each recipient; answered when the last one has the document.

    Asked again, it is the same delivery to each, and none to those who have the document.
    """
    document = documents.locked(asked.document_id)
    if document.state != "issued":
        raise Conflict("document.not_issued")
    known = {one.recipient_id: one for one in queries.deliveries(document.id)}
    for unit in documents.recipients(document.id):
        delivery = known.get(unit.id) or Delivery(document_id=document.id, case_id=asked.case.id, recipient_id=unit.id)
        if delivery.receipt is not None:
            continue
        db.session.add(delivery)
        db.session.flush()
        fact = DeliveryRequested(about=str(document.id), delivery_id=str(delivery.id))
        events.record(fact, actor=asked.actor.name)
    return None


@EXCHANGE.operation(
    takes=mapping({}, {"document_id": ID}),
    gives=mapping({"done": COUNT, "refused": COUNT}),
    later=True,
    effectful=False,
)
def follow(asked: Asked) -> Params | None:
    """Wait until every recipient has finished or refused."""
    everyone = queries.deliveries(asked.document_id)
    return commands.outcome(everyone) if all(one.status in FINAL for one in everyone) else None


@EXCHANGE.operation(
    takes=mapping({"status": one_of(*sorted(REPORTABLE))}, {"document_id": ID}),
    gives=mapping(),
)
def report(asked: Asked) -> Params | None:
    """Return a status to the sender."""
    code = str(asked.params["status"])
    commands.report(asked.actor, _arrival(asked), code=code, by=_who(asked))
    if code == "06":
        document_commands.move(asked.actor, asked.document_id, state="closed")
    return {}


@EXCHANGE.operation(takes=mapping({}, {"document_id": ID, "reason": LINE, "text": TEXT}), gives=mapping())
def refuse(asked: Asked) -> Params | None:
    """Refuse a document that was not for us, or is damaged: an outcome, not an error (NĐ 30/2020, Đ21.2b)."""
    reason, note = (str(asked.params.get(name) or "") for name in ("reason", "text"))
    commands.report(asked.actor, _arrival(asked), code="02", by=_who(asked), reason=reason, note=note)
    document_commands.move(asked.actor, asked.document_id, state="refused")
    return {}


@EXCHANGE.operation(
    takes=mapping({}, {"document_id": ID}),
    gives=mapping({"document_id": ID, "reference": LINE, "issuer": LINE}),
    later=True,
    effectful=False,
)
def await_reply(asked: Asked) -> Params | None:
    """Wait for a document that answers the one we sent; one that is there already answers at once."""
    document = documents.document(asked.document_id)
    if document.number is None:
        raise Conflict("document.not_issued")
    reply = documents.reply_to(document.id)
    return None if reply is None else replies.told(reply)


def _arrival(asked: Asked) -> Arrival:
    found = queries.arrival_of_document(asked.document_id)
    if found is None:
        raise Missing("arrival.missing")
    return found


def _who(asked: Asked) -> str:
    """The post that acted, as the sender will read it."""
    seats = (seat.title for seat in asked.actor.seats if seat.agency_id == asked.case.unit_id)
    return next(seats, orgunits.unit(asked.case.unit_id).short_name)
