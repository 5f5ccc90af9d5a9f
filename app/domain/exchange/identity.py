"""Who speaks to us: a key that signed is an agency's, and that agency comes to us through one peer."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.exchange import keys, peers
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.kernel.errors import Forbidden
from interchange.envelope import Envelope


@dataclass(frozen=True)
class Caller:
    """An agency of another deployment, by its key; `public` is the key to check the request with (32 bytes)."""

    unit: Unit
    peer_id: UUID
    public: bytes

    @property
    def place(self) -> str:
        """A name for what waits for it, in hexadecimal digits."""
        return self.unit.id.hex


def caller(fingerprint: str) -> Caller:
    """The agency whose key it is. Errors: Forbidden "request.stranger" for keys that are unknown, ended or ours."""
    row = keys.by_fingerprint(fingerprint)
    peer = None if row is None or row.sealed is not None else peers.of_agency(row.unit_id)
    if row is None or peer is None or keys.is_over(row):
        raise Forbidden("request.stranger")
    return Caller(orgunits.unit(row.unit_id), peer.id, keys.public_of(row))


def require_sender(found: Caller, envelope: Envelope) -> None:
    """Refuse a message in the name of another agency than the one that speaks. Errors: Forbidden."""
    declared = {envelope.sender} & (orgunits.codes(found.unit.id) | {found.unit.code})
    if not declared:
        raise Forbidden("exchange.forged_sender", agency=envelope.sender)
