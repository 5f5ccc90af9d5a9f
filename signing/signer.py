"""Any key as pyHanko wants it: with the algorithms the law asks for, and without a second signature for measuring."""

from __future__ import annotations

import hashlib
from typing import Any

from asn1crypto import algos
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.errors import SigningRefused
from signing.keys.protocol import SALT, Key


class KeySigner(Signer):
    """Signs with a key of ours: pyHanko's own signer parses the key, and signs twice, every time."""

    def __init__(self, key: Key) -> None:
        """Take a key; its certificate and chain are embedded."""
        registry = SimpleCertificateStore()
        registry.register_multiple([to_asn1(one) for one in key.chain])
        public = key.certificate.public_key()
        super().__init__(
            signing_cert=to_asn1(key.certificate),
            cert_registry=registry,
            signature_mechanism=pss_mechanism() if isinstance(public, rsa.RSAPublicKey) else None,
            embed_roots=False,
        )
        self._key = key
        self._longest = public.key_size // 8 if isinstance(public, rsa.RSAPublicKey) else _LONGEST_ECDSA

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The raw signature over `data`; a dry run only measures, and costs no signature."""
        if digest_algorithm != "sha256":
            raise SigningRefused("key.digest_not_supported")
        if dry_run:
            return bytes(self._longest)
        return self._key.sign([hashlib.sha256(data).digest()])[0]


_LONGEST_ECDSA = 141
"""Bytes: two numbers of 66 bytes, as P-521 has them, and what DER adds."""


def pss_mechanism() -> Any:
    """The algorithm identifier of RSASSA-PSS with SHA-256 and a salt of 32 bytes."""
    digest = algos.DigestAlgorithm({"algorithm": "sha256"})
    mask = algos.MaskGenAlgorithm({"algorithm": "mgf1", "parameters": digest})
    parameters = algos.RSASSAPSSParams({"hash_algorithm": digest, "mask_gen_algorithm": mask, "salt_length": SALT})
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})


def to_asn1(certificate: x509.Certificate) -> Any:
    """The same certificate for pyHanko, which speaks asn1crypto."""
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def from_asn1(certificate: Any) -> x509.Certificate:
    """The same certificate for the cryptography library."""
    return x509.load_der_x509_certificate(certificate.dump())
