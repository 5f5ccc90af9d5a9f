"""One hash for a whole ledger (Merkle tree, RFC 6962): two sides that have the same one hold the same entries."""

from collections.abc import Iterable
from hashlib import sha256

EMPTY = sha256().hexdigest()
_LEAF, _NODE = b"\x00", b"\x01"


def root(entries: Iterable[str]) -> str:
    """The root over entries in their order, 64 hexadecimal digits; n entries cost 2n hashes."""
    level = [sha256(_LEAF + one.encode()).digest() for one in sorted(entries)]
    if not level:
        return EMPTY
    return _over(level).hex()


def _over(leaves: list[bytes]) -> bytes:
    """The left part is the largest power of two below the number of leaves (RFC 6962, 2.1)."""
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(_NODE + _over(leaves[:middle]) + _over(leaves[middle:])).digest()
