"""What a private key can do for us: say whose it is, and sign digests. Adapters need to know nothing of PDF or pyHanko.

Thông tư 15/2025/TT-BKHCN asks of signing software RSASSA-PSS with at least 2048 bits, or ECDSA with at least 256.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from cryptography import x509

SALT = 32
"""Bytes, the length of SHA-256: some hardware refuses the longest possible salt."""


class Certified(Protocol):
    """Whoever has a certificate; their key may be elsewhere."""

    @property
    def certificate(self) -> x509.Certificate:
        """Whose key it is."""
        ...

    @property
    def chain(self) -> Sequence[x509.Certificate]:
        """The certificates between this one and a root, to be embedded; may be empty."""
        ...


class Key(Certified, Protocol):
    """One private key with its certificate; good for one step of work, not to be kept after an error."""

    def sign(self, digests: Sequence[bytes]) -> list[bytes]:
        """One raw signature for each SHA-256 digest (32 bytes), in their order, with one authentication for all.

        An RSA key signs by RSASSA-PSS (MGF1 with SHA-256, salt of 32 bytes), a curve by ECDSA (r and s as DER).
        Errors: SigningRefused("key.pin_*" | "key.absent" | "key.refused" | ...), after which nothing was signed and
        nobody tries again by itself, least of all a PIN; SigningUnavailable("key.unavailable" | "key.too_slow"), after
        which a key opened anew may be asked the same.
        """
        ...


@runtime_checkable
class Resumable(Key, Protocol):
    """A key whose holder agrees elsewhere, in their own time: on a telephone, in minutes.

    Then `sign` raises SigningUnavailable("key.waiting_for_holder"), or another that may be tried again, with `ticket`
    in its data: plain values, to be sealed and kept, with which a key opened anew asks again for the same digests.
    """

    def resumed(self, ticket: Mapping[str, Any]) -> Key:
        """The key that goes on with a ticket: its holder is not asked twice."""
        ...


class Keystore(Protocol):
    """Where keys are: a folder of files, a token, a remote service."""

    def key(self, key_id: str, secret: str | None = None) -> Key:
        """One key, opened with the PIN or passphrase of its holder where it needs one.

        Errors: SigningRefused("key.bad_id" | "key.unknown" | "key.pin_*" | "key.too_weak" | ...),
        SigningNotConfigured, SigningUnavailable.
        """
        ...
