"""What waits here for deployments that cannot be reached: shown to them, handed out, acknowledged by their receipts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, text, update
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app.domain.actors.actor import SYSTEM
from app.domain.exchange import fetching, keys, messages, peers, sending, successors
from app.domain.exchange.identity import Caller
from app.domain.exchange.models import UNTOLD, Arrival, Delivery, Peer, Route, StatusReport
from app.domain.exchange.sending import Failure, Try
from app.domain.orgunits.models import Unit
from app.kernel import clock
from app.kernel.db import M, command, db
from app.kernel.errors import Conflict, Missing, Unavailable
from interchange import handed
from interchange.envelope import FileSent

AT_A_TIME = 100


@dataclass(frozen=True)
class Shelf:
    """A part of what waits for a peer: messages, oldest first, and the agencies for which receipts wait (their codes).

    `is_all` when nothing stands behind these messages.
    """

    deliveries: Sequence[Delivery]
    agencies: Sequence[str]
    is_all: bool


@command
def look(caller: Caller, after: UUID | None) -> Shelf:
    """What waits for the deployment that asks, behind a message that it has seen. Errors: Conflict, Missing."""
    peer = _fetching(caller)
    query = (
        select(Delivery).join(Route, Route.unit_id == Delivery.recipient_id).where(Route.peer_id == peer.id, _waits())
    )
    query = query.options(joinedload(Delivery.recipient))
    if after is not None:
        seen = _seen(Delivery, after)
        query = query.where(_is_behind(Delivery.made_at, Delivery.id, seen.made_at, seen.id))
    found = list(db.session.scalars(query.order_by(Delivery.made_at, Delivery.id).limit(AT_A_TIME + 1)))
    peer.called_at = clock.now()
    return Shelf(found[:AT_A_TIME], _told_about(peer), is_all=len(found) <= AT_A_TIME)


@command
def hand_out(caller: Caller, delivery_id: UUID) -> dict[str, Any]:
    """A message that waits for the agency that asks, signed by its sender; from now on the recipient may have it.

    Errors: Conflict, Missing; Unavailable while the document is not sealed.
    """
    _own(caller, delivery_id)
    delivery = sending.delivery_of(delivery_id)  # a recall at this moment sees that it is on its way, or we the recall
    if not _is_waiting(delivery):
        raise Missing("delivery.missing")
    delivery.handed_at = delivery.handed_at or clock.now()
    return handed.sign(messages.envelope(delivery_id), keys.own(delivery.message.sender_id))


def file_of(caller: Caller, delivery_id: UUID, sha256: str) -> FileSent:
    """A file of a message that waits for the agency that asks. Errors: Conflict, Missing."""
    delivery = _own(caller, delivery_id)
    manifest = delivery.message.manifest
    files = messages.from_manifest(manifest, caller.unit.code).files if manifest else ()
    found = next((one for one in files if one.sha256 == sha256), None)
    if found is None:
        raise Missing("file.missing")
    return found


@command
def refuse(caller: Caller, delivery_id: UUID, code: str, said: Mapping[str, Any]) -> None:
    """Note that the agency that speaks will never take a message that waits for it. Errors: Conflict, Missing."""
    _own(caller, delivery_id)
    delivery = sending.delivery_of(delivery_id)
    made = Try(delivery.id, _fetching(caller), delivery.attempts + 1, delivery.is_doubtful, delivery.made_at)
    sending.note_refused(SYSTEM, made, Failure(code))
    if code == sending.ABOLISHED:
        successors.heed(delivery.id, said)


def receipts(caller: Caller, after: UUID | None) -> list[StatusReport]:
    """Receipts that wait for the agency that asks, oldest first. Errors: Conflict, Missing."""
    peer = _fetching(caller)
    query = select(StatusReport).join(Arrival, Arrival.id == StatusReport.arrival_id)
    query = query.where(text(UNTOLD), Arrival.peer_id == peer.id, Arrival.sender_id == caller.unit.id)
    if after is not None:
        seen = _seen(StatusReport, after)
        query = query.where(_is_behind(StatusReport.at, StatusReport.id, seen.at, seen.id))
    return list(db.session.scalars(query.order_by(StatusReport.at, StatusReport.id).limit(AT_A_TIME)))


@command
def note_heard(caller: Caller, report_ids: Sequence[UUID]) -> None:
    """Remember that the agency that speaks has kept these receipts; those of others are left alone."""
    its = select(Arrival.id).where(Arrival.peer_id == caller.peer_id, Arrival.sender_id == caller.unit.id)
    query = update(StatusReport).where(StatusReport.id.in_(report_ids), StatusReport.arrival_id.in_(its))
    db.session.execute(query.where(StatusReport.told_at.is_(None)).values(told_at=clock.now()))


def counts(peer_id: UUID) -> tuple[int, int]:
    """How many messages and how many receipts wait for a peer."""
    number = select(func.count()).select_from(Delivery).join(Route, Route.unit_id == Delivery.recipient_id)
    reports = select(func.count()).select_from(StatusReport).join(Arrival, Arrival.id == StatusReport.arrival_id)
    return (
        db.session.scalar(number.where(Route.peer_id == peer_id, _waits())) or 0,
        db.session.scalar(reports.where(text(UNTOLD), Arrival.peer_id == peer_id)) or 0,
    )


def _told_about(peer: Peer) -> list[str]:
    query = select(Unit.code).join(Arrival, Arrival.sender_id == Unit.id)
    query = query.join(StatusReport, StatusReport.arrival_id == Arrival.id)
    query = query.where(text(UNTOLD), Arrival.peer_id == peer.id).distinct()
    return list(db.session.scalars(query.order_by(Unit.code)))


def _fetching(caller: Caller) -> Peer:
    """The peer that asks. Errors: Conflict when what we have for it does not wait here; Unavailable while it rests."""
    peer = peers.peer(caller.peer_id)
    if peer.state == "paused":
        raise Unavailable("peer.paused", again_in=fetching.LONGEST.total_seconds())
    if peer.way != "it_fetches":
        raise Conflict("peer.not_fetching")
    return peer


def _own(caller: Caller, delivery_id: UUID) -> Delivery:
    """A message that waits for the agency that asks and no other."""
    _fetching(caller)
    found = db.session.get(Delivery, delivery_id)
    if found is None or found.recipient_id != caller.unit.id or not _is_waiting(found):
        raise Missing("delivery.missing")
    return found


def _waits() -> ColumnElement[bool]:
    return and_(Delivery.state == "waiting", Delivery.is_paused.is_(False), Delivery.expires_at > clock.now())


def _is_waiting(delivery: Delivery) -> bool:
    return delivery.state == "waiting" and not delivery.is_paused and delivery.expires_at > clock.now()


def _seen(kind: type[M], key: UUID) -> M:
    found = db.session.get(kind, key)
    if found is None:
        raise Missing("delivery.missing")
    return found


def _is_behind(
    at: InstrumentedAttribute[datetime], key: InstrumentedAttribute[UUID], moment: datetime, last: UUID
) -> ColumnElement[bool]:
    """What stands behind a row in the order of time."""
    return or_(at > moment, and_(at == moment, key > last))
