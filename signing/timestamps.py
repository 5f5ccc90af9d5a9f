"""Time-stamping authorities (RFC 3161): one inside the process for demonstrations, and the ones reached over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, core
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.timestamps import DummyTimeStamper, HTTPTimeStamper, TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.errors import SigningNotConfigured
from signing.signer import to_asn1

DEFAULT_TIMEOUT = 180
"""Seconds: answers of the government authority were measured at 2 to 131 seconds."""


class DemoTimeStamper(DummyTimeStamper):
    """A time-stamping authority that is a function call; the key stays parsed between stamps."""

    def __init__(self, key: rsa.RSAPrivateKey, certificate: Any, chain: list[Any]) -> None:
        """Take a parsed key, its certificate and the certificates to embed."""
        registry = SimpleCertificateStore()
        registry.register_multiple(chain)
        super().__init__(tsa_cert=certificate, tsa_key=None, certs_to_embed=registry)
        self._key = key

    def _sign_tst_info(self, tst_info_data: bytes, md_algorithm: str, dt: datetime) -> tuple[bytes, Any]:
        if md_algorithm != "sha256":
            raise SigningNotConfigured("timestamp.digest_not_supported")
        digest = hashes.Hash(hashes.SHA256())
        digest.update(tst_info_data)
        signing_time = cms.Time({"utc_time": core.UTCTime(dt.astimezone(UTC))})
        attributes = cms.CMSAttributes(
            [
                simple_cms_attribute("content_type", "tst_info"),
                simple_cms_attribute("signing_time", signing_time),
                simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(self.tsa_cert)),
                simple_cms_attribute("message_digest", digest.finalize()),
            ]
        )
        return self._key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256()), attributes


def demo_timestamper(data: bytes, secret: bytes) -> TimeStamper:
    """The in-process authority from the bytes of `tsa.p12`. Errors: SigningNotConfigured("timestamp.unreadable")."""
    try:
        key, certificate, chain = pkcs12.load_key_and_certificates(data, secret)
    except ValueError as error:
        raise SigningNotConfigured("timestamp.unreadable") from error
    if not isinstance(key, rsa.RSAPrivateKey) or certificate is None:
        raise SigningNotConfigured("timestamp.unreadable")
    return DemoTimeStamper(key, to_asn1(certificate), [to_asn1(one) for one in chain])


def http_timestamper(url: str, timeout: int = DEFAULT_TIMEOUT) -> TimeStamper:
    """An authority at an address the administrator configured; `timeout` in seconds. Errors: SigningNotConfigured."""
    if not url.startswith(("http://", "https://")):
        raise SigningNotConfigured("timestamp.bad_url")
    return HTTPTimeStamper(url, timeout=timeout)
