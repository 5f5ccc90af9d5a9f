"""Time stamps are looked at before they are used: answers of an authority come over a wire that anybody may sit on.

A stamp over something else, by an authority that no root vouches for, or of another time than ours would be found out
when the document is verified: then it has been issued, and nothing mends it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import cms, tsp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus

from signing.errors import SigningUnavailable
from signing.trust import TrustStore

LONGEST = 10_000
"""Bytes of a stamp: three certificates of 4096 bits make 7,000."""
TOLERANCE = timedelta(seconds=60)
"""By which our clock may differ from the authority's: one of them is wrong then, and both are signed for."""
_SENSELESS = (ValueError, TypeError, KeyError, AttributeError, AssertionError, SignatureValidationError)


class Looking(TimeStamper):
    """An authority whose stamps are only handed on when they hold; it is asked once for a specimen in each process."""

    def __init__(self, authority: TimeStamper, trust: TrustStore) -> None:
        """Take an authority, and those who vouch for it."""
        super().__init__()
        self._authority, self._trust = authority, trust

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """What the authority answers, not looked at yet."""
        return await self._authority.async_request_tsa_response(req)

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A stamp over a SHA-256 digest, by an authority that we know, of now.

        Errors: SigningUnavailable("timestamp.unavailable" | "timestamp.refused" | "timestamp.clock"), after which the
        same may be asked again.
        """
        asked = datetime.now(UTC)
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            found = await self._judged(token, message_digest)
        except TimestampRequestError as refusal:
            raise SigningUnavailable("timestamp.unavailable") from refusal
        except _SENSELESS as nonsense:
            raise SigningUnavailable("timestamp.refused") from nonsense
        if not (found.intact and found.valid and found.trusted) or len(token.dump()) > LONGEST:
            raise SigningUnavailable("timestamp.refused")
        if not asked - TOLERANCE <= found.timestamp <= datetime.now(UTC) + TOLERANCE:
            raise SigningUnavailable("timestamp.clock")
        return token

    async def _judged(self, token: Any, digest: bytes) -> TimestampSignatureStatus:
        """Revocation is left aside: what cannot be proven of it only costs the archival level."""

        def expected(algorithm: str) -> bytes:
            return digest if algorithm == "sha256" else b""

        context = self._trust.context(timestamps=True, revocation=False)
        return TimestampSignatureStatus(**await validate_tst_signed_data(token["content"], context, expected))
