"""One way to write a value as bytes, so that both sides hash and sign the same (after RFC 8785, without fractions)."""

import json
from hashlib import sha256
from typing import Any


def canonical(value: Any) -> bytes:
    """A JSON value as bytes: UTF-8, names in order, no spaces. ValueError for NaN, infinities and lone surrogates."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest(data: bytes) -> str:
    """SHA-256, as 64 hexadecimal digits."""
    return sha256(data).hexdigest()
