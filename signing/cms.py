"""A signature in the form of a PDF or CAdES (RFC 5652, ETSI EN 319 122-1): its signed attributes, and all of it.

Written as bytes, because that is what it is: building the same from objects took two thirds of the time of a signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from signing.signer import pss_mechanism

_SEQUENCE, _SET, _OCTETS, _INTEGER = 0x30, 0x31, 0x04, 0x02
_LONG = 0x80


def _tagged(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < _LONG:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG | len(length))) + length + content


def _integer(value: int) -> bytes:
    return _tagged(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def _set_of(parts: Iterable[bytes], tag: int = _SET) -> bytes:
    """Sorted, as DER wants it."""
    return _tagged(tag, *sorted(parts))


_DATA = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_PROTECTION = bytes.fromhex("06092a864886f70d010934")
_SIGNING_CERTIFICATE = bytes.fromhex("060b2a864886f70d010910022f")
_TIME_STAMP = bytes.fromhex("060b2a864886f70d010910020e")
_SHA256 = _tagged(_SEQUENCE, bytes.fromhex("0609608648016503040201"))
_ECDSA_SHA256 = _tagged(_SEQUENCE, bytes.fromhex("06082a8648ce3d040302"))
_PSS_SHA256: bytes = pss_mechanism().dump()
_ONE = _integer(1)


def mechanism(certificate: x509.Certificate) -> bytes:
    """The algorithm a key of ours signs with (DER)."""
    return _PSS_SHA256 if isinstance(certificate.public_key(), rsa.RSAPublicKey) else _ECDSA_SHA256


def signed_attributes(digest: bytes, certificate: x509.Certificate) -> bytes:
    """What a key signs (DER, SET OF): the document's digest, and which certificate answers for it.

    There is no time among them: PAdES writes it into the document, and only a time stamp proves it.
    """
    der = certificate.public_bytes(Encoding.DER)
    issuer = _tagged(_SEQUENCE, _tagged(0xA4, certificate.issuer.public_bytes()))
    issuer_serial = _tagged(_SEQUENCE, issuer, _integer(certificate.serial_number))
    identified = _tagged(_SEQUENCE, _tagged(_OCTETS, hashlib.sha256(der).digest()), issuer_serial)
    return _set_of(
        (
            _attribute(_CONTENT_TYPE, _DATA),
            _attribute(_MESSAGE_DIGEST, _tagged(_OCTETS, digest)),
            _attribute(_SIGNING_CERTIFICATE, _tagged(_SEQUENCE, _tagged(_SEQUENCE, identified))),
            _attribute(_PROTECTION, _tagged(_SEQUENCE, _SHA256, _retagged(0xA1, mechanism(certificate)))),
        )
    )


def signed_data(
    attributes: bytes, raw: bytes, certificate: x509.Certificate, chain: Sequence[x509.Certificate], stamp: bytes = b""
) -> bytes:
    """The whole signature (ContentInfo, DER), detached; `stamp` is a time-stamp token over the raw signature."""
    issuer = _tagged(_SEQUENCE, certificate.issuer.public_bytes(), _integer(certificate.serial_number))
    unsigned = _tagged(0xA1, _attribute(_TIME_STAMP, stamp)) if stamp else b""
    signer = _tagged(
        _SEQUENCE,
        _ONE,
        issuer,
        _SHA256,
        _retagged(0xA0, attributes),
        mechanism(certificate),
        _tagged(_OCTETS, raw),
        unsigned,
    )
    embedded = {one.public_bytes(Encoding.DER) for one in (certificate, *chain)}
    content = _tagged(
        _SEQUENCE,
        _ONE,
        _tagged(_SET, _SHA256),
        _tagged(_SEQUENCE, _DATA),
        _set_of(embedded, 0xA0),
        _tagged(_SET, signer),
    )
    return _tagged(_SEQUENCE, _SIGNED_DATA, _tagged(0xA0, content))


def _attribute(kind: bytes, value: bytes) -> bytes:
    return _tagged(_SEQUENCE, kind, _tagged(_SET, value))


def _retagged(tag: int, value: bytes) -> bytes:
    """The same value under an implicit tag: only its first byte says so."""
    return bytes((tag,)) + value[1:]
