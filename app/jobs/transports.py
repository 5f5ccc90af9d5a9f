"""Which transport carries to a peer."""

from collections.abc import Callable
from functools import cache

from app.domain.exchange import keys, trusting
from app.domain.exchange.models import Peer
from app.domain.orgunits import queries as orgunits
from app.gateways.transports.peer import PeerTransport
from app.gateways.transports.protocol import Transport
from app.kernel.db import transaction
from app.kernel.errors import Invalid
from interchange.http import Site


def _peer(peer: Peer, agency: str) -> Transport:
    with transaction():
        private = keys.own(orgunits.unit_by_code(agency).id)
        client = trusting.shown_to(peer)
    return PeerTransport(_site(peer.address, peer.authority, client), private)


@cache
def _site(address: str, authority: str, client: bytes) -> Site:
    """One site for each address, so that connections are used again."""
    return Site(address, authority, client)


PROFILES: dict[str, Callable[[Peer, str], Transport]] = {"peer": _peer}
"""How to make the transport of each profile, for one of our agencies (its code)."""


def to(peer: Peer, agency: str) -> Transport:
    """The transport to a peer, in the name of one of our agencies. Errors: Invalid "peer.unknown_profile"."""
    if peer.profile not in PROFILES:
        raise Invalid("peer.unknown_profile", profile=peer.profile)
    return PROFILES[peer.profile](peer, agency)
