"""Certificates as devices and services hand them out: in any order, with others between, perhaps not readable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cryptography import x509

from signing.errors import SigningRefused

_MOST, _LONGEST = 64, 65_536
_DEEPEST = 8


def read(encoded: Iterable[bytes]) -> list[x509.Certificate]:
    """Certificates from DER. Errors: SigningRefused("key.bad_certificate"): unreadable, too long or too many."""
    found: list[x509.Certificate] = []
    for one in encoded:
        if len(found) >= _MOST or len(one) > _LONGEST:
            raise SigningRefused("key.bad_certificate")
        try:
            found.append(x509.load_der_x509_certificate(one))
        except ValueError as error:
            raise SigningRefused("key.bad_certificate") from error
    return found


def newest(certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """Of the certificates of one key the one that lasts longest. Errors: SigningRefused("key.no_certificate")."""
    if not certificates:
        raise SigningRefused("key.no_certificate")
    return max(certificates, key=lambda one: one.not_valid_after_utc)


def between(certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """What leads from a certificate towards its root, as far as it is there; the root itself is left out."""
    chain: list[x509.Certificate] = []
    below = certificate
    while len(chain) < _DEEPEST:
        above = [one for one in others if one.subject == below.issuer and one.subject != one.issuer]
        if not above or above[0] in chain:
            break
        below = above[0]
        chain.append(below)
    return tuple(chain)
