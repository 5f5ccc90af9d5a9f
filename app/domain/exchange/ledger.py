"""The ledgers of two deployments, compared every day by one hash; what differs is listed, and repaired (đối soát)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.domain.actors.actor import SYSTEM
from app.domain.exchange import reporting
from app.domain.exchange.models import Arrival, Delivery, DeliveryStatus, Message, Route, StatusReport
from app.domain.orgunits.models import Unit
from app.kernel import clock
from app.kernel.clock import now
from app.kernel.db import Model, command, db
from interchange.ledgers import Entries, root


class LedgerCheck(Model):
    """One comparison with one peer, of what was stored on one day: `differences` by entry, with what was done.

    The day is that of the receipt of storage, which is the same moment on both sides.
    """

    __tablename__ = "ledger_check"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id"))
    day: Mapped[date]
    ours: Mapped[str]
    theirs: Mapped[str]
    entries: Mapped[int]
    differences: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("peer_id", "day", "at"),)


@dataclass(frozen=True)
class Difference:
    """Where two ledgers differ, and what we do about it.

    `act`: ask (they gave receipts we have not heard), tell (we gave receipts they have not heard), lost (they do not
    know what we hold their receipt for) or missing (they hold a receipt of ours for what we do not know).
    """

    entry: str
    act: str


def entries(peer_id: UUID, day: date) -> dict[str, str]:
    """Everything that went to a peer or came from it and was stored on a day (two statements).

    By "sender/message/recipient": the hashes of all receipts of that delivery, in the order of their numbers.
    """
    return {**_outgoing(peer_id, day), **_incoming(peer_id, day)}


def differences(peer_id: UUID, day: date, theirs: Entries) -> list[Difference]:
    """What differs from the ledger of the other side."""
    sent, came = _outgoing(peer_id, day), _incoming(peer_id, day)
    found = [Difference(one, "ask" if one in theirs else "lost") for one in sent if theirs.get(one) != sent[one]]
    found += [Difference(entry, "tell") for entry in came if theirs.get(entry) != came[entry]]
    strange = [entry for entry in theirs if entry not in sent and entry not in came]
    found += [Difference(entry, "ask" if delivery_of(entry) else "missing") for entry in strange]
    return sorted(found, key=lambda one: one.entry)


def delivery_of(entry: str) -> Delivery | None:
    """The delivery an entry is about, when we sent it; what another system calls an entry may be none."""
    try:
        message_id, recipient = _parts(entry)
    except ValueError:
        return None
    query = select(Delivery).join(Unit, Unit.id == Delivery.recipient_id)
    return db.session.scalar(query.where(Delivery.message_id == message_id, Unit.code == recipient))


@command
def tell_again(entry: str) -> None:
    """Have every receipt of an arrival brought to its sender once more; those it has heard change nothing."""
    message_id, recipient = _parts(entry)
    query = select(Arrival).join(Unit, Unit.id == Arrival.recipient_id)
    arrival = db.session.scalar(query.where(Arrival.message_id == message_id, Unit.code == recipient))
    if arrival is None:
        return
    for one in reporting.given(arrival.id):
        reporting.request(SYSTEM, arrival, one)


@command
def keep(peer_id: UUID, day: date, *, theirs: str, found: list[Difference]) -> LedgerCheck:
    """Write down how a comparison ended."""
    ours = entries(peer_id, day)
    row = LedgerCheck(peer_id=peer_id, day=day, ours=root(ours), theirs=theirs, entries=len(ours))
    row.differences = {one.entry: one.act for one in found}
    db.session.add(row)
    db.session.flush()
    return row


def checks(peer_id: UUID, limit: int = 60) -> list[LedgerCheck]:
    """The last comparisons with a peer, newest first."""
    query = select(LedgerCheck).where(LedgerCheck.peer_id == peer_id)
    return list(db.session.scalars(query.order_by(LedgerCheck.at.desc()).limit(limit)))


def _outgoing(peer_id: UUID, day: date) -> dict[str, str]:
    sender, recipient = aliased(Unit), aliased(Unit)
    query = select(sender.code, Message.id, recipient.code, DeliveryStatus.sha256)
    query = query.select_from(Delivery).join(Message, Message.id == Delivery.message_id)
    query = query.join(sender, sender.id == Message.sender_id).join(recipient, recipient.id == Delivery.recipient_id)
    query = query.join(Route, Route.unit_id == Delivery.recipient_id)
    query = query.outerjoin(
        DeliveryStatus, (DeliveryStatus.delivery_id == Delivery.id) & (DeliveryStatus.sequence >= 0)
    )
    first, last = _span(day)
    stored = select(DeliveryStatus.delivery_id).where(DeliveryStatus.sequence == 0, ~DeliveryStatus.is_observed)
    stored = stored.where(DeliveryStatus.at >= first, DeliveryStatus.at < last)
    query = query.where(Route.peer_id == peer_id, Delivery.id.in_(stored))
    return _gathered(db.session.execute(query.order_by(DeliveryStatus.sequence)))


def _incoming(peer_id: UUID, day: date) -> dict[str, str]:
    sender, recipient = aliased(Unit), aliased(Unit)
    query = select(sender.code, Arrival.message_id, recipient.code, StatusReport.sha256)
    query = query.select_from(Arrival).join(sender, sender.id == Arrival.sender_id)
    query = query.join(recipient, recipient.id == Arrival.recipient_id)
    query = query.outerjoin(StatusReport, StatusReport.arrival_id == Arrival.id)
    first, last = _span(day)
    stored = select(StatusReport.arrival_id).where(StatusReport.sequence == 0)
    stored = stored.where(StatusReport.at >= first, StatusReport.at < last)
    query = query.where(Arrival.peer_id == peer_id, Arrival.id.in_(stored))
    return _gathered(db.session.execute(query.order_by(StatusReport.sequence)))


def _parts(entry: str) -> tuple[UUID, str]:
    """The message and the recipient of an entry. ValueError when it is none."""
    _sender, message_id, recipient = entry.split("/")
    if not recipient.isprintable():
        raise ValueError(entry)
    return UUID(message_id), recipient


def _gathered(rows: Any) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for sender, message_id, recipient, sha256 in rows:
        found.setdefault(f"{sender}/{message_id}/{recipient}", []).extend([sha256] if sha256 else [])
    return {entry: ",".join(hashes) for entry, hashes in found.items()}


def _span(day: date) -> tuple[datetime, datetime]:
    """From the beginning of a day in the office to its end."""
    first = datetime(day.year, day.month, day.day, tzinfo=clock.OFFICE_ZONE)
    return first, first + timedelta(days=1)
