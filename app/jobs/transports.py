"""Which transport carries to a peer."""

from collections.abc import Callable

from app.domain.exchange.models import Peer
from app.gateways.transports.protocol import Transport
from app.kernel.errors import Invalid

PROFILES: dict[str, Callable[[Peer, str], Transport]] = {}
"""How to make the transport of each profile, for one of our agencies (its code)."""


def to(peer: Peer, agency: str) -> Transport:
    """The transport to a peer, in the name of one of our agencies. Errors: Invalid "peer.unknown_profile"."""
    if peer.profile not in PROFILES:
        raise Invalid("peer.unknown_profile", profile=peer.profile)
    return PROFILES[peer.profile](peer, agency)
