"""Which agencies a peer carries to, where its operator says so: an axis hands over no list that anybody answers for."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from app.domain.actors.actor import Actor
from app.domain.exchange import peers
from app.domain.exchange.events import AgencyUnlisted, PeerChanged
from app.domain.exchange.models import Mailbox, Route
from app.domain.orgunits import collation
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict


def choices(peer_id: UUID) -> list[tuple[Unit, bool]]:
    """The agencies a peer could carry to, by name, and whether it does: not those that another carries to, or ours."""
    taken = set(db.session.scalars(select(Route.unit_id).where(Route.peer_id != peer_id)))
    carried = set(db.session.scalars(select(Route.unit_id).where(Route.peer_id == peer_id)))
    found = [(one, one.id in carried) for one in orgunits.agencies() if one.id not in taken | _signing_in()]
    return sorted(found, key=lambda one: collation.order(one[0].name))


@command
def choose(actor: Actor, peer_id: UUID, unit_ids: Iterable[UUID]) -> int:
    """Let a peer carry to these agencies and to no others; how many they are.

    Errors: Forbidden; Missing; Conflict "peer.agency_taken" for an agency that signs in somewhere or has another peer.
    """
    peers.require_operator(actor)
    peer = peers.peer(peer_id)
    wanted = set(unit_ids)
    possible = {unit.id: is_carried for unit, is_carried in choices(peer_id)}
    if wanted - possible.keys():
        raise Conflict("peer.agency_taken")
    gone = [unit_id for unit_id, is_carried in possible.items() if is_carried and unit_id not in wanted]
    db.session.execute(delete(Route).where(Route.peer_id == peer.id, Route.unit_id.in_(gone)))
    db.session.add_all(Route(unit_id=one, peer_id=peer.id) for one in wanted if not possible[one])
    events.record(PeerChanged(about=str(peer.id), act="routed"), actor=actor.name)
    return len(wanted)


@command
def note_listed(peer_id: UUID, unit_ids: Collection[UUID]) -> None:
    """Keep that a peer named its agencies; those that it carries to and names no more are marked, never taken away."""
    moment = clock.now()
    peers.peer(peer_id).listed_at = moment
    for route in db.session.scalars(select(Route).where(Route.peer_id == peer_id)):
        if route.unit_id in unit_ids:
            route.unlisted_at = None
        elif route.unlisted_at is None:
            route.unlisted_at = moment
            events.record(AgencyUnlisted(about=str(route.unit_id), peer_id=str(peer_id)), actor="system")


def unlisted(peer_id: UUID) -> list[tuple[Unit, datetime]]:
    """The agencies that a peer carries to and does not name any more, and since when, by name."""
    query = select(Unit, Route.unlisted_at).join(Route, Route.unit_id == Unit.id)
    query = query.where(Route.peer_id == peer_id, Route.unlisted_at.is_not(None))
    found = [(unit, since) for unit, since in db.session.execute(query) if since is not None]
    return sorted(found, key=lambda one: collation.order(one[0].name))


def _signing_in() -> set[UUID]:
    """The agencies that have a mailbox somewhere: they work here."""
    return set(db.session.scalars(select(Mailbox.unit_id)))
