"""Fetching from deployments that cannot reach us (lấy văn bản về): from whom, when, and which way a peer goes."""

import random
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.actors.actor import Actor
from app.domain.exchange import peers
from app.domain.exchange.events import FetchDue, PeerChanged
from app.domain.exchange.models import Delivery, Peer, Route
from app.kernel import clock, events
from app.kernel.clock import now
from app.kernel.db import Model, command, db, locked
from app.kernel.errors import Invalid, Missing

WAYS = ("direct", "it_fetches", "we_fetch")
"""Both reach each other; it cannot be reached and fetches from us; we cannot be reached and fetch from it."""
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(minutes=5)
"""Between two looks: as long as nothing has come, within these."""
ABANDONED = timedelta(hours=1)
"""After which a look that nobody has ended is begun anew, beside what the outbox does for a killed worker."""
AT_A_TIME = 50
_JITTER = random.SystemRandom()


class Source(Model):
    """A deployment that cannot reach us, so that we fetch what it has for us: when, and what became of the last look.

    `came_at` is when something came; `cause` why the last look failed or left something there, empty when it did not.
    """

    __tablename__ = "source"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id"), unique=True)
    next_at: Mapped[datetime] = mapped_column(default=now, index=True)
    looked_at: Mapped[datetime | None]
    came_at: Mapped[datetime] = mapped_column(default=now)
    cause: Mapped[str] = mapped_column(default="")

    peer: Mapped[Peer] = relationship(lazy="joined")


@command
def choose(actor: Actor, peer_id: UUID, *, way: str, address: str) -> None:
    """Say which way a peer goes, one of `WAYS`, and its address; without one it can only fetch.

    What waits for it is tried at once, or waits from now on. Errors: Forbidden, Missing; Invalid "peer.no_way" for an
    axis, "peer.address_needed".
    """
    peers.require_operator(actor)
    peer = locked(Peer, peer_id)
    if peer is None:
        raise Missing("peer.missing")
    if peer.profile != "peer" or way not in WAYS:
        raise Invalid("peer.no_way")
    if not peers.is_address(address) and (way != "it_fetches" or address.strip()):
        raise Invalid("peer.address_needed")
    _forget_what_it_took(peer)
    peer.way, peer.address = way, address.strip()
    peer.failures, peer.open_until, peer.probing_until = 0, None, None
    _keep_source(peer)
    events.record(PeerChanged(about=str(peer_id), act=way), actor=actor.name)
    peers.hurry(peer_id)


def of_peer(peer_id: UUID) -> Source | None:
    """How a peer is fetched from; None when it is not."""
    return db.session.scalar(select(Source).where(Source.peer_id == peer_id))


def source(source_id: UUID) -> Source | None:
    """How a peer is fetched from; None when it is not any more."""
    return db.session.get(Source, source_id)


def left() -> set[UUID]:
    """The peers at which the last look left something, or found nobody."""
    return set(db.session.scalars(select(Source.peer_id).where(Source.cause != "")))


@command
def call() -> int:
    """Have all that waits for us fetched from those whose time has come; how many they were. Two clocks call once."""
    moment = clock.now()
    query = select(Source).join(Peer, Peer.id == Source.peer_id).where(Source.next_at <= moment, Peer.state == "open")
    query = query.order_by(Source.next_at).limit(AT_A_TIME).with_for_update(skip_locked=True, of=Source)
    found = list(db.session.scalars(query))
    for one in found:
        one.next_at = moment + ABANDONED
        events.record(FetchDue(about=str(one.id)), actor="system")
    return len(found)


@command
def look_now(actor: Actor, peer_id: UUID) -> None:
    """Have what waits for us at a peer fetched without waiting. Errors: Forbidden; Missing."""
    peers.require_operator(actor)
    found = of_peer(peer_id)
    if found is None:
        raise Missing("peer.missing")
    events.record(FetchDue(about=str(found.id)), actor=actor.name)


@command
def note_looked(source_id: UUID, *, has_come: bool, cause: str = "") -> None:
    """Write down a look, and when the next one is: soon after something came, later the longer nothing does."""
    found = locked(Source, source_id)
    if found is None:
        return
    moment = clock.now()
    found.looked_at, found.cause = moment, cause
    found.came_at = moment if has_come else found.came_at
    pause: timedelta = max(SHORTEST, min(LONGEST, moment - found.came_at))
    found.next_at = moment + pause * _JITTER.uniform(0.75, 1.0)


def _forget_what_it_took(peer: Peer) -> None:
    """What a peer took without a word is asked for again when it goes another way."""
    agencies = select(Route.unit_id).where(Route.peer_id == peer.id)
    query = update(Delivery).where(Delivery.state == "waiting", Delivery.recipient_id.in_(agencies))
    db.session.execute(query.where(Delivery.handed_at.is_not(None)).values(handed_at=None, is_doubtful=True))


def _keep_source(peer: Peer) -> None:
    known = of_peer(peer.id)
    if peer.way != "we_fetch":
        db.session.execute(delete(Source).where(Source.peer_id == peer.id))
    elif known is None:
        db.session.add(Source(peer_id=peer.id))
    else:
        known.next_at = clock.now()
