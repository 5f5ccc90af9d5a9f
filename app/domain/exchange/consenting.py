"""What a recipient does with the sender's wish to recall, update or replace: once registered, it takes consent."""

from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from app.domain.actors.actor import SYSTEM, Actor
from app.domain.cases import commands as cases
from app.domain.cases import projection
from app.domain.cases import queries as case_queries
from app.domain.cases.models import Case
from app.domain.documents import commands as documents
from app.domain.documents import queries as document_queries
from app.domain.documents.models import Document
from app.domain.exchange import reporting
from app.domain.exchange.events import DocumentRecalled, DocumentSucceeded
from app.domain.exchange.models import Arrival, StatusReport
from app.domain.exchange.reporting import Chain
from app.domain.exchange.statuses import AGREED, ANSWERS, DECLINED
from app.domain.orgunits import queries as orgunits
from app.domain.procedures.models import ProcedureVersion
from app.kernel import events
from app.kernel.db import db
from app.kernel.errors import Missing
from interchange.envelope import WISHES

PROCEDURE = "recall_request"
ENDS = {"recall": "recalled", "replace": "replaced"}
"""What a document is of which the sender wished that; one that is updated goes on."""
OVER = frozenset({"refused", "recalled", "replaced"})


def take_wish(actor: Actor, wish: Arrival) -> None:
    """Take in what a sender wishes of an earlier message. What nobody has registered follows at once.

    Else the clerk decides; a document that is to update or replace has no case before that.
    """
    wish.state = "admitted"
    original = _original(wish)
    document = _locked_document(original)
    if wish.kind == "recall" and document is not None:
        wish.document_id = document.id
    if document is None or document.arrival_number is None or document.state in OVER:
        _follow(actor, reporting.chain(Arrival.id == wish.id), original, by=_agency(wish))
        return
    cases.start_case(SYSTEM, procedure=PROCEDURE, unit_id=wish.recipient_id, document_id=document.id, data={})


def end_before(arrival: Arrival) -> str:
    """How a message ended before it came: what its sender wished of it was faster, and was agreed to; else empty."""
    query = select(Arrival.kind).join(StatusReport, StatusReport.arrival_id == Arrival.id)
    query = query.where(Arrival.sender_id == arrival.sender_id, Arrival.recipient_id == arrival.recipient_id)
    query = query.where(Arrival.relates_to == arrival.message_id, Arrival.kind.in_(ENDS), StatusReport.code == AGREED)
    return ENDS.get(db.session.scalar(query.limit(1)) or "", "")


def begin_work(arrival: Arrival) -> None:
    """Start the case of a document that arrived. Belongs inside a transaction."""
    cases.start_case(
        SYSTEM,
        procedure="incoming_document",
        unit_id=arrival.recipient_id,
        document_id=UUID(str(arrival.document_id)),
        data={"delivery_id": str(arrival.id)},
    )


def agree(actor: Actor, document_id: UUID, *, by: str) -> None:
    """Do with a registered document as its sender wished; it stays in the register. Belongs inside a transaction."""
    chain = reporting.chain(Arrival.id == _asked(document_id).id)
    _follow(actor, chain, _original(chain.arrival), by=by)


def decline(actor: Actor, document_id: UUID, *, by: str, note: str) -> None:
    """Leave a registered document as it is although its sender wished otherwise. Belongs inside a transaction."""
    chain = reporting.chain(Arrival.id == _asked(document_id).id)
    reporting.report(actor, chain, code=DECLINED, by=by, note=note)
    if chain.arrival.kind != "recall" and chain.arrival.document_id is not None:
        chain.arrival.state = "refused"
        documents.move(actor, chain.arrival.document_id, state="refused")


def wish_about(document_id: UUID) -> Arrival | None:
    """What a sender wishes of a document and nobody has answered, the oldest if there are several."""
    original, answered = aliased(Arrival), select(StatusReport.id).where(StatusReport.code.in_(ANSWERS))
    about = select(original.id).where(
        original.document_id == document_id,
        original.message_id == Arrival.relates_to,
        original.sender_id == Arrival.sender_id,
        original.recipient_id == Arrival.recipient_id,
    )
    query = select(Arrival).where(Arrival.kind.in_(WISHES), Arrival.state == "admitted", about.exists())
    query = query.where(~answered.where(StatusReport.arrival_id == Arrival.id).exists())
    return db.session.scalar(query.order_by(Arrival.at).limit(1))


def _asked(document_id: UUID) -> Arrival:
    found = wish_about(document_id)
    if found is None:
        raise Missing("arrival.missing")
    return found


def _follow(actor: Actor, chain: Chain, original: Arrival | None, *, by: str) -> None:
    """Do as the sender wished, and say so (15)."""
    wish = chain.arrival
    if original is not None and wish.kind in ENDS:
        _end(actor, original, ENDS[wish.kind])
    reporting.report(actor, chain, code=AGREED, by=by)
    if wish.kind == "recall":
        return
    if original is not None and original.document_id is not None:
        told = DocumentSucceeded(about=str(original.document_id), document_id=str(wish.document_id))
        events.record(told, actor=actor.name)
    begin_work(wish)


def _end(actor: Actor, original: Arrival, state: str) -> None:
    """End the work on what its sender took back or replaced; what was done and written stays."""
    if original.document_id is None:
        original.state, original.triple = state, None
        return
    document = document_queries.locked(original.document_id)
    if document.state in OVER:
        return
    if document.arrival_number is None:
        original.triple = None
        _drop_wish(original)
    documents.move(actor, document.id, state=state)
    _stop_cases(document.id, ProcedureVersion.key != PROCEDURE)
    if state == "recalled":
        events.record(DocumentRecalled(about=str(document.id)), actor=actor.name)


def _drop_wish(original: Arrival) -> None:
    """A successor that is taken back before anybody agreed to it asks for nothing any more."""
    if original.kind not in WISHES or original.state != "admitted":
        return
    original.state = "recalled"
    earlier = _original(original)
    if earlier is not None and earlier.document_id is not None and wish_about(earlier.document_id) is None:
        _stop_cases(earlier.document_id, ProcedureVersion.key == PROCEDURE)


def _stop_cases(document_id: UUID, which: ColumnElement[bool]) -> None:
    query = select(Case.id).join(ProcedureVersion, ProcedureVersion.id == Case.version_id)
    for case_id in db.session.scalars(query.where(Case.document_id == document_id, Case.status == "open", which)):
        projection.stop(case_queries.locked_case(case_id), status="discarded")


def _locked_document(original: Arrival | None) -> Document | None:
    if original is None or original.document_id is None:
        return None
    return document_queries.locked(original.document_id)


def _original(wish: Arrival) -> Arrival | None:
    query = select(Arrival).where(Arrival.sender_id == wish.sender_id, Arrival.recipient_id == wish.recipient_id)
    return db.session.scalar(query.where(Arrival.message_id == wish.relates_to).with_for_update(of=Arrival))


def _agency(wish: Arrival) -> str:
    return orgunits.unit(wish.recipient_id).short_name
