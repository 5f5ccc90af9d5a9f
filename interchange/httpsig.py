"""Signed requests: HTTP Message Signatures (RFC 9421) with Ed25519 over method, address and Content-Digest (RFC 9530).

One form only: these components in this order, the body always digested, `created` within a few minutes of now.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from interchange import keys
from interchange.errors import ExchangeRefused

COMPONENTS = ("@method", "@authority", "@path", "@query", "content-digest")
TAG = "eoffice-exchange"
LABEL = "eoffice"
SKEW = timedelta(minutes=5)
"""How far two clocks may be apart; a request that was recorded is of no use after that."""
_COVERED = " ".join(f'"{one}"' for one in COMPONENTS)
_PARAMS = re.compile(
    rf'\({re.escape(_COVERED)}\);created=(\d{{1,12}});keyid="([0-9a-f]{{64}})";alg="ed25519";tag="{TAG}"'
)
LONGEST_HEADER = 2000


@dataclass(frozen=True)
class Asked:
    """A request as it is signed; `query` without the question mark."""

    method: str
    authority: str
    path: str
    query: str
    body: bytes = b""


@dataclass(frozen=True)
class Claimed:
    """What a request says of its signature, before it is checked: the key, and when (seconds since 1970)."""

    fingerprint: str
    created: int
    params: str
    signature: bytes


def sign(asked: Asked, private: bytes, *, created: int) -> dict[str, str]:
    """The headers that sign a request."""
    params = (
        f'({_COVERED});created={created};keyid="{keys.fingerprint(keys.public(private))}";alg="ed25519";tag="{TAG}"'
    )
    digest = _digest(asked.body)
    signature = keys.sign(private, _base(asked, digest, params))
    return {
        "Content-Digest": digest,
        "Signature-Input": f"{LABEL}={params}",
        "Signature": f"{LABEL}=:{b64encode(signature).decode()}:",
    }


def claimed(headers: Mapping[str, str]) -> Claimed:
    """Read who says to have signed. Errors: ExchangeRefused "request.unsigned"."""
    given, signature = (headers.get(name, "") for name in ("Signature-Input", "Signature"))
    match = _PARAMS.fullmatch(given.removeprefix(f"{LABEL}=")) if len(given) < LONGEST_HEADER else None
    if match is None or not (signature.startswith(f"{LABEL}=:") and signature.endswith(":")):
        raise ExchangeRefused("request.unsigned")
    try:
        raw = b64decode(signature[len(LABEL) + 2 : -1], validate=True)
    except ValueError as nonsense:
        raise ExchangeRefused("request.unsigned") from nonsense
    return Claimed(match[2], int(match[1]), match[0], raw)


def check(asked: Asked, headers: Mapping[str, str], claim: Claimed, public: bytes, *, now: int) -> None:
    """Refuse what was not signed as it is. Errors: ExchangeRefused "request.clock", "request.signature_wrong"."""
    if abs(now - claim.created) > SKEW.total_seconds():
        raise ExchangeRefused("request.clock", seconds=now - claim.created)
    digest = _digest(asked.body)
    base = _base(asked, digest, claim.params)
    if headers.get("Content-Digest") != digest or not keys.is_signed(public, base, claim.signature):
        raise ExchangeRefused("request.signature_wrong")


def _digest(body: bytes) -> str:
    return f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"


def _base(asked: Asked, digest: str, params: str) -> bytes:
    """The signature base of RFC 9421, 2.5."""
    values = (asked.method.upper(), asked.authority.lower(), asked.path, f"?{asked.query}", digest)
    lines = [f'"{name}": {value}' for name, value in zip(COMPONENTS, values, strict=True)]
    return "\n".join([*lines, f'"@signature-params": {params}']).encode()
