"""An export of the exchange that anybody can check without us: `bundle.json` beside the files it lists."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from interchange import keys
from interchange.canonical import canonical
from interchange.receipts import Receipt

FORMAT = "eoffice-bundle/1"
NAME = "bundle.json"
VERIFIER = Path(__file__).with_name("verify_receipts.py")
"""The program that checks such a folder; it needs nothing of ours, and travels inside."""


@dataclass(frozen=True)
class Received:
    """What one recipient said of a message; `wish` is the sender's own receipt for what needs consent (13)."""

    agency: str
    chain: Sequence[Receipt]
    wish: Receipt | None = None


@dataclass(frozen=True)
class Sent:
    """A message by its manifest, and what each recipient said of it."""

    manifest: bytes
    recipients: Sequence[Received]


@dataclass(frozen=True)
class Known:
    """An exchange key (base64) and whose it is; times ISO 8601, empty when open."""

    agency: str
    public: str
    valid_from: str
    valid_to: str = ""


@dataclass(frozen=True)
class Listed:
    """A file of the folder."""

    path: str
    sha256: str
    size: int


def built(
    exporter: str,
    private: bytes,
    made_at: str,
    *,
    messages: Sequence[Sent],
    known: Sequence[Known],
    files: Sequence[Listed],
) -> bytes:
    """The bundle, sealed with the exporter's key; the document's message first, then those that relate to it."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "exporter": exporter,
        "made_at": made_at,
        "messages": [_message(one) for one in messages],
        "keys": [asdict(one) for one in known],
        "files": [asdict(one) for one in files],
    }
    seal = {
        "key": keys.fingerprint(keys.public(private)),
        "signature": b64encode(keys.sign(private, canonical(content))).decode(),
    }
    return canonical({**content, "seal": seal})


def _message(message: Sent) -> Mapping[str, Any]:
    recipients = [
        {
            "agency": one.agency,
            "wish": None if one.wish is None else one.wish.as_json(),
            "chain": [receipt.as_json() for receipt in one.chain],
        }
        for one in message.recipients
    ]
    return {"manifest": b64encode(message.manifest).decode(), "recipients": recipients}
