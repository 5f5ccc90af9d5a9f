"""Time-stamping authorities (RFC 3161): one inside the process for demonstrations, and the ones reached over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import aiohttp
from asn1crypto import cms, core, tsp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.timestamps import DummyTimeStamper, TimeStamper
from pyhanko.sign.timestamps.common_utils import set_tsp_headers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.errors import SigningNotConfigured, SigningUnavailable
from signing.signer import to_asn1

DEFAULT_TIMEOUT = 180
"""Seconds: answers of the government authority were measured at 2 to 131 seconds."""
_LONGEST = 100_000
"""Bytes of an answer: stamps with their certificates take 3,000 to 10,000."""


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


class HttpTimeStamper(TimeStamper):
    """An authority at an address; its answer is read no further than a stamp can be long."""

    def __init__(self, url: str, timeout: int) -> None:
        """Take an address and the seconds an answer may take."""
        super().__init__()
        self._url, self._timeout = url, aiohttp.ClientTimeout(total=timeout)

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """What the authority answers. Errors: SigningUnavailable("timestamp.unavailable"), ValueError for nonsense."""
        try:
            answer = await self._answer(req.dump())
        except (aiohttp.ClientError, OSError) as silence:
            raise SigningUnavailable("timestamp.unavailable") from silence
        return tsp.TimeStampResp.load(answer, strict=True)

    async def _answer(self, asked: bytes) -> bytes:
        answer = bytearray()
        async with (
            aiohttp.ClientSession(timeout=self._timeout, raise_for_status=True) as session,
            session.post(self._url, data=asked, headers=set_tsp_headers({})) as response,
        ):
            async for piece in response.content.iter_any():
                answer += piece
                if len(answer) > _LONGEST:
                    raise ValueError
        return bytes(answer)


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
    return HttpTimeStamper(url, timeout)
