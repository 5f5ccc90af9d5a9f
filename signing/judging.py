"""Judge one signature: whose, when, over what, and whether it still holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    FormUpdatingRule,
    ModificationLevel,
    StandardDiffPolicy,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.rules.form_field_rules import (
    GenericFieldModificationRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
)
from pyhanko.sign.general import SigningError, ValueErrorWithMessage
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from signing import certificates
from signing.certificates import KindRule
from signing.trust import TrustStore
from signing.verdict import Change, Kind, Outcome, SignatureVerdict

USAGE = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
WEAK = frozenset({"md2", "md5", "sha1"})
CHANGES = {
    ModificationLevel.NONE: Change.NONE,
    ModificationLevel.LTA_UPDATES: Change.ARCHIVAL,
    ModificationLevel.FORM_FILLING: Change.FORM_FILLING,
    ModificationLevel.ANNOTATIONS: Change.ANNOTATION,
    ModificationLevel.OTHER: Change.OTHER,
}
ALLOWED = (Change.NONE, Change.ARCHIVAL, Change.FORM_FILLING)
# An appearance stream that changes in place is refused. The default rule tolerates it, and then blames a text field
# that was filled two revisions ago for every later revision.
STRICT = StandardDiffPolicy(
    global_rules=DEFAULT_DIFF_POLICY.global_rules,
    form_rule=FormUpdatingRule(
        field_rules=[
            SigFieldCreationRule(),
            SigFieldModificationRule(allow_in_place_appearance_stream_changes=False),
            GenericFieldModificationRule(allow_in_place_appearance_stream_changes=False),
        ]
    ),
)
_UNJUDGEABLE = (
    SignatureValidationError,
    SigningError,
    ValueErrorWithMessage,
    ValidationError,
    PathError,
    PdfError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    NotImplementedError,
    RecursionError,
)
"""What hostile signatures make the libraries raise; whatever it is, the signature is not valid."""


@dataclass(frozen=True)
class _Finding:
    outcome: Outcome
    reason: str | None


async def judge(
    signature: EmbeddedPdfSignature, trust: TrustStore, kinds: KindRule, at: datetime | None
) -> SignatureVerdict:
    """The verdict on one signature; a signature nobody can judge is indeterminate, never valid."""
    try:
        known = _described(signature, kinds)
    except _UNJUDGEABLE:
        return _UNREADABLE
    try:
        async with _contexts(trust, at) as (signers, stamps):
            status = await async_validate_pdf_signature(
                signature, signers, stamps, diff_policy=STRICT, key_usage_settings=USAGE
            )
    except _UNJUDGEABLE:
        return replace(known, verdict=Outcome.INDETERMINATE, reason="signature.unreadable")
    return _filled(known, status, _whole(signature))


async def archived_at(reader: PdfFileReader, trust: TrustStore) -> list[datetime]:
    """The moments of document time stamps that hold, oldest first."""
    found = []
    for stamp in reader.embedded_timestamp_signatures:
        try:
            async with _contexts(trust, None) as (_, stamps):
                status = await async_validate_pdf_timestamp(stamp, stamps, diff_policy=STRICT)
        except _UNJUDGEABLE:
            continue
        if status.intact and status.valid and status.trusted:
            found.append(status.timestamp)
    return found


@asynccontextmanager
async def _contexts(
    trust: TrustStore, at: datetime | None
) -> AsyncIterator[tuple[ValidationContext, ValidationContext]]:
    signers, stamps = trust.context(at=at), trust.context(timestamps=True, at=at)
    try:
        yield signers, stamps
    finally:
        await signers.aclose()
        await stamps.aclose()


def _described(signature: EmbeddedPdfSignature, kinds: KindRule) -> SignatureVerdict:
    """What the signature says of itself, before anything is believed."""
    certificate = signature.signer_cert
    person = certificates.described(certificate)
    return SignatureVerdict(
        field=signature.field_name,
        signer=person.name,
        organisation=person.organisation,
        serial=person.serial,
        issuer=person.issuer,
        kind=kinds.kind(certificate),
        verdict=Outcome.INDETERMINATE,
        reason="signature.unreadable",
        covers_whole=False,
        modified_after=Change.OTHER,
        revision_end=_end(signature),
        signed_at=signature.self_reported_timestamp,
        timestamped=False,
        algorithm=str(signature.signer_info["digest_algorithm"]["algorithm"].native),
        demo=person.demo,
    )


def _filled(known: SignatureVerdict, status: PdfSignatureStatus, whole: bool) -> SignatureVerdict:
    stamp = status.timestamp_validity
    stamped = stamp is not None and stamp.valid and stamp.trusted
    level = status.modification_level
    change = CHANGES[level] if level is not None else Change.OTHER
    verdict = replace(
        known,
        covers_whole=whole,
        modified_after=change,
        signed_at=stamp.timestamp if stamp is not None and stamped else known.signed_at,
        timestamped=stamped,
    )
    finding = next(_findings(status, verdict, whole), _Finding(Outcome.VALID, None))
    return replace(verdict, verdict=finding.outcome, reason=finding.reason)


def _findings(status: PdfSignatureStatus, verdict: SignatureVerdict, whole: bool) -> Iterator[_Finding]:
    """What is wrong, most serious first."""
    stamp, forbidden = status.timestamp_validity, isinstance(status.diff_result, SuspiciousModification)
    checks = (
        (not status.intact, Outcome.INVALID, "signature.content_changed"),
        (not status.valid, Outcome.INVALID, "signature.not_authentic"),
        (status.coverage < SignatureCoverageLevel.ENTIRE_REVISION, Outcome.INVALID, "signature.covers_a_part"),
        (forbidden or not status.docmdp_ok, Outcome.INVALID, "signature.changed_after"),
        (not whole and verdict.modified_after not in ALLOWED, Outcome.INVALID, "signature.changed_after"),
        (verdict.algorithm in WEAK, Outcome.INVALID, "signature.weak_algorithm"),
        (status.revoked, Outcome.INVALID, "signature.revoked"),
        (not status.trusted, Outcome.INDETERMINATE, "signature.untrusted"),
        (stamp is not None and not verdict.timestamped, Outcome.INDETERMINATE, "signature.timestamp_untrusted"),
        (not status.bottom_line, Outcome.INDETERMINATE, "signature.not_confirmed"),
    )
    return (_Finding(outcome, reason) for is_wrong, outcome, reason in checks if is_wrong)


def _whole(signature: EmbeddedPdfSignature) -> bool:
    signature.compute_integrity_info(STRICT)
    return bool(signature.coverage == SignatureCoverageLevel.ENTIRE_FILE)


def _end(signature: EmbeddedPdfSignature) -> int:
    ranges: Any = signature.byte_range
    return int(ranges[-2]) + int(ranges[-1])


_UNREADABLE = SignatureVerdict(
    field="",
    signer="",
    organisation="",
    serial="",
    issuer="",
    kind=Kind.UNKNOWN,
    verdict=Outcome.INDETERMINATE,
    reason="signature.unreadable",
    covers_whole=False,
    modified_after=Change.OTHER,
    revision_end=0,
    signed_at=None,
    timestamped=False,
    algorithm="",
    demo=False,
)
