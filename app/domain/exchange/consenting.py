"""What a recipient does with the sender's wish to recall: once a document is registered, it takes consent."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.actors.actor import SYSTEM, Actor
from app.domain.cases import commands as cases
from app.domain.cases import projection
from app.domain.cases import queries as case_queries
from app.domain.cases.models import Case
from app.domain.documents import commands as documents
from app.domain.documents import queries as document_queries
from app.domain.exchange import reporting
from app.domain.exchange.events import DocumentRecalled
from app.domain.exchange.models import Arrival
from app.domain.exchange.reporting import Chain
from app.domain.exchange.statuses import AGREED, DECLINED
from app.domain.orgunits import queries as orgunits
from app.kernel import events
from app.kernel.db import db

PROCEDURE = "recall_request"


def take_wish(actor: Actor, wish: Arrival) -> None:
    """Take in a wish to recall. What nobody has registered is given back at once; else the clerk decides."""
    wish.state = "admitted"
    original = _original(wish)
    if original is None or original.document_id is None:
        if original is not None:
            original.state, original.triple = "recalled", None
        _answer(actor, reporting.chain(Arrival.id == wish.id), AGREED, by=_agency(wish))
        return
    wish.document_id = original.document_id
    document = document_queries.locked(original.document_id)
    if document.arrival_number is None:
        original.triple = None
        _cancel(actor, document.id)
        _answer(actor, reporting.chain(Arrival.id == wish.id), AGREED, by=_agency(wish))
        return
    cases.start_case(SYSTEM, procedure=PROCEDURE, unit_id=wish.recipient_id, document_id=document.id, data={})


def agree(actor: Actor, document_id: UUID, *, by: str) -> None:
    """Cancel a registered document as its sender wished; it stays in the register. Belongs inside a transaction."""
    chain = _wish(document_id)
    _cancel(actor, document_id)
    _answer(actor, chain, AGREED, by=by)


def decline(actor: Actor, document_id: UUID, *, by: str, note: str) -> None:
    """Keep a registered document although its sender wished to recall it. Belongs inside a transaction."""
    _answer(actor, _wish(document_id), DECLINED, by=by, note=note)


def asked(case: Case) -> Arrival | None:
    """The sender's wish that a case answers; None for every other case."""
    if case.version.key != PROCEDURE:
        return None
    query = select(Arrival).where(Arrival.document_id == case.document_id, Arrival.kind == "recall")
    return db.session.scalar(query.options(joinedload(Arrival.sender)).order_by(Arrival.at.desc()).limit(1))


def _answer(actor: Actor, chain: Chain, code: str, *, by: str, note: str = "") -> None:
    reporting.report(actor, chain, code=code, by=by, note=note)


def _cancel(actor: Actor, document_id: UUID) -> None:
    """End the work on a document that its sender took back; what was done and written stays."""
    documents.move(actor, document_id, state="recalled")
    for case_id in db.session.scalars(select(Case.id).where(Case.document_id == document_id, Case.status == "open")):
        case = case_queries.locked_case(case_id)
        if case.version.key != PROCEDURE:
            projection.stop(case, status="discarded")
    events.record(DocumentRecalled(about=str(document_id)), actor=actor.name)


def _wish(document_id: UUID) -> Chain:
    return reporting.chain(Arrival.document_id == document_id, Arrival.kind == "recall")


def _original(wish: Arrival) -> Arrival | None:
    query = select(Arrival).where(Arrival.sender_id == wish.sender_id, Arrival.recipient_id == wish.recipient_id)
    return db.session.scalar(query.where(Arrival.message_id == wish.relates_to).with_for_update(of=Arrival))


def _agency(wish: Arrival) -> str:
    return orgunits.unit(wish.recipient_id).short_name
