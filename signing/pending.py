"""A signature between its phases: what is kept while a key is somewhere else, or a time stamp does not come."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509

from signing.cases import Case


@dataclass(frozen=True)
class Whose:
    """A certificate and the ones between it and a root, without any key."""

    certificate: x509.Certificate
    chain: Sequence[x509.Certificate] = ()


@dataclass(frozen=True)
class Pending:
    """A signature that only its key is missing for.

    `start` and `end` delimit its place in the prepared file, whose SHA-256 is `prepared`; `attributes` is what the
    key signs (DER). `level` is what `finish` will make of it: "B-B", "B-T", "B-LT" or "B-LTA".
    """

    case: Case
    level: str
    begun_at: datetime
    prepared: str
    start: int
    end: int
    attributes: bytes
    certificate: bytes
    chain: tuple[bytes, ...]

    @property
    def to_sign(self) -> bytes:
        """The SHA-256 digest for the key."""
        return hashlib.sha256(self.attributes).digest()

    @property
    def is_beside(self) -> bool:
        """Whether the signature has no place in the file and stands beside it (`signing.detached`)."""
        return self.end == 0

    @property
    def signer(self) -> Whose:
        """Whose signature it is going to be."""
        chain = tuple(x509.load_der_x509_certificate(one) for one in self.chain)
        return Whose(x509.load_der_x509_certificate(self.certificate), chain)

    def packed(self) -> dict[str, Any]:
        """As values that JSON can carry."""
        return {
            "case": self.case.value,
            "level": self.level,
            "begun_at": self.begun_at.isoformat(),
            "prepared": self.prepared,
            "start": self.start,
            "end": self.end,
            "attributes": self.attributes.hex(),
            "certificate": self.certificate.hex(),
            "chain": [one.hex() for one in self.chain],
        }


def unpacked(plain: dict[str, Any]) -> Pending:
    """The pending signature that was packed."""
    return Pending(
        case=Case(plain["case"]),
        level=str(plain["level"]),
        begun_at=datetime.fromisoformat(plain["begun_at"]),
        prepared=str(plain["prepared"]),
        start=int(plain["start"]),
        end=int(plain["end"]),
        attributes=bytes.fromhex(plain["attributes"]),
        certificate=bytes.fromhex(plain["certificate"]),
        chain=tuple(bytes.fromhex(one) for one in plain["chain"]),
    )
