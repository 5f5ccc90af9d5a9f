"""Certificates for the line to another system (TLS): which one is trusted there, and which one we show."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from interchange.errors import ExchangeRefused

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

LARGEST, MOST = 64 * 1024, 10
"""Bytes of a file, and certificates in it."""


@dataclass(frozen=True)
class Certificate:
    """What people know a certificate by; `sha256` is its fingerprint."""

    name: str
    issuer: str
    valid_to: datetime
    sha256: str


@dataclass(frozen=True)
class Client:
    """Our certificate, perhaps with others up to its authority (PEM), and its private key (PEM, unencrypted)."""

    certificates: str
    key: bytes = field(repr=False)


def authority(pem: bytes, now: datetime) -> str:
    """The certificates in a file that can be trusted to issue others, or themselves (PEM, and nothing else of it).

    Errors: ExchangeRefused "certificate.unreadable", "certificate.expired", "certificate.not_authority".
    """
    found = _certificates(pem, now)
    if not all(_is_anchor(one) for one in found):
        raise ExchangeRefused("certificate.not_authority")
    return _as_pem(found)


def client(pem: bytes, now: datetime) -> Client:
    """A certificate to show with its key, from one file; the key belongs to the first certificate.

    Errors: as `authority`; ExchangeRefused "certificate.key_missing", "certificate.key_locked",
    "certificate.key_other".
    """
    found, key = _certificates(pem, now), _private_key(pem)
    if found[0].public_key() != key.public_key():
        raise ExchangeRefused("certificate.key_other")
    return Client(_as_pem(found), _key_as_pem(key))


def shown(pem: str) -> list[Certificate]:
    """What a kept file holds, by name and end; nothing when it is empty."""
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - see `_certificates`

    return [
        Certificate(_name(one.subject), _name(one.issuer), one.not_valid_after_utc, one.fingerprint(SHA256()).hex())
        for one in (_read(pem.encode()) if pem else ())
    ]


def _certificates(pem: bytes, now: datetime) -> "list[x509.Certificate]":
    if len(pem) > LARGEST:
        raise ExchangeRefused("certificate.unreadable")
    found = _read(pem)
    if not found or len(found) > MOST:
        raise ExchangeRefused("certificate.unreadable")
    for one in found:
        if not one.not_valid_before_utc <= now <= one.not_valid_after_utc:
            raise ExchangeRefused("certificate.expired", name=_name(one.subject))
    return found


def _read(pem: bytes) -> "list[x509.Certificate]":
    from cryptography import x509  # noqa: PLC0415 - only those who set up a line load it

    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as nonsense:
        raise ExchangeRefused("certificate.unreadable") from nonsense


def _private_key(pem: bytes) -> "PrivateKeyTypes":
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - as `_read`
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - as `_read`

    start = pem.find(b"-----BEGIN", 0)
    while start >= 0 and b"PRIVATE KEY" not in pem[start : pem.find(b"\n", start)]:
        start = pem.find(b"-----BEGIN", start + 1)
    if start < 0:
        raise ExchangeRefused("certificate.key_missing")
    try:
        return load_pem_private_key(pem[start:], password=None)
    except TypeError as locked:
        raise ExchangeRefused("certificate.key_locked") from locked
    except (ValueError, UnsupportedAlgorithm) as nonsense:
        raise ExchangeRefused("certificate.unreadable") from nonsense


def _is_anchor(one: "x509.Certificate") -> bool:
    """Whether it is an authority's, or stands for itself."""
    from cryptography import x509  # noqa: PLC0415 - as `_read`

    try:
        return one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca or one.subject == one.issuer
    except (x509.ExtensionNotFound, ValueError):
        return one.subject == one.issuer


def _as_pem(found: "list[x509.Certificate]") -> str:
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - as `_read`

    return "".join(one.public_bytes(Encoding.PEM).decode() for one in found)


def _key_as_pem(key: "PrivateKeyTypes") -> bytes:
    from cryptography.hazmat.primitives import serialization as forms  # noqa: PLC0415 - as `_read`

    return key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())


def _name(name: "x509.Name") -> str:
    """The name people would call it by, else the whole of it."""
    from cryptography.x509.oid import NameOID  # noqa: PLC0415 - as `_read`

    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()
