"""Whose certificate signed, when, and whether a trusted root vouched for it then (ETSI EN 319 102-1).

Three procedures answer, from cheap to dear: a bare signature must hold now; a time-stamped one must have held when it
was stamped; an archived one is proven from its document time stamps. None of them reaches for the network.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate, AdESStatus
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation import generic_cms
from pyhanko.sign.validation.ades import ades_basic_validation, ades_lta_validation, ades_with_time_validation
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from signing import biglists, brought
from signing.certificates import has_path, path_of
from signing.differences import STRICT
from signing.reasons import Reason
from signing.trust import TrustStore

_MOST_CERTIFICATES = 40
"""In one signature: the search for a path grows with them."""

_REASONS = {
    AdESFailure.HASH_FAILURE: Reason.CONTENT_CHANGED,
    AdESFailure.SIG_CRYPTO_FAILURE: Reason.SIGNATURE_BROKEN,
    AdESFailure.FORMAT_FAILURE: Reason.SIGNATURE_UNREADABLE,
    AdESFailure.REVOKED: Reason.CERTIFICATE_REVOKED,
    AdESFailure.NOT_YET_VALID: Reason.CERTIFICATE_NOT_YET_VALID,
    AdESIndeterminate.NOT_YET_VALID: Reason.CERTIFICATE_NOT_YET_VALID,
    AdESIndeterminate.EXPIRED: Reason.CERTIFICATE_EXPIRED,
    AdESIndeterminate.REVOKED_NO_POE: Reason.REVOKED_TIME_UNKNOWN,
    AdESIndeterminate.REVOKED_CA_NO_POE: Reason.REVOKED_TIME_UNKNOWN,
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE: Reason.EXPIRED_TIME_UNKNOWN,
    AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED: Reason.EXPIRED_TIME_UNKNOWN,
    AdESIndeterminate.REVOCATION_OUT_OF_BOUNDS_NO_POE: Reason.REVOCATION_UNKNOWN,
    AdESIndeterminate.TRY_LATER: Reason.REVOCATION_UNKNOWN,
    AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND: Reason.UNKNOWN_ISSUER,
    AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE: Reason.CERTIFICATE_UNSUITABLE,
    AdESIndeterminate.SIG_CONSTRAINTS_FAILURE: Reason.CERTIFICATE_UNSUITABLE,
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE: Reason.WEAK_ALGORITHM,
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: Reason.WEAK_ALGORITHM,
}


_OF_CHAIN = (
    AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND,
    AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE,
)
_REVOKED = (AdESIndeterminate.REVOKED_NO_POE, AdESIndeterminate.REVOKED_CA_NO_POE)


@dataclass(frozen=True)
class Proof:
    """What is proven of the signer: `stamped_at` only when a trusted authority vouches for the time.

    `path` are the certificates (asn1crypto) from a trusted root down to the signer's; empty without such a root.
    """

    reason: Reason | None
    stamped_at: datetime | None
    path: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Grounds:
    """What proofs of one document rest on: the trust store, what the document brings along, the time of the check."""

    trust: TrustStore
    spec: SignatureValidationSpec
    evidence: LocalKnowledge
    timing: ValidationTimingInfo


class Detached(Protocol):
    """A signature beside its file, as far as a proof must know it; one in a PDF is the library's own."""

    signed_data: Any
    signer_info: Any
    signer_cert: Any
    other_embedded_certs: Any

    def compute_digest(self) -> bytes:
        """The SHA-256 of what was signed."""
        ...


Signature = EmbeddedPdfSignature | Detached


def grounds(reader: Any, trust: TrustStore, at: datetime | None) -> Grounds:
    """Everything is at hand already: no address written in a certificate is ever visited.

    `reader` is the document that may bring proofs along, None where there is none.
    """
    evidence = LocalKnowledge() if reader is None else brought.evidence(reader)
    moment = at or datetime.now(UTC)
    timing = ValidationTimingInfo(moment, moment, point_in_time_validation=at is not None)
    return Grounds(trust, _spec(trust, evidence), evidence, timing)


def _spec(trust: TrustStore, evidence: LocalKnowledge) -> SignatureValidationSpec:
    return SignatureValidationSpec(
        cert_validation_policy=_policy(trust.roots),
        ts_cert_validation_policy=_policy(trust.timestamp_roots),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(
            online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
            certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
        ),
        local_knowledge=LocalKnowledge(
            known_certs=[*trust.intermediates, *evidence.known_certs],
            known_crls=[CRLContainer(one) for one in trust.crls],
        ),
        # Certificates of Vietnamese authorities often carry digitalSignature alone.
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"}),
    )


async def prove(signature: Signature, on: Grounds, *, archived: bool) -> Proof:
    """Judge digest, key, certificate and time of one signature; its integrity must have been computed before."""
    if len(signature.signed_data["certificates"]) > _MOST_CERTIFICATES:
        return Proof(Reason.TOO_COMPLEX, None)
    if not _says_what_it_is(signature.signer_info):
        return Proof(Reason.NOT_PROVEN, None)
    stamps = list(generic_cms.extract_tst_data_iter(signature.signer_info, signed=False))
    then = _of_its_time(signature, stamps, on)
    moment = max(on.timing.validation_time, signature.signer_cert.not_valid_before)
    others = [*signature.other_embedded_certs, *on.evidence.known_certs]
    path = await path_of(signature.signer_cert, others, then.trust, min(moment, signature.signer_cert.not_valid_after))
    if not path and then is not on and await has_path(signature.signer_cert, others, on.trust, moment):
        return Proof(Reason.ANCHOR_ENDED, None)
    told = await _asked(then, path, stamps) if any(map(biglists.is_large, then.trust.crls)) else then
    found = await _proven(signature, told, stamped=bool(stamps), archived=archived)
    return replace(found, path=path)


def _says_what_it_is(info: Any) -> bool:
    """Whether there are signed attributes, and no other trailer of RSASSA-PSS than the only one (RFC 4055, 3.1).

    Without attributes the signature of one file is that of another: the file that consists of the attributes.
    """
    mechanism = info["signature_algorithm"]
    is_pss = mechanism["algorithm"].native == "rsassa_pss"
    return bool(info["signed_attrs"]) and (not is_pss or int(mechanism["parameters"]["trailer_field"]) == 1)


def _of_its_time(signature: Signature, stamps: list[Any], on: Grounds) -> Grounds:
    """The grounds with those roots only that were believed when the certificates were issued."""
    if not on.trust.spans:
        return on
    issued = [extract_certificate_info(one).signer_cert.not_valid_before for one in stamps]
    trust = on.trust.when(signature.signer_cert.not_valid_before, max(issued, default=None))
    return replace(on, trust=trust, spec=_spec(trust, on.evidence))


async def _asked(on: Grounds, path: tuple[Any, ...], stamps: list[Any]) -> Grounds:
    """The grounds after asking the lists about everybody involved; unchanged when they do not clear everybody."""
    moment, paths = on.timing.validation_time, [path]
    for stamp in stamps:
        found = extract_certificate_info(stamp)
        paths.append(await path_of(found.signer_cert, found.other_certs, on.trust, moment, timestamps=True))
    known: LocalKnowledge | None = replace(on.spec.local_knowledge, known_crls=[])
    for one in paths:
        known = biglists.asked(known, on.trust.crls, one, moment) if known is not None and one else None
    return on if known is None else replace(on, spec=replace(on.spec, local_knowledge=known))


async def _proven(signature: Signature, on: Grounds, *, stamped: bool, archived: bool) -> Proof:
    first: Any = None
    async for result in _attempts(signature, on, stamped=stamped, archived=archived):
        first = first or result
        if result.ades_subindic.status is not AdESStatus.INDETERMINATE:
            return await _proof(signature, result, on, stamped=stamped)
    # What the cheapest procedure missed says more than what the last one could not make up for.
    return await _proof(signature, first, on, stamped=stamped)


async def _attempts(signature: Signature, on: Grounds, *, stamped: bool, archived: bool) -> AsyncIterator[Any]:
    first = await _now(signature, on.spec, on.timing, stamped=stamped)
    yield first
    revoked = first.ades_subindic in _REVOKED
    # A document could bring an older list that does not know of the revocation yet.
    if not revoked and (on.evidence.known_crls or on.evidence.known_ocsps):
        yield await _now(signature, _with_evidence(on), on.timing, stamped=stamped)
    if archived and isinstance(signature, EmbeddedPdfSignature) and not (revoked and stamped):
        spec = PdfSignatureValidationSpec(on.spec, diff_policy=STRICT)
        yield await ades_lta_validation(signature, spec, timing_info=on.timing)


async def _now(
    signature: Signature, spec: SignatureValidationSpec, timing: ValidationTimingInfo, *, stamped: bool
) -> Any:
    if not stamped:
        # pyHanko 0.38 forgets the status class it was asked for and then chokes on what only a PDF has.
        return await ades_basic_validation(
            signature.signed_data, spec, timing_info=timing, raw_digest=signature.compute_digest()
        )
    of_pdf: dict[str, Any] = {}
    if isinstance(signature, EmbeddedPdfSignature):
        of_pdf = {"status_cls": PdfSignatureStatus, "extra_status_kwargs": signature.summarise_integrity_info()}
    return await ades_with_time_validation(
        signature.signed_data, spec, timing_info=timing, raw_digest=signature.compute_digest(), **of_pdf
    )


def _with_evidence(on: Grounds) -> SignatureValidationSpec:
    known = on.spec.local_knowledge
    more = replace(known, known_crls=[*known.known_crls, *on.evidence.known_crls], known_ocsps=on.evidence.known_ocsps)
    return replace(on.spec, local_knowledge=more)


async def _proof(signature: Signature, result: Any, on: Grounds, *, stamped: bool) -> Proof:
    time = _stamped_at(result) if stamped else None
    if result.ades_subindic.status is not AdESStatus.PASSED:
        if stamped and _is_about_stamp(result):
            return Proof(Reason.TIMESTAMP_UNTRUSTED, None)
        if result.ades_subindic is AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE:
            return Proof(await _behind(signature, on), time)
        return Proof(_reason(result, time), time)
    if result.api_status is None or not getattr(result.api_status, "seed_value_ok", True):
        return Proof(Reason.NOT_PROVEN, time)
    if stamped and time is None:
        return Proof(Reason.TIMESTAMP_UNTRUSTED, None)
    return Proof(_of_time(signature.signer_cert, time), time)


def _of_time(certificate: Any, time: datetime | None) -> Reason | None:
    """A stamp may prove that it came too late: pyHanko takes any for a proof that the certificate was in force."""
    if time is not None and time > certificate.not_valid_after:
        return Reason.CERTIFICATE_EXPIRED
    if time is not None and time < certificate.not_valid_before:
        return Reason.CERTIFICATE_NOT_YET_VALID
    return None


def _is_about_stamp(result: Any) -> bool:
    """Whether the chain that failed is the time stamp's: nothing is said then against the signer's own."""
    status = result.api_status
    return result.ades_subindic in _OF_CHAIN and status is not None and status.trust_problem_indic is None


async def _behind(signature: Signature, on: Grounds) -> Reason:
    """Two words for what pyHanko calls a general failure: a certificate of the future, and silence about revocation."""
    certificate, moment = signature.signer_cert, on.timing.validation_time
    if moment < certificate.not_valid_before:
        return Reason.CERTIFICATE_NOT_YET_VALID
    is_vouched_for = await has_path(certificate, signature.other_embedded_certs, on.trust, moment)
    return Reason.REVOCATION_UNKNOWN if is_vouched_for else Reason.NOT_PROVEN


def _reason(result: Any, time: datetime | None) -> Reason:
    found = _REASONS.get(result.ades_subindic, Reason.NOT_PROVEN)
    revoked = getattr(result.api_status, "revocation_details", None)
    if found is Reason.REVOKED_TIME_UNKNOWN and revoked is not None and time is not None:
        return Reason.CERTIFICATE_REVOKED if time >= revoked.revocation_date else found
    return found


def _stamped_at(result: Any) -> datetime | None:
    """The time of the signature's time stamp if it was found trustworthy."""
    stamp = getattr(result.api_status, "timestamp_validity", None)
    # A stamp whose authority has ended since is not trusted now; an archive stamp proves that it was, in its time.
    then = getattr(result, "signature_timestamp_status", None)
    was_trusted = then is not None and then.ades_subindic.status is AdESStatus.PASSED
    if stamp is not None and stamp.valid and stamp.intact and (stamp.trusted or was_trusted):
        time: datetime = stamp.timestamp
        return time
    known: datetime | None = getattr(result, "best_signature_time", None)
    return known if result.ades_subindic in _REVOKED else None


def _policy(roots: tuple[Any, ...]) -> CertValidationPolicySpec:
    manager = SimpleTrustManager.build(trust_roots=list(roots))
    return CertValidationPolicySpec(trust_manager=manager, revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO))
