"""What verification found, as plain frozen data: per signature and for the whole document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """The three answers of ETSI EN 319 102-1, and the absence of any signature."""

    VALID = "valid"
    INVALID = "invalid"
    INDETERMINATE = "indeterminate"
    UNSIGNED = "unsigned"


class Kind(StrEnum):
    """Whose signature it is: a person with authority to sign, or an agency (chữ ký số của cơ quan, tổ chức)."""

    PERSON = "person"
    ORGANISATION = "organisation"
    UNKNOWN = "unknown"


class Change(StrEnum):
    """What was added to the file after a signature, from harmless to forbidden."""

    NONE = "none"
    ARCHIVAL = "archival"
    FORM_FILLING = "form_filling"
    ANNOTATION = "annotation"
    OTHER = "other"


@dataclass(frozen=True)
class Revocation:
    """The newest word at hand on whether a certificate was withdrawn.

    `source` is "trust" (lists of the deployment, fetched or put there) or "document" (what the file brought along);
    `kind` is "crl" or "ocsp"; `until` is when the next one was promised.
    """

    source: str
    kind: str
    issued_at: datetime
    until: datetime | None


@dataclass(frozen=True)
class Particulars:
    """What is told about a signature beside its verdict; nothing in here makes it better or worse.

    `claimed_at` is what the signer's clock said, `proven_at` what a trusted time stamp says; `path` are the names from
    the signer's issuer up to the root; `sources` are the addresses of revocation lists in the certificates of a
    trusted path; `remarks` are catalogue keys.
    """

    claimed_at: datetime | None = None
    proven_at: datetime | None = None
    path: tuple[str, ...] = ()
    key_usage: tuple[str, ...] = ()
    revocation: Revocation | None = None
    sources: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class SignatureVerdict:
    """One signature: who, when, over what, and whether it holds; `reason` is a catalogue key, None when valid.

    `covers_whole` is true when the signed bytes are the whole file; `revision_end` is the length in bytes of the
    revision that the signer saw; `signed_at` comes from the time stamp when `timestamped`, else it is only claimed.
    """

    field: str
    signer: str
    organisation: str
    serial: str
    issuer: str
    kind: Kind
    verdict: Outcome
    reason: str | None
    covers_whole: bool
    modified_after: Change
    revision_end: int
    signed_at: datetime | None
    timestamped: bool
    algorithm: str
    demo: bool
    particulars: Particulars = Particulars()


@dataclass(frozen=True)
class Verdict:
    """The document: valid only when every layer agrees; `reasons` are catalogue keys, most serious first."""

    outcome: Outcome
    reasons: tuple[str, ...]
    signatures: tuple[SignatureVerdict, ...]
    archived_at: tuple[datetime, ...]
    sha256: str
    size: int
    pages: int
    checked_at: datetime
