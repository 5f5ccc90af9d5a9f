"""What diagrams may ask of the exchange."""

from app.domain.cases.contracts import COUNT, ID, LINE, TEXT, mapping, one_of
from app.domain.cases.operations import Asked, Offers, Params
from app.domain.documents import commands as document_commands
from app.domain.documents import queries as documents
from app.domain.exchange import consenting, following, messages, queries, replies, reporting, succeeding
from app.domain.exchange.models import Arrival
from app.domain.exchange.reporting import Chain
from app.domain.exchange.statuses import REPORTABLE
from app.domain.orgunits import queries as orgunits
from app.kernel.errors import Conflict
from interchange.envelope import WISHES

EXCHANGE = Offers("exchange")


@EXCHANGE.operation(takes=mapping({}, {"document_id": ID}), gives=mapping({"delivered": COUNT}), later=True)
def send(asked: Asked) -> Params | None:
    """Promise one delivery to each recipient; answered when the last one has the document.

    Asked again, it is the same delivery to each, and none to those who have the document.
    """
    document = documents.locked(asked.document_id)
    if document.state != "issued":
        raise Conflict("document.not_issued")
    message = messages.open_message(document, asked.case)
    messages.address(asked.actor, message, documents.recipients(document.id))
    if message.kind in WISHES:
        succeeding.ask(asked.actor, message)
    return None


@EXCHANGE.operation(
    takes=mapping({}, {"document_id": ID}),
    gives=mapping({"done": COUNT, "refused": COUNT}),
    later=True,
    effectful=False,
)
def follow(asked: Asked) -> Params | None:
    """Wait until every recipient has finished or refused."""
    sent = queries.deliveries(asked.document_id)
    found = following.stand(sent[0].message_id) if sent else {}
    return following.outcome(found) if following.is_finished(found) else None


@EXCHANGE.operation(
    takes=mapping({"status": one_of(*sorted(REPORTABLE))}, {"document_id": ID}),
    gives=mapping(),
)
def report(asked: Asked) -> Params | None:
    """Return a status to the sender."""
    code = str(asked.params["status"])
    reporting.report(asked.actor, _chain(asked), code=code, by=_who(asked))
    if code == "06":
        document_commands.move(asked.actor, asked.document_id, state="closed")
    return {}


@EXCHANGE.operation(takes=mapping({}, {"document_id": ID, "reason": LINE, "text": TEXT}), gives=mapping())
def refuse(asked: Asked) -> Params | None:
    """Refuse a document that was not for us, or is damaged: an outcome, not an error (NĐ 30/2020, Đ21.2b)."""
    reason, note = (str(asked.params.get(name) or "") for name in ("reason", "text"))
    chain = _chain(asked)
    chain.arrival.triple = None  # a corrected one may come under the same number
    reporting.report(asked.actor, chain, code="02", by=_who(asked), reason=reason, note=note)
    document_commands.move(asked.actor, asked.document_id, state="refused")
    return {}


@EXCHANGE.operation(takes=mapping({}, {"document_id": ID}), gives=mapping())
def agree(asked: Asked) -> Params | None:
    """Agree to what the sender wishes: a recalled or replaced document stays in the register (NĐ 30/2020, Đ18)."""
    consenting.agree(asked.actor, asked.document_id, by=_who(asked))
    return {}


@EXCHANGE.operation(takes=mapping({}, {"document_id": ID, "text": TEXT}), gives=mapping())
def decline(asked: Asked) -> Params | None:
    """Decline what the sender wishes of a document, and say why."""
    consenting.decline(asked.actor, asked.document_id, by=_who(asked), note=str(asked.params.get("text") or ""))
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


def _chain(asked: Asked) -> Chain:
    return reporting.chain(Arrival.document_id == asked.document_id, Arrival.kind.in_(queries.DOCUMENT_KINDS))


def _who(asked: Asked) -> str:
    """The post that acted, as the sender will read it."""
    seats = (seat.title for seat in asked.actor.seats if seat.agency_id == asked.case.unit_id)
    return next(seats, orgunits.unit(asked.case.unit_id).short_name)
