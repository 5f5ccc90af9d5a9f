"""How a remote signing service is talked to: the API of the Cloud Signature Consortium, and where vendors differ.

A vendor's dialect is a subclass that overrides a path, the names of some fields, or how its holders agree.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from signing.errors import SigningError, SigningNotConfigured, SigningRefused, SigningUnavailable
from signing.keys import chain
from signing.keys.site import Answer

SHA256 = "2.16.840.1.101.3.4.2.1"
PSS, ECDSA = "1.2.840.113549.1.1.10", "1.2.840.10045.4.3.2"
PSS_PARAMETERS = bytes.fromhex(
    "3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120"
)
"""RSASSA-PSS-params in DER: SHA-256, MGF1 with SHA-256, salt of 32 bytes."""
_LONGEST_WORD = 65_536
_MOST_NAMES = 10_000


@dataclass(frozen=True)
class Ask:
    """A request: where to, with what. Never shown whole: it may carry a PIN."""

    path: str
    body: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Credential:
    """A key of the service.

    `algorithm` is the object identifier of how it signs. Permission holds for named hashes only when it is `pinned`
    (SCAL2), and for `at_most` signatures each time. `asks` says what its holder has to give, in order: "PIN", "OTP",
    both, or nothing when they agree elsewhere.
    """

    name: str
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    algorithm: str
    pinned: bool
    at_most: int
    asks: tuple[str, ...]


@dataclass(frozen=True)
class Permission:
    """What the service answers to a request for permission: `sad` allows, `transaction` is to be asked about again."""

    sad: str = field(default="", repr=False)
    transaction: str = ""
    seconds: int = 3600


class Dialect:
    """CSC API 1.0.4, and of version 2 how one asks whether somebody has agreed on a telephone."""

    codes: ClassVar[Mapping[str, str]] = {
        "invalid_pin": "key.pin_wrong",
        "invalid_otp": "key.pin_wrong",
        "pin_locked": "key.pin_locked",
        "otp_locked": "key.pin_locked",
        "expired_sad": "key.authorisation_expired",
        "authorization_expired": "key.authorisation_expired",
        "authorization_pending": "key.waiting_for_holder",
        "access_denied": "key.refused",
    }
    """Our codes by the names of errors."""

    def login(self, account: str, password: str) -> Ask:
        """How the installation itself gets in."""
        words = base64.b64encode(f"{account}:{password}".encode()).decode()
        return Ask("csc/v1/auth/login", {}, {"Authorization": f"Basic {words}"})

    def logged_in(self, answer: Mapping[str, Any]) -> Mapping[str, str]:
        """The headers of everything that follows."""
        return {"Authorization": f"Bearer {word(answer, 'access_token')}"}

    def list(self) -> Ask:
        """Which keys there are."""
        return Ask("csc/v1/credentials/list", {"maxResults": 100})

    def listed(self, answer: Mapping[str, Any]) -> Sequence[str]:
        """The names of keys."""
        return [str(name) for name in items(answer, "credentialIDs")]

    def describe(self, name: str) -> Ask:
        """Whose key one is, and what it can do."""
        return Ask("csc/v1/credentials/info", {"credentialID": name, "certificates": "chain"})

    def described(self, name: str, answer: Mapping[str, Any]) -> Credential:
        """What was said of a key. Errors: SigningRefused("key.refused" | "key.*_certificate" | "key.not_supported")."""
        about, certified = part(answer, "key"), part(answer, "cert")
        if about.get("status") != "enabled":
            raise SigningRefused("key.refused")
        certificates = chain.read(map(decoded, items(certified, "certificates")))
        own = chain.newest(certificates[:1])
        return Credential(
            name=name,
            certificate=own,
            chain=chain.between(own, certificates[1:]),
            algorithm=self.algorithm(own, items(about, "algo")),
            pinned=str(answer.get("SCAL", "1")) == "2",
            at_most=max(number(answer, "multisign", 1), 1),
            asks=self.asks(answer),
        )

    def algorithm(self, certificate: x509.Certificate, offered: Sequence[Any]) -> str:
        """How a key signs. Errors: SigningRefused("key.not_supported"): not as the law asks."""
        wanted = PSS if isinstance(certificate.public_key(), rsa.RSAPublicKey) else ECDSA
        if wanted not in offered:
            raise SigningRefused("key.not_supported")
        return wanted

    def asks(self, answer: Mapping[str, Any]) -> tuple[str, ...]:
        """What the holder of a key has to give. Errors: SigningRefused("key.not_supported"): a visit to a web page."""
        if answer.get("authMode", "implicit") not in ("implicit", "explicit"):
            raise SigningRefused("key.not_supported")
        return tuple(name for name in ("PIN", "OTP") if str(part(answer, name).get("presence")).lower() == "true")

    def authorise(self, credential: Credential, digests: Sequence[bytes], secret: str | None) -> Ask:
        """Ask for permission to sign. Errors: SigningRefused("key.pin_missing"): fewer words than it asks for."""
        words = (secret or "").split(maxsplit=len(credential.asks) - 1)  # a PIN alone may have spaces
        if len(words) < len(credential.asks):
            raise SigningRefused("key.pin_missing")
        body: dict[str, Any] = {"credentialID": credential.name, "numSignatures": len(digests)}
        if credential.pinned:
            body["hash"] = [encoded(one) for one in digests]
        return Ask("csc/v1/credentials/authorize", {**body, **dict(zip(credential.asks, words, strict=False))})

    def authorised(self, answer: Mapping[str, Any]) -> Permission:
        """Permission, or what to ask about again."""
        if "SAD" not in answer and "handle" in answer:
            return Permission(transaction=word(answer, "handle"))
        return Permission(sad=word(answer, "SAD"), seconds=number(answer, "expiresIn", 3600))

    def poll(self, transaction: str) -> Ask:
        """Ask whether the holder has agreed meanwhile."""
        return Ask("csc/v1/credentials/authorizeCheck", {"handle": transaction})

    def sign(self, credential: Credential, digests: Sequence[bytes], sad: str) -> Ask:
        """Have digests signed."""
        body: dict[str, Any] = {
            "credentialID": credential.name,
            "SAD": sad,
            "hash": [encoded(one) for one in digests],
            "hashAlgo": SHA256,
            "signAlgo": credential.algorithm,
        }
        if credential.algorithm == PSS:
            body["signAlgoParams"] = encoded(PSS_PARAMETERS)
        return Ask("csc/v1/signatures/signHash", body)

    def signed(self, answer: Mapping[str, Any]) -> Sequence[bytes]:
        """The raw signatures."""
        return [decoded(one) for one in items(answer, "signatures")]

    def trouble(self, answer: Answer) -> SigningError:
        """What an answer that is none means."""
        code = self.codes.get(str(answer.body.get("error")))
        if code == "key.waiting_for_holder" or (code is None and _passes(answer.status)):
            return SigningUnavailable(code or "key.unavailable")
        if code is None and answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return SigningNotConfigured("key.service_refused")
        return SigningRefused(code or "key.refused")


CSC = Dialect()
"""The standard itself."""


def _passes(status: int) -> bool:
    """Whether it may be otherwise in a while; redirections are not for us to follow."""
    return not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR or status in (
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
    )


def word(answer: Mapping[str, Any], name: str) -> str:
    """A text in an answer. Errors: SigningUnavailable("key.unavailable"): the service does not make sense."""
    found = answer.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST_WORD:
        raise SigningUnavailable("key.unavailable")
    return found


def number(answer: Mapping[str, Any], name: str, otherwise: int) -> int:
    """A whole number in an answer, or what holds when it is missing."""
    found = answer.get(name)
    return found if isinstance(found, int) else otherwise


def part(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object in an answer; empty when it is missing."""
    found = answer.get(name)
    return found if isinstance(found, dict) else {}


def items(answer: Mapping[str, Any], name: str) -> Sequence[Any]:
    """A list in an answer. Errors: SigningUnavailable("key.unavailable")."""
    found = answer.get(name)
    if not isinstance(found, list) or len(found) > _MOST_NAMES:
        raise SigningUnavailable("key.unavailable")
    return found


def encoded(data: bytes) -> str:
    """Bytes as the service reads them."""
    return base64.b64encode(data).decode("ascii")


def decoded(text: Any) -> bytes:
    """Bytes as the service writes them. Errors: SigningUnavailable("key.unavailable")."""
    try:
        return base64.b64decode(text)
    except (TypeError, ValueError) as error:
        raise SigningUnavailable("key.unavailable") from error
