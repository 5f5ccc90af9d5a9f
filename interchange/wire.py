"""How two deployments of ours speak: addresses, sizes, and small files inside a message."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from typing import Any

from interchange.errors import ExchangeRefused

PREFIX = "/api/exchange/v1"
CHUNK = 512 * 1024
"""Bytes of a piece; a cut loses at most one."""
INLINE = 1024 * 1024
"""Files that are not larger, all together, travel inside the message: one request for most documents."""


def packed(files: Iterable[bytes]) -> list[str]:
    """Small files as they travel inside a message."""
    return [b64encode(one).decode() for one in files]


def unpacked(inside: Any) -> Iterator[bytes]:
    """The files inside a message, as bytes. Errors: ExchangeRefused "message.files_wrong"."""
    if inside is None:
        return
    if not isinstance(inside, list):
        raise ExchangeRefused("message.files_wrong")
    for one in inside:
        try:
            data = b64decode(one, validate=True)
        except (TypeError, ValueError) as nonsense:
            raise ExchangeRefused("message.files_wrong") from nonsense
        if not data or len(data) > INLINE:
            raise ExchangeRefused("message.files_wrong")
        yield data
