"""Why a signature or a document is not valid: stable names that are keys of a message catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from signing.verdict import Outcome


class Reason(StrEnum):
    """One thing found wrong; `outcome_of` says how bad it is."""

    NO_SIGNATURE = "verification.no_signature"

    FILE_TAIL = "verification.file_tail"
    READERS_DISAGREE = "verification.readers_disagree"
    SIGNATURE_UNREADABLE = "verification.signature_unreadable"
    BYTE_RANGE = "verification.byte_range"
    CONTENT_CHANGED = "verification.content_changed"
    SIGNATURE_BROKEN = "verification.signature_broken"
    CHANGED_AFTER = "verification.changed_after"
    FIELD_UNEXPECTED = "verification.field_unexpected"
    FIELD_OVERWRITTEN = "verification.field_overwritten"
    FILLED_AFTER_LAST = "verification.filled_after_last"
    CERTIFICATE_REVOKED = "verification.certificate_revoked"
    CERTIFICATE_EXPIRED = "verification.certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "verification.certificate_not_yet_valid"
    DEMO_CERTIFICATE = "verification.demo_certificate"
    TIMESTAMP_BROKEN = "verification.timestamp_broken"

    UNKNOWN_ISSUER = "verification.unknown_issuer"
    ANCHOR_ENDED = "verification.anchor_ended"
    REVOKED_TIME_UNKNOWN = "verification.revoked_time_unknown"
    EXPIRED_TIME_UNKNOWN = "verification.expired_time_unknown"
    REVOCATION_UNKNOWN = "verification.revocation_unknown"
    CERTIFICATE_UNSUITABLE = "verification.certificate_unsuitable"
    WEAK_ALGORITHM = "verification.weak_algorithm"
    TIMESTAMP_MISSING = "verification.timestamp_missing"
    TIMESTAMP_UNTRUSTED = "verification.timestamp_untrusted"
    TIME_IN_FUTURE = "verification.time_in_future"
    HIDDEN_CONTENT = "verification.hidden_content"
    ACTIVE_CONTENT = "verification.active_content"
    WRONG_SIGNER = "verification.wrong_signer"
    PERSON_MISSING = "verification.person_missing"
    ORGANISATION_MISSING = "verification.organisation_missing"
    ORDER = "verification.organisation_before_person"
    FILE_MISSING = "verification.file_missing"
    NOT_A_FILE = "verification.not_a_file"
    FILE_EMPTY = "verification.file_empty"
    NOT_A_PDF = "verification.not_a_pdf"
    FILE_ENCRYPTED = "verification.file_encrypted"
    FILE_UNREADABLE = "verification.file_unreadable"
    FILE_HYBRID = "verification.file_hybrid"
    FILE_IRREGULAR = "verification.file_irregular"
    TOO_LARGE = "verification.too_large"
    TOO_COMPLEX = "verification.too_complex"
    NOT_PROVEN = "verification.not_proven"
    VERIFIER_FAILED = "verification.verifier_failed"


class Remark(StrEnum):
    """One thing worth telling that makes nothing less valid."""

    CLOCK_APART = "verification.clock_apart"
    CLOCK_LOCAL_AS_UTC = "verification.clock_local_as_utc"


UNTIDY = frozenset({Reason.FILE_IRREGULAR, Reason.FILE_HYBRID})
"""Said of honest files of other programs too: no proof of an attack, nor of its absence."""

_ORDER = list(Reason)


def outcome_of(reason: Reason | None) -> Outcome:
    """Valid without a reason; broken or forbidden things are invalid; what cannot be decided is indeterminate."""
    if reason is None:
        return Outcome.VALID
    if reason is Reason.NO_SIGNATURE:
        return Outcome.UNSIGNED
    broken = _ORDER.index(reason) < _ORDER.index(Reason.UNKNOWN_ISSUER)
    return Outcome.INVALID if broken else Outcome.INDETERMINATE


def ranked(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Every reason once, most serious first."""
    return tuple(sorted(set(reasons), key=_ORDER.index))
