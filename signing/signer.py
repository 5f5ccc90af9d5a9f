"""What pyHanko has to know of a signer whose key it never gets, and certificates as it wants them."""

from __future__ import annotations

import functools
from typing import Any

from asn1crypto import algos
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.keys.protocol import SALT, Certified


class AbsentSigner(Signer):
    """Stands for a key that signs elsewhere: the library's own signers would parse it, and sign twice, every time."""

    def __init__(self, whose: Certified) -> None:
        """Take a certificate and its chain."""
        registry = SimpleCertificateStore()
        registry.register_multiple([to_asn1(one) for one in whose.chain])
        is_rsa = isinstance(whose.certificate.public_key(), rsa.RSAPublicKey)
        super().__init__(
            signing_cert=to_asn1(whose.certificate),
            cert_registry=registry,
            signature_mechanism=pss_mechanism() if is_rsa else None,
            embed_roots=False,
        )

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Never asked: places for signatures have a size of ours."""
        raise NotImplementedError


@functools.cache
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
