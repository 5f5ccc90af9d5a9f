"""A key that is held in memory: read from a PKCS#12 file, or made for a trial."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import pkcs12

from signing.demo_pki import PrivateKey
from signing.errors import SigningNotConfigured
from signing.keys.protocol import SALT

_DIGEST = Prehashed(hashes.SHA256())
_PSS = padding.PSS(padding.MGF1(hashes.SHA256()), SALT)


class MemoryKey:
    """A parsed key: parsing costs more than many signatures, so it is done once."""

    def __init__(self, key: PrivateKey, certificate: x509.Certificate, chain: Sequence[x509.Certificate] = ()) -> None:
        """Take a parsed key, its certificate and the intermediate certificates to embed."""
        self._key = key
        self.certificate = certificate
        self.chain = tuple(chain)

    def sign(self, digests: Sequence[bytes]) -> list[bytes]:
        """As the protocol says; nothing can fail here."""
        return [self._signed(digest) for digest in digests]

    def _signed(self, digest: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(digest, _PSS, _DIGEST)
        return self._key.sign(digest, ec.ECDSA(_DIGEST))


def load_p12(data: bytes, secret: bytes) -> MemoryKey:
    """A key from PKCS#12 bytes. Errors: SigningNotConfigured("key.unreadable")."""
    try:
        key, certificate, chain = pkcs12.load_key_and_certificates(data, secret)
    except ValueError as error:
        raise SigningNotConfigured("key.unreadable") from error
    if not isinstance(key, PrivateKey) or certificate is None:
        raise SigningNotConfigured("key.unreadable")
    return MemoryKey(key, certificate, chain)
