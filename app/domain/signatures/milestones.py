"""What can happen to the proofs of a document."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class CheckAsked(Event):
    """`about` is the document; `asked_by` a person's id, empty for the clock."""

    name = "signature.check_asked"
    sha256: str
    occasion: str
    asked_by: str


@dataclass(frozen=True, kw_only=True)
class SignaturesChecked(Event):
    """A check came to the same verdict as the one before, or was the first."""

    name = "signature.checked"
    sha256: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class VerdictChanged(Event):
    """A check came to another verdict than the one before."""

    name = "signature.verdict_changed"
    sha256: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class RenewalAsked(Event):
    """The archive time stamp of a document ages, or it has none yet."""

    name = "proof.renewal_asked"
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ProofRenewed(Event):
    """A file with one more archive time stamp is the newest of its document."""

    name = "proof.renewed"
    sha256: str


@dataclass(frozen=True, kw_only=True)
class PublicPageChanged(Event):
    """`about` is the document, or the agency whose papers carry a code from now on, or none."""

    name = "proof.page_changed"
    state: str


@dataclass(frozen=True, kw_only=True)
class ListsDue(Event):
    """Revocation lists are to be fetched; `about` is the hour, as nothing else is."""

    name = "proof.lists_due"
