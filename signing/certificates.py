"""What a certificate says, whose it is, and whether it may be used now."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pyhanko.sign.signers import Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import CertificateValidator
from pyhanko_certvalidator.errors import ExpiredError, NotYetValidError, PathError, RevokedError, ValidationError

from signing import demo_pki
from signing.errors import SigningRefused
from signing.signer import from_asn1
from signing.trust import TrustStore
from signing.verdict import Kind


@dataclass(frozen=True)
class Described:
    """The parts of a certificate that people read; `serial` in hexadecimal."""

    name: str
    organisation: str
    issuer: str
    serial: str
    demo: bool


@dataclass(frozen=True)
class KindRule:
    """How to tell a person's certificate from an agency's; the first rule that speaks decides, else unknown.

    1. `policies`: object identifiers of certificate policies;
    2. `identifiers`: prefixes of the subject's user id or serial number, as Vietnamese authorities write them
       ("MST:" tax code of an organisation, "CMND:", "CCCD:", "HC:" papers of a person);
    3. `organisation_names`: the common name begins like an agency's, or equals the organisation.
    """

    policies: dict[str, Kind] = field(
        default_factory=lambda: {
            demo_pki.PERSON_POLICY: Kind.PERSON,
            demo_pki.ORGANISATION_POLICY: Kind.ORGANISATION,
        }
    )
    identifiers: dict[str, Kind] = field(
        default_factory=lambda: {
            "MST:": Kind.ORGANISATION,
            "MNS:": Kind.ORGANISATION,
            "CMND:": Kind.PERSON,
            "CCCD:": Kind.PERSON,
            "CMT:": Kind.PERSON,
            "HC:": Kind.PERSON,
        }
    )
    organisation_names: re.Pattern[str] = re.compile(
        r"(ủy|uỷ) ban|ubnd|hội đồng|hđnd|sở |bộ |cục |chi cục|văn phòng|phòng |ban |trung tâm|trường |bệnh viện"
        r"|công an|tòa án",
        re.IGNORECASE,
    )

    def kind(self, certificate: Any) -> Kind:
        """Whose certificate (asn1crypto) it is."""
        for rule in (self._by_policy, self._by_identifier, self._by_name):
            found = rule(certificate)
            if found is not Kind.UNKNOWN:
                return found
        return Kind.UNKNOWN

    def _by_policy(self, certificate: Any) -> Kind:
        policies = certificate.certificate_policies_value
        for policy in policies or ():
            found = self.policies.get(policy["policy_identifier"].dotted)
            if found:
                return found
        return Kind.UNKNOWN

    def _by_identifier(self, certificate: Any) -> Kind:
        subject = certificate.subject.native
        values = [_first(subject.get(key)) for key in ("user_id", "serial_number")]
        for value in values:
            for prefix, kind in self.identifiers.items():
                if value.upper().startswith(prefix):
                    return kind
        return Kind.UNKNOWN

    def _by_name(self, certificate: Any) -> Kind:
        subject = certificate.subject.native
        name = _first(subject.get("common_name"))
        if name and (name == _first(subject.get("organization_name")) or self.organisation_names.match(name)):
            return Kind.ORGANISATION
        return Kind.UNKNOWN


def described(certificate: Any) -> Described:
    """The readable parts of a certificate (asn1crypto)."""
    subject = certificate.subject.native
    return Described(
        name=_first(subject.get("common_name")),
        organisation=_first(subject.get("organization_name")),
        issuer=_called(certificate.issuer),
        serial=f"{certificate.serial_number:X}",
        demo=demo_pki.is_demo(from_asn1(certificate)),
    )


async def check_before_signing(signer: Signer, trust: TrustStore) -> None:
    """Refuse an expired, revoked or unknown certificate (Thông tư 15/2025/TT-BKHCN: check before signing).

    Missing revocation lists do not stop the signature: they only cost the archival level.
    Errors: SigningRefused("key.expired" | "key.not_yet_valid" | "key.revoked" | "key.untrusted").
    """
    _check_dates(signer.signing_cert)
    try:
        await _validate(signer, trust)
    except RevokedError as error:
        raise SigningRefused("key.revoked") from error
    except (ExpiredError, NotYetValidError) as error:
        raise SigningRefused("key.expired") from error
    except ValidationError:
        if not await has_path(signer.signing_cert, signer.cert_registry, trust):
            raise SigningRefused("key.untrusted") from None
    except PathError as error:
        raise SigningRefused("key.untrusted") from error


def _check_dates(certificate: Any) -> None:
    now = datetime.now(UTC)
    if certificate is None:
        raise SigningRefused("key.untrusted")
    if certificate.not_valid_after < now:
        raise SigningRefused("key.expired")
    if certificate.not_valid_before > now:
        raise SigningRefused("key.not_yet_valid")


async def verifiable_offline(signer: Signer, timestamper: TimeStamper, trust: TrustStore) -> bool:
    """Whether roots, intermediates and revocation lists at hand prove the signer and the time-stamping authority."""
    try:
        await _validate(signer, trust)
        context = trust.context(timestamps=True)
        async for _ in timestamper.validation_paths(context):
            pass
    except (ValidationError, PathError):
        return False
    return True


async def _validate(signer: Signer, trust: TrustStore) -> None:
    validator = CertificateValidator(
        signer.signing_cert,
        intermediate_certs=list(signer.cert_registry),
        validation_context=trust.context(),
    )
    await validator.async_validate_usage(set())


async def has_path(certificate: Any, others: Iterable[Any], trust: TrustStore, at: datetime | None = None) -> bool:
    """Whether a root vouches for a certificate (asn1crypto) as of a moment, revocation left aside."""
    return bool(await path_of(certificate, others, trust, at))


async def path_of(
    certificate: Any, others: Iterable[Any], trust: TrustStore, at: datetime | None = None, *, timestamps: bool = False
) -> tuple[Any, ...]:
    """The certificates from a trusted root down to one (asn1crypto), revocation left aside; nothing without a root."""
    validator = CertificateValidator(
        certificate,
        intermediate_certs=list(others),
        validation_context=trust.context(timestamps=timestamps, revocation=False, at=at),
    )
    try:
        return tuple(await validator.async_validate_usage(set()))
    except (ValidationError, PathError):
        return ()


def named(certificate: Any) -> str:
    """What a certificate's subject (asn1crypto) is called."""
    return _called(certificate.subject)


def _called(name: Any) -> str:
    return _first(name.native.get("common_name")) or _first(name.native.get("organization_name"))


def _first(value: object) -> str:
    if isinstance(value, list):
        return str(value[0]) if value else ""
    return "" if value is None else str(value)
