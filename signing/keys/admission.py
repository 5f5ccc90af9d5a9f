"""Which keys may sign at all, wherever they are (Thông tư 15/2025/TT-BKHCN: RSA from 2048 bits, ECDSA from 256)."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from signing import demo_pki
from signing.errors import SigningRefused

_LEAST_RSA = 2048
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


def admit(certificate: x509.Certificate, *, production: bool) -> None:
    """Refuse weak keys, and those of a demonstration in production.

    Errors: SigningRefused("key.too_weak" | "key.demo_in_production").
    """
    public = certificate.public_key()
    strong = (
        public.key_size >= _LEAST_RSA
        if isinstance(public, rsa.RSAPublicKey)
        else isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, _CURVES)
    )
    if not strong:
        raise SigningRefused("key.too_weak")
    if production and demo_pki.is_demo(certificate):
        raise SigningRefused("key.demo_in_production")
