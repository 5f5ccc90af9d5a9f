"""Which transport carries to a peer."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from functools import cache
from pathlib import Path

from flask import current_app

from app.domain.exchange import keys, mailboxes, trusting
from app.domain.exchange.models import Arrival, Mailbox, Peer
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.gateways.files import FileStore
from app.gateways.transports.axis import AxisTransport, Wire
from app.gateways.transports.lgsp import LgspWire
from app.gateways.transports.peer import PeerTransport
from app.gateways.transports.protocol import Transport
from app.gateways.transports.vxp import VxpWire
from app.gateways.transports.waiting import WaitingRoom
from app.kernel.db import transaction
from app.kernel.errors import Invalid, Missing
from interchange.edxml.letters import About
from interchange.edxml.message import Party
from interchange.errors import ExchangeUnavailable
from interchange.http import Site

WIRES: dict[str, Callable[[Site, str, str], Wire]] = {"vxp": VxpWire, "lgsp": LgspWire}
"""What each axis is asked in, by what an agency signs in with."""


def to(peer: Peer, agency: str) -> Transport:
    """The transport to a peer, in the name of one of our agencies (its code).

    Errors: Invalid "peer.unknown_profile"; ExchangeUnavailable "mailbox.missing" until it can sign in there.
    """
    if peer.profile == "peer":
        return _peer(peer, agency)
    if peer.profile not in WIRES:
        raise Invalid("peer.unknown_profile", profile=peer.profile)
    try:
        return mailbox(mailboxes.of_agency(peer.id, orgunits.unit_by_code(agency).id))
    except Missing as nobody:
        raise ExchangeUnavailable(nobody.code) from nobody


def waiting(peer: Peer, agency: str) -> WaitingRoom:
    """What waits for us at a deployment that cannot reach us, in the name of one of our agencies (its code)."""
    door = _peer(peer, agency)
    return WaitingRoom(door.site, door.private)


def mailbox(box: Mailbox) -> AxisTransport:
    """One of our agencies at an axis."""
    wire = WIRES[box.peer.profile](_site(box.peer), box.system_id, mailboxes.secret_of(box))
    return AxisTransport(wire, _party_of(box.unit), _party, _room)


def about(arrival: Arrival) -> About:
    """The document that our statuses of an arrival are about, as its sender calls it."""
    facts = arrival.envelope["facts"]
    notation = f"{facts['number']}/{facts['notation']}" if facts["number"] is not None else facts["notation"]
    sender = orgunits.unit(arrival.sender_id)
    code = orgunits.official_code(sender)
    return About(code, arrival.foreign_id or str(arrival.message_id), notation, date.fromisoformat(facts["issued_on"]))


def _peer(peer: Peer, agency: str) -> PeerTransport:
    with transaction():
        private = keys.own(orgunits.unit_by_code(agency).id)
    return PeerTransport(_site(peer), private)


def _site(peer: Peer) -> Site:
    return _site_at(peer.address, peer.authority, trusting.shown_to(peer))


@cache
def _site_at(address: str, authority: str, client: bytes) -> Site:
    """One site for each address, so that connections are used again."""
    return Site(address, authority, client)


def _party(code: str) -> Party:
    return _party_of(orgunits.unit_by_code(code))


def _party_of(unit: Unit) -> Party:
    """An agency as edXML names it."""
    return Party(orgunits.official_code(unit), unit.name)


def _room() -> AbstractContextManager[Path]:
    store: FileStore = current_app.extensions["files"]
    return store.temporary()
