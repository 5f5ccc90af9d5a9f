"""Receipts: each signed with an agency's exchange key (Ed25519), each naming the hash of the one before it.

The main chain of a delivery is the recipient's: stored, registered, assigned, in progress, done or refused; it begins
at the manifest of the message. A recall has a chain of its own that begins with the sender's wish and
ends with the answer; an update or a replacement is stored, answered, and then registered like any other document.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from interchange import keys
from interchange.canonical import canonical, digest
from interchange.envelope import FileSent
from interchange.errors import ExchangeRefused

FORMAT = "eoffice-receipt/1"
MAX_SIZE = 64 * 1024
SIGNATURE_SIZE = 64


@dataclass(frozen=True)
class Statement:
    """What a receipt says of a message (`sender`, `message_id`, `manifest_sha256`) at a recipient.

    `code` is the business status (QĐ 28/2018: 01 to 06, 13, 15, 16), `at` ISO 8601, `by` the post that acted,
    `reason` a code and `note` its words, `signer` the code of the agency that signs, `is_observed` when it wraps a
    status that another system gave unsigned. `previous` is the hash of the receipt before, or the manifest's.
    """

    receipt_id: str
    sender: str
    message_id: str
    manifest_sha256: str
    recipient: str
    code: str
    at: str
    by: str
    signer: str
    sequence: int
    previous: str
    files: tuple[FileSent, ...] = ()
    arrival_number: int | None = None
    arrived_on: str = ""
    reason: str = ""
    note: str = ""
    is_observed: bool = False


@dataclass(frozen=True)
class Receipt:
    """The bytes that were signed, and the signature (64 bytes); both travel and are kept as they are."""

    body: bytes
    signature: bytes

    @property
    def sha256(self) -> str:
        """What the next receipt names."""
        return digest(self.body + self.signature)

    def as_json(self) -> dict[str, str]:
        """As it travels."""
        return {"body": b64encode(self.body).decode(), "signature": b64encode(self.signature).decode()}


def from_json(value: Mapping[str, Any]) -> Receipt:
    """Read a receipt that came from outside. Errors: ExchangeRefused "receipt.unreadable"."""
    try:
        body, signature = (b64decode(value[name], validate=True) for name in ("body", "signature"))
    except (KeyError, TypeError, ValueError) as nonsense:
        raise ExchangeRefused("receipt.unreadable") from nonsense
    if len(body) > MAX_SIZE or len(signature) != SIGNATURE_SIZE:
        raise ExchangeRefused("receipt.unreadable")
    return Receipt(body, signature)


def sign(statement: Statement, private: bytes) -> Receipt:
    """Give a receipt; Ed25519 is deterministic, so the same statement has the same bytes for ever."""
    body = canonical({"format": FORMAT, "key": keys.fingerprint(keys.public(private)), **asdict(statement)})
    return Receipt(body, keys.sign(private, body))


def read(receipt: Receipt) -> tuple[Statement, str]:
    """What a receipt says and the fingerprint of the key it names. Errors: ExchangeRefused "receipt.unreadable"."""
    try:
        fields = json.loads(receipt.body)
        if canonical(fields) != receipt.body or fields.pop("format") != FORMAT:
            raise ExchangeRefused("receipt.unreadable")
        key = fields.pop("key")
        files = tuple(FileSent(**one) for one in fields.pop("files"))
        return Statement(**fields, files=files), key
    except (KeyError, TypeError, ValueError, RecursionError) as nonsense:
        raise ExchangeRefused("receipt.unreadable") from nonsense


def check(receipt: Receipt, public: bytes) -> Statement:
    """What a receipt says, once its signature is true. Errors: ExchangeRefused "receipt.signature_wrong"."""
    statement, named = read(receipt)
    if named != keys.fingerprint(public) or not keys.is_signed(public, receipt.body, receipt.signature):
        raise ExchangeRefused("receipt.signature_wrong")
    return statement


def follows(statements: Sequence[Statement], hashes: Sequence[str], start: str) -> bool:
    """Whether receipts stand in one chain that begins at `start`, numbered without a gap."""
    before = [start, *hashes]
    return all(one.previous == before[i] and one.sequence == i for i, one in enumerate(statements))
