"""What a page may ask the program for, and the code by which a person sees that both mean the same.

`GET /certificate` answers {"certificate": DER, "chain": [DER, ...]}, `POST /sign` takes {"digests": [SHA-256, ...],
"what": words} and answers {"signatures": [raw, ...]}; bytes are base64. What goes wrong is {"error": code}.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from signing.errors import SigningRefused

LONGEST = 16_384
"""Bytes of a question."""
_MOST = 50
_DIGEST = 32
_WORDS = 300


@dataclass(frozen=True)
class Asked:
    """Digests to sign and what the page says they are; `origin` is whose page."""

    origin: str
    digests: tuple[bytes, ...]
    what: str

    @property
    def code(self) -> str:
        """The code of these digests, as the page shows it, too."""
        return matching_code(self.digests)


def matching_code(digests: Sequence[bytes]) -> str:
    """Six figures made of what is really signed: a page cannot show one document and have another one signed."""
    number = int.from_bytes(hashlib.sha256(b"".join(digests)).digest()[:8]) % 1_000_000
    return f"{number // 1000:03d} {number % 1000:03d}"


def read(origin: str, body: bytes) -> Asked:
    """The question in a body. Errors: SigningRefused("agent.bad_request")."""
    try:
        told: Any = json.loads(body)
        digests = tuple(base64.b64decode(one, validate=True) for one in told["digests"])
        what = str(told["what"])
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error) as error:
        raise SigningRefused("agent.bad_request") from error
    if not 1 <= len(digests) <= _MOST or any(len(one) != _DIGEST for one in digests):
        raise SigningRefused("agent.bad_request")
    # A terminal obeys what is not printable: it could show another code than ours.
    return Asked(origin, digests, "".join(one if one.isprintable() else " " for one in what[:_WORDS]))


def packed(data: bytes) -> str:
    """Bytes as JSON carries them."""
    return base64.b64encode(data).decode()
