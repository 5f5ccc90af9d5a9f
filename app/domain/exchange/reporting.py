"""The receipts an agency gives for what it received: signed, chained, and the same bytes for ever."""

from base64 import b64decode, b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import joinedload

from app.domain.actors.actor import Actor
from app.domain.documents import queries as documents
from app.domain.exchange import keys
from app.domain.exchange.events import StatusReported
from app.domain.exchange.models import Arrival, ExchangeKey, StatusReport
from app.domain.exchange.statuses import HELD
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Missing
from interchange import receipts
from interchange.envelope import FileSent
from interchange.receipts import Receipt, Statement


@dataclass(frozen=True)
class Chain:
    """An arrival that is ours until the transaction ends, the last receipt given for it, and the key for the next."""

    arrival: Arrival
    last: StatusReport | None = None
    key: ExchangeKey | None = None


def chain(*which: ColumnElement[bool]) -> Chain:
    """The chain of one arrival, locked (one statement). Errors: Missing."""
    query = select(Arrival, StatusReport, ExchangeKey).where(*which)
    query = query.outerjoin(StatusReport, StatusReport.arrival_id == Arrival.id)
    query = query.outerjoin(ExchangeKey, and_(ExchangeKey.unit_id == Arrival.recipient_id, keys.is_own()))
    query = query.order_by(Arrival.at, StatusReport.sequence.desc(), ExchangeKey.valid_from.desc())
    query = query.limit(1).with_for_update(of=Arrival)
    found = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise Missing("arrival.missing")
    return Chain(*found)


def report(actor: Actor, chain: Chain, *, code: str, by: str, reason: str = "", note: str = "") -> StatusReport:
    """Give a receipt to the sender; a worker brings it. Belongs inside a transaction.

    The first one answers the message itself and says which files were stored.
    """
    arrival = chain.arrival
    statement = _statement(chain, code=code, by=by, reason=reason, note=note)
    receipt = receipts.sign(statement, keys.own(arrival.recipient_id, chain.key))
    given = StatusReport(arrival_id=arrival.id, code=code, by=by, reason=reason, note=note)
    given.id, given.sequence, given.sha256 = UUID(statement.receipt_id), statement.sequence, receipt.sha256
    given.at = datetime.fromisoformat(statement.at)
    given.body, given.signature = (b64encode(part).decode() for part in (receipt.body, receipt.signature))
    db.session.add(given)
    if chain.last is not None:
        request(actor, arrival, given)
    return given


def request(actor: Actor, arrival: Arrival, given: StatusReport) -> None:
    """Have a receipt brought to the sender. Belongs inside a transaction."""
    about, peer_id = str(arrival.document_id or arrival.id), str(arrival.peer_id or "")
    fact = StatusReported(about=about, report_id=str(given.id), code=given.code, peer_id=peer_id)
    events.record(fact, actor=actor.name)


def receipt_of(row: StatusReport) -> Receipt:
    """The receipt of a row, as it was signed."""
    return Receipt(b64decode(row.body), b64decode(row.signature))


def reports_to_tell(report_ids: Collection[UUID]) -> dict[UUID, StatusReport]:
    """Receipts that are to be brought to their senders, by their ids. Errors: Missing when one is not there."""
    query = select(StatusReport).where(StatusReport.id.in_(report_ids)).options(joinedload(StatusReport.arrival))
    found = {one.id: one for one in db.session.scalars(query)}
    if len(found) < len(set(report_ids)):
        raise Missing("report.missing")
    return found


def given(arrival_id: UUID) -> list[StatusReport]:
    """Every receipt that was given for an arrival, in the order of the chain."""
    query = select(StatusReport).where(StatusReport.arrival_id == arrival_id)
    return list(db.session.scalars(query.order_by(StatusReport.sequence)))


@command
def note_told(report_id: UUID) -> None:
    """Remember that the sender has heard a receipt."""
    row = db.session.get(StatusReport, report_id)
    if row is not None and row.told_at is None:
        row.told_at = clock.now()


def _statement(chain: Chain, *, code: str, by: str, reason: str, note: str) -> Statement:
    """Agencies are named as the message named them: its sender knows them by these codes."""
    arrival, last, sent = chain.arrival, chain.last, chain.arrival.envelope
    number, day = _registered(arrival, code)
    return Statement(
        receipt_id=str(uuid4()),
        sender=sent["sender"],
        message_id=str(arrival.message_id),
        manifest_sha256=arrival.manifest_sha256,
        recipient=sent["recipient"],
        code=code,
        at=_moment(last).isoformat(timespec="milliseconds"),
        by=by,
        signer=sent["recipient"],
        sequence=0 if last is None else last.sequence + 1,
        previous=arrival.manifest_sha256 if last is None else last.sha256,
        files=tuple(FileSent(**one) for one in sent["files"]) if last is None else (),
        arrival_number=number,
        arrived_on=day,
        reason=reason,
        note=note,
    )


def _moment(last: StatusReport | None) -> datetime:
    """Now; never before the receipt that this one follows, whose worker's clock may be ahead of ours."""
    return clock.now() if last is None else max(clock.now(), last.at)


def _registered(arrival: Arrival, code: str) -> tuple[int | None, str]:
    """The number and day under which an arrival stands in the register (số đến, ngày đến), once it does."""
    if arrival.document_id is None or code in ("01", "02", HELD):
        return None, ""
    document = documents.document(arrival.document_id)
    day = clock.office_day(document.arrived_at).isoformat() if document.arrived_at else ""
    return document.arrival_number, day if document.arrival_number is not None else ""
