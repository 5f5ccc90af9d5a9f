"""How the line to a peer is secured (TLS): the authority that is trusted for it, and our certificate for it."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.exchange import keys, peers
from app.domain.exchange.events import PeerChanged
from app.domain.exchange.models import Peer
from app.kernel import clock, events
from app.kernel.db import command, locked
from app.kernel.errors import Conflict, Invalid, Missing
from interchange import certificates
from interchange.certificates import Certificate
from interchange.errors import ExchangeRefused


@dataclass(frozen=True)
class Line:
    """What is trusted for a peer (nothing: what the system trusts), and what we show there."""

    authority: list[Certificate]
    client: list[Certificate]


def line(peer: Peer) -> Line:
    """How the line to a peer is secured, as it may be shown."""
    return Line(certificates.shown(peer.authority), certificates.shown(peer.client))


@command
def trust(actor: Actor, peer_id: UUID, pem: bytes) -> None:
    """Trust one authority for a peer, and no other; an empty file is what the system trusts.

    Errors: Forbidden, Missing; Conflict "peer.not_https"; Invalid "certificate.unreadable", "certificate.expired",
    "certificate.not_authority".
    """
    peer = _secured(actor, peer_id, "trusted")
    try:
        peer.authority = certificates.authority(pem, clock.now()) if pem.strip() else ""
    except ExchangeRefused as refusal:
        raise Invalid(refusal.code, **refusal.data) from refusal


@command
def present(actor: Actor, peer_id: UUID, pem: bytes) -> None:
    """Show a peer our certificate, from a file with its key, which is sealed; an empty file shows none any more.

    Errors: as `trust`; Invalid "certificate.key_missing", "certificate.key_locked", "certificate.key_other".
    """
    peer = _secured(actor, peer_id, "presented")
    if not pem.strip():
        peer.client, peer.client_key = "", None
        return
    try:
        given = certificates.client(pem, clock.now())
    except ExchangeRefused as refusal:
        raise Invalid(refusal.code, **refusal.data) from refusal
    peer.client, peer.client_key = given.certificates, keys.seal(given.key, _context(peer.id))


def shown_to(peer: Peer) -> bytes:
    """Our certificate and its key as a connection to a peer takes them (PEM); nothing when we show none."""
    if peer.client_key is None:
        return b""
    return peer.client.encode() + keys.unseal(peer.client_key, _context(peer.id))


def _secured(actor: Actor, peer_id: UUID, act: str) -> Peer:
    peers.require_operator(actor)
    found = locked(Peer, peer_id)
    if found is None:
        raise Missing("peer.missing")
    if not found.address.startswith("https://"):
        raise Conflict("peer.not_https")
    events.record(PeerChanged(about=str(peer_id), act=act), actor=actor.name)
    return found


def _context(peer_id: UUID) -> str:
    return f"client certificate of {peer_id}"
