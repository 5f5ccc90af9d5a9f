"""Who carries a message: this deployment itself, or a peer with a circuit breaker of its own (ngắt mạch)."""

import random
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select, update

from app.domain.actors.actor import Actor
from app.domain.cases import deadjobs
from app.domain.exchange.events import ComparisonDue, PeerChanged
from app.domain.exchange.models import Peer, Route
from app.domain.orgunits import collation
from app.domain.orgunits.models import Unit
from app.kernel import clock, events, outbox
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict, Invalid, Missing

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
TOLERATED = 3
"""Failures in a row after which a peer is left alone for a while."""
DEAR = 2500
"""Milliseconds after which a silence counts for as many: the peer takes connections and says nothing."""
PROBE = timedelta(minutes=2)
"""How long the one who looks whether a peer is back may take."""
PROFILES = ("peer", "vxp", "lgsp")
"""Kinds of peers that can be added; a transport must exist for each."""
LONGEST_NAME = 200
_JITTER = random.SystemRandom()


def pause_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: from 30 s, doubled, at most an hour, and a little by chance."""
    longest: timedelta = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(max(failures - 1, 0), 12))
    return longest * _JITTER.uniform(0.75, 1.0)


def require_operator(actor: Actor) -> None:
    """Refuse whoever does not operate the installation. Errors: Forbidden."""
    if not actor.system:
        deadjobs.require(actor)


def of_agency(unit_id: UUID) -> Peer | None:
    """The peer that carries to an agency; None when it is in this deployment."""
    found = db.session.scalar(select(Route).where(Route.unit_id == unit_id))
    return None if found is None else found.peer


def agencies(peer_id: UUID) -> list[Unit]:
    """The agencies a peer carries to, by name."""
    query = select(Unit).join(Route, Route.unit_id == Unit.id).where(Route.peer_id == peer_id)
    return sorted(db.session.scalars(query), key=lambda unit: collation.order(unit.name))


def every() -> list[Peer]:
    """All peers by their name."""
    return list(db.session.scalars(select(Peer).order_by(Peer.name)))


def peer(peer_id: UUID) -> Peer:
    """One peer. Errors: Missing."""
    found = db.session.get(Peer, peer_id)
    if found is None:
        raise Missing("peer.missing")
    return found


@command
def admit(peer_id: UUID) -> datetime | None:
    """Ask to try a peer now: None is yes, otherwise when to come again.

    After a failure one tries at a time, and the others wait for what it finds; while the circuit is open nobody does.
    """
    moment = clock.now()
    if _is_trusted(peer(peer_id)):
        return None
    found = _locked(peer_id)
    if found.state == "paused":
        return moment + LONGEST_PAUSE
    if _is_trusted(found):
        return None
    free = max(found.open_until or moment, found.probing_until or moment)
    if moment < free:
        return free + timedelta(seconds=_JITTER.uniform(0, 5))
    found.probing_until = moment + PROBE
    return None


@command
def note_answer(peer_id: UUID) -> None:
    """A peer answered, whatever it said: its circuit is closed, and what waited for it is tried now."""
    if not db.session.scalar(select(Peer.failures).where(Peer.id == peer_id)):
        return
    values = {"failures": 0, "open_until": None, "probing_until": None, "heard_at": clock.now()}
    db.session.execute(update(Peer).where(Peer.id == peer_id).values(values))
    hurry(peer_id)


@command
def note_silence(peer_id: UUID, *, milliseconds: int = 0) -> datetime | None:
    """A peer did not answer for so long; until when its circuit is open now, None while it may be tried.

    Whoever lets us wait for seconds is left alone at once; the others after some failures in a row.
    """
    peer = _locked(peer_id)
    peer.failures, peer.probing_until = peer.failures + 1, None
    if peer.failures >= TOLERATED or milliseconds >= DEAR:
        peer.open_until = clock.now() + pause_after(peer.failures - TOLERATED + 1)
    return peer.open_until


@command
def call(peer_id: UUID) -> bool:
    """Have the ledger of a peer compared, if it answers; whether that is so."""
    found = peer(peer_id)
    if found.way == "it_fetches" or not _is_trusted(found):
        return False
    events.record(ComparisonDue(about=str(peer_id), peer_id=str(peer_id)), actor="system")
    return True


@command
def add(actor: Actor, *, name: str, profile: str, address: str) -> Peer:
    """Add another deployment, or an axis, by its address; a deployment without one fetches what waits for it here.

    Errors: Forbidden; Invalid "peer.wrong"; Conflict.
    """
    require_operator(actor)
    is_hidden = profile == "peer" and not address.strip()
    if not name.strip() or len(name) > LONGEST_NAME or profile not in PROFILES:
        raise Invalid("peer.wrong")
    if not is_hidden and not is_address(address):
        raise Invalid("peer.wrong")
    if db.session.scalar(select(Peer.id).where(Peer.name == name.strip())) is not None:
        raise Conflict("peer.name_taken")
    way = "it_fetches" if is_hidden else "direct"
    peer = Peer(name=name.strip(), profile=profile, address=address.strip(), way=way)
    db.session.add(peer)
    db.session.flush()
    events.record(PeerChanged(about=str(peer.id), act="added"), actor=actor.name)
    return peer


@command
def pause(actor: Actor, peer_id: UUID) -> None:
    """Send nothing to a peer until somebody says so; the operator's act."""
    _operate(actor, peer_id, "paused").state = "paused"


@command
def resume(actor: Actor, peer_id: UUID) -> None:
    """Send to a peer again, at once."""
    peer = _operate(actor, peer_id, "resumed")
    peer.state, peer.failures, peer.open_until, peer.probing_until = "open", 0, None, None
    hurry(peer_id)


def is_address(text: str) -> bool:
    """Whether another system can be asked there."""
    parts = urlsplit(text.strip())
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username


def hurry(peer_id: UUID) -> None:
    """What waits for a peer is tried now."""
    for kind in ("exchange.deliver", "exchange.tell"):
        outbox.hurry(kind, peer_id=str(peer_id))


def _is_trusted(peer: Peer) -> bool:
    """Whether a peer may be tried by any number at a time."""
    return peer.state == "open" and peer.failures == 0


def _operate(actor: Actor, peer_id: UUID, act: str) -> Peer:
    require_operator(actor)
    found = _locked(peer_id)
    events.record(PeerChanged(about=str(peer_id), act=act), actor=actor.name)
    return found


def _locked(peer_id: UUID) -> Peer:
    found = locked(Peer, peer_id)
    if found is None:
        raise Missing("peer.missing")
    return found
