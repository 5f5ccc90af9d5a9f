"""A message that is fetched: its sender signed it, as it signs the request by which it would bring one."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from interchange import keys
from interchange.canonical import canonical
from interchange.envelope import Envelope
from interchange.errors import ExchangeRefused

FORMAT = "eoffice-handed/1"


@dataclass(frozen=True)
class Handed:
    """An envelope as it came, unread (`content`), the fingerprint of the key that should have signed it, and how."""

    content: Any
    key: str
    signature: bytes

    def is_signed(self, public: bytes) -> bool:
        """Whether this key signed just this."""
        return keys.is_signed(public, _signed(self.content), self.signature)


def sign(envelope: Envelope, private: bytes) -> dict[str, Any]:
    """A message as it is handed out, in the name of its sender."""
    content = asdict(envelope)
    signature = b64encode(keys.sign(private, _signed(content))).decode()
    return {"envelope": content, "key": keys.fingerprint(keys.public(private)), "signature": signature}


def from_json(value: Mapping[str, Any]) -> Handed:
    """Read what was handed out; nobody has looked at it. Errors: ExchangeRefused "request.unsigned"."""
    try:
        found = Handed(value["envelope"], str(value["key"]), b64decode(value["signature"], validate=True))
        _signed(found.content)
    except (KeyError, TypeError, ValueError, RecursionError) as nonsense:
        raise ExchangeRefused("request.unsigned") from nonsense
    return found


def _signed(content: Any) -> bytes:
    return canonical({"format": FORMAT, "envelope": content})
